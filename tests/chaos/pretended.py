"""The stages in memory, their records laid out as topics: what a recount must find clean. Knows no recount.

Stands in for a worker: takes encoded turns, partition by partition, and writes what a worker would write.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any
from zlib import crc32

import msgspec

from schemas.codec import encode_avro, project
from schemas.records import Policy, Trails, TurnEvent
from streams import topology
from streams.detect.rephrase import RuleScorer
from streams.detect.step import partition_time
from streams.memory import MemoryRows
from streams.settings import Settings
from streams.stage import Context, Output, Record
from tests.chaos.taken import FENCE_KEY, Raw, Taken


class Pretended:
    """Detect over some partitions of ``turns``, learn over some of ``trails``.

    Args:
        settings: settings of both stages.
        turns: partitions of turns.
        trails: partitions of trails.
        gaps: whether offsets have gaps, as transactions leave them.
        prefix: put before the names of topics.
    """

    def __init__(
        self, settings: Settings, turns: int = 2, trails: int = 2, *, gaps: bool = True, prefix: str = "pretended."
    ) -> None:
        self.settings = settings
        self._gaps = gaps
        partitions = dict.fromkeys(("turns", "turns.rejected", "feedback", "detect.state"), turns)
        partitions |= dict.fromkeys(("trails", "trails.rejected", "rewrites", "decisions", "learn.state"), trails)
        partitions["policy"] = 1
        self.taken = Taken(prefix, partitions)
        self._rows = {
            (stage.name, partition): MemoryRows()
            for stage in topology.STAGES
            for partition in range(partitions[stage.source])
        }
        self._policies: dict[str, Policy] = {}
        self._policy_next = 0
        self._next = dict.fromkeys(self._rows, 0)
        self._decode = {"detect": project(TurnEvent), "learn": project(Trails)}
        self._ends: dict[tuple[str, int], int] = {}

    def arrive(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        *,
        at_ms: int = 0,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Append a record to a topic."""
        offset = self._ends.get((topic, partition), 0)
        self._ends[topic, partition] = offset + (2 if self._gaps and offset % 5 == 0 else 1)
        self.taken.records.setdefault(topic, []).append(Raw(partition, offset, at_ms, key, value, headers))

    def order(self, *policies: Policy) -> "Pretended":
        """Put orders in force, one after the other, and let every partition obey."""
        for policy in policies:
            self.arrive("policy", 0, policy.scope.encode(), encode_avro(policy))
            self._policies = {**self._policies, policy.scope: policy}
        self._policy_next = self.taken.records["policy"][-1].offset + 1
        for stage in topology.STAGES:
            for partition in range(self.taken.partitions[stage.source]):
                self._batch(stage, partition, [])
        return self

    def work(self, stage: topology.Stage, partition: int, records_max: int = 1_000) -> None:
        """Process one batch of a stage's partition, and write all that follows, its state among it."""
        waiting = (
            raw for raw in self.taken.of(stage.source, partition) if raw.offset >= self._next[stage.name, partition]
        )
        raws = list(islice(waiting, records_max))
        if raws:
            self._batch(stage, partition, raws)

    def _batch(self, stage: topology.Stage, partition: int, raws: Sequence[Raw]) -> None:
        place = stage.name, partition
        records = [Record(raw.offset, raw.value or b"", raw.timestamp) for raw in raws]
        flush = stage.step(self._rows[place], records, self._context(stage, partition))
        by_offset = {raw.offset: raw for raw in raws}
        for rejected in flush.rejected:
            self._reject(stage, by_offset[rejected.offset], rejected.reason)
        self._send(flush.outputs, partition)
        if stage is topology.DETECT:
            self._tick(partition)
        if raws:
            self._next[place] = raws[-1].offset + 1
        self._keep(stage.name, partition)

    def work_off(self, records_max: int = 1_000) -> "Pretended":
        """Let detect process everything, then learn."""
        for stage in topology.STAGES:
            for partition in range(self.taken.partitions[stage.source]):
                for _ in range(0, len(self.taken.records.get(stage.source, ())), records_max):
                    self.work(stage, partition, records_max)
        return self

    def _context(self, stage: topology.Stage, partition: int) -> Context:
        detects = self.taken.partitions["turns"]
        decode = self._decode[stage.name]
        return Context(
            self.settings, decode, stage.source, partition, detects, RuleScorer(), self._policies, self._policy_next
        )

    def _reject(self, stage: topology.Stage, raw: Raw, reason: str) -> None:
        about = {"topic": self.taken.prefix + stage.source, "partition": str(raw.partition), "offset": str(raw.offset)}
        about |= {"reason": reason, "stage": stage.name}
        headers = (*raw.headers, *((f"reprise.{name}", text.encode()) for name, text in about.items()))
        self.arrive(f"{stage.source}.rejected", raw.partition, raw.key, raw.value, headers=headers)

    def _send(self, outputs: list[Output], partition: int) -> None:
        trails = [output for output in outputs if output.topic == "trails"]
        time = partition_time(self._rows["detect", partition]) if trails else 0
        for output in [*outputs, *topology.pack_trails(trails, partition, time)]:
            if output.topic != "trails" or isinstance(output.value, Trails):
                value = None if output.value is None else encode_avro(output.value)
                home = crc32(output.key.encode()) % self.taken.partitions[output.topic]
                self.arrive(output.topic, home, output.key.encode(), value)

    def _tick(self, partition: int) -> None:
        tick = topology.tick(partition, partition_time(self._rows["detect", partition]))
        for home in range(self.taken.partitions["trails"]):
            self.arrive("trails", home, None, None if tick.value is None else encode_avro(tick.value))

    def _keep(self, stage: str, partition: int) -> None:
        """Write all rows, those that are gone as tombstones, and the fence."""
        topic, rows = f"{stage}.state", self._rows[stage, partition].rows
        before = {key.decode() for key in self.taken.latest(topic, partition) if key != FENCE_KEY}
        for key in sorted(before - set(rows)):
            self.arrive(topic, partition, key.encode(), None)
        for key, row in rows.items():
            self.arrive(topic, partition, key.encode(), msgspec.msgpack.encode(row))
        fence: dict[str, Any] = {"next": self._next[stage, partition], "policy_next": self._policy_next}
        self.arrive(topic, partition, FENCE_KEY, msgspec.msgpack.encode(fence))
