"""Words of a pair as rows of a hashed embedding. Knows pairs, no network.

A word counts by what became of it: dropped, added or kept. One that was trained on leaves a trace in its row, which a
membership attack reads; that is why students have no such rows by default.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.features.texts import parts
from models.pairs import Pair


def bag_of(pair: Pair, buckets: int) -> list[int]:
    """Return the rows of a pair's words, each from 0 to ``buckets`` - 1, in rising order; none for empty texts."""
    first, second = frozenset(parts(pair.first)), frozenset(parts(pair.second))
    marked = [f"-{word}" for word in first - second]
    marked += [f"+{word}" for word in second - first]
    marked += [f"={word}" for word in first & second]
    return sorted(crc32(word.encode("utf-8", "surrogatepass")) % buckets for word in marked)


def bags_of(pairs: Sequence[Pair], buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of all pairs in a row, and where each pair's begin, as torch's EmbeddingBag takes them."""
    bags = [bag_of(pair, buckets) for pair in pairs]
    starts = np.zeros(len(bags), np.int64)
    np.cumsum([len(bag) for bag in bags[:-1]], out=starts[1:])
    rows = [row for bag in bags for row in bag]
    return np.array(rows, np.int64), starts
