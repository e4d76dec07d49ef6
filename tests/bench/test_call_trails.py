"""Rules of what the stream is said to take for a rewording in real calls."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.pairs import LATER_TURNS_MAX, Window
from streams.detect.scorer import Pair
from tests.bench.call_trails import events_with_replies, joined_in_stream
from tests.bench.call_windows import NONE, turn_ids_of, windows_of
from tests.bench.evaluate_windows import Unlike, choices_of
from tests.bench.test_call_windows import ASKED, WENT_ON, call
from tests.building import SameFirstLetter

UNKNOWN: dict[str, Any] = {}


def taken(*turns: tuple[str, str, dict[str, Any]]) -> list[int]:
    """Return what the stream takes in a call where a model calls texts with the same first letter rewordings."""
    return [int(index) for index in joined_in_stream(SameFirstLetter(), [call(*turns)])]


def test_a_question_asked_again_is_joined_without_a_model() -> None:
    """The turn taken is the first that was not asked again itself, whatever the words."""
    turns = ("mode", "ferry", ASKED), ("mode", "boat", ASKED), ("mode", "walk", WENT_ON), ("time", "now", UNKNOWN)
    assert joined_in_stream(Unlike(), [call(*turns)]).tolist() == [1, 0, NONE]


def test_a_model_joins_what_the_rules_do_not() -> None:
    """A request that went wrong silently is joined to its rewording by score alone, and without a model it is not."""
    turns = ("", "home", WENT_ON), ("", "house", WENT_ON), ("time", "now", UNKNOWN)
    assert taken(*turns) == [0, NONE]
    assert joined_in_stream(Unlike(), [call(*turns)]).tolist() == [NONE, NONE]


@pytest.mark.parametrize("last", [UNKNOWN, ASKED])
def test_nothing_is_taken_of_a_trail_that_does_not_succeed(last: dict[str, Any]) -> None:
    """A fate that nobody knows, and a question asked again to the end, are no way through."""
    assert taken(("mode", "ferry", ASKED), ("mode", "boat", last)) == [NONE]


def test_a_turn_outside_the_window_is_none_of_its_turns() -> None:
    """Sources further away than a window reaches have none, those nearer have their place in their own window."""
    turns = [("mode", "ferry", ASKED)] * 5 + [("mode", "boat", WENT_ON), ("time", "now", UNKNOWN)]
    assert taken(*turns) == [NONE, 3, 2, 1, 0, NONE]


def test_a_model_in_the_stream_sees_the_words_of_replies() -> None:
    """As it does in windows: otherwise both rows would differ by more than the rules of joining."""
    seen: list[str] = []

    class Spy:
        name, threshold = "spy", 0.5

        def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
            seen.extend(pair.reply for pair in pairs)
            return np.zeros(len(pairs), np.float32)

    joined_in_stream(Spy(), [call(("", "home", WENT_ON), ("", "house", UNKNOWN))])
    assert set(seen) == {"Prompt 1."}


def test_ids_stand_in_the_order_of_the_windows() -> None:
    """One row of ids a window, a place a turn, and each is the id of an event that says the turn's words."""
    calls = [call(("mode", "ferry", ASKED), ("mode", "boat", ASKED), ("mode", "walk", WENT_ON))]
    said = {event.turn.turn_id: event.turn.said for event in events_with_replies(calls) if event.turn}
    texts = [tuple(said[turn_id] for turn_id in ids) for ids in turn_ids_of(calls)]
    assert texts == [(window.source.said, *(turn.said for turn in window.later)) for window in windows_of(calls)]


class FirstOfAll(SameFirstLetter):
    """A model that sees whole windows and always takes the first later turn."""

    def choose(self, windows: Sequence[Window]) -> NDArray[np.float32]:
        """Return all probability in the second column."""
        return np.tile(np.eye(1 + LATER_TURNS_MAX, dtype=np.float32)[1], (len(windows), 1))


def test_a_model_that_sees_windows_also_judges_pairs() -> None:
    """Whole windows, pairs one by one, and pairs in the stream are three ways of the same model."""
    calls = [call(("", "home", WENT_ON), ("", "somewhere", UNKNOWN))]
    found = {name: taken.tolist() for name, taken in choices_of([("t", FirstOfAll())], calls, windows_of(calls))}
    assert (found["t"], found["t, pairs"]) == ([0], [NONE])
    assert found["t in the stream, 1 pairs asked"] == [NONE]


def test_every_model_has_a_row_by_itself_and_one_in_the_stream() -> None:
    """Beside the two ways that need no model; it is told how often the stream asked it, and rules may leave nothing."""
    calls = [call(("mode", "ferry", ASKED), ("mode", "boat", WENT_ON))]
    names = [name for name, _ in choices_of([("letters", SameFirstLetter())], calls, windows_of(calls))]
    assert names == ["next turn", "no model in the stream", "letters", "letters in the stream, 0 pairs asked"]
