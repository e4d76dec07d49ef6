"""How good probabilities are: order, verdicts and calibration, with intervals by session. Knows arrays, no model.

Labels are 0 or 1 and scores are higher for 1. A measure that is not defined on what it got, such as average precision
without a positive, is NaN and never a made-up number. Nothing depends on the order of the pairs.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS: Final = 1000
"""Resamples of an interval: its ends are then sure to about a tenth of its width."""

LEVEL: Final = 0.95
"""Share of resamples that lie within an interval."""

BINS: Final = 10
"""Bins of a reliability curve, equally wide, as by Guo et al. (ICML 2017)."""

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]
"""From labels and scores, both ``(n,)``, to one number."""


class Interval(msgspec.Struct, frozen=True):
    """A measured value with its bootstrap interval.

    Attributes:
        value: on all pairs.
        low, high: ends of the interval; NaN where hardly any resample gave a value.
    """

    value: float
    low: float
    high: float


class Bin(msgspec.Struct, frozen=True):
    """One bin of a reliability curve.

    Attributes:
        probability: mean of what was said.
        share: share of positives that came.
        count: pairs in it.
    """

    probability: float
    share: float
    count: int


class BestF1(msgspec.Struct, frozen=True):
    """The highest F1 any threshold gives, and that threshold."""

    f1: float
    threshold: float


class Curve(msgspec.Struct, frozen=True):
    """Precision and recall at each distinct score, highest score first; arrays of equal length."""

    thresholds: Floats
    precision: Floats
    recall: Floats


def checked(labels: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as ``(n,)`` float64 arrays.

    Raises:
        ValueError: they differ in length, a label is neither 0 nor 1, or a score is no number.
    """
    truth, said = np.asarray(labels, np.float64), np.asarray(scores, np.float64)
    if truth.ndim != 1 or truth.shape != said.shape:
        message = f"labels have shape {truth.shape} and scores {said.shape}: give one score for each label"
        raise ValueError(message)
    if not np.isin(truth, (0.0, 1.0)).all():
        message = "a label is neither 0 nor 1: leave out pairs that nobody labelled"
        raise ValueError(message)
    if not np.isfinite(said).all():
        message = "a score is not a finite number"
        raise ValueError(message)
    return truth, said


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean precision at each positive, 0..1; NaN without a positive.

    Equal scores count as what a random order among them gives on average.

    Source: McSherry & Najork, "Computing Information Retrieval Performance Measures Efficiently in the Presence of
    Tied Scores", ECIR 2008, equation 6.
    """
    truth, said = checked(labels, scores)
    positives = truth.sum()
    if not positives:
        return float("nan")
    order = np.argsort(-said, kind="stable")
    _, starts, sizes = np.unique(-said[order], return_index=True, return_counts=True)
    hits = np.add.reduceat(truth[order], starts)
    hits_before = np.cumsum(hits) - hits
    start, size, hit, before = (np.repeat(each, sizes) for each in (starts, sizes, hits, hits_before))
    place = np.arange(truth.size) - start
    expected_hits = before + 1.0 + place * (hit - 1.0) / np.maximum(size - 1.0, 1.0)
    return float((hit / size * expected_hits / (start + place + 1.0)).sum() / positives)


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return how often a positive scores above a negative, ties counting half; NaN without both kinds."""
    truth, said = checked(labels, scores)
    positives = truth.sum()
    negatives = truth.size - positives
    if not positives or not negatives:
        return float("nan")
    _, place, count = np.unique(said, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1.0) / 2.0)[place]
    above = ranks[truth == 1.0].sum() - positives * (positives + 1.0) / 2.0
    return float(above / (positives * negatives))


def f1_at(labels: ArrayLike, scores: ArrayLike, threshold: float) -> float:
    """Return F1 of the verdict ``score >= threshold``; NaN where nothing is positive and nothing was said to be."""
    truth, said = checked(labels, scores)
    verdict = said >= threshold
    total = truth.sum() + verdict.sum()
    return float(2.0 * (truth * verdict).sum() / total) if total else float("nan")


