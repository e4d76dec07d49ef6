"""What a recipe comes to, as values that a card, a report and a terminal show. Knows no model and no page."""

from math import isfinite

import msgspec

from models.measuring import Bin, Interval


class Source(msgspec.Struct, frozen=True):
    """Where pairs are from: a corpus, its licence, and how many pairs were learned from and measured on."""

    name: str
    licence: str
    learned: int
    measured: int


class Slice(msgspec.Struct, frozen=True):
    """Measures of a part of the pairs.

    Attributes:
        kind: what the part is by: "all", "reply", "locale" or "corpus".
        name: which part.
        pairs, positives: how many there are, and how many of them reword.
        average_precision: of the order of scores.
        f1: of the verdicts at the model's threshold.
        false_alarms: share of the others that were taken for rewordings; NaN without any.
    """

    kind: str
    name: str
    pairs: int
    positives: int
    average_precision: Interval
    f1: Interval
    false_alarms: float


class Point(msgspec.Struct, frozen=True):
    """One threshold with its precision and recall."""

    threshold: float
    precision: float
    recall: float


class Mistake(msgspec.Struct, frozen=True):
    """A pair that the model got wrong: the pair, whether it rewords, and what the model said."""

    first: str
    second: str
    reply: str
    locale: str
    first_failed: bool
    gap_s: float
    is_rephrase: bool
    probability: float
    source: str


class Compared(msgspec.Struct, frozen=True):
    """Another model on the same pairs."""

    name: str
    threshold: float
    slices: tuple[Slice, ...]


class Measured(msgspec.Struct, frozen=True):
    """How a model did on pairs it had not learned from.

    Attributes:
        key: "bundled" or "own".
        about: which pairs these are, in a sentence.
        threshold: the model's; with folds the mean of theirs.
        slices: all pairs first.
        calibration_error: mean distance of probability and share.
        brier: mean squared distance of probability and label.
        curve: precision and recall along thresholds, at most a few hundred.
        chosen: the same at the threshold.
        reliability: what came of each span of probabilities.
        histogram: pairs by probability, in spans of equal width; those that do not reword, and those that do.
        mistakes: the worst false alarms, then the worst misses; empty where texts stay out.
        others: other models on the same pairs.
    """

    key: str
    about: str
    threshold: float
    slices: tuple[Slice, ...]
    calibration_error: float
    brier: float
    curve: tuple[Point, ...]
    chosen: Point
    reliability: tuple[Bin, ...]
    histogram: tuple[tuple[int, ...], tuple[int, ...]]
    mistakes: tuple[Mistake, ...]
    others: tuple[Compared, ...]


class Result(msgspec.Struct, frozen=True):
    """Everything about a trained student that people ask.

    Attributes:
        name: the student's.
        version: of the program that trained it.
        threshold: of the student that was written.
        command: what gives the same again.
        options: what was chosen, by name.
        sources: what it learned from and was measured on.
        teacher: the teacher's name, "" for none.
        measured: by kind of pairs.
        membership_auc: of an attack that tells what was learned from; None where nobody attacked.
    """

    name: str
    version: str
    threshold: float
    command: str
    options: dict[str, str | int | float | bool]
    sources: tuple[Source, ...]
    teacher: str
    measured: tuple[Measured, ...]
    membership_auc: float | None = None


def spread(interval: Interval) -> str:
    """Return a value with its interval, such as ``.878 (.851 to .902)``; nothing where it is not defined."""
    if not isfinite(interval.value):
        return ""
    if not isfinite(interval.low):
        return f"{interval.value:.3f}"
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"
