"""Rules of the windows made of calls, and of what is taken for right in them."""

from typing import Any

import numpy as np

from models.pairs import Window
from tests.bench.call_windows import NONE, windows_of
from tests.bench.evaluate_windows import best_pairs, next_turn, row_of
from tests.bench.likenesses import TokenSort

ASKED, WENT_ON = {"reprompted": True}, {"reprompted": False}


def call(*turns: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Return a call of turns, each with its question, its words and what the assistant did."""
    return {
        "call": "c1",
        "caller": 7,
        "start": "2020-01-01 10:00:00",
        "end": "2020-01-01 10:05:00",
        "align": "none",
        "tail": "Goodbye.",
        "turns": [
            {"i": index, "prompt": f"Prompt {index}.", "kind": kind, "user": said, "t1": 10.0 * (index + 1), **fate}
            for index, (kind, said, fate) in enumerate(turns)
        ],
    }


def answers(*turns: tuple[str, str, dict[str, Any]]) -> list[int | None]:
    """Return the right answers of a call's windows."""
    return [window.answer for window in windows_of([call(*turns)])]


def test_the_right_turn_is_the_next_of_its_question_that_got_through() -> None:
    """Turns asked again and those of other questions are passed over; a source that did not fail has none."""
    turns = ("step", "next", ASKED), ("step", "go", ASKED), ("time", "now", WENT_ON), ("step", "continue", WENT_ON)
    assert answers(*turns, ("step", "done", WENT_ON)) == [2, 1, NONE, NONE]


def test_no_turn_is_right_when_none_got_through() -> None:
    """Not the fifth one after the source, not one whose fate is unknown, not one that was asked again."""
    far = [("mode", "a", ASKED), *[("time", "b", WENT_ON)] * 4, ("mode", "c", WENT_ON)]
    assert answers(*far)[0] == NONE
    assert answers(("mode", "a", ASKED), ("mode", "b", ASKED), ("mode", "c", {})) == [NONE, NONE]


def test_turns_of_the_system_are_left_out() -> None:
    """They are no source and no answer, but the reply to the turn before them stays its own."""
    made = {"reprompted": False, "synthetic": True}
    windows = windows_of([call(("dest", "home", ASKED), ("dest", "yes", made), ("dest", "My home!", WENT_ON))])
    assert [(window.source.said, window.source.reply, window.answer) for window in windows] == [
        ("home", "Prompt 1.", 0)
    ]
    assert [turn.said for turn in windows[0].later] == ["my home"]


def test_a_window_holds_what_happened() -> None:
    """Seconds since the source, whether the question is the same, and the prompt that came in reply."""
    (window, *_) = windows_of([call(("a", "x", ASKED), ("b", "y", WENT_ON), ("a", "z", {}))])
    assert [(turn.gap_s, turn.same_question) for turn in window.later] == [(10.0, False), (20.0, True)]
    assert (window.source.failed, window.later[-1].reply) == (True, "Goodbye.")


def two_windows() -> list[Window]:
    """Return a failed source with a right turn, and one that did not fail."""
    turns = ("mode", "public transit", ASKED), ("time", "now", WENT_ON), ("mode", "the public transit", WENT_ON)
    return windows_of([call(*turns)])


def test_the_best_pair_is_taken_if_it_reaches_the_threshold() -> None:
    """Else none; the next turn is taken without looking at words, after a failure only."""
    windows = two_windows()
    assert best_pairs(TokenSort(), windows).tolist() == [1, NONE]
    assert next_turn(windows).tolist() == [0, NONE]


def test_the_row_counts_failed_sources_apart() -> None:
    """One failed source, rightly answered by likeness; one that did not fail, rightly left alone."""
    name, right, _, turn, none, not_failed = row_of("x", np.array([1, NONE]), two_windows(), draws=10)
    assert (name, right, turn, none, not_failed) == ("x", "1.000", "1.000", "-", "1.000")
