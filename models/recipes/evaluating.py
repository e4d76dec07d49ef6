"""Scores of labelled pairs as everything that is told of them. Knows pairs and scores, not which model gave them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from models import measuring
from models.measuring import Floats
from models.pairs import Example
from models.recipes.results import Compared, Measured, Mistake, Point, Slice

CURVE_POINTS_MAX: Final = 200
"""Points of a curve: more than a screen can tell apart."""

HISTOGRAM_BINS: Final = 20

MISTAKES_MAX: Final = 20
"""Mistakes of each kind that are kept."""

SLICE_PAIRS_MIN: Final = 30
"""Parts with fewer pairs say nothing that an interval would not swallow."""


class Scored:
    """Labelled pairs with the scores and verdicts of one model.

    Attributes:
        examples: pairs, each label 0 or 1.
        labels, scores: ``(n,)``.
        thresholds: of each pair's verdict, ``(n,)``; folds have one each.
    """

    def __init__(self, examples: Sequence[Example], scores: ArrayLike, thresholds: ArrayLike) -> None:
        self.examples = examples
        self.labels: Floats = np.array([example.label for example in examples], np.float64)
        self.scores: Floats = np.asarray(scores, np.float64)
        self.thresholds: Floats = np.broadcast_to(np.asarray(thresholds, np.float64), self.scores.shape)

    @property
    def margins(self) -> Floats:
        """How far each score is above its threshold, so that one threshold, 0, is everybody's."""
        return self.scores - self.thresholds

    def where(self, wanted: Callable[[Example], bool]) -> "Scored":
        """Return a part of the pairs."""
        kept = np.array([index for index, example in enumerate(self.examples) if wanted(example)], np.int64)
        return Scored([self.examples[index] for index in kept], self.scores[kept], self.thresholds[kept])


def measured(
    key: str, about: str, scored: Scored, others: Sequence[Compared], *, draws: int, seed: int, texts: bool
) -> Measured:
    """Return everything that is told of a model on some pairs.

    Raises:
        ValueError: no pair is positive.
    """
    threshold = float(scored.thresholds.mean())
    return Measured(
        key=key,
        about=about,
        threshold=threshold,
        slices=slices(scored, draws=draws, seed=seed),
        calibration_error=measuring.expected_calibration_error(scored.labels, scored.scores),
        brier=measuring.brier(scored.labels, scored.scores),
        curve=_curve(scored),
        chosen=_chosen(scored, threshold),
        reliability=tuple(measuring.reliability(scored.labels, scored.scores)),
        histogram=(_histogram(scored, 0.0), _histogram(scored, 1.0)),
        mistakes=tuple(_mistakes(scored)) if texts else (),
        others=tuple(others),
    )


def slices(scored: Scored, *, draws: int, seed: int) -> tuple[Slice, ...]:
    """Return the measures of all pairs, then of each part that is large enough."""
    found = [_slice("all", "all", scored, draws, seed)]
    for kind, name, part in _parts(scored):
        if len(part.examples) >= SLICE_PAIRS_MIN:
            found.append(_slice(kind, name, part, draws, seed))
    return tuple(found)


def _parts(scored: Scored) -> Iterator[tuple[str, str, Scored]]:
    yield "reply", "first failed", scored.where(lambda example: example.first_failed)
    yield "reply", "first executed", scored.where(lambda example: not example.first_failed)
    for kind, of in (("locale", _locale), ("corpus", _source)):
        names = sorted({of(example) for example in scored.examples})
        for name in names if len(names) > 1 else ():
            yield kind, name, scored.where(partial(_is, of, name))


def _is(of: Callable[[Example], str], name: str, example: Example) -> bool:
    return of(example) == name


def _locale(example: Example) -> str:
    return example.locale


def _source(example: Example) -> str:
    return example.source


def _slice(kind: str, name: str, scored: Scored, draws: int, seed: int) -> Slice:
    sessions = [session_of(example) for example in scored.examples]
    above_zero = partial(measuring.f1_at, threshold=0.0)
    negatives = scored.labels == 0.0
    return Slice(
        kind,
        name,
        len(scored.examples),
        int(scored.labels.sum()),
        measuring.intervals(
            measuring.average_precision, scored.labels, scored.scores, sessions, draws=draws, seed=seed
        ),
        measuring.intervals(above_zero, scored.labels, scored.margins, sessions, draws=draws, seed=seed),
        float((scored.margins[negatives] >= 0.0).mean()) if negatives.any() else float("nan"),
    )


def session_of(example: Example) -> str:
    """Return what is resampled as a whole."""
    return example.session or example.group


def _curve(scored: Scored) -> tuple[Point, ...]:
    curve = measuring.precision_recall(scored.labels, scored.scores)
    count = len(curve.thresholds)
    kept = np.unique(np.linspace(0, count - 1, min(count, CURVE_POINTS_MAX)).round().astype(np.int64))
    columns = (curve.thresholds[kept], curve.precision[kept], curve.recall[kept])
    return tuple(Point(*map(float, row)) for row in zip(*columns, strict=True))


def _chosen(scored: Scored, threshold: float) -> Point:
    verdict = scored.margins >= 0.0
    hits, said = float((verdict * scored.labels).sum()), float(verdict.sum())
    return Point(threshold, hits / said if said else 1.0, hits / float(scored.labels.sum()))


def _histogram(scored: Scored, label: float) -> tuple[int, ...]:
    counts, _ = np.histogram(scored.scores[scored.labels == label], bins=HISTOGRAM_BINS, range=(0.0, 1.0))
    return tuple(map(int, counts))


def _mistakes(scored: Scored) -> Iterator[Mistake]:
    """Yield the worst of each kind, each text of a first turn once, so that one session does not fill the gallery."""
    for label, order in (
        (0.0, np.argsort(-scored.margins, kind="stable")),
        (1.0, np.argsort(scored.margins, kind="stable")),
    ):
        seen: set[str] = set()
        for index in order:
            wrong = (scored.margins[index] >= 0.0) != bool(scored.labels[index])
            example = scored.examples[index]
            if scored.labels[index] != label or not wrong or example.first in seen:
                continue
            seen.add(example.first)
            yield _mistake(example, float(scored.scores[index]))
            if len(seen) == MISTAKES_MAX:
                break


def _mistake(example: Example, probability: float) -> Mistake:
    return Mistake(
        example.first,
        example.second,
        example.reply,
        example.locale,
        example.first_failed,
        example.gap_s,
        bool(example.label),
        probability,
        example.source,
    )
