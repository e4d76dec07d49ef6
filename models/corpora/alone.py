"""Pairs of words alone, to learn from: nothing is known of replies, times and outcomes. Knows the corpora, no model.

Windows say what people do; most of them say much beside the words. Where a platform tells nothing else, and in every
language, a model must judge by the words as well, and these pairs teach it: rewordings against other requests of the
same intent.
"""

from typing import Final

import msgspec

from models.corpora import benchmarks
from models.pairs import Example

PAIRS_OF_A_SET_MAX: Final = 400.0
"""What the pairs of one corpus and locale weigh together at most: large ones must not drown the others."""


def words_alone(part: str = "train") -> list[Example]:
    """Return pairs of every corpus and locale that has both labels in a part, weighed so that sets count alike.

    Raises:
        ValueError: there is no such part.
    """
    return [pair for pairs in benchmarks.all_of(part).values() for pair in _alike(pairs)]


def _alike(pairs: list[Example]) -> list[Example]:
    weight = min(1.0, PAIRS_OF_A_SET_MAX / len(pairs))
    return [msgspec.structs.replace(pair, weight=weight) for pair in pairs]
