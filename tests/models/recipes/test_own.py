"""A user's own pairs: their weight among others, folds that split no group, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pairs import Example
from models.recipes.data import UnusableDataError
from models.recipes.options import Options
from models.recipes.own import check_own, folds_of, weighed

GROUPS = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60).filter(lambda groups: len(set(groups)) > 1)


def pairs(count: int, weight: float = 1.0) -> list[Example]:
    """Return pairs of both labels, each a group of its own."""
    return [Example("a", "b", float(at % 2), weight=weight, group=str(at)) for at in range(count)]


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.05, 0.95))
def test_own_pairs_get_their_share_of_all_weight(own: int, others: int, share: float) -> None:
    """However many there are of either, own pairs hold the wanted share."""
    held = sum(pair.weight for pair in weighed(pairs(own, 3.0), pairs(others, 0.5), share))
    assert held / (held + 0.5 * others) == pytest.approx(share)


def test_own_pairs_keep_their_weights_where_they_are_alone() -> None:
    """Without others there is nothing to share."""
    assert weighed(pairs(3, 2.0), [], 0.5) == pairs(3, 2.0)


@given(GROUPS, st.integers(2, 6))
def test_no_group_is_split_and_no_fold_is_empty(groups: list[str], count: int) -> None:
    """All pairs of a group are in one fold; there are as many folds as asked for, or as groups."""
    folds = folds_of([Example("a", "b", 0.0, group=group) for group in groups], count)
    of_group = {(group, fold) for group, fold in zip(groups, folds, strict=True)}
    assert len(of_group) == len(set(groups))
    assert set(folds) == set(range(min(count, len(set(groups)))))


def test_a_large_group_is_balanced_by_the_others() -> None:
    """One day with half of the pairs is a fold, the rest share the others."""
    groups = ["big"] * 10 + ["a"] * 4 + ["b"] * 3 + ["c"] * 3
    folds = folds_of([Example("a", "b", 0.0, group=group) for group in groups], 2)
    assert folds == [0] * 10 + [1] * 10


@pytest.mark.parametrize(
    ("labelled", "options", "has_turns", "remedy"),
    [
        ([], Options(teacher="none"), True, "choose one"),
        ([], Options(limit_to="own"), False, "give some"),
        ([Example("a", "b", 1.0, group=group) for group in "ab"], Options(), False, "`label`"),
        ([Example("a", "b", label, group="a") for label in (0.0, 1.0)], Options(), False, "`session`"),
        (
            [Example("a", "b", label, group=group) for label, group in ((0.0, "a"), (1.0, "b"))],
            Options(limit_to="own"),
            False,
            "fewer folds",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(
    labelled: list[Example],
    options: Options,
    has_turns: bool,  # noqa: FBT001 - a parameter of the test
    remedy: str,
) -> None:
    """Turns without a teacher, nothing to learn from, one label only, one group only."""
    with pytest.raises(UnusableDataError, match=remedy):
        check_own(labelled, options, has_turns=has_turns)
