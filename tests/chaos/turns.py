"""Recounts detect: every turn in one trail, still held, or rejected. Knows the published rules, no code of detect."""

from bisect import bisect_right
from collections import Counter
from typing import Any, NamedTuple

from tests.chaos.decoding import Reader, UnreadableError
from tests.chaos.findings import Findings
from tests.chaos.orders import Ordered
from tests.chaos.rejections import Rejections, unplaced
from tests.chaos.rules import Rules
from tests.chaos.taken import Raw, State, Taken

TurnKey = tuple[str, str, str]
"""Tenant, user and turn id: what tells two turns of one partition apart."""

Erased = dict[str, list[tuple[str, int]]]
"""By user: in which tenant ("" in all), and before which offset, their turns were dropped."""

UNVERIFIED = frozenset({"too_many_turns"})
"""Reasons that depend on what was held at the time; such a record must be rejected once, and its turn be nowhere."""


class Accepted(NamedTuple):
    """A turn that was taken in: where it was first seen, at which times it says that it happened, and its offsets."""

    where: str
    times: set[int]
    offsets: list[int]


class Held(NamedTuple):
    """A turn in a person's row."""

    emitted: bool
    trail: str
    occurred_at: int
    ended_at: int


def recount_turns(taken: Taken, rules: Rules, turns: Reader, trails: Reader, ordered: Ordered) -> Findings:
    """Compare ``turns`` with the trails, the rejected records and the state of detect."""
    findings = Findings()
    emitted = _emitted(taken, trails)
    for where in unplaced(taken, "turns"):
        findings.fault("over", "rejected from nowhere", where)
    for partition in range(taken.partitions["turns"]):
        count = _Partition(taken, partition, rules, turns, findings)
        count.erased = _erased(taken, partition, ordered)
        count.read()
        count.compare(emitted.get(partition, Counter()))
    return findings


def _erased(taken: Taken, partition: int, ordered: Ordered) -> Erased:
    """Return up to which offset each erased user's turns may have been dropped without a trail.

    An order is obeyed at the beginning of the first batch that knows it: it drops what was taken in before, and what
    comes later is new.
    """
    fences = taken.fences("detect", partition)
    found: Erased = {}
    for offset, tenant, user in ordered.erasures():
        known = next((number for number, fence in enumerate(fences) if fence.policy_next > offset), None)
        if known:
            found.setdefault(user, []).append((tenant, fences[known - 1].next))
    return found


def _emitted(taken: Taken, trails: Reader) -> dict[int, Counter[TurnKey]]:
    """Return how often each turn stands in a trail, by the partition it came from."""
    found: dict[int, Counter[TurnKey]] = {}
    for raw in taken.of("trails"):
        try:
            record = trails.read(raw.value)
        except UnreadableError:
            continue  # the recount of trails says so
        counted = found.setdefault(record["partition"], Counter())
        for trail in record["trails"]:
            counted.update((trail["tenant"], trail["user"], turn["turn_id"]) for turn in trail["turns"])
    return found


