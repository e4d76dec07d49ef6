"""Turns what was heard into the text that everything counts, and compares such texts. Knows no turn and no trail.

The rules hold for every script, and each is needed by one: marks are letters in Hindi, Thai and Tamil, but only aids
to reading in Arabic and Hebrew; Turkish has two letters i; Chinese, Japanese and Thai do without spaces, and
recognisers put them in at will. There is no stemming and no synonym: two wordings stay two texts.

Apostrophes vanish without splitting the word ("don't" is ``dont``), so that a negation stays one word and every way of
typing an apostrophe gives the same text. Hyphens split ("uh-huh" is ``uh huh``).
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final

import regex
from rapidfuzz.distance import Indel
from rapidfuzz.fuzz import token_set_ratio

from schemas.limits import SAID_LENGTH_MAX
from streams.words.fillers import FILLERS, FILLERS_ANYWHERE, KEPT_TOGETHER, LEADING_FILLERS

NORMALISER: Final = "1"
"""Version of :func:`normalise`; part of every stored key, so that a change of rules cannot mix two kinds of text."""

CACHE_ENTRIES: Final = 16_384
"""Texts remembered: a locale's frequent requests many times over; some 5 MB at 300 bytes each."""

CHARACTERS_REMEMBERED_MAX: Final = 32_768
"""Characters whose treatment is remembered: more than all living languages use, fewer than an attacker can send."""

ROUNDS_MAX: Final = 8
"""Rounds until nothing changes. Every character was tried, and random texts: fewer are enough."""

DOTLESS: Final = frozenset({"tr", "az"})
"""Languages with two letters i, dotted and dotless, each with a capital of its own."""

_APOSTROPHES: Final = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u055a\u05f3\u2018\u2019\u201b\u2032\ua78c\uff07"
_POINTS: Final = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic: harakat
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew: niqqud, as optional as harakat
)
# Cf holds joiners, bidi controls and the soft hyphen; Me the frames around keycap emoji; U+0640 is tatweel.
_VANISHING: Final = regex.compile(rf"[{_APOSTROPHES}{_POINTS}\u0640\ufe00-\ufe0f\U000e0100-\U000e01ef\p{{Cf}}\p{{Me}}]")
_KEPT: Final = regex.compile(r"[\p{L}\p{M}\p{N}]")
_SAME_LETTER: Final = {
    "\u0622": "\u0627",  # alef with madda
    "\u0623": "\u0627",  # alef with hamza above
    "\u0625": "\u0627",  # alef with hamza below
    "\u0671": "\u0627",  # alef wasla
    "\u0649": "\u064a",  # alef maksura, which Egypt and Iran write for yeh
    "\u06cc": "\u064a",  # Farsi yeh: keyboards mix the two
    "\u06a9": "\u0643",  # Farsi kaf: the same
    "\u00df": "ss",  # sharp s, which capitals and Switzerland write so
    "\u03c2": "\u03c3",  # final sigma: an accident of position
}
_ACRONYM: Final = regex.compile(r"(?<=\p{Hebrew})[\"\u05f4](?=\p{Hebrew})")
_DOTTED: Final = regex.compile("i\u0307+")
_STRAY_MARKS: Final = regex.compile(r" \p{M}+")
_UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_NEEDLESS_SPACE: Final = regex.compile(rf"(?<={_UNSPACED}\p{{M}}*) | (?={_UNSPACED})")
# A superset of the above in ranges, which ``re`` searches faster than ``regex`` does scripts.
_MAYBE_UNSPACED: Final = re.compile("[\u0e00-\u10ff\u1780-\u17ff\u2e80-\uabff\uf900-\ufaff\U00016fe0-\U0003ffff]")
_LEADING_FILLERS: Final = regex.compile(rf"^(?:{'|'.join(LEADING_FILLERS)})++(?=[\p{{L}}\p{{N}}])(?={_UNSPACED})")
_ASCII: Final = bytes(
    ord(chr(code).lower()) if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256)
)
_ASCII_VANISHING: Final = b"'`"


@lru_cache(maxsize=256)
def language_of(locale: str) -> str:
    """Return the language of a BCP 47 tag, its first subtag in lower case: ``"pt-BR"`` is ``"pt"``."""
    return locale.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=CACHE_ENTRIES)
