"""What people say while something is wrong, as turn events. Knows no Kafka and no alert.

Everybody speaks once only, so that each outcome counts: one a person and day is all that a test takes.
"""

import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.records import AppliedRewrite, Interpretation, Reply, Rewrite, Slot, Turn, TurnEvent

TENANT: Final = "demo"
LOCALE: Final = "en-US"
REWORDED_MS: Final = 400
"""From what was not understood to the same in other words; below the gap that the workers here have."""

_PERSON: Final = itertools.count()


class People(NamedTuple):
    """How much is said at each look, about four times a second.

    Attributes:
        turns: plain turns that are answered.
        treated: turns that a rewrite was served to.
        held_out: turns held out from it.
        helps: whether the rewrite helps; else it harms: who is held out is understood, who is served is not.
    """

    turns: int = 10
    treated: int = 0
    held_out: int = 0
    helps: bool = True


def plain(count: int, at_ms: int) -> Iterator[TurnEvent]:
    """Yield turns that are answered, of as many people."""
    for _ in range(count):
        yield _said("what time is it", at_ms, understood=True)


def repaired(number: int, people: int, at_ms: int) -> Iterator[TurnEvent]:
    """Yield repairs of one text: it is not understood, and said in other words that are."""
    for _ in range(people):
        user = _somebody()
        yield _said(wrong(number), at_ms - REWORDED_MS, understood=False, user=user)
        yield _said(right(number), at_ms, understood=True, user=user)


def served(rewrite: Rewrite, people: People, at_ms: int) -> Iterator[TurnEvent]:
    """Yield turns that a rewrite was served to, and turns held out from it, alternating as long as there are both."""
    treated = [_served(rewrite, at_ms, is_treated=True, understood=people.helps) for _ in range(people.treated)]
    held_out = [_served(rewrite, at_ms, is_treated=False, understood=not people.helps) for _ in range(people.held_out)]
    for both in itertools.zip_longest(treated, held_out):
        yield from (event for event in both if event is not None)


def wrong(number: int) -> str:
    """Return a text that is not understood."""
    return f"play the beetles song {chr(ord('a') + number)}"


def right(number: int) -> str:
    """Return what is meant by it."""
    return f"play the beatles song {chr(ord('a') + number)}"


def _served(rewrite: Rewrite, at_ms: int, *, is_treated: bool, understood: bool) -> TurnEvent:
    arm, executed = ("treated", rewrite.target) if is_treated else ("held_out", rewrite.source)
    report = AppliedRewrite(rewrite.rewrite_id, rewrite.version, arm, executed)  # type: ignore[arg-type]
    return _said(rewrite.source, at_ms, understood=understood, rewrite=report)


def _said(
    text: str, at_ms: int, *, understood: bool, user: str = "", rewrite: AppliedRewrite | None = None
) -> TurnEvent:
    user = user or _somebody()
    status = "answered" if understood else "not_understood"
    means = Interpretation("music", "play" if understood else "unknown", (Slot("name", text),))
    turn = Turn(f"{user}-{at_ms}", text, interpretation=means, reply=Reply(status), rewrite=rewrite)  # type: ignore[arg-type]
    return TurnEvent(TENANT, LOCALE, user, "s1", at_ms, turn=turn)


def _somebody() -> str:
    return f"u{next(_PERSON)}"