def best_f1(labels: ArrayLike, scores: ArrayLike) -> BestF1:
    """Return the highest F1 and the highest threshold that gives it; NaN without a positive.

    Chosen on the very pairs it is measured on, so a little too good: compare models by it, promise nothing by it.
    """
    truth, said = checked(labels, scores)
    if not truth.sum():
        return BestF1(float("nan"), float("nan"))
    curve = precision_recall(truth, said)
    total = curve.precision + curve.recall
    f1 = 2.0 * curve.precision * curve.recall / np.where(total > 0.0, total, 1.0)
    best = int(np.argmax(f1))
    return BestF1(float(f1[best]), float(curve.thresholds[best]))


def precision_recall(labels: ArrayLike, scores: ArrayLike) -> Curve:
    """Return precision and recall of every threshold that makes a difference.

    Raises:
        ValueError: there is no pair, or no positive.
    """
    truth, said = checked(labels, scores)
    positives = truth.sum()
    if not positives:
        message = "no pair is positive, so there is no recall"
        raise ValueError(message)
    order = np.argsort(-said, kind="stable")
    ends = np.flatnonzero(np.diff(said[order], append=-np.inf))
    hits = np.cumsum(truth[order])[ends]
    return Curve(said[order][ends], hits / (ends + 1.0), hits / positives)


def brier(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance of probability and label, 0 best; NaN without a pair."""
    truth, said = checked(labels, probabilities)
    return float(((said - truth) ** 2).mean()) if truth.size else float("nan")


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Return what came of each span of probabilities, spans without a pair left out.

    Raises:
        ValueError: a probability is outside 0..1.
    """
    truth, said = checked(labels, probabilities)
    if said.size and (said.min() < 0.0 or said.max() > 1.0):
        message = "a probability is outside 0 to 1: calibrate scores before asking how well they are calibrated"
        raise ValueError(message)
    places = np.minimum((said * bins).astype(np.int64), bins - 1)
    members = [places == place for place in range(bins)]
    return [Bin(float(said[own].mean()), float(truth[own].mean()), int(own.sum())) for own in members if own.any()]


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> float:
    """Return the mean distance of what was said and what came, over pairs; NaN without a pair.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
    """
    found = reliability(labels, probabilities, bins)
    if not found:
        return float("nan")
    counts = np.array([each.count for each in found])
    return float(np.average([abs(each.probability - each.share) for each in found], weights=counts))


def intervals(
    metric: Metric,
    labels: ArrayLike,
    scores: ArrayLike,
    sessions: Sequence[Any] | NDArray[Any],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Return a metric with its percentile bootstrap interval, whole sessions drawn with replacement.

    Pairs of one session share a person and a mood, so drawing single pairs would promise too much. Resamples on which
    the metric is not defined are left out; if that is more than half of them there is no interval.

    Args:
        metric: from labels and scores to a number; bind a threshold with ``functools.partial``.
        labels: 0 or 1, ``(n,)``.
        scores: ``(n,)``.
        sessions: what belongs together, ``(n,)``.
        draws: resamples.
        seed: same seed, same interval.
        level: share of resamples within.

    Raises:
        ValueError: as :func:`checked`, or sessions differ in length.

    Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; clusters as units after Field &
    Welsh, "Bootstrapping Clustered Data", JRSS B 2007.
    """
    truth, said = checked(labels, scores)
    members = _members(sessions, truth.size)
    chance = np.random.default_rng(seed)
    found = np.full(draws, np.nan)
    for draw in range(draws if members else 0):
        drawn = chance.integers(len(members), size=len(members))
        chosen = np.concatenate([members[index] for index in drawn])
        found[draw] = metric(truth[chosen], said[chosen])
    value = metric(truth, said)
    usable = found[np.isfinite(found)]
    if 2 * usable.size <= draws:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(usable, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Interval(value, float(low), float(high))


def _members(sessions: Sequence[Any] | NDArray[Any], count: int) -> list[NDArray[np.int64]]:
    """Return the places of each session, sessions in order of their name."""
    names = np.asarray(sessions, dtype=str)
    if names.shape != (count,):
        message = f"{names.size} sessions for {count} pairs: give one session for each pair"
        raise ValueError(message)
    _, which = np.unique(names, return_inverse=True)
    order = np.argsort(which, kind="stable")
    return [part for part in np.split(order, np.cumsum(np.bincount(which))[:-1]) if part.size] if count else []
