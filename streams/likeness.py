"""Makes similarities comparable between languages. Knows two texts and how alike unrelated ones are, no turn.

Endings, particles and spaces make unrelated requests of one language more alike than those of another: of true
rewordings, a single threshold on similarity finds a half in one language and nearly all in another. So likeness
counts from what is usual between unrelated requests: 0 is their median, 1 is what one in twenty of them exceeds, and
equal texts are equally alike in every language.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from streams.text import language_of, similarity


class Unrelated(NamedTuple):
    """How similar two unrelated requests are: the median, and what one pair in twenty exceeds."""

    median: float
    high: float


UNRELATED: Final[dict[str, Unrelated]] = {
    "de": Unrelated(0.375, 0.572),
    "en": Unrelated(0.369, 0.553),
    "fi": Unrelated(0.344, 0.541),
    "he": Unrelated(0.364, 0.707),
    "hu": Unrelated(0.311, 0.473),
    "ko": Unrelated(0.235, 0.619),
    "pl": Unrelated(0.323, 0.525),
    "ru": Unrelated(0.327, 0.482),
    "zh": Unrelated(0.000, 0.435),
}
"""Measured by ``tests/bench/calibrate.py`` on Home Assistant Intents, in languages with 40 groups or more."""

EQUAL: Final = 3.4
"""Likeness of equal texts: where the line through 0 and 1 ends in English and German."""

SPACED: Final = Unrelated(0.335, 0.547)
"""For other languages: the medians of those above that put spaces between words."""

UNSPACED: Final = Unrelated(0.160, 0.580)
"""For other languages without spaces. They write endings out, as Chinese does not; checked on Japanese (xSID,
van der Goot et al., NAACL 2021), where one unrelated pair in twenty exceeds the second value."""

UNSPACED_LANGUAGES: Final = frozenset({"ja", "th", "lo", "km", "my"})


@lru_cache(maxsize=256)
def unrelated(locale: str) -> Unrelated:
    """Return how similar unrelated requests of a locale are."""
    language = language_of(locale)
    return UNRELATED.get(language, UNSPACED if language in UNSPACED_LANGUAGES else SPACED)


def likeness(first: str, second: str, locale: str) -> float:
    """Return how alike two normalised texts are for their language: 0 as any two, 1 as few, ``EQUAL`` if equal."""
    return for_language(similarity(first, second, locale), locale)


def for_language(value: float, locale: str) -> float:
    """Return a similarity of two texts as a likeness, for who has measured it already."""
    median, high = unrelated(locale)
    if value <= high:
        return (value - median) / (high - median)
    return 1.0 + (EQUAL - 1.0) * (value - high) / (1.0 - high)
