"""Pairs to the matrix of :data:`models.features.COLUMNS`. Knows pairs, no model and no label.

Each row is computed from its pair alone with scalar arithmetic, so that it is the same in every batch.
"""

from collections.abc import Sequence
from itertools import compress
from math import isfinite, log
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, JaroWinkler, LCSseq, Postfix, Prefix

from models.features.columns import COLUMNS
from models.features.texts import Reply, Text, reply_of, text_of
from models.pairs import Pair
from streams.likeness import EQUAL, for_language
from streams.text import similarity

GAP_USUAL_S: Final = 18.0
GAP_LEAST_S: Final = 1.0
GAP_MOST_S: Final = 600.0
"""Between two commands lie 18 s, the middle of the published medians (13 to 21 s); ten minutes are another visit."""

LIKENESS_LEAST: Final = -2.0
"""Two texts that share nothing, in the language where that is least usual."""

_PACKED: Final = Struct(f"{len(COLUMNS)}f").pack
_GAP_SPREAD: Final = log(GAP_MOST_S / GAP_USUAL_S)


def matrix(pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """Return one row a pair, shape ``(len(pairs), len(COLUMNS))``: finite, about -1 to 1.

    A pure function of each pair. Any text and any gap will do; texts that were not normalised are compared as they are.
    """
    # Row by row to bytes: three times as fast as numbers one by one to an array. A bytearray can be written to.
    values = np.frombuffer(bytearray().join([_PACKED(*_row(pair)) for pair in pairs]), np.float32)
    return values.reshape(len(pairs), len(COLUMNS))


def _row(pair: Pair) -> tuple[float, ...]:
    locale = pair.locale
    first, second, reply = text_of(pair.first, locale), text_of(pair.second, locale), reply_of(pair.reply, locale)
    alike = similarity(first.said, second.said, locale)
    old = first.bag & second.bag
    dropped, new = first.bag - old, second.bag - old
    size = _size(old)
    exchanged = _exchanged_sound(first, second, dropped, new) if dropped and new else 0.0
    return (
        *_likeness(first, second, alike, locale),
        *_words(first, second, len(old), size),
        exchanged,
        *_lengths(first, second),
        *_events(pair, reply),
        # The sizes of what is dropped and new are what the shared words leave of the texts' weights.
        _heard(first.bag, reply.bag, first.weight),
        _heard(new, reply.bag, second.weight - size),
        _heard(dropped, reply.bag, first.weight - size),
        *((alike, 0.0, 0.0) if pair.first_failed else (0.0, alike, alike * exchanged)),
    )


def _heard(words: frozenset[str], heard: frozenset[str], size: int) -> float:
    """Return the share of words that the reply repeats; given their size, which is 0 where there are none."""
    return _size(words & heard) / size if heard and size else 0.0


def _likeness(first: Text, second: Text, alike: float, locale: str) -> tuple[float, ...]:
    """Return the columns from ``equal`` to ``sound_similarity``."""
    one, other = first.said, second.said
    common = LCSseq.similarity(one, other)
    both, shorter = len(one) + len(other), min(len(one), len(other))
    return (
        1.0 if one == other else 0.0,
        alike,
        max(for_language(alike, locale), LIKENESS_LEAST) / EQUAL,
        Indel.normalized_similarity(first.ordered, second.ordered),
        2.0 * common / both if both else 1.0,
        common / shorter if shorter else 0.0,
        JaroWinkler.similarity(one, other),
        Indel.normalized_similarity(first.sound, second.sound) if first.sound and second.sound else 0.0,
    )


def _words(first: Text, second: Text, shared: int, size: int) -> tuple[float, ...]:
    """Return the columns from ``words_shared`` to ``removed``; given how many words both have, and their size."""
    one, other = first.words, second.words
    either = len(first.bag) + len(second.bag) - shared
    longer = max(len(one), len(other)) or 1
    # Where no word is shared, the three measures of order are 0 without being asked.
    kept = LCSseq.similarity(one, other) if shared else 0
    gone, come = len(one) - kept, len(other) - kept
    substituted = min(gone, come)
    return (
        shared / either if either else 0.0,
        size / first.weight if first.weight else 0.0,
        size / second.weight if second.weight else 0.0,
        Prefix.similarity(one, other) / longer if shared else 0.0,
        Postfix.similarity(one, other) / longer if shared else 0.0,
        substituted / longer,
        (come - substituted) / longer,
        (gone - substituted) / longer,
    )


def _exchanged_sound(first: Text, second: Text, dropped: frozenset[str], new: frozenset[str]) -> float:
    """Return how alike the words that went and those that came sound, in the order they were said."""
    went = "".join(compress(first.sounds, map(dropped.__contains__, first.words)))
    came = "".join(compress(second.sounds, map(new.__contains__, second.words)))
    return Indel.normalized_similarity(went, came) if went and came else 0.0


def _lengths(first: Text, second: Text) -> tuple[float, ...]:
    """Return the columns from ``first_length`` to ``answers``."""
    one, other = len(first.said), len(second.said)
    return (
        first.length,
        second.length,
        min(one, other) / max(one, other) if one or other else 0.0,
        0.0 if first.numbers == second.numbers else 1.0,
        0.0 if first.negations == second.negations else 1.0,
        second.begins_with_denial,
        second.answers,
    )


def _events(pair: Pair, reply: Reply) -> tuple[float, ...]:
    """Return the columns from ``failed`` to ``barge_in``."""
    gap_s = pair.gap_s
    known = isfinite(gap_s) and gap_s > 0.0
    return (
        1.0 if pair.first_failed else 0.0,
        reply.admits_failure,
        reply.admits_later,
        reply.unknown,
        reply.asks,
        reply.length,
        log(min(max(gap_s, GAP_LEAST_S), GAP_MOST_S) / GAP_USUAL_S) / _GAP_SPREAD if known else 0.0,
        0.0 if known else 1.0,
        0.0 if pair.same_question else 1.0,
        1.0 if pair.barge_in else 0.0,
    )


def _size(words: frozenset[str]) -> int:
    """Return the characters of words: long ones say more, in every language."""
    return len("".join(words))
