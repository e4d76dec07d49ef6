"""Measures of rephrase models: against values worked out by hand, and what holds for any scores."""

import math
from functools import partial
from itertools import pairwise, permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import measuring

LABELS = [1, 0, 1, 0]
SCORES = [0.9, 0.8, 0.7, 0.1]

SCORED = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=2, max_size=60)
"""Pairs of a label and a score, with ties."""

FEW = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=6).filter(
    lambda pairs: any(label for label, _ in pairs)
)
"""Few enough to try every order, one of them positive."""

BOTH_KINDS = SCORED.filter(lambda pairs: {label for label, _ in pairs} == {0, 1})


def split(pairs: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """Return labels and scores within 0..1."""
    return [float(label) for label, _ in pairs], [score / 20 for _, score in pairs]


def test_average_precision_is_the_mean_precision_at_positives() -> None:
    """Positives at ranks 1 and 3 have precision 1 and 2/3."""
    assert measuring.average_precision(LABELS, SCORES) == pytest.approx((1 + 2 / 3) / 2)


@settings(max_examples=40)
@given(FEW)
def test_ties_count_as_all_their_orders_on_average(pairs: list[tuple[int, int]]) -> None:
    """Average precision with ties is the mean over every order of the tied pairs."""
    labels, scores = split(pairs)
    orders = [
        measuring.average_precision([labels[at] for at in order], -np.arange(len(order)))
        for order in permutations(range(len(pairs)))
        if all(scores[one] >= scores[two] for one, two in pairwise(order))
    ]
    assert measuring.average_precision(labels, scores) == pytest.approx(np.mean(orders))


def test_auc_counts_ordered_pairs_and_half_of_the_ties() -> None:
    """Of four pairs of a positive and a negative, three are in order; a tie is worth a half."""
    assert measuring.roc_auc(LABELS, SCORES) == pytest.approx(3 / 4)
    assert measuring.roc_auc([1, 0, 0], [0.5, 0.5, 0.1]) == pytest.approx(3 / 4)


def test_f1_is_of_the_verdicts_at_the_threshold() -> None:
    """At .7 there are two true and one false positive and no miss; the threshold itself counts as positive."""
    assert measuring.f1_at(LABELS, SCORES, 0.7) == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert measuring.f1_at(LABELS, SCORES, 0.71) == pytest.approx(2 * 1 / (2 * 1 + 1 + 1))


@given(BOTH_KINDS)
def test_no_threshold_beats_the_best_f1(pairs: list[tuple[int, int]]) -> None:
    """The best F1 is reached at its threshold and nowhere exceeded."""
    labels, scores = split(pairs)
    best = measuring.best_f1(labels, scores)
    assert measuring.f1_at(labels, scores, best.threshold) == pytest.approx(best.f1)
    assert max(measuring.f1_at(labels, scores, each) for each in scores) <= best.f1 + 1e-12


def test_brier_is_the_mean_squared_distance() -> None:
    """Distances .5 and .2 give (.25 + .04) / 2."""
    assert measuring.brier([1, 0], [0.5, 0.2]) == pytest.approx(0.145)


def test_calibration_error_weighs_bins_by_their_pairs() -> None:
    """Three pairs said .25 of which one came, one said .95 and came: 3/4 of 1/12 and 1/4 of .05."""
    found = measuring.expected_calibration_error([1, 0, 0, 1], [0.25, 0.25, 0.25, 0.95])
    assert found == pytest.approx(3 / 4 * (1 / 3 - 1 / 4) + 1 / 4 * 0.05)


def test_reliability_tells_what_was_said_and_what_came() -> None:
    """Each bin holds its mean probability, share of positives and count; the probability 1 is in the last one."""
    low, high = measuring.reliability([0, 1, 1], [0.1, 0.2, 1.0], bins=2)
    assert low.probability == pytest.approx(0.15)
    assert (low.share, low.count) == (0.5, 2)
    assert high == measuring.Bin(1.0, 1.0, 1)


def test_precision_recall_has_a_point_for_each_distinct_score() -> None:
    """Equal scores fall together, and the last point recalls everything."""
    curve = measuring.precision_recall([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    assert curve.thresholds.tolist() == [0.9, 0.5, 0.1]
    assert curve.precision.tolist() == pytest.approx([1.0, 2 / 3, 1 / 2])
    assert curve.recall.tolist() == pytest.approx([1 / 2, 1.0, 1.0])


ORDERS = (measuring.average_precision, measuring.roc_auc, lambda labels, scores: measuring.best_f1(labels, scores).f1)


@given(BOTH_KINDS)
def test_measures_of_order_see_only_the_order(pairs: list[tuple[int, int]]) -> None:
    """A rising map of the scores changes none of them."""
    labels, scores = split(pairs)
    for measure in ORDERS:
        assert measure(labels, [math.exp(3 * score) - 7 for score in scores]) == pytest.approx(measure(labels, scores))


@given(BOTH_KINDS, st.randoms(use_true_random=False))
def test_no_measure_depends_on_the_order_of_pairs(pairs: list[tuple[int, int]], chance: Random) -> None:
    """Shuffled pairs measure the same, and everything lies within 0 and 1."""
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    others = (measuring.brier, measuring.expected_calibration_error, partial(measuring.f1_at, threshold=0.5))
    for measure in (*ORDERS, *others):
        value = measure(*split(pairs))
        assert measure(*split(shuffled)) == pytest.approx(value, nan_ok=True)
        assert math.isnan(value) or 0.0 <= value <= 1.0


@pytest.mark.parametrize("measure", [measuring.average_precision, measuring.roc_auc])
def test_what_is_not_defined_is_nan(measure: measuring.Metric) -> None:
    """Without a positive there is no number, rather than a 0 that looks like one."""
    assert math.isnan(measure(np.zeros(2), np.ones(2)))
    assert math.isnan(measure(np.zeros(0), np.zeros(0)))


@pytest.mark.parametrize(
    ("labels", "scores", "fault"),
    [([1], [0.1, 0.2], "one score for each"), ([0.5], [0.1], "neither 0 nor 1"), ([1], [math.nan], "finite")],
)
def test_unusable_input_is_refused_in_words(labels: list[float], scores: list[float], fault: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(ValueError, match=fault):
        measuring.average_precision(labels, scores)


def test_an_interval_of_equal_sessions_has_no_width() -> None:
    """If all sessions are alike, it does not matter which are drawn."""
    found = measuring.intervals(measuring.roc_auc, LABELS * 5, SCORES * 5, np.repeat(range(5), 4), draws=50)
    assert found == measuring.Interval(0.75, 0.75, 0.75)


def test_sessions_are_drawn_whole() -> None:
    """Two sessions, one all right and one all wrong: each resample is one, the other, or their mean."""
    seen = set()

    def noting(labels: measuring.Floats, scores: measuring.Floats) -> float:
        seen.add(round(float((labels == scores).mean()), 3))
        return 0.5

    measuring.intervals(noting, [1, 1, 0, 0], [1, 1, 1, 1], ["a", "a", "b", "b"], draws=60)
    assert seen == {0.0, 0.5, 1.0}


@given(BOTH_KINDS, st.integers(0, 5))
@settings(max_examples=25)
def test_an_interval_depends_on_its_seed_alone(pairs: list[tuple[int, int]], seed: int) -> None:
    """The same seed gives the same interval, whose ends are in order."""
    labels, scores = split(pairs)
    sessions = [index // 3 for index in range(len(pairs))]
    one, two = (measuring.intervals(measuring.brier, labels, scores, sessions, draws=40, seed=seed) for _ in "ab")
    assert one == two
    assert one.low <= one.high


def test_an_interval_covers_what_it_should() -> None:
    """Of intervals over 40 sessions drawn from one law, about 95 in 100 hold the truth."""
    chance = np.random.default_rng(1)
    covered = 0
    for seed in range(120):
        session_bias = np.repeat(chance.normal(0, 0.15, 40), 5)
        labels = (chance.random(200) < np.clip(0.5 + session_bias, 0, 1)).astype(float)
        found = measuring.intervals(
            lambda truth, _: float(truth.mean()), labels, labels, np.repeat(range(40), 5), draws=100, seed=seed
        )
        covered += found.low <= 0.5 <= found.high
    assert 105 <= covered <= 120


def test_an_interval_without_usable_resamples_is_none() -> None:
    """One session with a positive among many without: most resamples have no positive or all of them."""
    found = measuring.intervals(measuring.roc_auc, [0, 0, 0], [0.1, 0.2, 0.3], ["a", "b", "c"], draws=20)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
