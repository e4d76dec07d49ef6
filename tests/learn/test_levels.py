"""Rules of the levels that many pairs share: what they sum to, and how they grow with what is found."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.learn.evidence import passes
from streams.learn.levels import OFFSET, level_part, needed_e_value
from tests.learn.crossing import first_passing


@pytest.mark.parametrize("offset", [2, OFFSET, 1_000])
def test_the_levels_never_sum_to_more_than_alpha(offset: int) -> None:
    """The parts of the first 100,000 numbers and a bound on all later ones sum to 1, whatever the offset.

    The bound: a part is the fall of ``ln(k)/ln(x)`` from ``x = i+k-1`` to ``i+k``, so the rest is its height there.
    """
    first = math.fsum(level_part(number, offset) for number in range(1, 100_001))
    rest = math.log(offset) / math.log(100_000 + offset)
    assert 0.0 < first < 1.0
    assert first + rest == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**9), st.integers(0, 10**6), st.floats(1e-6, 0.5))
def test_later_numbers_need_more_and_discoveries_make_it_less(number: int, found: int, alpha: float) -> None:
    """A later number never needs less; the k-th discovery needs one k-th of what the first one does."""
    needed = needed_e_value(alpha, number, found)
    assert 1.0 < needed_e_value(alpha, number, 0) < math.inf
    assert needed_e_value(alpha, number + 1, found) > needed
    assert needed * (found + 1) == pytest.approx(needed_e_value(alpha, number, 0))


def test_evidence_from_before_the_number_does_not_count() -> None:
    """What a pair already had when it got its number is asked for again; having had less than nothing earns nothing."""
    assert needed_e_value(0.05, 7, 2, already=6.0) == pytest.approx(6.0 * needed_e_value(0.05, 7, 2))
    assert needed_e_value(0.05, 7, 2, already=0.1) == needed_e_value(0.05, 7, 2)


def test_worthless_pairs_share_one_alpha() -> None:
    """Exactly: the chances of the first 40 worthless pairs to be found within 400 looks sum to at most their parts."""
    chances = []
    for number in range(1, 41):
        needed = needed_e_value(0.05, number, 0)
        law = first_passing(lambda won, lost, alpha=1 / needed: passes(won, lost, 0.5, alpha), 0.5, 400)  # type: ignore[misc]
        chances.append(float(law.sum()))
        assert chances[-1] <= 1 / needed
    assert 0.001 < math.fsum(chances) <= 0.05 * math.fsum(map(level_part, range(1, 41)))


def test_the_price_of_ten_thousand_candidates_is_small() -> None:
    """Number 10,000 needs less than 20,000 times what the first one needs on its own: a dozen more wins over 2."""
    assert needed_e_value(0.05, 10_000, 0) < 1e7
    assert needed_e_value(0.05, 10, 0) < 4_000


@pytest.mark.parametrize(("alpha", "number", "found"), [(0.0, 1, 0), (1.0, 1, 0), (0.05, 0, 0), (0.05, 1, -1)])
def test_nonsense_is_refused(alpha: float, number: int, found: int) -> None:
    """A level, number or count outside its range is an error and names the value."""
    with pytest.raises(ValueError, match="must"):
        needed_e_value(alpha, number, found)
