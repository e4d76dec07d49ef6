"""Pairs to measure any rephrase model on: rewordings against other requests of the same intent. Knows no model.

The pairs hold words alone: no reply is known, no time, no outcome. They are of the test part unless another is named;
two requests of one intent are others only if each has a slot that the other lacks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from random import Random
from typing import Final

from models.corpora import wordings
from models.corpora.parts import PARTS, Part, checked
from models.corpora.requests import Request, pool
from models.pairs import Example

PAIRS_PER_REQUEST: Final = 20
"""Rewordings of one request at most: large groups must not drown the others."""

NEGATIVES_PER_REQUEST: Final = 20
"""Pairs of a request with others of its intent, as far as there are so many."""

ATTEMPTS: Final = 4
"""Draws for each of these."""

SEED: Final = 7

PairsOf = Callable[[str], list[Example]]
"""Returns the pairs of a part."""

Texts = Callable[[Request], list[str]]
"""Returns the texts of a request that are paired."""


def languages(part: str = "test") -> dict[str, list[Example]]:
    """Return pairs by locale of Home Assistant: rewordings, and sentences of other groups of the same intent.

    Args:
        part: train, validation, test, or all. Small locales have pairs of both labels only in all.

    Raises:
        ValueError: there is no such part.
    """
    found: dict[str, list[Example]] = {}
    for locale in sorted({locale for known in _parts(part) for locale in pool(known).by_locale}):
        pairs = [
            pair
            for known in _parts(part)
            for pair in _pairs(known, _of(known, locale, "hass_intents"), "hass_intents", _all_wordings)
        ]
        if {pair.label for pair in pairs} == {0.0, 1.0}:
            found[locale] = pairs
    return found


def crowd(part: str = "test") -> list[Example]:
    """Return pairs of Alexa Contextual Query Rewrite: two people's wordings, and another request of the same intent.

    Raises:
        ValueError: there is no such part.
    """
    return [
        pair
        for known in _parts(part)
        for pair in _pairs(known, _of(known, "en", "alexa_cqr"), "alexa_cqr", _all_wordings)
    ]


def recordings(part: str = "test") -> list[Example]:
    """Return pairs of SLURP: two recognised texts of one request, and one of another request of the same intent.

    Raises:
        ValueError: there is no such part.
    """
    return [pair for known in _parts(part) for pair in _pairs(known, _heard(known), "slurp", _recognised)]


def all_of(part: str = "test") -> dict[str, list[Example]]:
    """Return every set of pairs of a part by name: ``hass_intents/de``, ``alexa_cqr``, ``slurp``."""
    named = {f"hass_intents/{locale}": pairs for locale, pairs in languages(part).items()}
    return {**named, "alexa_cqr": crowd(part), "slurp": recordings(part)}


def rewordings(chance: Random, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of the texts of one request, at most ``PAIRS_PER_REQUEST``, drawn at random."""
    both = list(combinations(texts, 2))
    return chance.sample(both, min(PAIRS_PER_REQUEST, len(both)))


def _parts(part: str) -> tuple[Part, ...]:
    return PARTS if part == "all" else (checked(part),)


def _of(part: Part, locale: str, corpus: str) -> tuple[Request, ...]:
    return tuple(request for request in pool(part).by_locale.get(locale, ()) if request.corpus == corpus)


@cache
def _heard(part: Part) -> tuple[Request, ...]:
    return tuple(request for request in pool(part).by_locale.get("en", ()) if _recognised(request))


def _all_wordings(request: Request) -> list[str]:
    return [wording.text for wording in request.wordings]


def _recognised(request: Request) -> list[str]:
    """Return what was heard for the wording of a request that was recorded most."""
    most = max(request.wordings, key=lambda wording: len(wording.heard))
    return [hearing.text for hearing in most.heard]


def _pairs(part: Part, requests: Iterable[Request], corpus: str, texts: Texts) -> list[Example]:
    chance = Random(SEED)  # noqa: S311 - a sample, not a secret
    return [pair for request in requests for pair in _pairs_of(chance, part, request, corpus, texts)]


def _pairs_of(chance: Random, part: Part, request: Request, corpus: str, texts: Texts) -> Iterator[Example]:
    for first, second in rewordings(chance, texts(request)):
        yield _example(request, first, second, 1.0, corpus)
    if texts(request):
        for first, second in _others(chance, part, request, texts):
            yield _example(request, first, second, 0.0, corpus)


def _others(chance: Random, part: Part, request: Request, texts: Texts) -> Mapping[tuple[str, str], None]:
    """Return pairs of a text of a request and one of another request of its intent, each once."""
    found: dict[tuple[str, str], None] = {}
    for _ in range(NEGATIVES_PER_REQUEST * ATTEMPTS):
        other = wordings.same_intent(chance, part, request)
        if other is None or len(found) == NEGATIVES_PER_REQUEST:
            break
        if texts(other):
            first, second = chance.choice(texts(request)), chance.choice(texts(other))
            if first != second:
                found[first, second] = None
    return found


def _example(request: Request, first: str, second: str, label: float, corpus: str) -> Example:
    return Example(first, second, label, request.locale, group=request.group, source=corpus)
