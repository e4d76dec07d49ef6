"""Turn events of many people over simulated days, in order of time, with the truth about them. Knows no learner."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Final

from schemas.records import TurnEvent
from streams.simulate import drifting, restlessness
from streams.simulate.assistant import Assistant
from streams.simulate.building import Builder
from streams.simulate.conversation import LOCALE, Fared, Serve, Session, Setting
from streams.simulate.ledger import Ledger
from streams.simulate.people import People
from streams.simulate.revealing import reveal
from streams.simulate.truth import USERS_MIN, Truth
from streams.text import normalise

HOUR_MS: Final = 3_600_000
DAY_HOURS: Final = 24
STARTS_MS: Final = 1_767_571_200_000
"""2026-01-05, a Monday, midnight UTC."""

HOURS: Final = (2, 1, 1, 1, 1, 3, 8, 14, 14, 10, 9, 10, 12, 11, 9, 10, 12, 16, 20, 22, 20, 16, 10, 5)
"""How much is said in each hour of the day, in proportion."""

TURNS_PER_SESSION_GUESS: Final = 4.0
LATE_MS_MAX: Final = 4_000
"""Records arrive out of order by less than the lateness that detection allows."""


class Traffic:
    """A run of simulated traffic: iterate once over the events, then ask for the truth.

    Attributes:
        world: what there is to say; only read.
        ledger: the hidden truth so far.
    """

    def __init__(
        self, turns: int, users: int, seed: int, *, worthless: bool = False, drift: float = 1.0,
        days: int = 30, disorder: float = 0.002, restless: bool = False, serve: Serve | None = None,
        fared: Callable[[Fared], None] | None = None,
    ) -> None:  # fmt: skip
        self.turns = turns
        self.days = days
        self.disorder = disorder
        self._normalise = partial(normalise, locale=LOCALE)
        self._facts = {"seed": seed, "turns": turns, "users": users, "worthless": int(worthless)}
        self.world = Builder(seed, self._normalise, STARTS_MS, worthless=worthless).build()
        (restlessness.drift if restless else drifting.drift)(self.world, seed, days, 0.0 if worthless else drift)
        people = People(users, self.world.requests(), seed)
        self.ledger = Ledger(self.world)
        self._chance = random.Random(f"traffic {seed}")  # noqa: S311 - a simulation
        self._setting = Setting(
            self.world,
            people,
            Assistant(self.world),
            self.ledger,
            self._chance,
            self._normalise,
            worthless,
            serve,
            fared,
        )
        self._sessions = 0
        self._session_turns = 0
        self._until_ms = STARTS_MS

    def __iter__(self) -> Iterator[TurnEvent]:
        """Yield every event."""
        for events in self.hours():
            yield from events

    def truth(self, users_min: int = USERS_MIN) -> Truth:
        """Return the truth about the events so far, for a learner that needs so many users."""
        return reveal(
            self.world, self.ledger, locale=LOCALE, users_min=users_min, until_ms=self._until_ms, **self._facts
        )

    def hours(self) -> Iterator[list[TurnEvent]]:
        """Yield the events of one hour after the other, by arrival, until all turns were sent.

        An hour's sessions are made when it is asked for, so a ``serve`` sees what was learned from the hours before.
        """
        waiting: list[tuple[int, int, TurnEvent]] = []
        sent = hour = number = 0
        while sent < self.turns:
            hour_starts = STARTS_MS + hour * HOUR_MS
            for session in self._sessions_of(hour):
                for event in session.events:
                    number += 1
                    heappush(waiting, (self._arrival(event), number, event))
                    if self._chance.random() < self.disorder:
                        number += 1
                        heappush(waiting, (self._arrival(event) + LATE_MS_MAX // 2, number, event))
            events: list[TurnEvent] = []
            while waiting and waiting[0][0] < hour_starts + HOUR_MS and sent < self.turns:
                event = heappop(waiting)[2]
                sent += event.turn is not None
                events.append(event)
            hour += 1
            self._until_ms = hour_starts + HOUR_MS
            yield events

    def _arrival(self, event: TurnEvent) -> int:
        late = self._chance.random() < self.disorder
        return event.occurred_at + (int(LATE_MS_MAX * self._chance.random()) if late else 0)

    def _sessions_of(self, hour: int) -> Iterator[Session]:
        """Make the sessions that begin in an hour, as many as spread the turns left evenly over the days."""
        hours_left = max(1, self.days * DAY_HOURS - hour)
        per_session = self._session_turns / self._sessions if self._sessions else TURNS_PER_SESSION_GUESS
        weight = HOURS[hour % DAY_HOURS] * DAY_HOURS / sum(HOURS)
        wanted = max(0, self.turns - self._session_turns) / hours_left * weight / per_session
        count = int(wanted) + (self._chance.random() < wanted % 1)
        starts = sorted(int(self._chance.random() * HOUR_MS) for _ in range(max(count, 1)))
        for start in starts:
            if self._session_turns >= self.turns:
                return
            session = self._session(STARTS_MS + hour * HOUR_MS + start)
            if session is not None:
                yield session

    def _session(self, starts_ms: int) -> Session | None:
        person = self._setting.people.speaker(self._chance.random())
        if person.free_at_ms > starts_ms:
            return None
        self._sessions += 1
        session = Session(self._setting, person, self._sessions, starts_ms)
        session.run()
        self._session_turns += session.turns
        person.free_at_ms = session.reply_ended_ms + 60_000
        return session


def simulate(
    turns: int = 100_000, users: int = 2_000, seed: int = 0, *, worthless: bool = False, drift: float = 1.0,
    days: int = 30, disorder: float = 0.002, restless: bool = False, serve: Serve | None = None,
    fared: Callable[[Fared], None] | None = None,
) -> Traffic:  # fmt: skip
    """Return simulated traffic: iterate over it once for the events, then ask it for the truth.

    Args:
        turns: turn events to send, records sent twice not counted; signals come on top.
        users: people.
        seed: everything follows from it and the other arguments.
        worthless: nothing in the traffic is to be learned, though it looks like traffic.
        drift: how much changes on the way; 0 nothing, 1 a few texts.
        days: simulated days the turns are spread over.
        disorder: share of records that arrive late, and share that arrive twice.
        restless: the world changes all along, not only in the middle; see ``restlessness``.
        serve: called for every utterance; see ``conversation.Serve``.
        fared: told how every utterance fared in truth.
    """
    return Traffic(
        turns, users, seed, worthless=worthless, drift=drift, days=days, disorder=disorder, restless=restless,
        serve=serve, fared=fared,
    )  # fmt: skip
