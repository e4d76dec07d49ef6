"""The in-memory interpreter of the topology: for replays, back-tests and tests. Knows no Kafka.

One detect step and one learn step a batch, in this process. What a run publishes does not depend on batch sizes, and is
what the same records give on Kafka, but for ``decided_by``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.codec import decode_json
from schemas.records import Decision, Feedback, Policy, Rewrite, Trail, Trails, TurnEvent
from streams import topology
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from streams.detect.step import drain, partition_time
from streams.memory import MemoryRows
from streams.rephrasing.choosing import ChosenModels, Fixed, Models
from streams.settings import Settings
from streams.stage import Context, Flush, Output, Record

STATE_FOLDER: Final = "state"
"""Where in a folder of results the state of the stages goes."""


class Withdrawn(msgspec.Struct, frozen=True):
    """A tombstone on the rewrites topic, with what it took back."""

    rewrite: Rewrite
    decided_at: int


class RejectedRecord(msgspec.Struct, frozen=True):
    """A record that was not taken in, as it was received."""

    topic: str
    partition: int
    offset: int
    value: bytes
    reason: str
    message: str


class _Saved(msgspec.Struct, array_like=True):
    """What a driver keeps beside the rows of its stages."""

    facts: dict[str, float]
    live: dict[str, Rewrite]
    offsets: dict[str, int]
    policy: dict[str, Policy] = {}
    policy_next: int = 0


@dataclass(slots=True)
class Results:
    """What one batch gave, by topic, each in the order it was sent."""

    feedback: list[Feedback] = field(default_factory=list)
    trails: list[Trails] = field(default_factory=list)
    rewrites: list[tuple[str, Rewrite | Withdrawn]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)

    def extend(self, other: "Results") -> None:
        """Append what a later batch gave."""
        for name in ("feedback", "trails", "rewrites", "decisions", "rejected"):
            getattr(self, name).extend(getattr(other, name))


def decode_turn_line(line: bytes) -> TurnEvent:
    """Decode one JSON line."""
    event: TurnEvent = decode_json(TurnEvent, line)
    return event


class Driver:
    """Runs detect and learn over one partition each, in memory.

    Attributes:
        facts: everything counted so far, by name.
        live: what is published now, by topic key.
        models: the rephrase models.
        policy: the orders in force, by scope; never changed, but replaced when an order is given.
        policy_next: how many orders were given or forgotten so far: on Kafka, the offset after the last one.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        scorer: Scorer | None = None,
        *,
        decode: Callable[[bytes], Any] = decode_turn_line,
        policy: Mapping[str, Any] | None = None,
    ) -> None:
        """Start with empty state.

        Args:
            settings: settings of both stages; the defaults when None.
            scorer: rephrase model; what the settings name when None.
            decode: bytes to a turn event; JSON lines by default.
            policy: orders in force from the start, by scope.

        Raises:
            SettingsError: a model that the settings name cannot be read.
        """
        self.settings = Settings() if settings is None else settings
        self.models: Models = ChosenModels(self.settings).ready() if scorer is None else Fixed(scorer)
        self.decode = decode
        self.policy: Mapping[str, Any] = {} if policy is None else policy
        self.policy_next = len(self.policy)
        self.rows = {stage.name: MemoryRows() for stage in topology.STAGES}
        self.facts: dict[str, float] = {}
        self.live: dict[str, Rewrite] = {}
        self.offsets = {stage.source: 0 for stage in topology.STAGES}
        self.scratch: dict[str, dict[str, Any]] = {stage.source: {} for stage in topology.STAGES}

    # -- input -----------------------------------------------------------------------------------------------------

    def feed_lines(self, lines: Iterable[bytes]) -> Results:
        """Take in one batch of encoded turn events; a line's offset is its running number, from 0."""
        return self._feed(lines, self.decode)

    def feed(self, events: Iterable[TurnEvent]) -> Results:
        """Take in one batch of turn events."""
        return self._feed(events, _as_it_is)

    def feed_records(self, records: Sequence[Record]) -> Results:
        """Take in one batch of records as their topic has them: encoded, in order, with offsets and broker times."""
        if records:
            self.offsets["turns"] = records[-1].offset + 1
        return self._taken(records, self.decode)

    def order(self, policies: Iterable[Policy]) -> Results:
        """Put orders in force, and apply them at once.

        Args:
            policies: in the order they were given; a later one replaces an earlier one of the same scope.

        Returns:
            The decisions and rewrites that followed from the orders alone.
        """
        orders = list(policies)
        self.policy = {**self.policy, **{policy.scope: policy for policy in orders}}
        self.policy_next += len(orders)
        return self._taken([], _as_it_is)

    def forget_order(self, scope: str) -> Results:
        """Take an order back, as its tombstone on the topic does; return what followed from that alone.

        Raises:
            KeyError: no order of this scope is in force.
        """
        if scope not in self.policy:
            raise KeyError(scope)
        self.policy = {other: policy for other, policy in self.policy.items() if other != scope}
        self.policy_next += 1
        return self._taken([], _as_it_is)

    def finish(self) -> Results:
        """Close what is open as the input has ended, and let time pass until everything is settled."""
        flush = drain(self.rows["detect"], self._context("turns", _as_it_is))
        settled = [output.value.settled_at for output in flush.outputs if isinstance(output.value, Trail)]
        end = max([*settled, partition_time(self.rows["detect"])])
        return self._finish_detect(flush, {}, end)

    # -- state -----------------------------------------------------------------------------------------------------

    def save(self, directory: Path) -> None:
        """Write the state of both stages, what is live and what was ordered; ``load`` goes on from there."""
        directory.mkdir(parents=True, exist_ok=True)
        for stage in topology.STAGES:
            with (directory / f"{stage.name}.rows").open("wb") as file:
                for key, row in sorted(self.rows[stage.name].rows.items()):
                    line = msgspec.msgpack.encode((key, msgspec.msgpack.encode(row)))
                    file.write(len(line).to_bytes(4, "big") + line)
        (directory / "settings.json").write_text(self.settings.model_dump_json(exclude={"release_secret", "user_salt"}))
        saved = _Saved(self.facts, self.live, self.offsets, dict(self.policy), self.policy_next)
        (directory / "driver.json").write_bytes(msgspec.json.encode(saved))

    @classmethod
    def load(cls, directory: Path, settings: Settings | None = None, scorer: Scorer | None = None) -> "Driver":
        """Return a driver with the state that ``save`` wrote.

        Raises:
            FileNotFoundError: the directory holds no saved state.
        """
        if settings is None:
            settings = Settings.model_validate_json((directory / "settings.json").read_text())
        driver = cls(settings, RuleScorer() if scorer is None else scorer)
        if scorer is None:
            driver.models = ChosenModels(settings)  # read when it scores: who only looks at the state needs no model
        for stage in topology.STAGES:
            driver.rows[stage.name] = MemoryRows(dict(read_rows(directory / f"{stage.name}.rows", stage.rows)))
        saved = msgspec.json.decode((directory / "driver.json").read_bytes(), type=_Saved)
        driver.facts, driver.live, driver.offsets = saved.facts, saved.live, saved.offsets
        driver.policy, driver.policy_next = saved.policy, saved.policy_next
        return driver

    # -- one batch -------------------------------------------------------------------------------------------------

    def _feed(self, values: Iterable[Any], decode: Callable[[Any], TurnEvent]) -> Results:
        start = self.offsets["turns"]
        records = [Record(start + index, value) for index, value in enumerate(values)]
        self.offsets["turns"] = start + len(records)
        return self._taken(records, decode)

    def _taken(self, records: Sequence[Record], decode: Callable[[Any], TurnEvent]) -> Results:
        flush = topology.DETECT.step(self.rows["detect"], records, self._context("turns", decode))
        by_offset = {record.offset: record for record in records} if flush.rejected else {}
        return self._finish_detect(flush, by_offset, partition_time(self.rows["detect"]))

    def _finish_detect(self, flush: Flush, by_offset: dict[int, Record], time: int) -> Results:
        results = Results(feedback=[output.value for output in flush.outputs if output.topic == "feedback"])  # type: ignore[misc]
        self._reject(results, "turns", flush, by_offset)
        self._count(flush.facts)
        self._count(self.models.take_facts())
        trails = (output for output in flush.outputs if output.topic == "trails")
        packed = topology.pack_trails(trails, 0, time)
        results.trails = [output.value for output in packed]  # type: ignore[misc]
        self._learn([*packed, topology.tick(0, time)], results)
        return results

    def _learn(self, outputs: list[Output], results: Results) -> None:
        start = self.offsets["trails"]
        records = [Record(start + index, output.value) for index, output in enumerate(outputs)]
        self.offsets["trails"] = start + len(records)
        flush = topology.LEARN.step(self.rows["learn"], records, self._context("trails", _as_it_is))
        self._count(flush.facts)
        for output in flush.outputs:
            if output.topic == "decisions":
                results.decisions.append(output.value)  # type: ignore[arg-type]
            else:
                self._rewrite(output, results)

    def _rewrite(self, output: Output, results: Results) -> None:
        if isinstance(output.value, Rewrite):
            self.live[output.key] = output.value
            results.rewrites.append((output.key, output.value))
            return
        taken_back = self.live.pop(output.key)
        decided_at = results.decisions[-1].decided_at
        results.rewrites.append((output.key, Withdrawn(taken_back, decided_at)))

    def _reject(self, results: Results, topic: str, flush: Flush, by_offset: dict[int, Record]) -> None:
        for rejected in flush.rejected:
            value: Any = by_offset[rejected.offset].value
            original = value if isinstance(value, bytes) else msgspec.json.encode(value)
            results.rejected.append(
                RejectedRecord(topic, 0, rejected.offset, original, rejected.reason, rejected.message)
            )

    def _count(self, facts: Mapping[str, float]) -> None:
        for fact, amount in facts.items():
            self.facts[fact] = self.facts.get(fact, 0.0) + amount

    def _context(self, topic: str, decode: Callable[[Any], Any]) -> Context:
        scorer = self.models.current() if topic == topology.DETECT.source else None
        return Context(self.settings, decode, topic, 0, 1, scorer, self.policy, self.policy_next, self.scratch[topic])


def read_rows(path: Path, kinds: Mapping[str, type[msgspec.Struct]]) -> Iterable[tuple[str, Any]]:
    """Yield the rows of a saved stage."""
    decoders = {kind: msgspec.msgpack.Decoder(row_type) for kind, row_type in kinds.items()}
    with path.open("rb") as file:
        while head := file.read(4):
            key, row = msgspec.msgpack.decode(file.read(int.from_bytes(head, "big")), type=tuple[str, bytes])
            yield key, decoders[key.partition("|")[0]].decode(row)


def _as_it_is(value: Any) -> Any:
    return value
