"""Pairs of words alone, to learn from: nothing is known of replies, times and outcomes. Knows the corpora, no model.

Windows say what people do; most of them say much beside the words. Where a platform tells nothing else, and in every
language, a model must judge by the words as well, and these pairs teach it: rewordings against other requests of the
same intent.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from models.corpora import benchmarks
from models.pairs import Example

PAIRS_OF_A_SET_MAX: Final = 400.0
"""What the pairs of one corpus and locale weigh together at most: large ones must not drown the others."""


def words_alone(part: str = "train", count_max: int | None = None) -> list[Example]:
    """Return pairs of every corpus and locale that has both labels in a part, weighed so that sets count alike.

    Args:
        part: train, validation or test.
        count_max: how many at most, about equally many of each set; None for all.

    Raises:
        ValueError: there is no such part.
    """
    sets = _sets(part)
    each = None if count_max is None else max(2, count_max // len(sets))
    return [pair for pairs in sets for pair in _alike(pairs if each is None else _spread(pairs, each))]


@cache
def _sets(part: str) -> tuple[tuple[Example, ...], ...]:
    return tuple(tuple(pairs) for pairs in benchmarks.all_of(part).values())


def _spread(pairs: Sequence[Example], count: int) -> Sequence[Example]:
    """Return some of many pairs, evenly from the first to the last: those of one request stand together."""
    if len(pairs) <= count:
        return pairs
    return [pairs[place * len(pairs) // count] for place in range(count)]


def _alike(pairs: Sequence[Example]) -> list[Example]:
    weight = min(1.0, PAIRS_OF_A_SET_MAX / len(pairs))
    return [msgspec.structs.replace(pair, weight=weight) for pair in pairs]
