"""Rules of the closed loop's evaluation: seeds repeat and add up, and a missed aim is said."""

import math

import msgspec
import pytest

from streams.simulate.loop_result import LoopResult, Window
from tests.bench.evaluate_attribution import mean_areas
from tests.bench.evaluate_loop import missed_aims
from tests.bench.loop_seeds import LoopTask, Total, run_loop, sum_windows, total_of, win_loss

TASK = LoopTask(2, 4_000, 100, 10, "pair", ("release=floor", "users_min=4", "win_loss_min=1", "alpha=0.4"))


@pytest.fixture(scope="module")
def result() -> LoopResult:
    """Return one small run."""
    return run_loop(TASK)


def total(result: LoopResult, **windows: int) -> Total:
    """Return the total of one seed with one window, and a large effect."""
    window = Window(0, 89, windows.get("valid", 0), windows.get("invalid", 0), windows.get("right_days", 0),
                    windows.get("wrong_days", 0))  # fmt: skip
    effects = (msgspec.structs.replace(result.effects[0], reduction=0.9, lower=0.8, upper=0.95),)
    return msgspec.structs.replace(total_of([result]), windows=(window,), effects=effects)


def test_a_seed_repeats(result: LoopResult) -> None:
    """The same task gives the same result."""
    assert run_loop(TASK) == result


def test_seeds_add_up(result: LoopResult) -> None:
    """Two equal seeds have twice the outcomes, the same reduction and a narrower interval."""
    one, two = total_of([result]).effects[0], total_of([result, result]).effects[0]
    assert (two.treated, two.held_out) == (2 * one.treated, 2 * one.held_out)
    assert two.reduction == pytest.approx(one.reduction)
    assert two.lower is not None
    assert (one.lower is None) or two.lower > one.lower


def test_windows_add_up() -> None:
    """A sum of windows spans them all."""
    windows = [Window(0, 29, 4, 0, 40, 1), Window(30, 59, 6, 1, 60, 0, 1, 0)]
    assert sum_windows(windows) == Window(0, 59, 10, 1, 100, 1, 1, 0)


def test_nothing_wrong_is_better_than_any_ratio(result: LoopResult) -> None:
    """A window without a wrong promotion meets the aim; one wrong in thirty does, one in ten does not."""
    assert win_loss(3, 0) == math.inf
    assert missed_aims(total(result, valid=3, right_days=9)) == []
    assert missed_aims(total(result, valid=30, invalid=1, right_days=9)) == []
    assert len(missed_aims(total(result, valid=10, invalid=1, right_days=9, wrong_days=3))) == 2


def test_a_small_effect_is_missed(result: LoopResult) -> None:
    """The lower end of the interval must reach the aim, not the estimate."""
    seen = total(result, valid=3)
    weak = msgspec.structs.replace(seen, effects=(msgspec.structs.replace(seen.effects[0], lower=0.2),))
    assert len(missed_aims(weak)) == 1


def test_evenings_without_both_kinds_are_left_out(result: LoopResult) -> None:
    """Where nothing was served or all was right, there is no area, and the mean is over the others."""
    assert result.attribution == ()
    assert all(math.isnan(area) for area in mean_areas(()))
