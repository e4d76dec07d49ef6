"""Reads all topics of one system from Kafka, from their beginning to the last committed record. Knows no recount."""

from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.chaos.taken import Raw, Taken

SOURCES = ("turns", "trails")
TOPICS = (
    "turns", "turns.rejected", "trails", "trails.rejected", "feedback", "decisions", "rewrites", "detect.state",
    "learn.state",
)  # fmt: skip
COMPLETE = ("turns", "turns.rejected", "trails", "trails.rejected")
"""Topics whose first record must still be there, or nothing can be recounted."""

TIMEOUT_S = 30.0
POLL_S = 0.2
RECORDS_AT_ONCE = 10_000


class TakingError(Exception):
    """The topics cannot be read whole; the text says which and why."""


def take(bootstrap: str, prefix: str) -> Taken:
    """Read what one system wrote. Its workers should be stopped: topics are read one after the other.

    Raises:
        TakingError: a topic is missing, does not answer, or has lost its beginning.
    """
    known = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=TIMEOUT_S).topics
    missing = [prefix + topic for topic in TOPICS if prefix + topic not in known]
    if missing:
        message = f"no topic {', '.join(missing)} at {bootstrap}"
        raise TakingError(message)
    partitions = {topic: len(known[prefix + topic].partitions) for topic in TOPICS}
    taken = Taken(prefix, partitions)
    for topic in TOPICS:
        taken.records[topic] = _read(bootstrap, prefix + topic, partitions[topic], whole=topic in COMPLETE)
    return taken


def _read(bootstrap: str, topic: str, partitions: int, *, whole: bool) -> list[Raw]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "recount",  # never joined: partitions are assigned by hand and nothing is committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    try:
        for partition in range(partitions):
            first, _ = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_S)
            if whole and first > 0:
                message = f"{topic}[{partition}] begins at {first}: earlier records are gone and cannot be recounted"
                raise TakingError(message)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(partitions)])
        return _to_the_end(consumer, topic, partitions)
    finally:
        consumer.close()


def _to_the_end(consumer: Consumer, topic: str, partitions: int) -> list[Raw]:
    raws: list[Raw] = []
    ended: set[int] = set()
    quiet_s = 0.0
    while len(ended) < partitions:
        messages = consumer.consume(RECORDS_AT_ONCE, POLL_S)
        quiet_s = 0.0 if messages else quiet_s + POLL_S
        if quiet_s > TIMEOUT_S:
            text = f"{topic} stopped answering after {len(raws)} records"
            raise TakingError(text)
        for message in messages:
            error = message.error()
            if error is None:
                raws.append(_raw(message))
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - confluent-kafka has no other name for it
                ended.add(_number(message.partition()))
            else:
                text = f"{topic}: {error.str()}"
                raise TakingError(text)
    raws.sort(key=lambda raw: (raw.partition, raw.offset))
    return raws


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
