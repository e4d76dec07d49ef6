"""Short ways to build trails and to run learn over them. Knows no test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas.records import AppliedRewrite, Decision, Outcome, Policy, Rewrite, Trail, Trails, TrailTurn
from streams.learn.settings import LearnSettings
from streams.learn.step import step
from streams.memory import MemoryRows
from streams.stage import Context, Flush, Record
from tests.building import START_MS, as_it_is, merge
from tests.contracts.encoded import EncodedRows

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

FLOOR = LearnSettings(release="floor", users_min=5)
"""Settings under which small tests can publish."""


def failed(said: str, state: str = "step", **fields: Any) -> TrailTurn:
    """Return a turn that failed."""
    return _turn(said, state, "failure", None, fields)


def worked(said: str, meaning: str | None = None, state: str = "step", **fields: Any) -> TrailTurn:
    """Return a turn that succeeded, meaning its own text unless told otherwise."""
    return _turn(said, state, "success", meaning or said, fields)


def _turn(said: str, state: str, outcome: Outcome, meaning: str | None, fields: dict[str, Any]) -> TrailTurn:
    values = {"heard": said, "session_id": "s", **fields}
    return TrailTurn(turn_id="t", occurred_at=0, state=state, said=said, meaning=meaning, outcome=outcome, **values)


def served(said: str, outcome: Outcome, arm: str, state: str = "step", version: int = 1) -> TrailTurn:
    """Return a turn that a rewrite was applied to, or held out from."""
    rewrite = AppliedRewrite("r1", version, arm, "continue")  # type: ignore[arg-type]
    return _turn(said, state, outcome, said if outcome == "success" else None, {"rewrite": rewrite})


def trail(
    *turns: TrailTurn,
    user: str = "u1",
    at_ms: int = 0,
    outcome: Outcome | None = None,
    tenant: str = "demo",
    number: int = 0,
) -> Trail:
    """Return a trail of a user, ``at_ms`` after the start."""
    at = START_MS + at_ms
    placed = tuple(_at(turn, f"{user}-{at_ms}-{number}-{index}", at + 1000 * index) for index, turn in enumerate(turns))
    last = placed[-1]
    ending = outcome or ("success" if last.outcome == "success" else "unknown")
    return Trail(
        trail_id=placed[0].turn_id,
        tenant=tenant,
        locale="en-US",
        user=user,
        started_at=at,
        ended_at=last.occurred_at,
        settled_at=last.occurred_at + 50_000,
        closed_by="gap",
        outcome=ending,
        normaliser="1",
        detector="test-1",
        turns=placed,
    )


def _at(turn: TrailTurn, turn_id: str, at_ms: int) -> TrailTurn:
    fields = {name: getattr(turn, name) for name in turn.__struct_fields__}
    return TrailTurn(**{**fields, "turn_id": turn_id, "occurred_at": at_ms})


class Learning:
    """The learn stage over one partition, with everything it has said."""

    def __init__(self, settings: LearnSettings = FLOOR, rows: MemoryRows | EncodedRows | None = None) -> None:
        self.rows = rows or MemoryRows()
        self.context = Context(settings, as_it_is, "trails")
        self.flush = Flush()
        self.offset = 0

    def feed(self, *trails: Trail, batch: int | None = None, pack: int = 1) -> "Learning":
        """Take in trails, so many a record and so many records a step."""
        values = [
            Trails(part[0].tenant, part[0].locale, 0, part[-1].settled_at, tuple(part))
            for part in (trails[start : start + pack] for start in range(0, len(trails), pack))
        ]
        self._run(values, batch)
        return self

    def tick(self, at_ms: int) -> "Learning":
        """Let time pass, to ``at_ms`` after the start."""
        self._run([Trails("", "", 0, START_MS + at_ms)], None)
        return self

    def order(self, *policies: Policy) -> "Learning":
        """Put orders in force, each in place of what its scope held, and let an empty batch act on them."""
        in_force = {**self.context.policy, **{policy.scope: policy for policy in policies}}
        self.context = replace(self.context, policy=in_force, policy_next=self.context.policy_next + len(policies))
        self._take([])
        return self

    def forget_order(self, scope: str) -> "Learning":
        """Take an order away as if it had never been given."""
        in_force = {name: policy for name, policy in self.context.policy.items() if name != scope}
        self.context = replace(self.context, policy=in_force, policy_next=self.context.policy_next + 1)
        self._take([])
        return self

    def _run(self, values: Sequence[Trails], batch: int | None) -> None:
        size = batch or max(1, len(values))
        for start in range(0, len(values), size):
            part = values[start : start + size]
            records = [Record(self.offset + index, value) for index, value in enumerate(part)]
            self.offset += len(part)
            self._take(records)

    def _take(self, records: Sequence[Record]) -> None:
        flush = step(self.rows, records, self.context)
        merge(self.flush, flush)

    @property
    def published(self) -> list[tuple[str, str]]:
        """Source and target of everything published so far."""
        return [(o.value.source, o.value.target) for o in self.flush.outputs if isinstance(o.value, Rewrite)]

    @property
    def rewrites(self) -> list[Rewrite | None]:
        """What was sent to the rewrites topic; None is a tombstone."""
        return [o.value for o in self.flush.outputs if o.topic == "rewrites"]  # type: ignore[misc]

    @property
    def decisions(self) -> list[Decision]:
        """Decisions so far."""
        return [o.value for o in self.flush.outputs if isinstance(o.value, Decision)]

    @property
    def stages(self) -> list[tuple[str, str, str]]:
        """From, to and reason of each decision."""
        return [(item.from_stage, item.to_stage, item.reason) for item in self.decisions]


def repairs(
    count: int, source: str = "next", target: str = "continue", *, first: int = 0, day: int = 0, state: str = "step"
) -> list[Trail]:
    """Return as many users, each repairing the source by the target once."""
    return [
        trail(failed(source, state), worked(target, state=state), user=f"u{index}", at_ms=day * DAY_MS + index * 60_000)
        for index in range(first, first + count)
    ]


def uses(count: int, text: str = "continue", *, first: int = 100, day: int = 0, state: str = "step") -> list[Trail]:
    """Return as many users, each saying a text that works."""
    return [
        trail(worked(text, state=state), user=f"u{index}", at_ms=day * DAY_MS + index * 60_000)
        for index in range(first, first + count)
    ]
