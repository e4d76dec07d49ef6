"""What is a rewording of a request, and what only looks like one. Knows requests of a part, no replies."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Final

from models.corpora.parts import Part
from models.corpora.requests import Hearing, Request, Wording, pool
from streams.phrases import numbers
from streams.text import similarity

OPEN_INTENTS: Final = ("qa.", "general.", "play.game")
"""Two sentences with these intents may ask different things about the same slots: who, where, how old."""

KIND_SLOTS: Final = frozenset({"domain", "device_class"})
"""Slots of Home Assistant that say what kind of thing is meant: the name of the thing says it as well, or leaves it."""

ANYTHING: Final = "all"
"""Value of a slot that names nothing in particular."""

LETTERS_MIN: Final = 4
"""Letters of a word that two requests are said to share."""

ATTEMPTS: Final = 12

ALIKE: Final = 0.65
"""Similarity from which requests of two corpora, with two names for their intents, may be one request; chosen."""


@cache
def rewordings(part: Part, locale: str) -> tuple[Request, ...]:
    """Return the requests that have several wordings which mean the same."""
    return tuple(
        request
        for request in pool(part).by_locale.get(locale, ())
        if len(request.wordings) > 1 and not request.intent.startswith(OPEN_INTENTS)
    )


@cache
def misrecognitions(part: Part) -> tuple[tuple[Request, Wording, Hearing], ...]:
    """Return what recognisers heard where it differs from what was said."""
    return tuple(
        (request, wording, hearing)
        for request in pool(part).by_locale.get("en", ())
        for wording in request.wordings
        for hearing in wording.heard
        if hearing.text != wording.text
    )


def same_intent(chance: Random, part: Part, request: Request) -> Request | None:
    """Return another request of the same intent that wants something else, None if none is found.

    Each must name something that the other does not: one that names more may be the same request, more exactly.
    """
    others = pool(part).by_intent.get((request.intent, request.locale), ())
    for _ in range(ATTEMPTS if others else 0):
        other = chance.choice(others)
        if names_another(request, other):
            return other
    return None


def names_another(request: Request, other: Request) -> bool:
    """Return whether each of two requests names something that the other does not: they want different things."""
    return _exceeds(request, other) and _exceeds(other, request)


def _exceeds(request: Request, other: Request) -> bool:
    """Return whether a request names something that another does not, nor a part of it, nor more than it."""
    others = _named(other)
    return any(not any(_overlap(value, known) for known in others) for value in _named(request))


def _named(request: Request) -> list[str]:
    return [value.casefold() for name, value in request.slots if name not in KIND_SLOTS and value != ANYTHING]


def _overlap(value: str, other: str) -> bool:
    """Return whether one value stands in the other: "bedroom" in "bedroom light", but not 5 in 50."""
    if value.isdigit() or other.isdigit():
        return value == other
    return value in other or other in value


@cache
def values(part: Part, locale: str) -> Mapping[str, tuple[str, ...]]:
    """Return what the slots of a type hold in the texts of a part, each value once."""
    found: dict[str, set[str]] = defaultdict(set)
    for request in pool(part).by_locale.get(locale, ()):
        for wording in request.wordings:
            for name, value in wording.slots:
                if holds(wording.text, value):
                    found[name].add(value)
    return {name: tuple(sorted(held)) for name, held in found.items()}


def holds(text: str, value: str) -> bool:
    """Return whether a text has a value as whole words, and more than it."""
    return bool(value) and f" {value} " in f" {text} " and value != text


def swapped(chance: Random, part: Part, request: Request, wording: Wording) -> str | None:
    """Return a wording with another value in one slot: the same words, another request; None where none fits."""
    places = [(name, value) for name, value in wording.slots if holds(wording.text, value)]
    if not places:
        return None
    name, value = chance.choice(places)
    other = chance.choice(values(part, request.locale)[name])
    if _may_mean_the_same(value, other, request.locale):
        return None
    return f" {wording.text} ".replace(f" {value} ", f" {other} ", 1).strip()


def _may_mean_the_same(value: str, other: str, locale: str) -> bool:
    """Return whether two values share a word, or are the same number in digits and in words."""
    shared = set(value.split()) & set(other.split())
    return bool(shared) or (numbers(value, locale) == numbers(other, locale) != ())


@cache
def _by_word(part: Part, locale: str) -> Mapping[str, tuple[tuple[Request, Wording], ...]]:
    found: dict[str, list[tuple[Request, Wording]]] = defaultdict(list)
    for request in pool(part).by_locale.get(locale, ()):
        for wording in request.wordings:
            for word in set(wording.text.split()):
                if len(word) >= LETTERS_MIN:
                    found[word].append((request, wording))
    return {word: tuple(places) for word, places in found.items()}


def sharing_a_word(chance: Random, part: Part, request: Request, text: str) -> Wording | None:
    """Return a wording of another intent that has a word of a text, None where none is found."""
    words = [word for word in text.split() if len(word) >= LETTERS_MIN]
    for _ in range(ATTEMPTS if words else 0):
        others = _by_word(part, request.locale).get(chance.choice(words), ())
        if others:
            other, wording = chance.choice(others)
            if other.intent != request.intent and not _may_be_one(request, other, text, wording.text):
                return wording
    return None


def _may_be_one(request: Request, other: Request, text: str, other_text: str) -> bool:
    """Return whether two requests may be the same although their corpora call their intents differently."""
    return request.corpus != other.corpus and similarity(text, other_text, request.locale) >= ALIKE
