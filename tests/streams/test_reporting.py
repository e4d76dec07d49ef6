"""What a turn reports of its decision, and which reports are refused. No Kafka here."""

from typing import Any

import msgspec
import pytest

from schemas.records import AppliedRewrite, TurnEvent
from streams.reporting import reported
from streams.rewrites import Decided
from streams.turn_values import Event
from tests.building import said, signal, tick
from tests.schemas.samples import plain

TREATED = Decided("Continue!", "r1", 3, "treated")
HELD_OUT = Decided("next", "r1", 3, "held_out")
PLAIN = Decided("next")


def forms(event: TurnEvent) -> list[Event]:
    """Return an event in each form that a program may have it in."""
    return [event, plain(event), msgspec.json.encode(event)]


@pytest.mark.parametrize("form", [0, 1, 2], ids=["record", "mapping", "json"])
@pytest.mark.parametrize(
    ("decided", "rewrite"),
    [
        (TREATED, AppliedRewrite("r1", 3, "treated", "Continue!")),
        (HELD_OUT, AppliedRewrite("r1", 3, "held_out", "next")),
        (PLAIN, None),
    ],
    ids=["treated", "held out", "no rewrite"],
)
def test_a_turn_reports_what_was_decided(form: int, decided: Decided, rewrite: AppliedRewrite | None) -> None:
    """In every form of the event, with nothing else changed."""
    event = said("next", 1)
    assert reported(forms(event)[form], decided) == said("next", 1, rewrite=rewrite)


@pytest.mark.parametrize("decided", [TREATED, HELD_OUT])
def test_a_turn_that_reports_it_already_is_left_as_it_is(decided: Decided) -> None:
    """Saying the same twice is no contradiction."""
    once = reported(said("next", 1), decided)
    assert reported(once, decided) == once


def test_spelling_is_no_contradiction() -> None:
    """What was said may have been trimmed on its way into the turn."""
    rewrite = AppliedRewrite("r1", 3, "held_out", " next! ")
    assert reported(said("Next", 1), Decided(" next! ", "r1", 3, "held_out")) == said("Next", 1, rewrite=rewrite)


@pytest.mark.parametrize("event", [signal("denied", "t1", 1), tick(1)], ids=["signal", "tick"])
def test_only_turns_are_decided_about(event: TurnEvent) -> None:
    """A signal or tick with a decision is a mistake."""
    with pytest.raises(ValueError, match=r"^TurnEvent\.turn: expected a turn.*without `decided`"):
        reported(event, PLAIN)


@pytest.mark.parametrize("decided", [TREATED, HELD_OUT, PLAIN], ids=["treated", "held out", "no rewrite"])
def test_a_turn_cannot_report_two_rewrites(decided: Decided) -> None:
    """One that was reported before and is not the one decided is refused, of another version too."""
    event = said("next", 1, rewrite=AppliedRewrite("r1", 2, "treated", "Continue!"))
    with pytest.raises(ValueError, match=r"^TurnEvent\.turn\.rewrite: expected none, or the one decided"):
        reported(event, decided)


def test_the_target_is_not_what_the_user_said() -> None:
    """Who sends the text that was run as the one that was heard would count the rewrite for its own target."""
    with pytest.raises(ValueError, match=r"^TurnEvent\.turn\.said: expected what the user said"):
        reported(said("continue", 1), TREATED)


@pytest.mark.parametrize("decided", [HELD_OUT, PLAIN], ids=["held out", "no rewrite"])
def test_what_was_left_as_it_was_is_what_was_said(decided: Decided) -> None:
    """A decision about another turn is told by its text."""
    with pytest.raises(ValueError, match=r"^TurnEvent\.turn\.said: expected the text that `decided` left"):
        reported(said("stop", 1), decided)


@pytest.mark.parametrize(
    ("event", "expected"),
    [(b"no JSON", "JSON object"), ({"tenant": "demo"}, "locale"), (said(7, 1), r"turn\.said")],  # type: ignore[arg-type]
    ids=["not JSON", "missing", "made by hand"],
)
def test_an_event_that_is_not_valid_is_refused_with_its_field(event: Any, expected: str) -> None:
    """Before anything is read from it, whatever its form."""
    with pytest.raises(ValueError, match=expected):
        reported(event, PLAIN)


@pytest.mark.parametrize("decided", [TREATED, HELD_OUT], ids=["treated", "held out"])
def test_no_refusal_quotes_what_was_said(decided: Decided) -> None:
    """Errors end up in logs, where no utterance belongs."""
    event = said("continue" if decided is TREATED else "my secret", 1)
    with pytest.raises(ValueError, match="expected") as caught:
        reported(event, decided)
    assert not any(text in str(caught.value).lower() for text in ("secret", "continue", "next", "u1"))
