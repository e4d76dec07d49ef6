"""Tells what a short utterance does (listen, deny, confirm, cancel, take back), and what in a text must not change.

Works on normalised texts. Knows rules, no words: those are in :mod:`streams.words`.
The language is the first subtag of the locale; one without lists is taken for English.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from streams.counting import numbers
from streams.text import language_of, normalise
from streams.words import negation, phrasebook

__all__ = [
    "admits_failure",
    "is_answer",
    "is_backchannel",
    "is_cancellation",
    "is_confirmation",
    "is_denial",
    "is_undo",
    "negations",
    "numbers",
]

PHRASE_LENGTH_MAX: Final = 60
"""Characters of an utterance that can still be one of the phrases, politeness and stammering included."""

REPLY_OPENING: Final = 160
"""Characters of a reply searched for an apology: it comes first or not at all."""


@dataclass(frozen=True, slots=True)
class _Book:
    """The lists of one language, normalised: ``answers`` are all but ``returns``, ``words`` those of every list."""

    backchannels: frozenset[str]
    denials: frozenset[str]
    confirmations: frozenset[str]
    cancellations: frozenset[str]
    undos: frozenset[str]
    returns: frozenset[str]
    polite: frozenset[str]
    answers: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=16_384)
def is_backchannel(text: str, locale: str) -> bool:
    """Return whether an utterance only says that the speaker is listening ("uh huh", "I see")."""
    book = _book(language_of(locale))
    return _is_one_of(text, book.backchannels, book)


@lru_cache(maxsize=16_384)
def is_denial(text: str, locale: str) -> bool:
    """Return whether an utterance as a whole says no ("no", "that's wrong")."""
    book = _book(language_of(locale))
    return _is_one_of(text, book.denials, book)


@lru_cache(maxsize=16_384)
def is_confirmation(text: str, locale: str) -> bool:
    """Return whether an utterance as a whole says yes ("yes please", "that's right")."""
    book = _book(language_of(locale))
    return _is_one_of(text, book.confirmations, book)


@lru_cache(maxsize=16_384)
def is_cancellation(text: str, locale: str) -> bool:
    """Return whether an utterance as a whole calls a request off ("stop", "never mind")."""
    book = _book(language_of(locale))
    return _is_one_of(text, book.cancellations, book)


@lru_cache(maxsize=16_384)
def is_undo(text: str, locale: str, *, understood: bool) -> bool:
    """Return whether an utterance as a whole takes back what was just done ("undo that", "I didn't say that").

    Args:
        text: normalised.
        locale: its language decides.
        understood: the assistant answered it; then "go back" and "not that" were a request or an answer like others.
    """
    book = _book(language_of(locale))
    if _is_one_of(text, book.undos, book):
        return True
    return not understood and _is_one_of(text, book.returns, book)


def is_answer(text: str, locale: str) -> bool:
    """Return whether any of the five above holds of an utterance that was understood: an answer, not a request.

    One look-up for all five, not remembered: who asks remembers more of the text than this.
    """
    book = _book(language_of(locale))
    return _is_one_of(text, book.answers, book)


@lru_cache(maxsize=4_096)
def negations(text: str, locale: str) -> frozenset[str]:
    """Return the negations in a text, each form of a word as its main form: "don't" and "cannot" are both ``not``.

    Two texts with different results may mean opposite things. Languages that negate inside the word are covered by
    patterns, which find a little too much rather than too little.
    """
    language = language_of(locale)
    parts = _negation_parts(language)
    if parts is not None:
        negating, harmless = parts
        return frozenset(negating.findall(harmless.sub(" ", text)))
    words, form = _negation_words(language)
    said = text.split()
    if form is None and words.keys().isdisjoint(said):  # most texts negate nothing
        return frozenset()
    found = {words[word] for word in said if word in words}
    if form is not None:
        stands_for, pattern = form
        found.update(stands_for for word in said if word not in words and pattern.fullmatch(word))
    return frozenset(found)


@lru_cache(maxsize=4_096)
def admits_failure(reply: str, locale: str) -> bool:
    """Return whether a reply, as sent, says that the assistant failed: it apologises or did not understand."""
    pattern = _failed_replies(language_of(locale))
    return bool(reply) and pattern.search(reply[:REPLY_OPENING].lower().replace("\u2019", "'")) is not None


def _is_one_of(text: str, phrases: frozenset[str], book: _Book) -> bool:
    if text in phrases:
        return True
    if not text or len(text) > PHRASE_LENGTH_MAX:
        return False
    said = text.split()
    # Most texts are requests and have a word that no phrase has: that settles it without putting them together.
    if not book.words.issuperset(said):
        return False
    words = [word for word in said if word not in book.polite]
    said_once = [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]
    return " ".join(words) in phrases or " ".join(said_once) in phrases


@lru_cache(maxsize=64)
def _book(language: str) -> _Book:
    answers = (
        _listed(phrasebook.BACKCHANNELS, language),
        _listed(phrasebook.DENIALS, language),
        _listed(phrasebook.CONFIRMATIONS, language),
        _listed(phrasebook.CANCELLATIONS, language),
        _listed(phrasebook.UNDOS, language),
    )
    returns = _listed(phrasebook.RETURNS, language)
    polite = _listed(phrasebook.POLITE, language, fallback="")
    every = frozenset().union(*answers)
    words = frozenset(word for phrase in every | returns | polite for word in phrase.split())
    return _Book(*answers, returns, polite, every, words)


def _listed(lists: Mapping[str, str], language: str, fallback: str = "en") -> frozenset[str]:
    own = lists.get(language) or lists.get(fallback, "")
    normalised = (normalise(phrase, language) for phrase in f"{own}|{lists['universal']}".split("|"))
    return frozenset(filter(None, normalised))


@lru_cache(maxsize=64)
def _negation_words(language: str) -> tuple[dict[str, str], tuple[str, regex.Pattern[str]] | None]:
    words = {}
    for group in (negation.NEGATIONS.get(language) or negation.NEGATIONS["en"]).split("|"):
        forms = [normalise(word, language) for word in group.split()]
        words.update(dict.fromkeys(forms, forms[0]))
    form = negation.NEGATION_FORMS.get(language)
    return words, None if form is None else (normalise(form[0], language), regex.compile(form[1]))


@lru_cache(maxsize=64)
def _negation_parts(language: str) -> tuple[regex.Pattern[str], regex.Pattern[str]] | None:
    parts = negation.NEGATION_PARTS.get(language)
    return None if parts is None else (regex.compile(parts[0]), regex.compile(parts[1]))


@lru_cache(maxsize=64)
def _failed_replies(language: str) -> re.Pattern[str]:
    return re.compile(negation.FAILED_REPLIES.get(language) or negation.FAILED_REPLIES["en"])
