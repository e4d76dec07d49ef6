"""Traffic that makes the learner decide often, said now and on schedule. Knows no Kafka and no stage.

Requests come and go: each is said by some tens of people within seconds, half of whom first say it in words that fail,
and is never said again. So rewrites are decided all the time, and state grows as it does in service.
"""

import random
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final, NamedTuple

from schemas.records import Interpretation, Reply, ReplyStatus, Slot, Turn, TurnEvent
from tests.bench.plain import wording

ATTEMPTS: Final = 24
"""How often a request is made before it is never made again: enough for a decision with eager settings."""

TOGETHER: Final = 32
"""Requests that are made side by side."""

FAILS: Final = 0.5
REPHRASE_S: Final = 0.4
SPREAD: Final = 7_919
"""Steps between the numbers of neighbouring requests, so that they share no two words."""

EAGER: Final = {"release": "floor", "users_min": 2, "alpha": 0.5, "repairs_min": 2, "gap_ms": 1_000, "lateness_ms": 0}
"""Settings with which it takes few people to decide, and no time to wait."""


class Said(NamedTuple):
    """Something to be said: when, in seconds from the start, by whom, which request, and whether in words that fail."""

    due_s: float
    number: int
    user: str
    request: int
    fails: bool

    def event(self, at_ms: int) -> TurnEvent:
        """Return it as a turn that ended at a moment."""
        understood = None if self.fails else Interpretation("media", "play", (Slot("title", str(self.request)),))
        status: ReplyStatus = "not_understood" if self.fails else "answered"
        said = f"{wording(self.request)} now" if self.fails else wording(self.request)
        reply = Reply(status, "here it is", at_ms, at_ms)
        turn = Turn(f"t{self.number}", said, reply=reply, interpretation=understood)
        return TurnEvent("bench", "en-US", self.user, f"{self.user}-s", at_ms, turn=turn)


def schedule(turns: int, rate: float, seed: int = 1) -> Iterator[Said]:
    """Yield so many turns in the order in which they are due, so many a second.

    Args:
        turns: how many.
        rate: turns a second.
        seed: everything follows from it and the other arguments.
    """
    chance = random.Random(f"deciding {seed}")  # noqa: S311 - a benchmark needs to be repeated
    later: list[Said] = []
    attempt = 0
    for number in range(turns):
        due_s = number / rate
        if later and later[0].due_s <= due_s:
            yield heappop(later)._replace(due_s=due_s, number=number)
            continue
        said = Said(due_s, number, f"u{attempt}", _request(attempt, chance), chance.random() < FAILS)
        attempt += 1
        if said.fails:
            heappush(later, said._replace(due_s=due_s + REPHRASE_S, fails=False))
        yield said


def _request(attempt: int, chance: random.Random) -> int:
    """Return which request an attempt makes: one of those that are made side by side at that time."""
    first = attempt // (ATTEMPTS * TOGETHER) * TOGETHER
    return (first + chance.randrange(TOGETHER)) * SPREAD
