"""What is computed once for a text or a reply, because each is compared with several others. Knows no pair."""

import re
from functools import lru_cache
from math import log
from typing import Final

import msgspec
import regex
from anyascii import anyascii
from jellyfish import metaphone

from streams.phrases import admits_failure, is_answer, is_denial, negations, numbers
from streams.text import normalise

TEXTS_REMEMBERED: Final = 8_192
"""Texts remembered: 1 to 2 kB each."""

WORDS_REMEMBERED: Final = 32_768
"""Words whose sound is remembered, some 200 bytes each."""

LONG_TEXT_WORDS: Final = 32
"""Words from which a text counts as long."""

# What is remembered here with its text need not be remembered there once more.
_numbers: Final = numbers.__wrapped__
_negations: Final = negations.__wrapped__

_LENGTHS: Final = tuple(log(1 + count) / log(1 + LONG_TEXT_WORDS) for count in range(LONG_TEXT_WORDS + 1))

# A word, or one character of a script that does without spaces.
_PART: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+"
)
# A superset of what only the pattern above splits, in ranges, which ``re`` searches faster than ``regex`` does
# scripts. The first four are separators to ``str.split`` and parts of words to the pattern.
_MAYBE_UNSPACED: Final = re.compile(
    "[\x1c-\x1f\u0e00-\u10ff\u1780-\u19ff\u2e80-\uabff\uf900-\ufaff\uff00-\uffef\U00011000-\U0003ffff]"
)
# A mark with something after it: without one there is no later sentence.
_MAYBE_LATER: Final = re.compile(r"[.!?\u3002\uff01\uff1f\u061f].", re.DOTALL)
_SENTENCES: Final = regex.compile(r"(?<=[.!?\u3002\uff01\uff1f\u061f])\s*(?=\S)")
_QUESTION_MARKS: Final = ("?", "\uff1f", "\u061f", "\u037e", "\u055e", "\u1367", "\u2047", "\u2048")
_CLOSING: Final = " \t\r\n\"'\u201d\u2019\u00bb)]"


class Text(msgspec.Struct, frozen=True, gc=False):
    """What is known of one utterance.

    Attributes:
        said: the text itself, normalised.
        words: its words, or its characters where the script does without spaces.
        bag: the same without order.
        weight: characters of the words in ``bag``.
        ordered: its words in alphabetical order, joined by spaces.
        sounds: how each of ``words`` sounds.
        sound: how all of them sound, run together: recognisers lose where a word ends.
        length: its words: logarithm over that of ``LONG_TEXT_WORDS``, at most 1.
        numbers: the numbers in it.
        negations: the negations in it.
        begins_with_denial: begins with a no of which it does not consist.
        answers: as a whole it is an answer, not a request.
    """

    said: str
    words: tuple[str, ...]
    bag: frozenset[str]
    weight: int
    ordered: str
    sounds: tuple[str, ...]
    sound: str
    length: float
    numbers: tuple[str, ...]
    negations: frozenset[str]
    begins_with_denial: float
    answers: float


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What is known of one reply.

    Attributes:
        bag: its words, normalised, without order.
        admits_failure: 1 where it apologises.
        admits_later: 1 where a later sentence of it does.
        unknown: 1 where nothing is known of it.
        asks: 1 where it ends as a question.
        length: its words: logarithm over that of ``LONG_TEXT_WORDS``, at most 1.
    """

    bag: frozenset[str]
    admits_failure: float
    admits_later: float
    unknown: float
    asks: float
    length: float


@lru_cache(maxsize=TEXTS_REMEMBERED)
def text_of(said: str, locale: str) -> Text:
    """Return what is known of a normalised text; its locale decides about numbers, negations and answers."""
    words = parts(said)
    bag = frozenset(words)
    sounds = tuple(map(_sound, words))
    answers = is_answer(said, locale)
    return Text(
        said=said,
        words=words,
        bag=bag,
        weight=len("".join(bag)),
        ordered=" ".join(sorted(words)),
        sounds=sounds,
        sound="".join(sounds),
        length=_length(words),
        numbers=_numbers(said, locale),
        negations=_negations(said, locale),
        begins_with_denial=float(len(words) > 1 and not answers and is_denial(words[0], locale)),
        answers=float(answers),
    )


@lru_cache(maxsize=TEXTS_REMEMBERED)
def reply_of(reply: str, locale: str) -> Reply:
    """Return what is known of a reply, given as it was sent."""
    words = parts(normalise(reply, locale)) if reply else ()
    return Reply(
        bag=frozenset(words),
        admits_failure=float(admits_failure(reply, locale)),
        admits_later=float(any(admits_failure(later, locale) for later in _later_sentences(reply))),
        unknown=float(not words),
        asks=float(reply.rstrip(_CLOSING).endswith(_QUESTION_MARKS)),
        length=_length(words),
    )


def parts(said: str) -> tuple[str, ...]:
    """Return the words of a normalised text; of scripts that do without spaces, each character with its marks."""
    spaced = said.isascii() or not _MAYBE_UNSPACED.search(said)
    return tuple(said.split() if spaced else _PART.findall(said))


def _later_sentences(reply: str) -> list[str]:
    return _SENTENCES.split(reply)[1:] if _MAYBE_LATER.search(reply) else []


@lru_cache(maxsize=WORDS_REMEMBERED)
def _sound(word: str) -> str:
    """Return the Metaphone key of a word; of what has none, such as digits, its Latin letters."""
    latin = anyascii(word)
    return metaphone(latin) or latin


def _length(words: tuple[str, ...]) -> float:
    return _LENGTHS[min(len(words), LONG_TEXT_WORDS)]
