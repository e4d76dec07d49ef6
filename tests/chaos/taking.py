"""Reads all topics of one system from Kafka, from their beginning to the last committed record. Knows no recount."""

from collections.abc import Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.chaos.taken import Raw, Taken

TOPICS = (
    "turns", "turns.rejected", "trails", "trails.rejected", "feedback", "decisions", "rewrites", "policy",
    "detect.state", "learn.state",
)  # fmt: skip
COMPLETE = ("turns", "turns.rejected", "trails", "trails.rejected", "decisions")
"""Topics whose first record must still be there, or nothing can be recounted."""

TIMEOUT_S = 30.0
POLL_S = 0.2
RECORDS_AT_ONCE = 10_000


class TakingError(Exception):
    """The topics cannot be read whole; the text says which and why."""


def take(bootstrap: str, prefix: str, topics: Sequence[str] = TOPICS) -> Taken:
    """Read what one system wrote. Its workers should be stopped: what they write meanwhile may be read in part.

    Args:
        bootstrap: Kafka's address.
        prefix: put before every topic of the system.
        topics: which ones to read.

    Raises:
        TakingError: a topic is missing, does not answer, or has lost its beginning.
    """
    known = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=TIMEOUT_S).topics
    missing = [prefix + topic for topic in topics if prefix + topic not in known]
    if missing:
        message = f"no topic {', '.join(missing)} at {bootstrap}"
        raise TakingError(message)
    taken = Taken(prefix, {topic: len(known[prefix + topic].partitions) for topic in topics})
    places = [TopicPartition(prefix + topic, number) for topic in topics for number in range(taken.partitions[topic])]
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "recount",  # never joined: partitions are assigned by hand and nothing is committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",  # a beginning that is gone is told by the read itself, which cannot be stale
        }
    )
    try:
        consumer.assign(
            [TopicPartition(at.topic, at.partition, _first(at.topic.removeprefix(prefix))) for at in places]
        )
        found = _to_the_end(consumer, len(places))
    finally:
        consumer.close()
    taken.records = {topic: sorted(found.get(prefix + topic, []), key=_place) for topic in topics}
    return taken


def _first(topic: str) -> int:
    """Return where to begin: a topic that must be complete at its very first record."""
    return 0 if topic in COMPLETE else OFFSET_BEGINNING


def _to_the_end(consumer: Consumer, partitions: int) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = {}
    ended: set[tuple[str | None, int | None]] = set()
    quiet_s = 0.0
    while len(ended) < partitions:
        messages = consumer.consume(RECORDS_AT_ONCE, POLL_S)
        quiet_s = 0.0 if messages else quiet_s + POLL_S
        if quiet_s > TIMEOUT_S:
            text = f"Kafka stopped answering when {len(ended)} of {partitions} partitions were read"
            raise TakingError(text)
        for message in messages:
            error = message.error()
            if error is None:
                found.setdefault(message.topic() or "", []).append(_raw(message))
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - confluent-kafka has no other name for it
                ended.add((message.topic(), message.partition()))
            elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001 - as above
                text = (
                    f"{message.topic()}[{message.partition()}] has lost its beginning: it cannot be recounted any more"
                )
                raise TakingError(text)
            else:
                text = f"{message.topic()}: {error.str()}"
                raise TakingError(text)
    return found


def _place(raw: Raw) -> tuple[int, int]:
    return raw.partition, raw.offset


def _raw(message: Message) -> Raw:
    headers: Any = message.headers() or ()
    timestamp = message.timestamp()[1]
    place = _number(message.partition()), _number(message.offset())
    key, value = _data(message.key()), _data(message.value())
    return Raw(*place, timestamp, key, value, tuple((name, data or b"") for name, data in headers))


def _data(found: str | bytes | None) -> bytes | None:
    return found.encode() if isinstance(found, str) else found


def _number(found: int | None) -> int:
    assert found is not None, "only records of topics are handed over here"
    return found