def normalise(said: str, locale: str) -> str:
    """Return the text that stands for an utterance in every key and count.

    Letters, marks and digits remain, in lower case, words split by one space, at most ``SAID_LENGTH_MAX`` characters.
    Applied to its own result it changes nothing. It is empty only where nothing was said; a text of hesitations
    alone stays as it is.

    Args:
        said: any text, as the recogniser gave it; what is beyond ``SAID_LENGTH_MAX`` characters is cut.
        locale: BCP 47 tag, which decides about the letters i and the hesitations.

    Source: Unicode Standard Annexes 15 (NFKC) and 44 (general categories).
    """
    fillers, dotless = _rules(locale)
    text = said[:SAID_LENGTH_MAX]
    if text.isascii() and not (dotless and "I" in text):
        words = text.encode().translate(_ASCII, _ASCII_VANISHING).decode().split()
        return " ".join(words if fillers.isdisjoint(words) else _without_fillers(words, fillers))
    for _ in range(ROUNDS_MAX):
        text = _round(text, fillers, dotless=dotless)
        if unicodedata.is_normalized("NFKC", text) and text.lower() == text:
            break
    return text


@lru_cache(maxsize=256)
def _rules(locale: str) -> tuple[frozenset[str], bool]:
    language = language_of(locale)
    return FILLERS_ANYWHERE | FILLERS.get(language, frozenset()), language in DOTLESS


def _round(text: str, fillers: frozenset[str], *, dotless: bool) -> str:
    """Apply every rule once. What it returns is final if it is also in normal form C and in lower case."""
    words = _letters(text, dotless=dotless).split()
    if not fillers.isdisjoint(words):
        words = _without_fillers(words, fillers)
    text = " ".join(words)
    if _MAYBE_UNSPACED.search(text):
        text = _LEADING_FILLERS.sub("", _NEEDLESS_SPACE.sub("", text))
    return text if len(text) <= SAID_LENGTH_MAX else _cut(text)


def _letters(text: str, *, dotless: bool) -> str:
    """Return the folded letters, marks and digits, with a space for everything else."""
    if not unicodedata.is_normalized("NFKC", text):
        # A free-standing accent is typed for an apostrophe; NFKC would make it a space and a mark.
        text = unicodedata.normalize("NFKC", text.replace("\u00b4", ""))
    if dotless:
        text = text.replace("\u0130", "i").replace("I", "\u0131")
    if '"' in text or "\u05f4" in text:
        text = _ACRONYM.sub("", text)
    text = text.lower().translate(_TREATMENTS)
    if "\u0307" in text:  # after i: a Turkish capital elsewhere; in Lithuanian below accents
        text = _DOTTED.sub("i", text)
    spaced: str = _STRAY_MARKS.sub(" ", " " + text)
    return spaced


class _Treatments(dict[int, str | None]):
    """What becomes of each character: itself, another, a space, or (None) nothing. Filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        treatment = _treatment(chr(code))
        if len(self) < CHARACTERS_REMEMBERED_MAX:
            self[code] = treatment
        return treatment


def _treatment(character: str) -> str | None:
    if _VANISHING.match(character):
        return None
    if not _KEPT.match(character):
        return " "
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    return _SAME_LETTER.get(character, character)


_TREATMENTS: Final = _Treatments()


def _without_fillers(words: list[str], fillers: frozenset[str]) -> list[str]:
    """Drop hesitations, unless they are half of an answer or all there is."""
    left = [word for word in words if word not in fillers]
    if not left:
        return words
    if KEPT_TOGETHER.isdisjoint(pairwise(words)):
        return left
    kept_at = {place + half for place, pair in enumerate(pairwise(words)) if pair in KEPT_TOGETHER for half in (0, 1)}
    return [word for place, word in enumerate(words) if word not in fillers or place in kept_at]


def _cut(text: str) -> str:
    """Cut at a space, so that no half of a word is left that means something else; a single word is cut anywhere."""
    head, space, _ = text[: SAID_LENGTH_MAX + 1].rpartition(" ")
    return head if space else text[:SAID_LENGTH_MAX]


def similarity(first: str, second: str, locale: str = "") -> float:  # noqa: ARG001 - room for word breaks by locale
    """Return how alike two normalised texts are, 0..1: 1 for equal ones, 0 when they share nothing.

    The mean of two measures. Code points (longest common subsequence) see a misheard letter and work in every script;
    words in any order see "kitchen light on" in "turn on the light in the kitchen". Symmetric. What counts as
    alike differs between languages: calibrate per locale before comparing with a threshold.

    Args:
        first: a normalised text.
        second: another one of the same locale.
        locale: BCP 47 tag of both; the measure is the same for all today.
    """
    if first == second:
        return 1.0
    return (Indel.normalized_similarity(first, second) + token_set_ratio(first, second) / 100.0) / 2.0
