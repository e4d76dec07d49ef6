"""The rephrase model of a batch: asked once, named truthfully, and never held to another one's threshold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.records import TurnEvent
from streams.detect.scorer import Pair
from streams.stage import Context
from tests.building import Detecting, said, texts


class Saying:
    """A model that says the same of every pair, and remembers how many pairs it was asked about at a time."""

    def __init__(self, name: str, probability: float, threshold: float = 0.5) -> None:
        self.name = name
        self.threshold = threshold
        self.sizes: list[int] = []
        self._probability = probability

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return it."""
        self.sizes.append(len(pairs))
        return np.full(len(pairs), self._probability, np.float32)


def people(number: int, *words: str, from_s: float = 0.0) -> list[TurnEvent]:
    """Return turns of as many people who each say these words, 10 s apart."""
    return [
        said(text, from_s + 10.0 * place, user=f"u{person}")
        for place, text in enumerate(words)
        for person in range(number)
    ]


def exchanged(detecting: Detecting, scorer: Any) -> Detecting:
    """Let another model score from here on."""
    before = detecting.context
    detecting.context = Context(before.settings, before.decode, before.topic, scorer=scorer)
    return detecting


def test_a_batch_asks_its_model_once() -> None:
    """All pairs of all people go into one question."""
    model = Saying("one-1", 0.9)
    Detecting(scorer=model).feed(*people(20, "play jazz", "play some jazz", "jazz"))
    assert model.sizes == [60]


def test_a_swap_shows_in_what_is_said_from_then_on() -> None:
    """Feedback and trails name the model that scored them."""
    detecting = Detecting(scorer=Saying("one-1", 0.9)).feed(*people(1, "play jazz", "play some jazz"))
    exchanged(detecting, Saying("two-2", 0.9)).feed(*people(1, "stop it", "stop that", from_s=600.0)).finish()
    assert [item.detector for item in detecting.feedback if item.kind == "rephrase"] == ["one-1", "two-2"]
    assert [trail.detector for trail in detecting.trails] == ["one-1", "two-2"]


def test_turns_held_over_a_swap_are_scored_anew() -> None:
    """A probability of one model means nothing at the threshold of another: a late turn must not bring it back."""
    sure, strict = Saying("one-1", 0.6, threshold=0.5), Saying("two-2", 0.6, threshold=0.7)
    detecting = Detecting(scorer=sure).feed(*people(1, "play jazz", "play some jazz"))
    exchanged(detecting, strict).feed(said("jazz", -2.0, user="u0"))
    assert strict.sizes == [3]
    assert texts(detecting.finish().trails) == [["jazz"], ["play jazz"], ["play some jazz"]]
    assert {trail.detector for trail in detecting.trails} == {"two-2"}


def test_a_trail_is_named_after_the_model_that_joined_it() -> None:
    """Time alone may complete a trail after a swap; what joined it is still the model before."""
    detecting = Detecting(scorer=Saying("one-1", 0.9)).feed(*people(1, "play jazz", "play some jazz"))
    exchanged(detecting, Saying("two-2", 0.9)).feed(said("hello", 600.0, user="somebody else")).finish()
    assert [trail.detector for trail in detecting.trails] == ["one-1", "two-2"]
