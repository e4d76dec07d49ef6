"""Rules of the evaluation: seeds repeat, and a missed aim is said."""

import msgspec
import pytest

from tests.bench.evaluate import Total, missed_aims, total_of
from tests.bench.seeds import Outcome, Task, run_seed

TASK = Task(seed=0, turns=8_000, users=200, worthless=False, sets=("release=floor", "users_min=6"))


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Return one small run that publishes something."""
    return run_seed(TASK)


def total(outcome: Outcome, **more: float | None) -> Total:
    """Return the total of one seed, partly replaced."""
    return msgspec.structs.replace(total_of([outcome]), **more)


def missed(of: Total, *, worthless: bool = False, release: str = "floor") -> int:
    """Return how many aims are missed."""
    return len(missed_aims(of, worthless=worthless, release=release, alpha=0.05))


def test_a_seed_repeats(outcome: Outcome) -> None:
    """The same task gives the same outcome, but for the time it took."""
    again = run_seed(TASK)
    assert outcome.verdict.published > 0
    assert msgspec.structs.replace(again, driver_seconds=0.0) == msgspec.structs.replace(outcome, driver_seconds=0.0)


def test_seeds_add_up(outcome: Outcome) -> None:
    """Two equal seeds publish twice as much and have the same medians and shares."""
    one, two = total_of([outcome]), total_of([outcome, outcome])
    assert two.published == 2 * one.published
    assert (two.found_share, two.delay_hours, two.evidence) == (one.found_share, one.delay_hours, one.evidence)


def test_a_missed_aim_is_said(outcome: Outcome) -> None:
    """Win/loss below 30 and, with the release floor, less than .8 found are misses; so is publishing nothing right."""
    fine = total(outcome, valid=60, win_loss=30.0, found_share=0.8)
    assert missed(fine) == 0
    assert missed(msgspec.structs.replace(fine, win_loss=None)) == 0
    assert missed(msgspec.structs.replace(fine, win_loss=29.9)) == 1
    assert missed(msgspec.structs.replace(fine, found_share=0.79)) == 1
    assert missed(msgspec.structs.replace(fine, found_share=0.79), release="private") == 0
    assert missed(msgspec.structs.replace(fine, valid=0)) == 1


def test_worthless_traffic_is_held_to_alpha_alone(outcome: Outcome) -> None:
    """A share of candidates above alpha is a miss; none at all is not."""
    assert missed(total(outcome, published_share=0.051), worthless=True) == 1
    assert missed(total(outcome, published_share=0.05, win_loss=0.0), worthless=True) == 0
    assert missed(total(outcome, published_share=None), worthless=True) == 0
