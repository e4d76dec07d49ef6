"""Pairs of words alone: nothing but words, and no set that drowns the others."""

from collections import Counter, defaultdict

import pytest

from models.corpora.alone import NEIGHBOURS_MAX, PAIRS_OF_A_SET_MAX, neighbours, words_alone
from models.corpora.requests import owner_of


def test_nothing_is_known_but_the_words() -> None:
    """No reply, no time, no outcome: what a model learns here it must read off the texts."""
    known = {(pair.reply, pair.gap_s, pair.first_failed, pair.barge_in, pair.same_question) for pair in words_alone()}
    assert known == {("", 0.0, False, False, True)}


def test_sets_count_alike() -> None:
    """A corpus with fifty times the pairs of another weighs no more than the limit."""
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for pair in words_alone():
        weights[pair.source, pair.locale] += pair.weight
    assert max(weights.values()) == pytest.approx(PAIRS_OF_A_SET_MAX)
    assert len(weights) > 8


def test_a_few_come_from_every_set() -> None:
    """A hundred pairs are of as many corpora and locales as all of them, and of both labels."""
    few, every = words_alone(count_max=200), words_alone()
    assert len(few) <= 200
    assert {(pair.source, pair.locale) for pair in few} == {(pair.source, pair.locale) for pair in every}
    assert {pair.label for pair in few} == {0.0, 1.0}


def test_an_unknown_part_is_refused() -> None:
    """There are three parts, and the message names them."""
    with pytest.raises(ValueError, match="train"):
        words_alone("all of it")


def test_neighbours_are_other_requests_in_many_languages() -> None:
    """No pair is a rewording, none is of the part that is measured on, and no language takes all the room."""
    found = neighbours()
    counts = Counter(pair.locale for pair in found)
    assert {pair.label for pair in found} == {0.0}
    assert "test" not in {owner_of(text) for pair in found for text in (pair.first, pair.second)}
    assert max(counts.values()) <= NEIGHBOURS_MAX
    assert min(counts[locale] for locale in ("de", "fi", "ru", "zh-cn", "he")) > 500
    assert len(neighbours(100)) <= 100
