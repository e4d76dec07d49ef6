"""Traces are carried from turns to what is told of them, and change nothing else."""

import msgspec
import pytest

from schemas.records import AppliedRewrite, TurnEvent
from streams.detect.rows import ROWS, Person
from tests.building import Detecting, said, signal, tick
from tests.contracts.encoded import EncodedRows

SERVED = AppliedRewrite("r1", 3, "treated", "play jazz")


def trace(number: int) -> str:
    """Return a traceparent like no other."""
    return f"00-{number:032x}-{number:016x}-01"


def told(detecting: Detecting) -> list[tuple[str, str, str]]:
    """Return kind, trace and cause's trace of all feedback."""
    return [
        (output.value.kind, output.traceparent, output.cause_traceparent)  # type: ignore[union-attr]
        for output in detecting.flush.outputs
        if output.topic == "feedback"
    ]


def test_feedback_has_the_trace_of_its_turn_and_of_what_told_it() -> None:
    """A rephrase is about the first turn, and was told by the second."""
    detecting = Detecting(rows=EncodedRows(ROWS)).feed_traced((said("play jaz", 0, status="failed"), trace(1)))
    assert told(detecting.feed_traced((said("play jazz", 9), trace(2)))) == [("rephrase", trace(1), trace(2))]


def test_feedback_about_the_turn_that_told_it_has_one_trace() -> None:
    """Nothing is said twice."""
    assert told(Detecting().feed_traced((said("next", 0, status="asked_again"), trace(1)))) == [
        ("asked_again", trace(1), "")
    ]


@pytest.mark.parametrize(("first", "second"), [("", ""), (trace(1), ""), ("", trace(2))])
def test_what_came_without_a_trace_has_none(first: str, second: str) -> None:
    """No trace takes the place of another."""
    detecting = Detecting().feed_traced((said("play jaz", 0, status="failed"), first), (said("play jazz", 9), second))
    assert told(detecting) == [("rephrase", first, second)]


def test_a_signal_has_its_own_trace() -> None:
    """Also one that waits for its turn."""
    detecting = Detecting().feed_traced((signal("denied", "u1-0", 2), trace(2)), (said("play jazz", 0), trace(1)))
    assert told(detecting) == [("explicit_no", trace(1), trace(2))]


def test_a_signal_sent_again_is_dropped_whatever_its_trace() -> None:
    """A retry has a span of its own, and says nothing new."""
    detecting = Detecting().feed_traced(
        (signal("denied", "u1-0", 2), trace(2)), (signal("denied", "u1-0", 2), trace(3)), (tick(99), "")
    )
    assert told(detecting) == [("explicit_no", "", trace(2))]
    assert detecting.flush.facts["duplicates"] == 1


def test_turns_of_a_trail_carry_their_traces() -> None:
    """So that learn can tell which trace tipped a decision."""
    detecting = Detecting().feed_traced(
        (said("play jaz", 0, status="failed"), trace(1)), (said("play jazz", 9), trace(2))
    )
    (trail,) = detecting.finish().trails
    assert [turn.traceparent for turn in trail.turns] == [trace(1), trace(2)]


def test_a_correction_has_the_trace_of_the_complaint() -> None:
    """It is what tips a withdrawal."""
    turn: TurnEvent = said("play jaz", 0, rewrite=SERVED)
    late = Detecting().feed_traced((turn, trace(1)), (tick(60), ""), (signal("denied", "u1-0", 61), trace(2)))
    said_so = Detecting().feed_traced((turn, trace(1)), (said("undo", 60), trace(3))).feed(tick(200))
    assert [item.traceparent for item in late.feed(tick(200)).corrections] == [trace(2)]
    assert [item.traceparent for item in said_so.corrections] == [trace(3)]


def test_a_malformed_trace_is_counted_and_none() -> None:
    """A trace is no reason to refuse a turn, and no way to smuggle a text into a header."""
    detecting = Detecting().feed_traced((said("next", 0, status="asked_again"), "play jazz"))
    assert told(detecting) == [("asked_again", "", "")]
    assert detecting.flush.facts["traceparents_malformed"] == 1
    assert not detecting.flush.rejected


def test_traces_change_nothing_else() -> None:
    """Values are the same with and without them, but for the traces in trails."""
    events = [said("play jaz", 0, status="failed"), said("play jazz", 9), said("stop", 30), tick(200)]
    plain = Detecting().feed(*events)
    traced = Detecting().feed_traced(*((event, trace(number)) for number, event in enumerate(events, start=1)))
    assert traced.feedback == plain.feedback
    for one, other in zip(traced.trails, plain.trails, strict=True):
        turns = tuple(msgspec.structs.replace(turn, traceparent="") for turn in one.turns)
        assert msgspec.structs.replace(one, turns=turns) == other
    assert traced.flush.facts == plain.flush.facts


def test_a_row_says_nothing_of_a_trace_that_is_not_there() -> None:
    """Rows without traces are as large as before there were any, and such rows are read."""
    detecting = Detecting(rows=EncodedRows(ROWS)).feed(said("play jaz", 0, status="failed"))
    (row,) = [row for row in detecting.rows.rows.values() if isinstance(row, Person)]
    assert b"traceparent" not in msgspec.msgpack.encode(row)
    assert [turn.traceparent for turn in row.turns] == [""]
