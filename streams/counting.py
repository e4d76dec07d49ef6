"""Finds the numbers in a normalised text, in digits or in words. Knows how numbers are put together, no words.

"Nine" and "9" are equal, so are "twenty five" and "25", and an ordinal is its number: "fourteenth", "14th", "fourteen".
What it does not read (fractions, "half past") it leaves out, on both sides of a comparison alike.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import regex

from streams.text import language_of, normalise
from streams.words.numerals import NUMERALS, Numerals

TEN: Final = 10
HUNDRED: Final = 100
_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class _Reader:
    values: dict[str, int]
    connectors: frozenset[str]
    apart: frozenset[str]
    mark: str
    unspaced: "_Unspaced | None"


class _Unspaced(NamedTuple):
    """Patterns for a language without spaces: a number wherever it stands, and each number word in it."""

    anywhere: regex.Pattern[str]
    each: regex.Pattern[str]


@lru_cache(maxsize=4_096)
def numbers(text: str, locale: str) -> tuple[str, ...]:
    """Return the numbers of a normalised text in order, as digits without leading zeros.

    Two texts with different results ask for different things: "wake me at 7" is not "wake me at 8".
    """
    reader = _reader(language_of(locale))
    if reader.unspaced is not None:
        return tuple(_unspaced(text, reader, reader.unspaced))
    words = text.split()
    if reader.values.keys().isdisjoint(words) and not _DIGITS.search(text):
        return ()
    return tuple(_spaced(words, reader))


@lru_cache(maxsize=64)
def _reader(language: str) -> _Reader:
    numerals = NUMERALS.get(language) or NUMERALS["en"]
    values = dict(_words(numerals, language))
    unspaced = None
    if numerals.unspaced:
        longest_first = "|".join(sorted(values, key=len, reverse=True))
        # Thai "five" plus this letter is "forbid".
        anywhere = regex.compile(rf"[0-9]+|(?:{numerals.ordinal_mark})?(?:{longest_first})+(?!ม)")
        unspaced = _Unspaced(anywhere, regex.compile(longest_first))
    connectors, apart = (frozenset(words.split()) for words in (numerals.connectors, numerals.apart))
    return _Reader(values, connectors, apart, numerals.ordinal_mark, unspaced)


def _words(numerals: Numerals, language: str) -> Iterator[tuple[str, int]]:
    """Yield every number word of a language, normalised, with its value; what counts comes last, and so wins."""
    small = list(_valued(numerals.small, range(100)))
    tens = list(_valued(numerals.tens, range(20, 100, 10)))
    large = _valued(numerals.large, (100, 1_000, 10_000))
    parts = [(word, int(value)) for word, _, value in (part.partition("=") for part in numerals.parts.split())]
    nth = list(_ended(numerals, _valued(numerals.ordinals, range(1, 100))))
    nth_tens = list(_ended(numerals, _valued(numerals.ordinal_tens, range(20, 100, 10))))
    nth_large = _ended(numerals, _valued(numerals.ordinal_large, (100, 1_000)))
    joined = _joined(numerals, small + nth + parts, tens + nth_tens + parts)
    for word, value in (*joined, *nth, *nth_tens, *nth_large, *small, *tens, *large):
        yield normalise(word, language), value


def _ended(numerals: Numerals, stems: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    endings = ["" if ending == "-" else ending for ending in numerals.endings.split()]
    yield from ((stem + ending, value) for stem, value in stems for ending in endings)


def _valued(words: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    for alternatives, value in zip(words.split(), values, strict=False):
        yield from ((word, value) for word in alternatives.split("/") if word != "-")


def _joined(numerals: Numerals, units: list[tuple[str, int]], tens: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for form in numerals.joined.split():
        for ten, ten_value in tens:
            for unit, unit_value in units:
                if 0 < unit_value < TEN <= ten_value:
                    yield form.format(unit=unit, tens=ten, stem=ten[:-1]), ten_value + unit_value


def _spaced(words: list[str], reader: _Reader) -> Iterator[str]:
    number: int | None = None
    for place, word in enumerate(words):
        value = reader.values.get(word)
        if value is not None:
            together = None if number is None or word in reader.apart else _together(number, value)
            if number is not None and together is None:
                yield str(number)
            number = value if together is None else together
        elif not (number is not None and word in reader.connectors and _continues(number, words[place + 1 :], reader)):
            if number is not None:
                yield str(number)
            number = None
            if not word.isalpha():  # most words are letters alone, and asking that is faster than a pattern
                yield from map(_plain, _DIGITS.findall(word))
    if number is not None:
        yield str(number)


def _continues(number: int, words: list[str], reader: _Reader) -> bool:
    value = reader.values.get(words[0]) if words else None
    return value is not None and _together(number, value) is not None


def _together(number: int, value: int) -> int | None:
    """Return the number that two number words in a row are, None when they are two numbers."""
    if value >= HUNDRED:
        return number * value if number < value else None
    if number >= HUNDRED and number % HUNDRED == 0:
        return number + value
    if number % TEN == 0 and number % HUNDRED > 0 and 0 < value < TEN:
        return number + value
    return None


def _unspaced(text: str, reader: _Reader, patterns: _Unspaced) -> Iterator[str]:
    for found in patterns.anywhere.findall(text):
        if found[0] in "0123456789":
            yield _plain(found)
            continue
        spelt = [reader.values[part] for part in patterns.each.findall(found)]
        is_ordinal = bool(reader.mark) and found.startswith(reader.mark)
        if spelt != [1] or is_ordinal:  # "a", "a little", "the same": hardly ever the number
            yield _read(spelt)


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _read(values: list[int]) -> str:
    """Return what a run of digits and multipliers says: 三十五 is 35, 二〇二四 is 2024."""
    if max(values) < TEN:
        return _plain("".join(map(str, values)))
    total = unit = 0
    for value in values:
        if value < TEN:
            unit = value
        else:
            total, unit = (total + unit) * value if total and value > total else total + max(unit, 1) * value, 0
    return str(total + unit)
