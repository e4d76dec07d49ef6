"""Rules of the evidence: how often a worthless pair passes, how soon a good one does, how soon a change is seen."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaincc
from scipy.stats import beta as beta_law

from streams.learn import evidence
from tests.learn.crossing import first_passing, outcomes_needed

LOOKS = 4_000
GOOD = 12 / 13  # win/loss 12

counts = st.one_of(st.integers(0, 200).map(float), st.floats(0.0, 1e6))
shares = st.floats(0.05, 0.95)


def plain_e_value(wins: int, losses: int, p0: float, prior_wins: float, prior_losses: float) -> float:
    """Average the likelihood ratio over the bet by numerical integration."""
    bet = beta_law(prior_wins, prior_losses)

    def ratio(share: float) -> float:
        return float(bet.pdf(share) * (share / p0) ** wins * ((1 - share) / (1 - p0)) ** losses)

    return quad(ratio, p0, 1.0, epsabs=0.0, epsrel=1e-10)[0] / float(bet.sf(p0))


@pytest.mark.parametrize("p0", [0.4, 0.5, 0.75, 0.8])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_a_worthless_pair_passes_with_a_chance_of_at_most_alpha(p0: float, alpha: float) -> None:
    """Exactly, with a look after each of 4,000 outcomes, at the boundary of the null."""
    law = first_passing(lambda won, lost: evidence.passes(won, lost, p0, alpha), p0, LOOKS)
    assert 0.1 * alpha < law.sum() <= alpha


def test_a_pair_below_the_null_passes_less_often_still() -> None:
    """The null is 'at most p0': its boundary is the worst case."""
    at_boundary = first_passing(lambda won, lost: evidence.passes(won, lost, 0.5, 0.05), 0.5, 500).sum()
    below = first_passing(lambda won, lost: evidence.passes(won, lost, 0.5, 0.05), 0.45, 500).sum()
    assert below < at_boundary


@pytest.mark.parametrize(("prior_wins", "median"), [(1.0, 14), (9.0, 8)])
def test_a_good_pair_passes_soon(prior_wins: float, median: int) -> None:
    """At true win/loss 12, to beat 1 at alpha .01: nine in ten pairs pass within 21 outcomes, half within 8 or 14."""
    law = first_passing(lambda won, lost: evidence.passes(won, lost, 0.5, 0.01, prior_wins, 1.0), GOOD, 200)
    assert outcomes_needed(law, 0.5) == median
    assert outcomes_needed(law, 0.9) == 21


def lost(losses: int, wins: int) -> bool:
    """Say whether a trial is lost: "the win/loss is at least 3" is refuted at .05."""
    return evidence.passes(losses, wins, 0.25, 0.05, evidence.PRIOR_FUTILE, evidence.PRIOR_FUTILE)


def test_a_trial_that_wins_no_more_than_it_loses_is_ended_soon() -> None:
    """At a true win/loss of 1 half of the trials end within 20 decisive pairs, most within 60; at .5 in 8 and 20."""
    for win_loss, half, most in ((1.0, 20, 60), (0.5, 8, 20)):
        law = first_passing(lost, 1 / (1 + win_loss), 500)
        assert outcomes_needed(law, 0.5) <= half
        assert outcomes_needed(law, 0.9) <= most


@pytest.mark.parametrize(("win_loss", "limit"), [(3.0, 0.05), (6.0, 2e-3), (12.0, 1e-4), (30.0, 1e-5)])
def test_a_good_trial_is_hardly_ever_ended(win_loss: float, limit: float) -> None:
    """Within 2,000 decisive pairs: at most alpha at the win/loss to beat, one in ten thousand at 12."""
    assert first_passing(lost, 1 / (1 + win_loss), 2_000).sum() <= limit


def test_the_third_question_needs_eighteen_straight_wins() -> None:
    """At p0 .8 and alpha .05 no shorter run is enough."""
    assert not evidence.passes(17, 0, 0.8, 0.05)
    assert evidence.passes(18, 0, 0.8, 0.05)


def test_naive_rules_promote_worthless_pairs() -> None:
    """A contrast: 'ratio >= 2' and 'posterior >= .95', both after 10, looked at 1,000 times at win/loss 1."""
    naive = first_passing(lambda won, lost: won + lost >= 10 and won >= 2 * lost, 0.5, 1_000)
    posterior = first_passing(
        lambda won, lost: won + lost >= 10 and bool(betaincc(won + 1, lost + 1, 0.5) >= 0.95), 0.5, 1_000
    )
    assert naive.sum() == pytest.approx(0.2774, abs=1e-4)
    assert posterior.sum() == pytest.approx(0.3740, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), shares, st.floats(0.5, 12.0), st.floats(0.5, 4.0))
def test_the_e_value_is_the_average_likelihood_ratio_over_the_bet(
    wins: int, losses: int, p0: float, prior_wins: float, prior_losses: float
) -> None:
    """The closed form equals the integral it stands for."""
    plain = plain_e_value(wins, losses, p0, prior_wins, prior_losses)
    assert evidence.e_value(wins, losses, p0, prior_wins, prior_losses) == pytest.approx(plain, rel=1e-6)


@settings(max_examples=200, deadline=None)
@given(counts, counts, st.floats(0.001, 0.999), st.floats(0.1, 50.0), st.floats(0.1, 50.0))
def test_the_e_value_is_finite_and_within_its_bound(
    wins: float, losses: float, p0: float, prior_wins: float, prior_losses: float
) -> None:
    """Never NaN, never infinite, never above the best likelihood ratio: so the cheap check refuses nothing good."""
    value = evidence.log_e_value(wins, losses, p0, prior_wins, prior_losses)
    assert math.isfinite(value)
    assert value <= evidence.log_e_value_bound(wins, losses, p0) + 1e-9 * (10.0 + wins + losses)
    assert 0.0 <= evidence.e_value(wins, losses, p0, prior_wins, prior_losses) < math.inf


@settings(max_examples=200, deadline=None)
@given(st.floats(0.0, 300.0), st.floats(0.0, 300.0), shares, st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_a_weighted_outcome_is_a_fair_bet_or_a_worse_one(
    wins: float, losses: float, p0: float, weight: float, part: float
) -> None:
    """Under the null the expected e-value after an outcome of weight 0..1 is at most the one before."""
    share = p0 * part
    before = evidence.log_e_value(wins, losses, p0)
    after_win = math.exp(evidence.log_e_value(wins + weight, losses, p0) - before)
    after_loss = math.exp(evidence.log_e_value(wins, losses + weight, p0) - before)
    assert share * after_win + (1.0 - share) * after_loss <= 1.0 + 1e-9


def test_a_weight_above_one_is_not_a_fair_bet() -> None:
    """The other side of that rule: weight 2 at the boundary gains in expectation."""
    before = evidence.e_value(5, 5, 0.5)
    after = 0.5 * evidence.e_value(7, 5, 0.5) + 0.5 * evidence.e_value(5, 7, 0.5)
    assert after > before


@pytest.mark.parametrize("bad", [(-1.0, 0.0, 0.5), (math.nan, 0.0, 0.5), (0.0, math.inf, 0.5), (1.0, 1.0, 1.0)])
def test_counts_that_mean_nothing_are_an_error(bad: tuple[float, float, float]) -> None:
    """Negative or infinite counts and a p0 at the edge are refused."""
    with pytest.raises(ValueError, match="must"):
        evidence.log_e_value(*bad)


@pytest.mark.parametrize("share", [0.5, 0.8, GOOD])
def test_the_confidence_sequence_misses_the_true_share_with_a_chance_of_at_most_alpha(share: float) -> None:
    """Exactly, with a look after each of 1,000 outcomes."""
    law = first_passing(lambda won, lost: evidence.win_share_lower(won, lost, 0.05) > share, share, 1_000)
    assert law.sum() <= 0.05


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.sampled_from([0.05, 0.01]))
def test_the_confidence_sequence_holds_the_seen_share(wins: float, losses: float, alpha: float) -> None:
    """Lower end <= seen share <= upper end, and a smaller alpha widens it."""
    lower, upper = evidence.win_share_lower(wins, losses, alpha), evidence.win_share_upper(wins, losses, alpha)
    assert 0.0 <= lower <= upper <= 1.0
    if wins + losses:
        assert lower <= wins / (wins + losses) <= upper
    assert evidence.win_share_lower(wins, losses, alpha / 10) <= lower


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(1, 200), st.integers(1, 60), st.integers(1, 200), st.floats(0.001, 0.3))
def test_the_reduction_interval_holds_the_seen_reduction(
    treated_defects: int, treated_rest: int, held_out_defects: int, held_out_rest: int, alpha: float
) -> None:
    """Lower end <= seen reduction <= upper end <= 1, and a smaller alpha never narrows it."""
    counts_ = treated_defects, treated_defects + treated_rest, held_out_defects, held_out_defects + held_out_rest
    lower, upper = evidence.reduction_interval(*counts_, alpha)
    seen = 1.0 - (counts_[0] / counts_[1]) / (counts_[2] / counts_[3])
    assert lower <= seen <= upper <= 1.0
    wider = evidence.reduction_interval(*counts_, alpha / 10)
    assert wider[0] <= lower
    assert upper <= wider[1]


def test_the_reduction_interval_narrows_around_the_truth() -> None:
    """A third fewer defects is told from none after 2 x 3,000 outcomes, and to a few hundredths after 2 x 300,000."""
    lower, upper = evidence.reduction_interval(900, 3_000, 1_350, 3_000, 0.05)
    assert 0.15 < lower < 1 / 3 < upper < 0.5
    lower, upper = evidence.reduction_interval(90_000, 300_000, 135_000, 300_000, 0.05)
    assert upper - lower < 0.03


def test_nothing_held_out_bounds_nothing_below() -> None:
    """Without held-out outcomes the reduction may be as bad as can be; the upper end is at most 1 still."""
    assert evidence.reduction_interval(3, 10, 0, 0, 0.05)[0] == -math.inf
    assert evidence.reduction_interval(0, 0, 0, 0, 0.05) == (-math.inf, 1.0)


@pytest.mark.parametrize("wrong", [(3, 2, 0, 0), (0, 0, -1, 5), (0, math.inf, 0, 0), (math.nan, 1, 0, 1)])
def test_more_defects_than_outcomes_are_refused(wrong: tuple[float, float, float, float]) -> None:
    """Counts that cannot be are an error that names the arm."""
    with pytest.raises(ValueError, match=r"defects of (treated|held_out) must"):
        evidence.reduction_interval(*wrong, 0.05)


def outcomes_until_alarm(chance: random.Random, p0: float, shares_in_turn: list[tuple[float, int]]) -> int:
    """Return how many outcomes of the last phase it took, -1 for an alarm before it, its length for none."""
    statistics: list[float] = []
    for phase, (share, length) in enumerate(shares_in_turn):
        for number in range(1, length + 1):
            statistics = evidence.observe_change(statistics, p0, won=chance.random() < share)
            if evidence.change_alarm(statistics, 1e-4):
                return number if phase == len(shares_in_turn) - 1 else -1
    return shares_in_turn[-1][1]


def test_a_broken_rewrite_is_seen_within_thirty_outcomes() -> None:
    """92 % -> 40 % wins: median <= 30 and nine in ten <= 50 outcomes, without a false alarm before."""
    chance = random.Random(20)  # noqa: S311 (a test needs to be repeated)
    delays = [outcomes_until_alarm(chance, 0.8 * 0.92, [(0.92, 150), (0.4, 200)]) for _ in range(1_000)]
    assert min(delays) > 0
    assert np.median(delays) <= 30
    assert np.quantile(delays, 0.9) <= 50


def test_a_healthy_rewrite_is_left_alone() -> None:
    """No alarm in 100,000 outcomes at 92 %."""
    chance = random.Random(21)  # noqa: S311 (a test needs to be repeated)
    assert outcomes_until_alarm(chance, 0.8 * 0.92, [(0.92, 100_000)]) == 100_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=30), st.floats(0.1, 0.95), st.floats(0.05, 1.0))
def test_the_detector_gains_at_most_one_an_outcome_while_all_is_well(
    history: list[bool], p0: float, weight: float
) -> None:
    """E[R after] <= R + 1 at the boundary, which is what bounds the rate of false alarms by alpha."""
    before: list[float] = [0.0] * 4
    for won in history:
        before = evidence.observe_change(before, p0, won=won)
    after_win = evidence.observe_change(before, p0, won=True, weight=weight)
    after_loss = evidence.observe_change(before, p0, won=False, weight=weight)
    for old, win, loss in zip(before, after_win, after_loss, strict=True):
        expected = p0 * math.expm1(win) + (1.0 - p0) * math.expm1(loss)
        assert expected <= math.exp(old) * (1.0 + 1e-9)


def test_the_detector_is_the_plain_recursion() -> None:
    """R <- (1 + R) L in exact fractions, averaged over the alternatives."""
    p0, parts = Fraction(3, 4), [Fraction(part).limit_denominator(10) for part in evidence.ALTERNATIVES]
    plain = [Fraction(0)] * 4
    statistics: list[float] = []
    for won in (True, False, False, True, False, False, False):
        ratios = [part if won else (1 - part * p0) / (1 - p0) for part in parts]
        plain = [(1 + r) * ratio for r, ratio in zip(plain, ratios, strict=True)]
        statistics = evidence.observe_change(statistics, float(p0), won=won)
        mean = float(sum(plain) / 4)
        assert [math.expm1(value) for value in statistics] == pytest.approx([float(r) for r in plain], rel=1e-12)
        assert evidence.change_alarm(statistics, 0.999 / mean) is False
        assert evidence.change_alarm(statistics, 1.001 / mean) is True


def test_the_detector_survives_a_million_losses() -> None:
    """In logarithms nothing overflows; an alarm that nobody heeds stays one."""
    statistics: list[float] = []
    for _ in range(20_000):
        statistics = evidence.observe_change(statistics, 0.75, won=False)
    assert all(math.isfinite(value) for value in statistics)
    assert evidence.change_alarm(statistics, 1e-300)
