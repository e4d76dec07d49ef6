"""What every implementation of ``streams.detect.scorer.Scorer`` must do, as tests to inherit. Knows no implementation.

A test module of a model says ``class TestItsScores(ScorerContract)`` and supplies the fixture ``scorer``.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.detect.scorer import Pair, Scorer
from streams.text import normalise

# Words of several scripts, so that pairs share some; and any text at all, which recognisers never rule out.
WORDS = (
    "turn",
    "on",
    "the",
    "kitchen",
    "chicken",
    "light",
    "not",
    "7",
    "seven",
    "küche",
    "свет",
    "打开厨房的灯",
    "الضوء",
)
SAID = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.text(max_size=20).map(lambda said: normalise(said, "en")),
)
REPLIES = st.one_of(
    st.sampled_from(("", "Sorry, I did not get that.", "The kitchen light is on.", "Which light?")),
    st.text(max_size=40),
)
PAIRS = st.builds(
    Pair,
    first=SAID,
    second=SAID,
    locale=st.sampled_from(("en", "de-DE", "zh", "ar", "tlh", "")),
    reply=REPLIES,
    first_failed=st.booleans(),
    gap_s=st.one_of(st.just(0.0), st.floats(0.0, 1e6)),
    same_question=st.booleans(),
    barge_in=st.booleans(),
)
MANY = tuple(
    Pair(
        first=" ".join(WORDS[(place + step) % len(WORDS)] for step in range(1 + place % 5)),
        second=" ".join(WORDS[(place * 7 + step) % len(WORDS)] for step in range(1 + place % 4)),
        reply=("", "Sorry, say that again?", "The light is on.")[place % 3],
        first_failed=place % 2 == 0,
        gap_s=place / 3.0,
    )
    for place in range(301)
)
"""More pairs than any block that vector code works in, and an odd number of them."""

# The fixture gives the same model to every example, and each subclass is a suite of its own.
shared = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)


class ScorerContract:
    """The suite. A subclass supplies the fixture ``scorer``."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        """Return the model."""
        raise NotImplementedError

    def test_it_has_a_name_and_a_threshold(self, scorer: Scorer) -> None:
        """The name is written on every feedback; a threshold of 0 or 1 would decide all pairs alike."""
        assert scorer.name
        assert scorer.name == scorer.name.strip()
        assert 0.0 < scorer.threshold < 1.0

    def test_no_pairs_have_no_scores(self, scorer: Scorer) -> None:
        """An empty batch gives an empty array of the same type."""
        scores = scorer.score([])
        assert scores.shape == (0,)
        assert scores.dtype == np.float32

    @shared
    @given(pairs=st.lists(PAIRS, min_size=1, max_size=8))
    def test_every_pair_has_a_probability(self, scorer: Scorer, pairs: list[Pair]) -> None:
        """One finite number from 0 to 1 each, in 32 bits, whatever was said."""
        scores = scorer.score(pairs)
        assert scores.shape == (len(pairs),)
        assert scores.dtype == np.float32
        assert ((scores >= 0.0) & (scores <= 1.0)).all()

    @shared
    @given(pairs=st.lists(PAIRS, min_size=1, max_size=8))
    def test_a_score_is_the_same_alone_and_in_company(self, scorer: Scorer, pairs: list[Pair]) -> None:
        """Bit for bit, for any pairs."""
        together = scorer.score(pairs).tobytes()
        assert together == b"".join(scorer.score([pair]).tobytes() for pair in pairs)

    @pytest.mark.parametrize("size", [1, 7, 64, 300])
    def test_a_score_does_not_depend_on_the_size_of_the_batch(self, scorer: Scorer, size: int) -> None:
        """Many pairs at once, some at a time, and the other way round: bit for bit the same."""
        whole = scorer.score(MANY)
        parts = [scorer.score(MANY[start : start + size]) for start in range(0, len(MANY), size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
        assert scorer.score(MANY[::-1])[::-1].tobytes() == whole.tobytes()

    def test_scores_differ_between_pairs(self, scorer: Scorer) -> None:
        """A model that tells nothing apart is no model."""
        assert len(set(scorer.score(MANY).tolist())) > 1

    def test_silence_rewords_nothing(self, scorer: Scorer) -> None:
        """The score is 0 where either text is empty."""
        pairs = [Pair("", "light on"), Pair("light on", ""), Pair("", "")]
        assert scorer.score(pairs).tolist() == [0.0, 0.0, 0.0]
