"""Plain traffic with two dials, people and texts, to see what each of them costs. Knows no stage; nothing to judge."""

import random
from collections.abc import Iterator
from typing import Final

from schemas.records import Interpretation, Reply, Slot, Turn, TurnEvent

STARTS_MS: Final = 1_767_571_200_000
ATTEMPT_MS: Final = 20_000
"""Time from one attempt to the next, of anybody: a fixed rate, so that as much is open at once however long it runs."""

FAILS: Final = 0.25
"""Share of attempts that fail first and are then said in other words."""

WORDS: Final = tuple(first + rest for first in "bdfgklmnprst" for rest in ("ain", "ell", "ino", "orn", "uck"))
"""Invented, so that a text is made of a number: 60 of them, 216,000 texts of three words."""


def plain_traffic(turns: int, users: int, texts: int, seed: int = 1) -> Iterator[TurnEvent]:
    """Yield turns in order of time: people in turn, texts at random, some of them first said in a way that fails.

    Args:
        turns: how many.
        users: people; each speaks, if there are as many attempts.
        texts: different requests; each has one failing wording besides.
        seed: everything follows from it and the other arguments.
    """
    chance = random.Random(f"plain {seed}")  # noqa: S311 - a benchmark needs to be repeated
    sent = attempt = 0
    while sent < turns:
        request, user, at_ms = chance.randrange(texts), f"u{attempt % users}", STARTS_MS + attempt * ATTEMPT_MS
        if chance.random() < FAILS and sent < turns - 1:
            yield _turn(sent, user, at_ms, f"{wording(request)} now", None)
            sent += 1
            at_ms += 8_000
        yield _turn(sent, user, at_ms, wording(request), request)
        sent += 1
        attempt += 1


def wording(request: int) -> str:
    """Return the text of a request."""
    rest, first = divmod(request, len(WORDS))
    third, second = divmod(rest, len(WORDS))
    return f"{WORDS[first]} {WORDS[second]} {WORDS[third % len(WORDS)]}"


def _turn(number: int, user: str, at_ms: int, said: str, request: int | None) -> TurnEvent:
    """Return a turn that was understood as a request, or not understood."""
    understood = None if request is None else Interpretation("media", "play", (Slot("title", str(request)),))
    reply = Reply("not_understood" if request is None else "answered", "here it is", at_ms + 500, at_ms + 2_500)
    turn = Turn(turn_id=f"t{number}", said=said, reply=reply, interpretation=understood)
    return TurnEvent(tenant="bench", locale="en-US", user=user, session_id=f"{user}-s", occurred_at=at_ms, turn=turn)
