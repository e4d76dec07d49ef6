"""Everything one system wrote, as plain data. Knows no Kafka client and none of the product's code."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

FENCE_KEY = b"\x00fence"
"""The row of a state topic that says how far its partition has come."""


class Raw(NamedTuple):
    """One committed record as it stands in a topic."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()

    def header(self, name: str) -> str:
        """Return the last header of a name as text, "" when there is none."""
        return next((value.decode() for known, value in reversed(self.headers) if known == name), "")


@dataclass
class Taken:
    """The records of all topics, by the topics' names before the prefix; each partition in the order of offsets."""

    prefix: str
    partitions: dict[str, int]
    records: dict[str, list[Raw]] = field(default_factory=dict)

    def of(self, topic: str, partition: int | None = None) -> Iterator[Raw]:
        """Yield the records of a topic, or of one of its partitions."""
        for raw in self.records.get(topic, []):
            if partition is None or raw.partition == partition:
                yield raw

    def latest(self, topic: str, partition: int | None = None) -> dict[bytes, Raw]:
        """Return what remains of a topic when only the last value of each key is kept, and deleted keys are not."""
        kept: dict[bytes, Raw] = {}
        for raw in self.of(topic, partition):
            if raw.value is None:
                kept.pop(raw.key or b"", None)
            else:
                kept[raw.key or b""] = raw
        return kept

    def fences(self, stage: str, partition: int) -> list["Fence"]:
        """Return the fences of all batches of one partition of a stage, as far as the topic still holds them."""
        found = [raw.value for raw in self.of(f"{stage}.state", partition) if raw.key == FENCE_KEY and raw.value]
        return [msgspec.msgpack.decode(value, type=Fence) for value in found]

    def rows(self, stage: str, partition: int) -> "State":
        """Return the state of one partition of a stage."""
        kept = self.latest(f"{stage}.state", partition)
        found = {key: msgspec.msgpack.decode(raw.value or b"") for key, raw in kept.items()}
        fence = found.pop(FENCE_KEY, None)
        rows = {key.decode("utf-8", "surrogatepass"): row for key, row in found.items() if not key.startswith(b"\x00")}
        return State(0 if fence is None else int(fence["next"]), rows)


class Fence(msgspec.Struct, frozen=True):
    """How far a partition had come after a batch: the next source offset, and the next order."""

    next: int
    policy_next: int


class State(NamedTuple):
    """The rows of one partition of a stage as maps, and the source offset it goes on at."""

    next: int
    rows: dict[str, Any]

    def kind(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Yield the rows of a kind, by the rest of their keys."""
        for key, row in self.rows.items():
            if key.startswith(f"{kind}|"):
                yield key[len(kind) + 1 :], row
