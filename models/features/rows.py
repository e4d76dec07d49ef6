"""Pairs to the matrix of :data:`models.features.COLUMNS`. Knows pairs, no model and no label.

Each row is computed from its pair alone with scalar arithmetic, so that it is the same in every batch.
"""

from collections.abc import Sequence
from itertools import chain
from math import isfinite, log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, JaroWinkler, LCSseq, Postfix, Prefix
from rapidfuzz.fuzz import partial_ratio, token_set_ratio

from models.features.columns import COLUMNS
from models.features.texts import Reply, Text, reply_of, sound_of, text_of
from models.pairs import Pair
from streams.likeness import EQUAL, likeness
from streams.text import similarity

GAP_USUAL_S: Final = 18.0
GAP_LEAST_S: Final = 1.0
GAP_MOST_S: Final = 600.0
"""Between two commands lie 18 s, the middle of the published medians (13 to 21 s); ten minutes are another visit."""

LIKENESS_LEAST: Final = -2.0
"""Two texts that share nothing, in the language where that is least usual."""

_GAP_SPREAD: Final = log(GAP_MOST_S / GAP_USUAL_S)


def matrix(pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """Return one row a pair, shape ``(len(pairs), len(COLUMNS))``: finite, about -1 to 1.

    A pure function of each pair. Any text and any gap will do; texts that were not normalised are compared as they are.
    """
    values = np.fromiter(chain.from_iterable(map(_row, pairs)), np.float32, len(pairs) * len(COLUMNS))
    return values.reshape(len(pairs), len(COLUMNS))


def _row(pair: Pair) -> tuple[float, ...]:
    first, second = text_of(pair.first, pair.locale), text_of(pair.second, pair.locale)
    reply = reply_of(pair.reply, pair.locale)
    alike = similarity(first.said, second.said, pair.locale)
    old = first.bag & second.bag
    dropped, new = first.bag - old, second.bag - old
    exchanged = _exchanged_sound(dropped, new, first, second)
    return (
        *_likeness(first, second, alike, pair.locale),
        *_words(first, second, old),
        exchanged,
        *_lengths(first, second),
        *_events(pair, reply),
        _share(first.bag & reply.bag, first.weight),
        _share(new & reply.bag, sum(map(len, new))),
        _share(dropped & reply.bag, sum(map(len, dropped))),
        *((alike, 0.0, 0.0) if pair.first_failed else (0.0, alike, alike * exchanged)),
    )


def _likeness(first: Text, second: Text, alike: float, locale: str) -> tuple[float, ...]:
    """Return the columns from ``equal`` to ``sound_similarity``."""
    one, other = first.said, second.said
    return (
        float(one == other),
        alike,
        max(likeness(one, other, locale), LIKENESS_LEAST) / EQUAL,
        Indel.normalized_similarity(first.ordered, second.ordered),
        token_set_ratio(one, other) / 100.0,
        partial_ratio(one, other) / 100.0,
        JaroWinkler.similarity(one, other),
        Indel.normalized_similarity(first.sound, second.sound) if first.sound and second.sound else 0.0,
    )


def _words(first: Text, second: Text, old: frozenset[str]) -> tuple[float, ...]:
    """Return the columns from ``words_shared`` to ``removed``."""
    one, other = first.words, second.words
    either = len(first.bag) + len(second.bag) - len(old)
    longer = max(len(one), len(other), 1)
    kept = LCSseq.similarity(one, other)
    gone, come = len(one) - kept, len(other) - kept
    substituted = min(gone, come)
    return (
        len(old) / either if either else 0.0,
        _share(old, first.weight),
        _share(old, second.weight),
        Prefix.similarity(one, other) / longer,
        Postfix.similarity(one, other) / longer,
        substituted / longer,
        (come - substituted) / longer,
        (gone - substituted) / longer,
    )


def _exchanged_sound(dropped: frozenset[str], new: frozenset[str], first: Text, second: Text) -> float:
    """Return how alike the words that went and those that came sound, in the order they were said."""
    if not dropped or not new:
        return 0.0
    went = sound_of(tuple(word for word in first.words if word in dropped))
    came = sound_of(tuple(word for word in second.words if word in new))
    return Indel.normalized_similarity(went, came) if went and came else 0.0


def _lengths(first: Text, second: Text) -> tuple[float, ...]:
    """Return the columns from ``first_length`` to ``answers``."""
    shorter, longer = sorted((len(first.said), len(second.said)))
    return (
        first.length,
        second.length,
        shorter / longer if longer else 0.0,
        float(first.numbers != second.numbers),
        float(first.negations != second.negations),
        second.begins_with_denial,
        second.answers,
    )


def _events(pair: Pair, reply: Reply) -> tuple[float, ...]:
    """Return the columns from ``failed`` to ``barge_in``."""
    gap_s = pair.gap_s
    known = isfinite(gap_s) and gap_s > 0.0
    return (
        float(pair.first_failed),
        reply.admits_failure,
        reply.unknown,
        reply.asks,
        reply.length,
        log(min(max(gap_s, GAP_LEAST_S), GAP_MOST_S) / GAP_USUAL_S) / _GAP_SPREAD if known else 0.0,
        float(not known),
        float(not pair.same_question),
        float(pair.barge_in),
    )


def _share(words: frozenset[str], weight: int) -> float:
    return sum(map(len, words)) / weight if weight else 0.0
