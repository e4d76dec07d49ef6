"""The closed loop: people talk to an assistant that serves what is learned from them. Knows no truth but keeps it.

Hour by hour: what an hour's turns taught is published, the server takes it in, and the next hour is served from it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import msgspec

from schemas.records import AppliedRewrite, Arm, Decision, Rewrite, Trail, TurnEvent
from streams.driver import Driver, Results, Withdrawn
from streams.learn.evidence import win_share_lower, win_share_upper
from streams.learn.rows import SEPARATOR
from streams.rewrites import applied
from streams.settings import Settings
from streams.simulate.conversation import LOCALE, TENANT
from streams.simulate.effects import ALPHA
from streams.simulate.loop_result import Point
from streams.simulate.servers import Server
from streams.simulate.traffic import DAY_HOURS, STARTS_MS, Traffic, simulate
from streams.simulate.true_days import DAY_MS, TrueDays
from streams.text import normalise

DAYS: Final = 90

RandomisedBy = Literal["pair", "source"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        turns: turns said over all days.
        users: people.
        seed: everything follows from it.
        settings: of detection and learning.
        days: simulated days.
        drift: how much changes on the way; 0 nothing, 1 a few texts a month.
        randomised_by: what the arm is drawn for: each rewrite, user and day, as consumers do; or each source text and
            day, for all users at once (Musgrave et al., 2023), which only a simulation can compare.
    """

    turns: int
    users: int
    seed: int
    settings: Settings
    days: int = DAYS
    drift: float = 1.0
    randomised_by: RandomisedBy = "pair"


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A served turn whose outcome the learner books: the first of its user, arm and day.

    ``at_ms`` is when it was said, ``settled_at`` when the learner heard how it ended.
    """

    rewrite_id: str
    version: int
    arm: Arm
    at_ms: int
    settled_at: int
    won: bool


class Witness(Protocol):
    """Somebody else who looks on."""

    def hour(self, events: list[TurnEvent]) -> None:
        """See what was said in an hour, before anything is learned from it."""

    def day(self, number: int, driver: Driver) -> None:
        """See the learner at the end of a day."""


@dataclass(slots=True)
class Run:
    """What a closed loop gave, without judgement.

    Attributes:
        traffic: what was said, with its truth.
        driver: the learner at the end.
        truths: what came of everything said.
        changes: publications and withdrawals in order.
        decisions: all of them in order.
        outcomes: of served turns, in the order they were settled.
        live: what was live at the end of each day, by topic key.
        curves: by rewrite id, the served evidence of its live versions at the end of each day.
    """

    traffic: Traffic
    driver: Driver
    truths: TrueDays
    changes: list[tuple[str, Rewrite | Withdrawn]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    live: list[dict[str, Rewrite]] = field(default_factory=list)
    curves: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))


def run(plan: Plan, server: Server, witnesses: Iterable[Witness] = ()) -> Run:
    """Run a closed loop to its end; the same plan always gives the same run, whatever serves it."""
    return _Loop(plan, server, tuple(witnesses)).run()


class _Loop:
    """One run while it lasts."""

    def __init__(self, plan: Plan, server: Server, witnesses: tuple[Witness, ...]) -> None:
        self.server = server
        self.witnesses = witnesses
        truths = TrueDays(STARTS_MS)
        traffic = simulate(
            plan.turns, plan.users, plan.seed, drift=plan.drift, days=plan.days, restless=True,
            serve=self.by_pair if plan.randomised_by == "pair" else self.by_source, fared=truths.heard,
        )  # fmt: skip
        truths.world = traffic.world
        self.done = Run(traffic, Driver(plan.settings), truths)
        self.seen: set[tuple[str, int, Arm, str, int]] = set()

    def run(self) -> Run:
        """Go through all hours."""
        driver, hours = self.done.driver, 0
        for hours, events in enumerate(self.done.traffic.hours(), 1):
            for witness in self.witnesses:
                witness.hour(events)
            self._take(driver.feed(events))
            if hours % DAY_HOURS == 0:
                self._end_day()
        self._take(driver.finish())
        if hours % DAY_HOURS:
            self._end_day()
        return self.done

    def by_pair(self, user: str, state: str, heard: str, at_ms: int) -> tuple[str, AppliedRewrite] | None:
        """Serve as consumers do."""
        decided = self.server.decide(heard, state, user, tenant=TENANT, locale=LOCALE, at_ms=at_ms)
        report = applied(decided)
        return None if report is None else (decided.text, report)

    def by_source(self, _user: str, state: str, heard: str, at_ms: int) -> tuple[str, AppliedRewrite] | None:
        """Serve all users alike: whoever says the same is taken for the same user."""
        return self.by_pair(normalise(heard, LOCALE), state, heard, at_ms)

    def _take(self, results: Results) -> None:
        done = self.done
        changes = results.rewrites
        self.server.take((key, None if isinstance(change, Withdrawn) else change) for key, change in changes)
        done.changes += changes
        done.decisions += results.decisions
        for record in results.trails:
            for trail in record.trails:
                self._note(trail)

    def _note(self, trail: Trail) -> None:
        for turn in trail.turns:
            rewrite = turn.rewrite
            if rewrite is None or turn.outcome == "unknown":
                continue
            first = (rewrite.rewrite_id, rewrite.version, rewrite.arm, trail.user, turn.occurred_at // DAY_MS)
            if first not in self.seen:
                self.seen.add(first)
                won = turn.outcome == "success"
                self.done.outcomes.append(Outcome(*first[:3], turn.occurred_at, trail.settled_at, won))

    def _end_day(self) -> None:
        self._note_curves(len(self.done.live))
        self.done.live.append(dict(self.done.driver.live))
        for witness in self.witnesses:
            witness.day(len(self.done.live) - 1, self.done.driver)

    def _note_curves(self, day: int) -> None:
        current = {(rewrite.rewrite_id, rewrite.version) for rewrite in self.done.driver.live.values()}
        for key, row in self.done.driver.rows["learn"].scan("served|"):
            rewrite_id, version = key.split(SEPARATOR)[-2:]
            if (rewrite_id, int(version)) in current:
                ends = (win_share_lower(row.wins, row.losses, ALPHA), win_share_upper(row.wins, row.losses, ALPHA))
                self.done.curves[rewrite_id].append(Point(day, int(version), row.wins, row.losses, *ends))
