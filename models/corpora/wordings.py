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

    Each must have a slot that the other lacks: one with more slots may be the same request, more exactly.
    """
    others = pool(part).by_intent.get((request.intent, request.locale), ())
    for _ in range(ATTEMPTS if others else 0):
        other = chance.choice(others)
        if other.slots - request.slots and request.slots - other.slots:
            return other
    return None


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
