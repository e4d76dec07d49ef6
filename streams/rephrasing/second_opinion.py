"""A teacher asked about the pairs a student is unsure of, within a budget. Knows two scorers.

Whether a pair is asked about follows from the pair alone: its probability must lie within the band around the
threshold, and where the width of that band was not measured, a hash of the pair draws lots. So a replay asks about the
same pairs, wherever batches are cut. The budget is kept on average, on traffic like that which the band was measured
on; the share that was really asked about is counted.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import exp, log
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Pair, Scorer
from streams.rephrasing.telling import OPINION_ASKED, OPINION_PAIRS, Tally, facts_of

UNMEASURED_HALF_WIDTH: Final = 0.15
"""Probability on each side of the threshold that counts as unsure when a model does not say; chosen."""

LOGIT_MARGIN: Final = 1e-6
"""Probabilities are kept this far from 0 and 1, so that no model can outvote the other by any length."""

_HASH_BYTES = 8


class Band(NamedTuple):
    """Which pairs are unsure: probabilities from ``low`` to ``high``, and of these the share ``lots``."""

    low: float
    high: float
    lots: float = 1.0

    def holds(self, probability: float, pair: Pair) -> bool:
        """Return whether a pair is asked about."""
        return self.low <= probability <= self.high and (self.lots >= 1.0 or _lot(pair) < self.lots)


class SecondOpinion:
    """A :class:`streams.detect.scorer.Scorer` of two: the student on all pairs, the teacher on those it is unsure of.

    Both probabilities count by how far their log odds are from those of their own threshold, each half; the sum stands
    on the student's scale, so that its threshold stays the threshold.
    """

    def __init__(self, student: Scorer, teacher: Scorer, share: float) -> None:
        """Make one of two.

        Args:
            student: scores every pair; its ``description`` may say between which probabilities a share of pairs lies.
            teacher: scores the pairs that are asked about.
            share: of all pairs, how many to ask about, 0 to 1.
        """
        self._student = student
        self._teacher = teacher
        self.band = band_of(student, share)
        self._tally = Tally()

    @property
    def name(self) -> str:
        """Return both names."""
        return f"{self._student.name}+{self._teacher.name}"

    @property
    def threshold(self) -> float:
        """Return the student's threshold."""
        return self._student.threshold

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``."""
        scores = self._student.score(pairs)
        asked = [
            index
            for index, (pair, score) in enumerate(zip(pairs, scores.tolist(), strict=True))
            if self.band.holds(score, pair)
        ]
        self._tally.add(OPINION_PAIRS, len(pairs))
        self._tally.add(OPINION_ASKED, len(asked))
        if not asked:
            return scores
        scores = scores.copy()
        opinions = self._teacher.score([pairs[index] for index in asked])
        for index, opinion in zip(asked, opinions.tolist(), strict=True):
            scores[index] = self._together(float(scores[index]), opinion)
        return scores

    def take_facts(self) -> dict[str, float]:
        """Return how many pairs were scored, and asked about, since the last call."""
        self._tally.merge(facts_of(self._student))
        return self._tally.take()

    def _together(self, score: float, opinion: float) -> float:
        threshold = _logit(self._student.threshold)
        margins = (_logit(score) - threshold, _logit(opinion) - _logit(self._teacher.threshold))
        return 1.0 / (1.0 + exp(-(threshold + sum(margins) / 2.0)))


def read_teacher(folder: Path) -> Scorer:
    """Read a teacher from its folder.

    Raises:
        SettingsError: the libraries that run it are not installed; the message says how to get them.
        ModelFileError: the folder holds no teacher.
    """
    try:
        from models.teacher.model import Teacher  # noqa: PLC0415 - loads torch, which a worker without a teacher need not have
    except ImportError as error:
        message = f"{folder} needs torch and transformers ({error}): pip install 'reprise[models]'"
        raise SettingsError(message) from None
    return Teacher.load(folder)


def band_of(student: Scorer, share: float) -> Band:
    """Return where a share of a model's pairs lies that it is least sure of.

    Measured edges stand in the model's description as ``uncertain``, by share; between them, and towards no pair and
    all pairs, edges are interpolated. Without them the band is ``UNMEASURED_HALF_WIDTH`` wide on each side, and lots
    are drawn as if probabilities were spread evenly: they crowd at both ends, so this asks about fewer.
    """
    threshold = student.threshold
    if share >= 1.0:
        return Band(0.0, 1.0)
    measured = _measured(getattr(student, "description", {}))
    if not measured:
        width = 2.0 * UNMEASURED_HALF_WIDTH
        return Band(threshold - UNMEASURED_HALF_WIDTH, threshold + UNMEASURED_HALF_WIDTH, min(1.0, share / width))
    if share <= 0.0:
        return Band(threshold, threshold, 0.0)
    shares = [0.0, *measured, 1.0]
    lows = [threshold, *(low for low, _ in measured.values()), 0.0]
    highs = [threshold, *(high for _, high in measured.values()), 1.0]
    return Band(float(np.interp(share, shares, lows)), float(np.interp(share, shares, highs)))


def _measured(description: Mapping[str, Any]) -> dict[float, tuple[float, float]]:
    edges = description.get("uncertain", {})
    return {float(share): (float(low), float(high)) for share, (low, high) in sorted(edges.items(), key=_by_share)}


def _by_share(item: tuple[str, Any]) -> float:
    return float(item[0])


def _logit(probability: float) -> float:
    inside = min(max(probability, LOGIT_MARGIN), 1.0 - LOGIT_MARGIN)
    return log(inside / (1.0 - inside))


def _lot(pair: Pair) -> float:
    """Return a number from 0 to 1 that is the same for the same pair everywhere."""
    text = "\x1f".join((pair.locale, pair.first, pair.reply, pair.second, repr(pair.gap_s)))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest, "big") / 2.0 ** (8 * _HASH_BYTES)
