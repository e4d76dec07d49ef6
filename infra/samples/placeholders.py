"""Replaces texts that few people said by made-up words. Knows texts and how many people said each, no calls."""

import random
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import Indel

CONSONANTS = "bdfghjklmprstvz"
VOWELS = "aeiou"
SIMILARITY_MAX = 0.6
"""Above it two words of this making could pass for two spellings of one; random ones average 0.4."""

SYLLABLES = (3, 4, 5, 6)


def placeholders(texts: Iterable[str], seed: int = 0) -> dict[str, str]:
    """Give each distinct text a made-up word that resembles no other and says nothing about the text.

    The words are drawn, not computed from the texts: a digest of a place name can be found by trying place names.
    """
    chance = random.Random(seed)  # noqa: S311 - the words hide nothing; they only must differ
    distinct = sorted(set(texts))
    chance.shuffle(distinct)
    words: list[str] = []
    while len(words) < len(distinct):
        word = _word(chance)
        if all(Indel.normalized_similarity(word, other, score_cutoff=SIMILARITY_MAX) == 0.0 for other in words):
            words.append(word)
    return dict(zip(distinct, words, strict=True))


def rare(sayers: Mapping[str, set[str]], sayers_min: int) -> set[str]:
    """Return the texts said by fewer distinct people than asked for."""
    return {text for text, people in sayers.items() if len(people) < sayers_min}


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.choice(SYLLABLES)))
