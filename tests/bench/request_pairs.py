"""Makes pairs of requests whose label is known: rewordings, and other requests of the same intent. Knows no model.

What happened around the texts is left out (no reply, no time, no failure), so that only words can tell. Unlike
``models/corpora/benchmarks.py``, from which rewordings are drawn, this reads files as well, whose slots may be unknown,
and remembers both requests of a pair, so that thresholds can be set on some requests and measured on others.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.corpora.benchmarks import PAIRS_PER_REQUEST, rewordings
from models.corpora.parts import Part
from models.corpora.requests import Request, pool
from models.pairs import Example
from tests.bench.calibrate import Group, read

NEGATIVES: Final = 3_000
"""Pairs of other requests of a locale, about."""


class RequestPairs(NamedTuple):
    """Pairs of one locale of one corpus.

    Attributes:
        examples: pairs with label 1 (both ask for the same) or 0 (the same intent, another request).
        members: the two groups of each pair, shape ``(n, 2)``; the same group twice for rewordings.
        same_slots: which negatives are of groups with equal slots, and so perhaps rewordings too, shape ``(n,)``.
        groups: how many groups there are.
    """

    examples: list[Example]
    members: NDArray[np.intp]
    same_slots: NDArray[np.bool_]
    groups: int


def from_files(paths: Sequence[Path]) -> dict[tuple[str, str], list[Group]]:
    """Return the groups of files that :mod:`tests.bench.calibrate` understands, by file and locale."""
    return read(paths)


def bundled(part: Part, corpus: str) -> dict[tuple[str, str], list[Group]]:
    """Return the groups of one part of a corpus that comes with the package, by corpus and locale."""
    return {
        (corpus, locale): [_group_of(request) for request in requests if request.corpus == corpus]
        for locale, requests in sorted(pool(part).by_locale.items())
        if any(request.corpus == corpus for request in requests)
    }


def _group_of(request: Request) -> Group:
    texts = {wording.text for wording in request.wordings}
    texts |= {heard.text for wording in request.wordings for heard in wording.heard}
    return Group(request.intent, tuple(sorted(texts)), repr(sorted(request.slots)))


def pairs_of(groups: Sequence[Group], locale: str, seed: int = 7) -> RequestPairs:
    """Return rewordings of each group and pairs of other requests of its intent; the same seed gives the same pairs."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    drawn = [*_rewordings(groups, chance), *_others(groups, chance)]
    examples = [_example(pair, locale, reverse=chance.random() < 0.5) for pair in drawn]
    members = np.array([(one, other) for one, other, _, _ in drawn], dtype=np.intp).reshape(-1, 2)
    alike = np.array([one != other and groups[one].slots == groups[other].slots for one, other, _, _ in drawn], bool)
    return RequestPairs(examples, members, alike, len(groups))


Drawn = tuple[int, int, str, str]
"""Two groups, and a text of each."""


def _example(drawn: Drawn, locale: str, *, reverse: bool) -> Example:
    """Return a pair in one order or the other: which text is first must say nothing."""
    one, other, first, second = drawn
    texts = (second, first) if reverse else (first, second)
    return Example(*texts, float(one == other), locale, group=str(one), session=str(one))


def _rewordings(groups: Sequence[Group], chance: random.Random) -> Iterator[Drawn]:
    for index, group in enumerate(groups):
        for first, second in rewordings(chance, group.sentences):
            yield index, index, first, second


def _others(groups: Sequence[Group], chance: random.Random) -> Iterator[Drawn]:
    """Yield pairs of two groups of one intent; a text that stands in both is left out."""
    by_intent: Mapping[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        by_intent[group.intent].append(index)
    neighbours = [both for indexes in by_intent.values() for both in itertools.combinations(indexes, 2)]
    chance.shuffle(neighbours)
    each = min(PAIRS_PER_REQUEST, max(1, NEGATIVES // max(len(neighbours), 1)))
    for one, other in neighbours[:NEGATIVES]:
        texts = list(itertools.product(groups[one].sentences, groups[other].sentences))
        for first, second in chance.sample(texts, min(each, len(texts))):
            if first != second:
                yield one, other, first, second
