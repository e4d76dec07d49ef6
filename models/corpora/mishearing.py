"""Mishears texts as a recogniser might. Knows words and their neighbours in sound, no request and no window.

English words are taken for others as real recordings were: the confusions are read off SLURP, by aligning what was said
with what was heard. Other languages, and English words never confused there, get a word of the same vocabulary that
sounds near, or lose, double or swap a letter.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from random import Random
from typing import Final, NamedTuple

import anyascii
import jellyfish
from rapidfuzz import process
from rapidfuzz.distance import Indel, Levenshtein

from models.corpora.parts import Part
from models.corpora.requests import Pool, pool

WORDS_CONFUSED_MAX: Final = 3
"""Words that one confusion replaces, or puts in, at most: longer ones are whole sentences misheard."""

NEAR_LETTERS: Final = 0.55
"""Share of letters that a neighbour keeps, at least; chosen."""

NEIGHBOURS: Final = 6
"""Neighbours of a word to choose from; chosen."""

CONFUSED_AS_RECORDED: Final = 0.7
"""Share of mishearings that follow real confusions where there are some; the rest is made; chosen."""

TWICE: Final = 0.2
"""Share of mishearings with a second one in the same text; chosen."""

NEIGHBOUR: Final = 0.5
"""Share of made mishearings that give another word; the others mistake a letter; chosen."""

ATTEMPTS: Final = 4
"""Words tried before a text is given up: some have no neighbour."""

UNSPACED: Final = frozenset({"zh", "ja", "th"})
"""Languages that put no spaces between words: their characters are misheard one by one."""

Words = tuple[str, ...]


class Misheard(NamedTuple):
    """A text as heard, with the words that were said and what they became."""

    text: str
    said: str
    heard: str


class Ear(NamedTuple):
    """What a recogniser confuses in one language.

    Attributes:
        part: whose texts it knows.
        locale: BCP 47 tag.
        confusions: words heard for words said, as often as they were.
        vocabulary: words that a made mishearing may give.
    """

    part: Part
    locale: str
    confusions: Mapping[Words, tuple[Words, ...]]
    vocabulary: tuple[str, ...]


@cache
def ear(part: Part, locale: str) -> Ear:
    """Return what is confused in the texts of a part and locale."""
    requests = pool(part)
    words = Counter(
        word
        for request in requests.by_locale.get(locale, ())
        for wording in request.wordings
        for word in units(wording.text, locale)
    )
    confusions = confusions_of(requests) if locale == "en" else {}
    return Ear(
        part, locale, confusions, tuple(sorted(word for word in words if len(word) > 1 or locale[:2] in UNSPACED))
    )


def confusions_of(requests: Pool) -> dict[Words, tuple[Words, ...]]:
    """Return what was heard for which words in the recordings of a part."""
    found: dict[Words, list[Words]] = defaultdict(list)
    for request in requests.by_locale.get("en", ()):
        for wording in request.wordings:
            for hearing in wording.heard:
                for said, heard in differences(wording.text, hearing.text):
                    found[said].append(heard)
    return {said: tuple(sorted(heard)) for said, heard in found.items()}


def differences(said: str, heard: str) -> Iterable[tuple[Words, Words]]:
    """Yield the words of a text that became other words, with these; nothing for words only lost or put in."""
    was, became = said.split(), heard.split()
    for operation in Levenshtein.opcodes(was, became):
        before = tuple(was[operation.src_start : operation.src_end])
        after = tuple(became[operation.dest_start : operation.dest_end])
        if before and after and before != after and max(len(before), len(after)) <= WORDS_CONFUSED_MAX:
            yield before, after


def misheard(chance: Random, text: str, hearing: Ear) -> Misheard | None:
    """Return a text with one or two places misheard, None where nothing can be confused."""
    once = _misheard_once(chance, text, hearing)
    if once is None or chance.random() >= TWICE:
        return once
    twice = _misheard_once(chance, once.text, hearing)
    return once if twice is None or twice.text == text else once._replace(text=twice.text)


def _misheard_once(chance: Random, text: str, hearing: Ear) -> Misheard | None:
    if chance.random() < CONFUSED_AS_RECORDED:
        recorded = _as_recorded(chance, text, hearing)
        if recorded is not None:
            return recorded
    return _made(chance, text, hearing)


def _as_recorded(chance: Random, text: str, hearing: Ear) -> Misheard | None:
    words = text.split()
    places = [
        (start, end)
        for start in range(len(words))
        for end in range(start + 1, min(start + WORDS_CONFUSED_MAX, len(words)) + 1)
        if tuple(words[start:end]) in hearing.confusions
    ]
    if not places:
        return None
    start, end = chance.choice(places)
    heard = chance.choice(hearing.confusions[tuple(words[start:end])])
    return Misheard(" ".join((*words[:start], *heard, *words[end:])), " ".join(words[start:end]), " ".join(heard))


def _made(chance: Random, text: str, hearing: Ear) -> Misheard | None:
    parts = units(text, hearing.locale)
    glue = "" if hearing.locale[:2] in UNSPACED else " "
    for _ in range(ATTEMPTS if parts else 0):
        place = chance.randrange(len(parts))
        said = parts[place]
        heard = _made_of(chance, said, hearing)
        if heard != said:
            return Misheard(glue.join((*parts[:place], heard, *parts[place + 1 :])), said, heard)
    return None


def _made_of(chance: Random, said: str, hearing: Ear) -> str:
    """Return what is heard for a word: a neighbour or a mistake; for a character another one, or nothing."""
    if hearing.locale[:2] in UNSPACED:
        return chance.choice((*hearing.vocabulary, *(("",) * (len(hearing.vocabulary) // 2))))
    near = neighbours(said, hearing)
    return chance.choice(near) if near and chance.random() < NEIGHBOUR else _mistaken(chance, said)


def units(text: str, locale: str) -> list[str]:
    """Return what is misheard as one: words, or characters in languages without spaces."""
    return list(text) if locale[:2] in UNSPACED else text.split()


@cache
def _neighbours(word: str, part: Part, locale: str) -> tuple[str, ...]:
    vocabulary = ear(part, locale).vocabulary
    found = process.extract(
        word, vocabulary, scorer=Indel.normalized_similarity, limit=NEIGHBOURS + 1, score_cutoff=NEAR_LETTERS
    )
    near = [other for other, _, _ in found if other != word]
    if locale == "en":
        key = jellyfish.metaphone(word)
        alike = [other for other in near if jellyfish.metaphone(other)[:1] == key[:1]]
        near = alike or near
    return tuple(near[:NEIGHBOURS])


def neighbours(word: str, hearing: Ear) -> tuple[str, ...]:
    """Return words of the vocabulary that sound near."""
    return _neighbours(word, hearing.part, hearing.locale)


def _mistaken(chance: Random, word: str) -> str:
    """Return a word with a letter lost, doubled, swapped or taken for one of the same class (vowel or not)."""
    if len(word) < 2:  # noqa: PLR2004 - nothing would be left
        return word
    place = chance.randrange(len(word))
    kind = chance.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2 and place + 1 < len(word):  # noqa: PLR2004 - the third of four
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    letters = [letter for letter in word if _vowel(letter) == _vowel(word[place])]
    return word[:place] + chance.choice(letters) + word[place + 1 :]


def _vowel(letter: str) -> bool:
    return anyascii.anyascii(letter)[:1].lower() in tuple("aeiouy")
