"""Rules of the bench of many pairs: it asks the product's test, and its level rules do what they say."""

import numpy as np
import pytest

from streams.learn import evidence
from tests.bench.bench_levels import each_rule, house_parts, shared_rule
from tests.bench.many_pairs import BEATEN, PAST, Rule, Scene, log_e_values, run

STEPS = 80


@pytest.mark.parametrize("p0", BEATEN)
def test_the_tables_hold_the_product_s_e_value(p0: float) -> None:
    """By wins and losses, to twelve digits."""
    table = log_e_values(p0, 60)
    for wins, losses in ((0, 0), (3, 0), (17, 2), (60, 60), (1, 55)):
        assert table[wins, losses] == pytest.approx(evidence.log_e_value(wins, losses, p0), rel=1e-9, abs=1e-9)


def test_shared_levels_find_little_that_is_wrong_where_levels_of_each_find_much() -> None:
    """Of 500 worthless and 25 good pairs, alike in tens: mean false discovery proportion over ten seeds."""
    tables = [log_e_values(p0, STEPS + max(PAST)) for p0 in BEATEN]
    rules = [each_rule(), shared_rule("shared", house_parts(20))]
    founds = [run(Scene(500, 25, STEPS, together=10), rules, seed, tables) for seed in range(10)]
    wrong = [np.mean([found[rule].false_proportions(STEPS)[-1] for found in founds]) for rule in (0, 1)]
    assert wrong[1] <= 0.05 < wrong[0]


def test_a_discovery_lowers_the_bar_of_the_others() -> None:
    """A pair that needs 1.5 times what the level gives is found once another one was; without sharing it is not."""
    tables = [log_e_values(p0, STEPS + max(PAST)) for p0 in BEATEN]
    needed = np.exp(min(table[1, 0] for table in tables)) * np.array([0.9, 1.5])
    rules = [Rule("alone", needed, shared=False), Rule("shared", needed, shared=True)]
    alone, together = run(Scene(0, 2, 1), rules, 3, tables)
    assert list(alone.steps) == [1, 0]
    assert list(together.steps) == [1, 1]
