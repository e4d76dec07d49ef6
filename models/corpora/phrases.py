"""How people take back and correct in so many words. Knows phrases by language, no request."""

from random import Random
from typing import Final

from streams.text import language_of, normalise

CORRECTING: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "no {right}", "no i said {right}", "i said {right}", "i meant {right}", "no i meant {right}",
        "that is wrong {right}", "actually {right}", "not that {right}", "no no {right}", "wrong {right}",
        "i asked you to {right}", "what i said was {right}",
    ),
    "de": ("nein {right}", "ich sagte {right}", "ich meinte {right}", "falsch {right}"),
    "fi": ("ei vaan {right}", "sanoin {right}", "tarkoitin {right}"),
    "hu": ("nem {right}", "azt mondtam hogy {right}", "úgy értem {right}"),
    "pl": ("nie {right}", "powiedziałem {right}", "chodziło mi o {right}"),
    "ru": ("нет {right}", "я сказал {right}", "я имел в виду {right}"),
    "he": ("לא {right}", "אמרתי {right}", "התכוונתי {right}"),
    "ko": ("아니 {right}", "그게 아니라 {right}"),
    "zh": ("不是{right}", "我说的是{right}", "不对{right}"),
    "ja": ("違う{right}", "いや{right}"),
    "tr": ("hayır {right}", "ben {right} dedim"),
}  # fmt: skip
"""Corrections in so many words; what was wanted goes for ``right``."""

REPLACING: Final = ("not {wrong} {right}", "no not {wrong} {right}", "i did not say {wrong} {right}")
"""The same in English, where what was misheard is named."""

UNDOING: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "undo that", "no", "cancel that", "thats wrong", "go back", "no not that", "stop", "undo", "take that back",
        "thats not what i said", "never mind",
    ),
    "de": ("nein", "rückgängig", "das ist falsch", "stopp"),
    "fi": ("ei", "peruuta", "väärin"),
    "hu": ("nem", "vond vissza", "állj"),
    "pl": ("nie", "cofnij", "źle"),
    "ru": ("нет", "отмена", "неправильно"),
    "he": ("לא", "בטל"),
    "ko": ("아니", "취소"),
    "zh": ("不对", "取消"),
    "ja": ("違う", "取り消し"),
    "tr": ("hayır", "geri al", "iptal"),
}  # fmt: skip
"""What takes back the last thing done."""

CONTROLS: Final = (
    "stop", "cancel", "yes", "no", "ok", "next", "thanks", "thank you", "back", "help", "repeat", "pause", "continue",
    "hello", "done", "thats it", "good", "never mind", "louder", "cancel cancel",
)  # fmt: skip
"""English words that steer a talk: neither a request in other words, nor reworded by one."""

NAMES_WRONG: Final = 0.3
"""Share of corrections that name what was misheard, where it is known; chosen."""


def explicitly(chance: Random, locale: str, right: str, wrong: str = "") -> str | None:
    """Return a correction in so many words, None where the language has none."""
    language = language_of(locale)
    ways = CORRECTING.get(language)
    if ways is None:
        return None
    if wrong and language == "en" and chance.random() < NAMES_WRONG:
        ways = REPLACING
    return normalise(chance.choice(ways).format(right=right, wrong=wrong), locale)


def undoing(chance: Random, locale: str) -> str | None:
    """Return what takes back the last thing done, None where the language has none."""
    ways = UNDOING.get(language_of(locale))
    return None if ways is None else normalise(chance.choice(ways), locale)
