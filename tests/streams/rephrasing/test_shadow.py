"""A model that looks on: counted, compared, and never in the way."""

from typing import Any

import numpy as np
import pytest

from streams.rephrasing import telling
from streams.rephrasing.shadow import Shadowed
from streams.rephrasing.telling import facts_of
from tests.streams.rephrasing.students import Counting, pair

ACTING = {"both": 0.9, "only acting": 0.8, "only shadow": 0.2, "neither": 0.1}
LOOKING_ON = {"both": 0.7, "only acting": 0.3, "only shadow": 0.6, "neither": 0.0}
PAIRS = [pair("first", second) for second in ACTING]


class Failing:
    """A model that never gives what was asked for."""

    name = "failing-1"
    threshold = 0.5

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def score(self, pairs: Any) -> Any:
        """Return the wrong answer, or fail."""
        assert pairs
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_every_answer_is_the_acting_models() -> None:
    """Scores, name and threshold are those of the model that acts."""
    acting = Counting("acting-1", ACTING, threshold=0.4)
    both = Shadowed(acting, Counting("shadow-1", LOOKING_ON))
    assert both.score(PAIRS).tolist() == acting.score(PAIRS).tolist()
    assert (both.name, both.threshold) == ("acting-1", 0.4)


def test_agreement_is_counted_by_who_says_so() -> None:
    """Each model is held to its own threshold, and counts are told once."""
    both = Shadowed(Counting("acting-1", ACTING), Counting("shadow-1", LOOKING_ON))
    both.score(PAIRS)
    facts = facts_of(both)
    assert facts.pop(telling.SHADOW_DIFFERENCE) == pytest.approx(0.2 + 0.5 + 0.4 + 0.1)
    names = (telling.SHADOW_BOTH, telling.SHADOW_ONLY_ACTING, telling.SHADOW_ONLY_SHADOW, telling.SHADOW_NEITHER)
    assert facts == dict.fromkeys(names, 1)
    assert facts_of(both) == {}


@pytest.mark.parametrize(
    "answer",
    [ValueError("quibblefish"), MemoryError(), np.zeros(1, np.float32), np.full(4, np.nan, np.float32), None],
)
def test_a_shadow_that_fails_stops_nothing(answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it does, the acting model's scores come out, the failure is counted, and no text is logged."""
    acting = Counting("acting-1", ACTING)
    both = Shadowed(acting, Failing(answer))
    for _ in range(2):
        assert both.score(PAIRS).tolist() == acting.score(PAIRS).tolist()
    assert facts_of(both) == {telling.SHADOW_FAILED: 2}
    said = capsys.readouterr().out
    assert said.count("shadow.failed") == 1
    assert "quibblefish" not in said