class _Partition:
    """One partition of ``turns``."""

    def __init__(self, taken: Taken, partition: int, rules: Rules, turns: Reader, findings: Findings) -> None:
        self._raws = list(taken.of("turns", partition))
        self._name = f"turns[{partition}]"
        self._state: State = taken.rows("detect", partition)
        self._rules = rules
        self._turns = turns
        self._findings = findings
        self._rejections = Rejections(taken, "turns", partition, findings)
        self._accepted: dict[TurnKey, Accepted] = {}
        self._now = 0
        self.erased: Erased = {}

    def read(self) -> None:
        """Go through the records as far as they were processed, and decide what had to become of each."""
        for raw in self._raws:
            self._findings.count("turns records")
            if raw.offset >= self._state.next:
                self._findings.count("turns records waiting")
            else:
                self._one(raw)
        self._rejections.close()

    def _one(self, raw: Raw) -> None:
        said = self._rejections.take(raw)
        try:
            event = self._turns.read(raw.value)
        except UnreadableError:
            self._rejections.expect(raw, "undecodable", said)
            return
        occurred_at = event["occurred_at"]
        if said == "undecodable" and not self._turns.canonical(raw.value):
            self._findings.count("turns rejected: readable, yet written as no writer does")
        elif occurred_at > raw.timestamp + self._rules.clock_ahead_ms_max:
            self._rejections.expect(raw, "clock_ahead", said)
        elif said in {"undecodable", "clock_ahead"}:
            self._findings.fault("lost", f"good, but rejected as {said}", self._rejections.where(raw.offset))
        else:
            self._now = max(self._now, occurred_at)
            self._take(raw, event, said)

    def _take(self, raw: Raw, event: dict[str, Any], said: str) -> None:
        turn = event.get("turn")
        late = turn is not None and event["occurred_at"] < self._now - self._rules.horizon_ms
        if late:
            self._rejections.expect(raw, "late", said)
        elif said in UNVERIFIED and turn is not None:
            self._findings.count("turns rejected for what was held")
        elif said:
            self._findings.fault("lost", f"good, but rejected as {said}", self._rejections.where(raw.offset))
        elif turn is None:
            self._findings.count("signals and ticks")
        else:
            self._accept(event, turn["turn_id"], raw.offset)

    def _accept(self, event: dict[str, Any], turn_id: str, offset: int) -> None:
        user = event["user"]
        if user in self._rules.shared_users:
            user = f"{user}/{event['session_id']}"
        key = event["tenant"], user, turn_id
        known = self._accepted.setdefault(key, Accepted(self._rejections.where(offset), set(), []))
        self._findings.count("turns repeated" if known.times else "turns accepted")
        known.times.add(event["occurred_at"])
        known.offsets.append(offset)

    def compare(self, emitted: Counter[TurnKey]) -> None:
        """Look for every accepted turn in the trails and in the state, and for trails and rows of no accepted turn."""
        held = self._held()
        for key, accepted in self._accepted.items():
            self._place(accepted, emitted.pop(key, 0), held.pop(key, None), self._lives(key, accepted))
        for times in emitted.values():
            self._findings.fault("over", "in a trail, but never accepted", self._name, times)
        for _ in held:
            self._findings.fault("over", "held, but never accepted", self._name)
        self._compare_clock()

    def _lives(self, key: TurnKey, accepted: Accepted) -> tuple[int, int]:
        """Return in how many places a turn must be at least and may be at most: a copy after an erasure is new."""
        tenant, user, _ = key
        person = user.rpartition("/")[0]
        orders = [
            *self.erased.get(user, []),
            *(self.erased.get(person, []) if person in self._rules.shared_users else []),
        ]
        befores = sorted(before for name, before in orders if name in {"", tenant})
        lives = {bisect_right(befores, offset) for offset in accepted.offsets}
        return int(len(befores) in lives), max(len(lives), len(accepted.times))

    def _place(self, accepted: Accepted, times: int, held: Held | None, lives: tuple[int, int]) -> None:
        open_now = held is not None and not held.emitted
        least, most = lives
        if times + open_now < least:
            self._findings.fault("lost", "a turn that is nowhere", accepted.where)
        self._findings.count("turns erased", 0 if times or open_now or least else 1)
        self._findings.count("turns in a trail", min(times, 1))
        self._findings.count("turns still held", 1 if open_now and not times else 0)
        # The same id at another time may be taken again once the first is forgotten; the same record never is.
        surplus = times + open_now - most
        if surplus > 0:
            self._findings.fault("over", "a turn in two places", accepted.where, surplus)

    def _held(self) -> dict[TurnKey, Held]:
        """Return all turns in persons' rows, and note those that should have left by now."""
        found: dict[TurnKey, Held] = {}
        for _, person in self._state.kind("person"):
            turns = [
                (
                    turn["turn_id"],
                    Held(turn.get("emitted", False), turn["trail"], turn["occurred_at"], turn["ended_at"]),
                )
                for turn in person["turns"]
            ]
            found |= {(person["tenant"], person["user"], turn_id): turn for turn_id, turn in turns}
            lasts = {turn.trail: turn for turn_id, turn in sorted(turns, key=_event_order) if not turn.emitted}
            overdue = sum(turn.ended_at + self._rules.horizon_ms < self._clock() for turn in lasts.values())
            if overdue:
                self._findings.fault("under", "a trail that should have left", self._name, overdue)
        return found

    def _clock(self) -> int:
        return int(next((row["partition_time"] for _, row in self._state.kind("clock")), 0))

    def _compare_clock(self) -> None:
        """Partition time is the largest time accepted: it tells whether a record too many or too few was taken."""
        if self._state.next and self._clock() != self._now:
            ahead = self._clock() > self._now
            what = f"partition time is {'ahead of' if ahead else 'behind'} the records"
            self._findings.fault("over" if ahead else "under", what, self._name)


def _event_order(item: tuple[str, Held]) -> tuple[int, str]:
    return item[1].occurred_at, item[0]
