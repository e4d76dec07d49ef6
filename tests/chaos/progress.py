"""How far a running system has come, watched from outside. Knows fences and offsets, no code of the engine."""

import struct
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from tests.chaos.taken import FENCE_KEY

POLL_S: Final = 0.2
WATERMARKS_S: Final = 10.0
ROWS_AT_ONCE: Final = 10_000

GROUP_KEY: Final = struct.Struct(">hh")
GROUP_KEY_VERSION: Final = 2
"""A record of Kafka's own topic about a group: version 2 of its keys, then the group's name."""

OFFSETS_TOPIC: Final = "__consumer_offsets"


class Come(NamedTuple):
    """How far a partition of a stage has come: its next source offset, event time in ms, and the next order."""

    next: int
    time_ms: int
    policy_next: int


class Progress:
    """Follows the state topics of one system.

    Args:
        bootstrap: Kafka's address.
        prefix: put before every topic of the system.
        partitions: how many partitions each stage has.
    """

    def __init__(self, bootstrap: str, prefix: str, partitions: Mapping[str, int]) -> None:
        self.fences: dict[str, dict[int, Come]] = {stage: {} for stage in partitions}
        self._prefix = prefix
        self._consumer = _reader(bootstrap)
        self._consumer.assign(
            [
                TopicPartition(f"{prefix}{stage}.state", partition, OFFSET_BEGINNING)
                for stage, count in partitions.items()
                for partition in range(count)
            ]
        )

    def look(self) -> None:
        """Read what was committed meanwhile."""
        found = ROWS_AT_ONCE
        while found == ROWS_AT_ONCE:
            messages = self._consumer.consume(ROWS_AT_ONCE, POLL_S)
            found = len(messages)
            for message in messages:
                if message.error() is None and message.key() == FENCE_KEY:
                    stage = (message.topic() or "").removeprefix(self._prefix).removesuffix(".state")
                    row = msgspec.msgpack.decode(message.value() or b"")
                    self.fences[stage][message.partition() or 0] = Come(row["next"], row["time_ms"], row["policy_next"])

    def total(self) -> int:
        """Return a number that grows with whatever is committed."""
        return sum(come.next for fences in self.fences.values() for come in fences.values())

    def ends(self, topic: str, partitions: int) -> dict[int, int]:
        """Return the ends of a topic's partitions."""
        ends = {}
        for partition in range(partitions):
            place = TopicPartition(self._prefix + topic, partition)
            _, ends[partition] = self._consumer.get_watermark_offsets(place, timeout=WATERMARKS_S)
        return ends

    def wait_for(self, stage: str, ends: Mapping[int, int], deadline: float) -> str:
        """Wait until a stage has come to these offsets; return what is missing, "" when nothing is.

        ``deadline`` is a time of ``time.monotonic``.
        """
        while True:
            self.look()
            fences = self.fences[stage]
            behind = {
                partition: (fences[partition].next if partition in fences else 0, end)
                for partition, end in ends.items()
                if end and (partition not in fences or fences[partition].next < end)
            }
            if not behind:
                return ""
            if time.monotonic() > deadline:
                return ", ".join(f"{stage}-{part} at {at} of {end}" for part, (at, end) in sorted(behind.items()))

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()


def generations(bootstrap: str, group: str) -> int:
    """Return how often Kafka has distributed a group's partitions anew: the group's generation, as Kafka noted it."""
    consumer = _reader(bootstrap)
    try:
        places = consumer.list_topics(OFFSETS_TOPIC, timeout=WATERMARKS_S).topics[OFFSETS_TOPIC].partitions
        consumer.assign([TopicPartition(OFFSETS_TOPIC, number, OFFSET_BEGINNING) for number in places])
        latest, ended = 0, 0
        while ended < len(places):
            for message in consumer.consume(ROWS_AT_ONCE, POLL_S):
                error = message.error()
                if error is None:
                    latest = max(latest, _generation(group, message.key(), message.value()))
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - confluent-kafka has no other name for it
                    ended += 1
    finally:
        consumer.close()
    return latest


def _generation(group: str, key: object, value: object) -> int:
    """Return the generation in a record about the group, 0 in any other."""
    name = group.encode()
    if key != GROUP_KEY.pack(GROUP_KEY_VERSION, len(name)) + name or not isinstance(value, bytes):
        return 0
    kind_length = int.from_bytes(value[2:4], "big")
    return int.from_bytes(value[4 + kind_length : 8 + kind_length], "big")


def _reader(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "chaos",  # never joined
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "reconnect.backoff.max.ms": 500,
            "log_level": 2,  # a broker that is away is part of the test
        }
    )
