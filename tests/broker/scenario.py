"""One story that holds a little of everything, for all interpreters: rewrites come, are served and go, much is wrong.

Knows traffic, records and what people order; no interpreter but the one in memory that serves what it learns meanwhile.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import structs

from schemas.codec import decode_avro, encode_avro
from schemas.records import AppliedRewrite, Policy, Signal, Tick, Turn, TurnEvent
from streams.driver import Driver, Withdrawn
from streams.rewrites import RewriteBook, applied
from streams.settings import Settings
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
    "watch_share": 0.95,
    "treated_share": 0.3,
    "expires_after_ms": DAY_MS,
}
"""Settings under which little evidence is enough, so that a short story has many rewrites and withdrawals."""

ENDS_MS = STARTS_MS + (DAYS + 10) * DAY_MS
"""When all trails are complete and every rewrite has expired."""

ORDERS = (
    Policy("pin", "pin", STARTS_MS, tenant="demo", locale="en-US", source="who wants dinner", target="never mind"),
    Policy("set", "set", STARTS_MS, tenant="demo", locale="de-DE", setting="win_loss_min", value="2.0"),
    Policy("block", "block", STARTS_MS, tenant="demo", domain="weather"),
)
"""What people ordered before anything was said."""

NO_TURN = b"\x00\x00\x00\x00\x01 no turn"
FAR_MS = 4_000_000_000_000


@cache
def records() -> tuple[Arriving, ...]:
    """Return what producers send, in order; nothing in it moves time to the end."""
    return tuple(_Telling().records())


class _Telling:
    """Tells the story hour by hour: what an hour taught is served in the next, as programs that serve do."""

    def __init__(self) -> None:
        self.driver = Driver(Settings(**SETTINGS), decode=lambda value: decode_avro(TurnEvent, value))
        self.book = RewriteBook()
        self.book.order((order.scope, order) for order in ORDERS)
        self.driver.order(ORDERS)
        self.number = -1

    def records(self) -> Iterator[Arriving]:
        for events in simulate(TURNS, 60, 1, days=DAYS, disorder=0.02, drift=3.0, serve=self._serve).hours():
            heard: list[bytes] = []
            for event in events:
                self.number += 1
                for record in _around(_localised(event), self.number):
                    heard.append(record.value or b"")
                    yield record
                if self.number % 60 == 13:
                    yield from _wrong(_localised(event), self.number)
            self._learn(heard)

    def _serve(self, user: str, state: str, heard: str, at_ms: int) -> tuple[str, AppliedRewrite] | None:
        decided = self.book.decide(heard, state, user, tenant="demo", locale=_locale(user), at_ms=at_ms)
        report = applied(decided)
        return None if report is None else (decided.text, report)

    def _learn(self, heard: list[bytes]) -> None:
        for key, change in self.driver.feed_lines(heard).rewrites:
            if isinstance(change, Withdrawn):
                self.book.withdraw(key)
            else:
                self.book.put(key, change)


def _around(event: TurnEvent, number: int) -> Iterator[Arriving]:
    """Yield an event, now and then once more, or with a late fact or a tick after it."""
    yield arriving(event)
    if number % 40 == 7:
        yield arriving(event)
    if number % 50 == 11:
        yield arriving(_signal(event, number))
    if number % 500 == 17:
        yield arriving(TurnEvent("demo", "en-US", "clock", "", event.occurred_at, tick=Tick()))


def _locale(user: str) -> str:
    """Return the language of a user: one in three speaks another one, so that there are two chains."""
    return "de-DE" if user[-1] in "048" else "en-US"


def _localised(event: TurnEvent) -> TurnEvent:
    return structs.replace(event, locale=_locale(event.user))


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
