"""Turns what a model puts out into probabilities, and finds thresholds. Knows numbers and labels, no model and no pair.

A calibration is a line with bends from a model's log odds to true log odds. It rises everywhere, so that it never
changes which of two pairs is the likelier.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite, log
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from streams.text import language_of

Floats = NDArray[np.float64]

KNOTS_MAX: Final = 12
"""Bends of the line: enough for any smooth one, and too few to follow single pairs."""

ISOTONIC_LABELS_MIN: Final = 400
"""Labels of the rarer kind, in weight, from which the line may bend; below, two numbers (Platt) are all they carry."""

SLOPE_MIN: Final = 0.05
"""Where labels would make the line level it still rises by this, so that no two different scores become one."""

LOG_ODDS_MAX: Final = 30.0
"""Beyond this a probability of 32 bits is 0 or 1 anyway."""

PROBABILITY_STEPS: Final = 1 << 20
"""Probabilities are whole multiples of one millionth or so: what differs in the last bit elsewhere is the same here."""

NO_BETTER: Final = 0.5
"""The threshold where every pair scores 0."""

ANY_LANGUAGE: Final = ""
"""Key of what holds for languages that have no entry of their own."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising line from a model's log odds to true log odds; beyond its ends it rises as the model's own do.

    Attributes:
        given: a model's log odds, rising.
        meant: the true log odds at each, rising.
        offsets: what is added to the model's log odds in a language.
    """

    given: tuple[float, ...] = (0.0,)
    meant: tuple[float, ...] = (0.0,)
    offsets: Mapping[str, float] = field(default_factory=dict)
    _slopes: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a line that does not rise.

        Raises:
            ValueError: the numbers are not finite, not as many, or do not rise.
        """
        numbers = (*self.given, *self.meant, *self.offsets.values())
        if not self.given or len(self.given) != len(self.meant) or not all(map(isfinite, numbers)):
            message = "a calibration needs as many finite numbers in meant as in given"
            raise ValueError(message)
        if any(np.diff(self.given) <= 0.0) or any(np.diff(self.meant) <= 0.0):
            message = "the numbers of a calibration must rise"
            raise ValueError(message)
        slopes = (np.diff(self.meant) / np.diff(self.given)).tolist()
        object.__setattr__(self, "_slopes", (1.0, *slopes, 1.0))

    def probabilities(self, logits: ArrayLike, locales: Sequence[str] | None = None) -> NDArray[np.float32]:
        """Return the probability for each of a model's log odds, shape as given; each by itself, whatever the others.

        Args:
            logits: a model's log odds, shape ``(n,)``.
            locales: BCP 47 tag of each, for offsets by language.
        """
        values = np.asarray(logits, np.float64).tolist()
        if locales is not None and self.offsets:
            values = [value + self._offset(locale) for value, locale in zip(values, locales, strict=True)]
        # One by one: vector code may round the last elements of an array otherwise than the first.
        return np.fromiter(map(self._probability, values), np.float32, len(values))

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return {"given": list(self.given), "meant": list(self.meant), "offsets": dict(self.offsets)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return a calibration from what :meth:`to_json` returned.

        Raises:
            ValueError: it is not one.
        """
        try:
            offsets = {str(key): float(offset) for key, offset in dict(value.get("offsets", {})).items()}
            return cls(tuple(map(float, value["given"])), tuple(map(float, value["meant"])), offsets)
        except (KeyError, TypeError, AttributeError) as error:
            message = f"a calibration needs given and meant, lists of numbers ({error})"
            raise ValueError(message) from None

    def _offset(self, locale: str) -> float:
        return self.offsets.get(language_of(locale), self.offsets.get(ANY_LANGUAGE, 0.0))

    def _probability(self, value: float) -> float:
        right = bisect_right(self.given, value)
        left = max(right - 1, 0)
        odds = self.meant[left] + self._slopes[right] * (value - self.given[left])
        exact = 1.0 / (1.0 + exp(-min(max(odds, -LOG_ODDS_MAX), LOG_ODDS_MAX)))
        return round(exact * PROBABILITY_STEPS) / PROBABILITY_STEPS


def calibrate(logits: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> Calibration:
    """Return the calibration that fits labels best: isotonic with a few bends, or a straight line for few labels.

    Args:
        logits: a model's log odds, shape ``(n,)``, finite.
        labels: probability of each pair, 0 and 1 where people said so, shape ``(n,)``.
        weights: how much each counts, all alike when None.

    Raises:
        ValueError: there is no label of one kind.

    Source: Zadrozny & Elkan (KDD 2002), isotonic regression; Platt (1999), the straight line and its targets.
    """
    values, truth, weight = _columns(logits, labels, weights)
    yes, no = float(weight @ truth), float(weight @ (1.0 - truth))
    if yes <= 0.0 or no <= 0.0:
        message = "calibration needs pairs of both labels, 0 and 1"
        raise ValueError(message)
    if min(yes, no) < ISOTONIC_LABELS_MIN:
        return _straight(values, truth, weight)
    return _bent(values, truth, weight)


def best_threshold(probabilities: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the threshold with the greatest F1, above 0 and below 1: between the last pair taken and the next.

    Args:
        probabilities: shape ``(n,)``.
        labels: probability of each pair, shape ``(n,)``; the F1 is of expected counts.
        weights: how much each counts, all alike when None.

    Raises:
        ValueError: no label is above 0, so that no threshold is better than another.
    """
    values, truth, weight = _columns(probabilities, labels, weights)
    total = float(weight @ truth)
    if total <= 0.0:
        message = "a threshold needs pairs with label 1"
        raise ValueError(message)
    order = np.argsort(-values, kind="stable")
    values = values[order]
    found, taken = np.cumsum((weight * truth)[order]), np.cumsum(weight[order])
    ends = np.flatnonzero(np.append(values[:-1] > values[1:], True))  # the last pair ends a run
    ends = ends[values[ends] > 0.0]  # what scores 0 is below every threshold
    if len(ends) == 0:
        return NO_BETTER
    best = ends[np.argmax(2.0 * found[ends] / (taken[ends] + total))]
    below = float(values[best + 1]) if best + 1 < len(values) else 0.0
    return _inside((float(values[best]) + below) / 2.0)


def thresholds_at(
    probabilities: ArrayLike, labels: ArrayLike, locales: Sequence[str], false_alarms: float, pairs_min: int = 50
) -> dict[str, float]:
    """Return, by language, the threshold that the given share of pairs with label 0 reaches.

    Args:
        probabilities: shape ``(n,)``.
        labels: shape ``(n,)``; only pairs below one half count.
        locales: BCP 47 tag of each.
        false_alarms: share of pairs that are no rephrase and may be taken for one, above 0 and below 1.
        pairs_min: languages with fewer such pairs get no entry; all together stand under ``ANY_LANGUAGE``.
    """
    values, truth, _ = _columns(probabilities, labels, None)
    languages = np.array([language_of(locale) for locale in locales], dtype=object)
    negative = truth < 0.5  # noqa: PLR2004 - rather no than yes
    thresholds: dict[str, float] = {}
    for language in (ANY_LANGUAGE, *sorted(set(languages.tolist()))):
        scores = values[negative & ((languages == language) | (language == ANY_LANGUAGE))]
        if len(scores) >= pairs_min:
            thresholds[language] = _inside(float(np.quantile(scores, 1.0 - false_alarms, method="higher")))
    return thresholds


def _columns(first: ArrayLike, labels: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    values, truth = np.asarray(first, np.float64), np.asarray(labels, np.float64)
    weight = np.ones_like(values) if weights is None else np.asarray(weights, np.float64)
    if values.ndim != 1 or values.shape != truth.shape or values.shape != weight.shape:
        message = f"expected three lists of one length, not {values.shape}, {truth.shape} and {weight.shape}"
        raise ValueError(message)
    return values, truth, weight


def _straight(values: Floats, truth: Floats, weight: Floats) -> Calibration:
    """Return the straight line of greatest likelihood, as two points of it."""
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import, and who only scores never fits

    yes, no = float(weight @ truth), float(weight @ (1.0 - truth))
    targets = truth * ((yes + 1.0) / (yes + 2.0)) + (1.0 - truth) / (no + 2.0)

    def loss(line: Floats) -> float:
        odds = line[0] * values + line[1]
        return float(weight @ (np.logaddexp(0.0, odds) - targets * odds)) / (yes + no)

    slope, intercept = minimize(loss, np.array([1.0, log(yes / no)]), method="Nelder-Mead").x
    low, high = float(values.min()), float(values.max())
    high = max(high, low + 1.0)
    steepness = max(float(slope), SLOPE_MIN)
    return Calibration((low, high), (steepness * low + float(intercept), steepness * high + float(intercept)))


def _bent(values: Floats, truth: Floats, weight: Floats) -> Calibration:
    """Return the line through the means of a few groups of an isotonic regression."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - slow to import, and who only scores never fits

    order = np.argsort(values, kind="stable")
    values, truth, weight = values[order], truth[order], weight[order]
    risen = isotonic_regression(truth, weights=weight).x
    # Groups as large in rewordings as in other pairs: the line matters where the rarer kind is.
    yes, no = weight * truth, weight * (1.0 - truth)
    share = (np.cumsum(yes) / yes.sum() + np.cumsum(no) / no.sum()) / 2.0
    given: list[float] = []
    meant: list[float] = []
    for part in np.split(np.arange(len(values)), np.searchsorted(share, np.arange(1, KNOTS_MAX) / KNOTS_MAX)):
        if len(part) == 0:
            continue
        mass = float(weight[part].sum())
        value = float(weight[part] @ values[part]) / mass
        sure = (float(weight[part] @ risen[part]) + 0.5) / (mass + 1.0)  # half a pair of each kind: never certain
        odds = log(sure / (1.0 - sure))
        if given and value - given[-1] < 1e-3:  # noqa: PLR2004 - no two points at one place
            continue
        if meant:
            odds = max(odds, meant[-1] + SLOPE_MIN * (value - given[-1]))
        meant.append(odds)
        given.append(value)
    return Calibration(tuple(given), tuple(meant))


def _inside(threshold: float) -> float:
    """Return a threshold strictly between 0 and 1 that probabilities can be compared with."""
    step = 1.0 / PROBABILITY_STEPS
    return float(np.float32(min(max(threshold, step), 1.0 - step)))
