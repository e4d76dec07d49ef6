"""Tests of the pairs that models are measured on."""

from collections import Counter

import pytest

from models.corpora import benchmarks
from models.corpora.requests import owner_of
from streams.text import similarity


@pytest.mark.parametrize("pairs", [benchmarks.crowd, benchmarks.recordings], ids=lambda maker: maker.__name__)
def test_pairs_are_of_the_part_asked_for(pairs: benchmarks.PairsOf) -> None:
    """Both labels occur, context is unknown, and no text is of another part."""
    made = pairs("test")
    counts = Counter(pair.label for pair in made)
    assert min(counts[0.0], counts[1.0]) > 100
    assert {(pair.reply, pair.gap_s, pair.first_failed) for pair in made} == {("", 0.0, False)}
    assert {owner_of(text) for pair in made for text in (pair.first, pair.second)} == {"test"}


def test_every_language_with_enough_requests_is_measured() -> None:
    """Over all parts, locales with both kinds of pairs are there, each pair in its language."""
    found = benchmarks.languages("all")
    assert {"de", "en", "fi", "he", "hu", "ko", "pl", "ru", "tr", "zh-cn"} <= found.keys()
    assert all(pair.locale == locale for locale, pairs in found.items() for pair in pairs)


def test_rewordings_are_more_alike_than_others() -> None:
    """On average even plain similarity tells them apart, or the labels would be swapped."""
    for pairs in (benchmarks.crowd(), benchmarks.recordings()):
        means = {
            label: sum(similarity(pair.first, pair.second) for pair in pairs if pair.label == label)
            / sum(pair.label == label for pair in pairs)
            for label in (0.0, 1.0)
        }
        assert means[1.0] > means[0.0] + 0.1


def test_pairs_are_the_same_each_time() -> None:
    """Two runs measure on the same pairs, listed once."""
    first, second = benchmarks.all_of("validation"), benchmarks.all_of("validation")
    assert first == second
    assert {"alexa_cqr", "slurp", "hass_intents/de"} <= first.keys()


def test_an_unknown_part_is_refused() -> None:
    """The message names the argument."""
    with pytest.raises(ValueError, match="part: 'dev'"):
        benchmarks.crowd("dev")
