"""The rule scorer: what raises and lowers a score, and that languages are treated alike.

The sentences are an extract of Home Assistant Intents (CC BY 4.0; see tests/data/README.md).
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detect.rephrase import RuleScorer, gap_odds
from streams.detect.scorer import Pair, Scorer
from streams.likeness import EQUAL, likeness
from streams.text import normalise, similarity
from tests.bench.calibrate import Pairs, pairs_of, read

SENTENCES = Path(__file__).parent.parent / "data" / "hass_intents.jsonl"
EVEN_LOCALES = ["de", "en", "fi", "he", "hu", "ko", "pl", "ru", "zh-cn"]
WORDS = st.sampled_from(
    ["turn on the light", "turn on the lied", "kitchen light on", "next", "no", "now", "", "打开灯", "把灯打开"]
)
PAIRS = st.builds(
    Pair,
    first=WORDS | st.text(max_size=20),
    second=WORDS | st.text(max_size=20),
    locale=st.sampled_from(["en", "zh-CN", "ru", "xx", ""]),
    reply=st.sampled_from(["", "Sorry, what?", "Done."]),
    first_failed=st.booleans(),
    gap_s=st.floats(allow_nan=True, allow_infinity=True),
    same_question=st.booleans(),
    barge_in=st.booleans(),
)


@cache
def sentence_pairs() -> dict[str, Pairs]:
    """Return rewordings and other requests, by locale."""
    return {locale: pairs_of(groups, draws=1_000) for (_, locale), groups in read([SENTENCES]).items()}


def score(first: str, second: str, *, gap_s: float = 15.0, **signs: Any) -> float:
    """Return the score of one pair of raw texts."""
    pair = Pair(normalise(first, "en"), normalise(second, "en"), gap_s=gap_s, **signs)
    return float(RuleScorer().score([pair])[0])


def test_it_is_a_scorer() -> None:
    """The rules fit where a trained model would stand: name, threshold, float32 of the batch's shape."""
    scorer: Scorer = RuleScorer(threshold=0.7)
    assert (scorer.name, scorer.threshold) == ("rules-1", 0.7)
    assert scorer.score([]).shape == (0,)
    assert scorer.score([Pair("a", "b")] * 3).dtype == np.float32


@given(st.lists(PAIRS, max_size=12))
@settings(max_examples=100)
def test_a_score_does_not_depend_on_its_batch(pairs: list[Pair]) -> None:
    """Bit for bit the same alone or together, so that batch size never changes a trail."""
    scorer = RuleScorer()
    together = scorer.score(pairs)
    alone = [scorer.score([pair])[0] for pair in pairs]
    assert together.tobytes() == np.array(alone, np.float32).tobytes()
    assert all(0.0 <= value <= 1.0 for value in together)


def test_a_misheard_request_said_again_is_a_rephrase() -> None:
    """Near words after a failure are a rephrase; another request is none, even then."""
    assert score("play maroon five", "play maroon 5 songs", first_failed=True) > 0.5
    assert score("no", "now", first_failed=True) > 0.5
    assert score("play maroon five", "what is the weather tomorrow", first_failed=True) < 0.1


def test_a_failure_before_raises_the_score() -> None:
    """The assistant's own word that it failed counts, given as a flag or, weaker, as an apology."""
    words = "turn on the kitchen light", "kitchen light on please"
    apology = Pair(*words, reply="Sorry, I did not get that.", gap_s=15.0)
    values = score(*words), float(RuleScorer().score([apology])[0]), score(*words, first_failed=True)
    assert values[0] < values[1] < values[2]


def test_an_exact_repetition_insists_only_after_a_failure() -> None:
    """After a failure it is a rephrase; after a success it may ask for more of the same."""
    assert score("next song", "next song", first_failed=True) > 0.9
    assert score("next song", "next song") < 0.2


def test_other_numbers_after_a_success_are_a_new_request() -> None:
    """Two timers are two requests; digits for words are no difference."""
    assert score("set a timer for 5 minutes", "set a timer for 6 minutes") < 0.5
    assert score("set a timer for five minutes", "set timer for 5 minutes") > score(
        "set a timer for five minutes", "set timer for 6 minutes"
    )


def test_signs_around_the_words_move_the_score() -> None:
    """An interruption raises it, another question and a long pause lower it."""
    words = "turn on the kitchen light", "kitchen light on please"
    assert score(*words, barge_in=True) > score(*words) > score(*words, same_question=False)
    assert score(*words, gap_s=12.0) > score(*words, gap_s=45.0) > score(*words, gap_s=150.0)


def test_nothing_said_rephrases_nothing() -> None:
    """Empty texts are equal to each other but are no repetition."""
    assert score("", "", first_failed=True) == score("", "hello") == score("hello", "") == 0.0


@given(st.floats(allow_nan=True, allow_infinity=True))
@settings(max_examples=60)
def test_no_gap_outweighs_the_words(gap_s: float) -> None:
    """The time between two commands is a weak sign: odds between a third and twice, whatever the clock says."""
    assert 1 / 3.5 < np.exp(gap_odds(gap_s)) < 2.0 or gap_s > 60.0


def test_likeness_is_anchored() -> None:
    """Equal texts are equally alike in every language, whatever is usual in it."""
    assert {likeness("a b c", "a b c", locale) for locale in [*EVEN_LOCALES, "th", "xx"]} == {EQUAL}


@pytest.mark.parametrize("locale", EVEN_LOCALES)
def test_true_rewordings_are_found_in_every_language(locale: str) -> None:
    """At the threshold, after a failure: most rewordings, and at most one unrelated pair in ten."""
    pairs, scorer = sentence_pairs()[locale], RuleScorer()

    def share(texts: list[tuple[str, str]]) -> float:
        scores = scorer.score([Pair(*both, locale, first_failed=True, gap_s=15.0) for both in texts])
        return float((scores >= scorer.threshold).mean())

    assert share(pairs.reworded) >= 0.8
    assert share([texts for texts in pairs.unrelated if texts not in pairs.same_intent]) <= 0.12


def test_a_raw_threshold_would_not_be_even() -> None:
    """The reason for likeness: at one similarity, recall differs between languages far more than at one likeness."""

    def spread(measure: list[float]) -> float:
        return max(measure) - min(measure)

    raw, calibrated = [], []
    for locale in EVEN_LOCALES:
        reworded = sentence_pairs()[locale].reworded
        raw.append(sum(similarity(*texts) >= 0.6 for texts in reworded) / len(reworded))
        calibrated.append(sum(likeness(*texts, locale) >= 1.0 for texts in reworded) / len(reworded))
    assert spread(calibrated) < spread(raw) / 2
