"""Feedback is sent at once, says what was seen, and nothing of who said what."""

import msgspec
import pytest

from schemas.records import AppliedRewrite, BargeIn
from streams.detect.settings import DetectSettings
from tests.building import Detecting, meaning, said, signal, tick

SERVED = AppliedRewrite("r1", 3, "treated", "play jazz")


def kinds(detecting: Detecting) -> list[tuple[str, str, str]]:
    """Return kind, turn and cause of all feedback."""
    return [(item.kind, item.turn_id, item.cause_turn_id) for item in detecting.feedback]


def test_a_rephrase_is_told_with_its_score_and_detector() -> None:
    """The feedback is about the first turn, caused by the second, before any trail ends."""
    detecting = Detecting().feed(said("play jaz", 0, status="failed"), said("play jazz", 9))
    (item,) = detecting.feedback
    assert (item.kind, item.turn_id, item.cause_turn_id, item.detector) == (
        "rephrase",
        "u1-0",
        "u1-9",
        "first-letter-1",
    )
    assert item.score == pytest.approx(0.9)


def test_a_repeat_is_told() -> None:
    """The very same text again."""
    assert kinds(Detecting().feed(said("play jazz", 0), said("play jazz", 9))) == [("repeat", "u1-0", "u1-9")]


def test_a_barge_in_is_told_about_the_interrupted_turn() -> None:
    """Explicit kinds are certain, inferred ones less so."""
    first = said("play jazz", 0, reply_s=(1, 9))
    told = Detecting().feed(first, said("lights on", 5, barge_in=BargeIn("speech", 4000)))
    inferred = Detecting().feed(first, said("lights on", 6, speech_s=5))
    assert kinds(told) == [("barge_in", "u1-0", "u1-5")]
    assert told.feedback[0].score > inferred.feedback[0].score


def test_asking_again_is_told_with_the_turn_itself() -> None:
    """No later turn is needed to know that the question was asked again."""
    assert kinds(Detecting().feed(said("next", 0, status="asked_again"))) == [("asked_again", "u1-0", "u1-0")]


def test_denials_confirmations_and_cancellations_are_told() -> None:
    """Each is about the turn before."""
    denied = Detecting().feed(said("new age", 0, expecting="dest"), said("no", 5, expecting="confirm_dest"))
    affirmed = Detecting().feed(said("newark", 0, expecting="dest"), said("yes", 5, expecting="confirm_dest"))
    cancelled = Detecting().feed(said("play jazz", 0), said("stop", 5))
    assert [item.kind for item in (*denied.feedback, *affirmed.feedback, *cancelled.feedback)] == [
        "explicit_no",
        "explicit_yes",
        "cancelled",
    ]


def test_an_enjoyed_repeat_another_day_is_approval() -> None:
    """Within 5 minutes or 1 to 25 hours later; half an hour later says nothing."""
    settings = DetectSettings(repeat_means={"joke": "approval"})

    def told(after_s: float) -> list[str]:
        detecting = Detecting(settings)
        joke = meaning("joke")
        detecting.feed(said("tell a joke", 0, means=joke), said("tell a joke", after_s, means=joke))
        return [item.kind for item in detecting.feedback]

    assert (told(200), told(1800), told(7200), told(100_000)) == (["repeat"], [], ["repeat"], [])


def test_a_signal_before_its_turn_waits_for_it() -> None:
    """Out of order within the lateness, a signal still counts."""
    detecting = Detecting().feed(signal("thumbs_down", "u1-0", 2), said("play jazz", 0)).finish()
    assert detecting.trails[0].turns[0].outcome == "failure"
    assert [item.late for item in detecting.feedback] == [False]


def test_a_signal_after_its_trail_is_late_and_revises_nothing() -> None:
    """It gives a feedback marked late, no second trail."""
    detecting = Detecting().feed(said("play jazz", 0), tick(60), signal("thumbs_down", "u1-0", 61), tick(70))
    assert [(item.kind, item.late) for item in detecting.feedback] == [("explicit_no", True)]
    assert [trail.outcome for trail in detecting.trails] == ["success"]
    assert detecting.corrections == []


def test_a_late_signal_on_a_served_rewrite_becomes_one_correction() -> None:
    """The complaint reaches the rewrite, once."""
    detecting = Detecting().feed(said("play jaz", 0, rewrite=SERVED), tick(60))
    detecting.feed(signal("denied", "u1-0", 61), tick(70), signal("thumbs_down", "u1-0", 71), tick(80))
    assert [(item.reason, item.rewrite.version) for item in detecting.corrections] == [("denied", 3)]


def test_a_duplicate_turn_is_dropped_and_counted() -> None:
    """A repeated id changes nothing."""
    turn = said("play jazz", 0)
    detecting = Detecting().feed(turn, turn).finish()
    assert (len(detecting.trails), detecting.flush.facts["duplicates"]) == (1, 1)


def test_a_turn_too_late_is_rejected_by_name() -> None:
    """Older than partition time less lateness and gap."""
    detecting = Detecting().feed(tick(100), said("a", 50, user="in"), said("b", 49.999, user="out"))
    assert [(item.offset, item.reason) for item in detecting.flush.rejected] == [(2, "late")]


def test_feedback_holds_no_text_and_no_user() -> None:
    """Nothing of what was said, nor of who said it, is in a feedback record."""
    detecting = Detecting().feed(
        said("secret words", 0, user="someone", turn_id="t1", status="asked_again"),
        said("secret wards", 9, user="someone", turn_id="t2"),
    )
    written = msgspec.json.encode(detecting.feedback).decode()
    assert len(detecting.feedback) == 2
    assert "secret" not in written
    assert "someone" not in written
