"""Fewer defects than held out: strata are compared each by itself, and the interval holds what is true."""

import random

import pytest

from streams.simulate.effects import Arms, effect


def test_one_stratum_is_a_plain_comparison() -> None:
    """With one stratum the reduction is one less the ratio of the shares of defects."""
    found = effect("play", [Arms(200, 20, 50, 25)], 0.7)
    assert (found.domain, found.treated, found.held_out, found.true_reduction) == ("play", 200, 50, 0.7)
    assert found.reduction == pytest.approx(1 - 0.1 / 0.5)


def test_strata_of_unlike_shares_do_not_mislead() -> None:
    """Where half is held out of what fails often, and a tenth of what fails seldom, adding up would see an effect."""
    useless = [Arms(100, 80, 100, 80), Arms(900, 90, 100, 10)]
    assert effect("", useless, None).reduction == pytest.approx(0.0)


def test_without_a_hold_out_nothing_is_said() -> None:
    """A stratum nobody was held out from, or no treated turn at all, gives no reduction."""
    assert effect("", [Arms(10, 1, 0, 0)], None).reduction is None
    assert effect("", [Arms(0, 0, 10, 9)], None).reduction is None
    assert effect("", [], None).reduction is None


def test_the_interval_holds_the_truth_at_all_times() -> None:
    """Looked at after every outcome, it misses the true reduction in at most its share of runs."""
    missed = 0
    for seed in range(100):
        chance = random.Random(seed)  # noqa: S311 - a test
        arms = [Arms(0, 0, 0, 0), Arms(0, 0, 0, 0)]
        for outcome in range(1, 201):
            at = chance.random() < 0.5
            arms[at] = _more(arms[at], chance, treated=chance.random() < (0.9 if at else 0.5))
            if outcome % 10 == 0:
                found = effect("", arms, None)
                if found.lower is not None and found.upper is not None and not found.lower <= 0.6 <= found.upper:
                    missed += 1
                    break
    assert missed <= 5


def _more(arms: Arms, chance: random.Random, *, treated: bool) -> Arms:
    if treated:
        return arms._replace(treated=arms.treated + 1, treated_defects=arms.treated_defects + (chance.random() < 0.2))
    return arms._replace(held_out=arms.held_out + 1, held_out_defects=arms.held_out_defects + (chance.random() < 0.5))
