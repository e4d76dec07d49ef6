"""The columns of the matrix, as a table: their names, what they mean, and what they look at. Knows no pair."""

from enum import StrEnum
from typing import Final, NamedTuple

VERSION: Final = "1"
"""Changes with every column that is added, removed or measured otherwise: a model fits one version only."""


class About(StrEnum):
    """What a column looks at."""

    WORDS = "words"
    """The two texts alone."""

    EVENTS = "events"
    """What happened around them: the reply, the time, the question, the interruption."""

    BOTH = "both"


class Column(NamedTuple):
    """One column.

    Attributes:
        name: unique in the table.
        about: what it looks at.
        meaning: what it says; 0 to 1 unless it says otherwise.
    """

    name: str
    about: About
    meaning: str


_WORDS = (
    ("equal", "1 where both texts are the same"),
    ("similarity", "`streams.text.similarity`"),
    ("likeness", "`streams.likeness.likeness` over that of equal texts: 0 as any two of the language, -0.6 to 1"),
    ("sorted_similarity", "similarity of the characters with the words in alphabetical order"),
    ("character_similarity", "half of `similarity`: characters in order; the other half is words in any order"),
    ("contained", "share of the shorter text's characters that stand in the longer one in the same order"),
    ("opening_similarity", "Jaro-Winkler: characters near their place, more so where both begin alike"),
    ("sound_similarity", "similarity of how both sound (Metaphone of each word written in Latin letters)"),
    ("words_shared", "words of both over words of either"),
    ("first_kept", "share of the first's words that stand in the second; long words count more"),
    ("second_old", "share of the second's words that stood in the first; long words count more"),
    ("opening_shared", "words at the beginning that are the same, over the words of the longer text"),
    ("ending_shared", "words at the end that are the same, over the words of the longer text"),
    ("substituted", "words exchanged for others, over the words of the longer text"),
    ("added", "words added without taking any away, over the words of the longer text"),
    ("removed", "words taken away without adding any, over the words of the longer text"),
    ("exchanged_sound_similarity", "how alike the words taken away and those added sound; 0 without either"),
    ("first_length", "words of the first: logarithm over that of 32, at most 1"),
    ("second_length", "words of the second: the same"),
    ("length_ratio", "characters of the shorter text over those of the longer one"),
    ("numbers_differ", "1 where the numbers in them differ (`streams.phrases.numbers`)"),
    ("negations_differ", "1 where the negations in them differ (`streams.phrases.negations`)"),
    ("begins_with_denial", "1 where the second begins with a no of which it does not consist"),
    ("answers", "1 where the second as a whole says yes, no or that it listens, or calls something off"),
)

_EVENTS = (
    ("failed", "1 where the first failed and the reply says so"),
    ("reply_admits_failure", "1 where the reply's words apologise (`streams.phrases.admits_failure`)"),
    ("reply_admits_later", "1 where a later sentence of it does: a part was done, or something is missing"),
    ("reply_unknown", "1 where nothing is known of the reply"),
    ("reply_asks", "1 where the reply ends as a question"),
    ("reply_length", "words of the reply: logarithm over that of 32, at most 1"),
    ("gap", "time between the two: logarithm from 18 s, what is usual, over that from 18 to 600 s; -0.9 to 1"),
    ("gap_unknown", "1 where nobody measured the time"),
    ("other_question", "1 where the two answer different questions"),
    ("barge_in", "1 where the second interrupted the reply"),
)

_BOTH = (
    ("first_echoed", "share of the first's words that stand in the reply; long words count more"),
    ("new_in_reply", "share of the second's words that are not the first's and stand in the reply: asked to choose"),
    ("dropped_in_reply", "share of the first's words that are not the second's and stand in the reply: misheard"),
    ("failed_similarity", "similarity where the first failed, else 0"),
    ("done_similarity", "similarity where the first did not fail, else 0"),
    ("done_exchanged_sound", "`exchanged_sound_similarity` times similarity where the first did not fail, else 0"),
)

COLUMNS: Final[tuple[Column, ...]] = tuple(
    Column(name, about, meaning)
    for about, rows in ((About.WORDS, _WORDS), (About.EVENTS, _EVENTS), (About.BOTH, _BOTH))
    for name, meaning in rows
)
"""Every column, in the order of the matrix.

What is added, removed and substituted tells those who struggle from those who explore (Hassan et al., "Struggling or
Exploring?", WSDM 2014). What the reply repeats tells what the assistant heard.
"""
