"""Undo and repetition after a rewrite: a loss at once, in the trail while it is open, as a correction afterwards."""

import pytest

from schemas.records import AppliedRewrite, TurnEvent
from streams.detect.settings import DetectSettings
from tests.building import Detecting, meaning, outcomes, said, signal, tick, trails_of

TREATED = AppliedRewrite("r1", 3, "treated", "play jazz")
HELD_OUT = AppliedRewrite("r1", 3, "held_out", "qlay jazz")


def served(at_s: float = 0, rewrite: AppliedRewrite | None = TREATED, **given: str) -> TurnEvent:
    """Return a turn that a rewrite was meant for."""
    return said("qlay jazz", at_s, turn_id="served", rewrite=rewrite, **given)  # type: ignore[arg-type]


def told(*events: TurnEvent, settings: DetectSettings | None = None) -> list[tuple[str, str, int]]:
    """Return turn, reason and version of the corrections."""
    corrections = Detecting(settings).feed(*events).finish().corrections
    return [(item.turn_id, item.reason, item.rewrite.version) for item in corrections]


@pytest.mark.parametrize("rewrite", [TREATED, HELD_OUT])
def test_an_undo_right_after_a_served_turn_is_a_failure(rewrite: AppliedRewrite) -> None:
    """In both arms, which are compared; the trail says it, so that nothing is left to correct."""
    events = served(rewrite=rewrite), said("that's not what I said", 9)
    assert outcomes(trails_of(*events))["qlay jazz"] == "failure"
    assert told(*events) == []


def test_an_undo_after_a_turn_without_rewrite_says_nothing_here() -> None:
    """People also undo what they did themselves."""
    assert outcomes(trails_of(served(rewrite=None), said("undo that", 19)))["qlay jazz"] == "success"


def test_going_back_after_a_rewrite_is_a_failure_unless_it_was_understood() -> None:
    """A page back is a request like others."""
    lost, moved = said("go back", 9, status="not_understood"), said("go back", 9)
    assert outcomes(trails_of(served(), lost))["qlay jazz"] == "failure"
    assert outcomes(trails_of(served(), moved))["qlay jazz"] == "success"


def test_only_the_next_turn_of_the_device_takes_back() -> None:
    """Another wish in between, or another device, and it is about something else."""
    between = served(), said("lights on", 60), said("undo that", 120)
    elsewhere = served(), said("undo that", 60, device="kitchen")
    assert told(*between) == told(*elsewhere) == []


def test_an_undo_is_told_as_an_explicit_no_about_the_served_turn() -> None:
    """Once, and not as a cancellation besides."""
    detecting = Detecting().feed(served(), said("undo that", 5))
    assert [(item.kind, item.turn_id) for item in detecting.feedback] == [("explicit_no", "served")]


def test_the_same_words_right_after_a_rewrite_are_a_failure() -> None:
    """The person insists on what was said."""
    (trail,) = trails_of(served(), said("qlay jazz", 9))
    assert [turn.outcome for turn in trail.turns] == ["failure", "success"]


def test_the_same_words_are_no_failure_where_they_approve_or_answer_anew() -> None:
    """What is enjoyed again, and a question asked anew as the dialogue goes on."""
    settings = DetectSettings(repeat_means={"joke": "approval"})
    joke = [said("a joke", at_s, means=meaning("joke"), rewrite=TREATED, turn_id=f"t{at_s}") for at_s in (0, 9)]
    steps = [said("nxt", at_s, expecting="step", rewrite=TREATED, turn_id=f"t{at_s}") for at_s in (0, 9)]
    for events, chosen in ((joke, settings), (steps, None)):
        trails = trails_of(*events, settings=chosen)
        assert [turn.outcome for trail in trails for turn in trail.turns] == ["success", "success"]
        assert told(*events, settings=chosen) == []


@pytest.mark.parametrize("after_s", [46, 60, 299.9])
def test_an_undo_when_the_gap_is_over_becomes_a_correction(after_s: float) -> None:
    """The trail has said success and stays as it is; learn is told that it was wrong."""
    events = served(), said("i didn't say that", after_s)
    assert outcomes(trails_of(*events))["qlay jazz"] == "success"
    assert told(*events) == [("served", "undone", 3)]


def test_an_undo_too_late_is_about_something_else() -> None:
    """Five minutes, or as chosen."""
    assert told(served(), said("undo", 300.1)) == []
    assert told(served(), said("undo", 60), settings=DetectSettings(undo_within_ms=59_000)) == []


def test_the_same_words_when_the_gap_is_over_are_a_new_wish() -> None:
    """Only what follows right after is a repetition."""
    assert told(served(), said("qlay jazz", 46)) == []


@pytest.mark.parametrize(("text", "reason"), [("undo that", "undone"), ("qlay jazz", "repeated")])
def test_a_next_turn_that_arrives_after_the_trail_was_sent_becomes_a_correction(text: str, reason: str) -> None:
    """It happened within the gap, but came later than the lateness allows."""
    assert told(served(), tick(51), said(text, 20)) == [("served", reason, 3)]


def test_a_held_out_turn_is_never_corrected() -> None:
    """A correction is a loss of the version, which did nothing here."""
    assert told(served(rewrite=HELD_OUT), said("undo", 60)) == []
    assert told(served(rewrite=HELD_OUT), tick(60), signal("denied", "served", 61), tick(99)) == []


def test_a_turn_is_corrected_once_and_not_if_it_failed_already() -> None:
    """One loss a turn, whoever complains first."""
    assert told(served(), tick(55), said("undo", 60), signal("denied", "served", 61)) == [("served", "denied", 3)]
    assert told(served(), said("undo", 60), tick(120), signal("denied", "served", 121)) == [("served", "undone", 3)]
    assert told(served(status="failed"), tick(60), signal("denied", "served", 61), said("undo", 62)) == []


def test_nobody_is_held_longer_than_an_undo_can_come() -> None:
    """Once it cannot, only the row for late signals is left, and then nothing."""
    detecting = Detecting().feed(served(), tick(306))
    assert [key for key in detecting.rows.rows if key.startswith("person|")] == []
    detecting.feed(tick(90_000))
    assert list(detecting.rows.rows) == ["clock|"]
