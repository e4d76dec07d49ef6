"""One story that holds a little of everything, for all interpreters: rewrites come and go, and much is wrong.

Knows traffic and records; no interpreter.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from schemas.codec import encode_avro
from schemas.records import Signal, Tick, Turn, TurnEvent
from streams.simulate.traffic import STARTS_MS, simulate
from tests.broker.workers import Arriving, arriving

DAY_MS = 86_400_000
DAYS = 4
TURNS = 3_000

SETTINGS: dict[str, Any] = {
    "release": "floor",
    "users_min": 1,
    "repairs_min": 1,
    "alpha": 0.5,
    "win_loss_min": 1.0,
    "p0_fails": 0.3,
    "p0_works": 0.5,
    "p0_means": 0.3,
    "watch_alpha": 0.09,
    "expires_after_ms": DAY_MS,
}
"""Settings under which little evidence is enough, so that a short story has many rewrites and withdrawals."""

ENDS_MS = STARTS_MS + (DAYS + 10) * DAY_MS
"""When all trails are complete and every rewrite has expired."""

NO_TURN = b"\x00\x00\x00\x00\x01 no turn"
FAR_MS = 4_000_000_000_000


def records() -> Iterator[Arriving]:
    """Yield what producers send, in order; nothing in it moves time to the end."""
    events = simulate(TURNS, 60, 1, days=DAYS, disorder=0.02, drift=3.0)
    for number, english in enumerate(events):
        # One user in three speaks another language, so that there are two chains.
        event = structs.replace(english, locale="de-DE") if english.user[-1] in "048" else english
        yield arriving(event)
        if number % 40 == 7:
            yield arriving(event)  # the same record again
        if number % 50 == 11:
            yield arriving(_signal(event, number))
        if number % 60 == 13:
            yield from _wrong(event, number)
        if number % 500 == 17:
            yield arriving(TurnEvent("demo", "en-US", "clock", "", event.occurred_at, tick=Tick()))


def _signal(event: TurnEvent, number: int) -> TurnEvent:
    kinds: tuple[Any, ...] = ("denied", "thumbs_up", "thumbs_down", "played")
    turn_id = event.turn.turn_id if event.turn else "nobody said it"
    body = Signal(turn_id, kinds[number // 50 % len(kinds)], 40_000)
    return TurnEvent(event.tenant, event.locale, event.user, event.session_id, event.occurred_at, signal=body)


def _wrong(event: TurnEvent, number: int) -> Iterator[Arriving]:
    key, value = f"{event.tenant}|{event.user}".encode(), encode_avro(event)
    late = TurnEvent("demo", "en-US", f"late{number}", "", STARTS_MS - DAY_MS, turn=Turn("late", "too late"))
    soon = TurnEvent("demo", "en-US", f"soon{number}", "", FAR_MS, turn=Turn("soon", "too soon"))
    yield from (
        Arriving(key, NO_TURN, [("own", b"x")]),
        Arriving(key, value[: len(value) // 2]),
        Arriving(None, None, partition=0),
        Arriving(key, b"", [("none", None)]),
        arriving(late),
        arriving(soon),
    )
