"""A story of one bad day: two rewrites win their trials, then what one of them runs stops working. Knows no page.

What happens before the fall proves both, so that it is the fall that takes one back, and the other is left to order
about.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import structs

from schemas.records import AppliedRewrite, Arm, Reply, Rewrite, Turn, TurnEvent
from tests.building import START_MS
from tests.contracts.knowledge import HIDDEN, repaired

HOUR_MS: Final = 3_600_000

LASTS_MS: Final = 12 * HOUR_MS
"""How long the day is, so that a story that begins so long ago ends now."""


class Pair(NamedTuple):
    """What is said, and what it is heard as."""

    source: str
    target: str


FALLING: Final = Pair("next", "continue")
STAYING: Final = Pair("louder please", "volume up")
PEOPLE: Final = 30
SHAKEN: Final = 4
"""So few people who fail are seen in win/loss, and take nothing back yet."""

ARMS: Final[tuple[Arm, ...]] = ("treated", "held_out")
APART_MS: Final = 10_000
"""Between two served people."""


def begun(starts_ms: int) -> list[TurnEvent]:
    """Return the first hours: enough people repair two texts, and too few repair a third one."""
    events = [
        *repaired(PEOPLE, *FALLING, group="a"),
        *repaired(PEOPLE, *STAYING, group="b"),
        *repaired(4, HIDDEN[0], FALLING.target, group="c"),
    ]
    moved = [structs.replace(event, occurred_at=event.occurred_at - START_MS + starts_ms) for event in events]
    return sorted(moved, key=lambda event: event.occurred_at)


def served(
    rewrites: Sequence[Rewrite], starts_ms: int, *, group: str, failing: str = "", people: int = PEOPLE
) -> Iterator[TurnEvent]:
    """Yield turns of people with rewrites: treated ones get on where held-out ones do not, but for a failing target."""
    for number in range(people):
        for place, rewrite in enumerate(rewrites):
            for arm in ARMS:
                works = (arm == "treated") != (rewrite.target == failing)
                at_ms = starts_ms + number * APART_MS + place
                yield _served(rewrite, arm, f"somebody-{group}-{rewrite.source}-{arm}-{number}", at_ms, works=works)


def _served(rewrite: Rewrite, arm: Arm, user: str, at_ms: int, *, works: bool) -> TurnEvent:
    run = rewrite.target if arm == "treated" else rewrite.source
    applied = AppliedRewrite(rewrite.rewrite_id, rewrite.version, arm, run)
    reply = Reply("answered" if works else "not_understood")
    turn = Turn(user, rewrite.source, rewrite.state, reply=reply, rewrite=applied)
    return TurnEvent(rewrite.tenant, rewrite.locale, user, user, at_ms, turn=turn)
