"""Pairs of words alone, to learn from: nothing is known of replies, times and outcomes. Knows the corpora, no model.

Windows say what people do; most of them say much beside the words. Where a platform tells nothing else, and in every
language, a model must judge by the words as well, and these pairs teach it: rewordings against other requests of the
same intent.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, islice
from random import Random
from typing import Final

import msgspec

from models.corpora import benchmarks
from models.corpora.parts import Part
from models.corpora.requests import Request, pool
from models.pairs import Example

PAIRS_OF_A_SET_MAX: Final = 400.0
"""What the pairs of one corpus and locale weigh together at most: large ones must not drown the others."""

NEIGHBOURS_FROM: Final = "hass_intents"
"""The corpus with groups of rewordings in many languages."""

NEIGHBOURS_MAX: Final = 3_000
"""Pairs of requests of one intent in a locale: enough for one false alarm in twenty to be a number."""

DRAWS_OF_TWO: Final = 10
"""Times that two requests are paired, in small locales."""

LEARNED_FROM: Final[tuple[Part, ...]] = ("train", "validation")
"""A student is too small to learn single pairs by heart, so that thresholds may be set on what it has learned from."""


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


def neighbours(count_max: int | None = None) -> list[Example]:
    """Return pairs of two requests of one intent of Home Assistant, words alone, all with label 0.

    Unlike pairs to learn from, they may differ in how much they name, or name the same thing in two ways: a threshold
    that promises few false alarms must stand such pairs as well. They are of the parts for training and validation.

    Args:
        count_max: how many at most, about equally many of each locale; None for all.
    """
    spoken = _spoken()
    each = NEIGHBOURS_MAX if count_max is None else max(1, min(NEIGHBOURS_MAX, count_max // len(spoken)))
    return [pair for locale in sorted(spoken) for pair in islice(_of_one_intent(spoken[locale], locale), each)]


@cache
def _spoken() -> dict[str, list[Request]]:
    found: dict[str, list[Request]] = defaultdict(list)
    for part in LEARNED_FROM:
        for locale, requests in pool(part).by_locale.items():
            found[locale] += [request for request in requests if request.corpus == NEIGHBOURS_FROM]
    return found


def _of_one_intent(requests: Sequence[Request], locale: str) -> Iterator[Example]:
    chance = Random(f"neighbours|{locale}")  # noqa: S311 - a sample, not a secret
    both = [two for two in combinations(requests, 2) if two[0].intent == two[1].intent]
    for _ in range(DRAWS_OF_TWO):
        chance.shuffle(both)
        for one, other in both:
            first, second = chance.choice(one.wordings).text, chance.choice(other.wordings).text
            if first != second:
                yield Example(first, second, 0.0, locale, group=one.group, source=NEIGHBOURS_FROM)


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
