"""Reads a topic once, from a time to the end it has now. Knows no record."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.partitions import TIMEOUT_S, KafkaUnusableError, partitions_of
from streams.kafka.progress import Place, Progress

BATCH_MAX: Final = 1_000
POLL_S: Final = 0.2

STALL_S: Final = 30.0
"""Without news for so long, Kafka is taken to be away."""

Starts = Callable[[Consumer, list[Place]], list[TopicPartition]]
"""Says where each partition is to be read from."""


def scan(connection: Connection, name: str, since_ms: int = 0) -> Iterator[Message]:
    """Yield the committed records of a topic, each partition in order.

    Args:
        connection: how to reach Kafka.
        name: the topic before the prefix.
        since_ms: leave out what arrived before (epoch milliseconds).

    Raises:
        KafkaUnusableError: Kafka does not answer, or the topic cannot be read.
    """
    yield from _scan(connection, name, lambda consumer, places: _starts(consumer, places, since_ms))


def tail(connection: Connection, name: str, most: int) -> Iterator[Message]:
    """Yield the latest committed records of a topic, from each partition at most so many; raises as ``scan``."""
    yield from _scan(connection, name, lambda consumer, places: ends_less(consumer, places, most))


def ends_less(consumer: Consumer, places: list[Place], most: int) -> list[TopicPartition]:
    """Return where each partition is to be read from to see at most so many of its latest records."""
    starts = []
    for place in places:
        low, end = consumer.get_watermark_offsets(TopicPartition(*place), timeout=TIMEOUT_S)
        starts.append(TopicPartition(*place, max(low, end - most)))
    return starts


def _scan(connection: Connection, name: str, starts: Starts) -> Iterator[Message]:
    consumer = Consumer(_configuration(connection), logger=client_log())
    try:
        topic = connection.topic(name)
        places = [Place(topic, partition) for partition in partitions_of(consumer, connection, name)]
        progress = Progress(places)
        for place in places:
            _, end = consumer.get_watermark_offsets(TopicPartition(*place), timeout=TIMEOUT_S)
            progress.ends(place, end, 0.0)
        consumer.assign(starts(consumer, places))
        yield from _until_complete(consumer, connection, progress)
    except KafkaException as error:
        message = f"topic `{connection.topic(name)}` cannot be read: {error.args[0].str()}"
        raise KafkaUnusableError(message) from None
    finally:
        consumer.close()


def _starts(consumer: Consumer, places: list[Place], since_ms: int) -> list[TopicPartition]:
    if since_ms <= 0:
        return [TopicPartition(*place, OFFSET_BEGINNING) for place in places]
    return consumer.offsets_for_times([TopicPartition(*place, since_ms) for place in places], timeout=TIMEOUT_S)


def _until_complete(consumer: Consumer, connection: Connection, progress: Progress) -> Iterator[Message]:
    heard_at_s = time.monotonic()
    while progress.complete_at_s is None:
        first = consumer.poll(POLL_S)
        if first is None:
            if time.monotonic() > heard_at_s + STALL_S:
                message = f"Kafka at {connection.bootstrap} does not answer any more"
                raise KafkaUnusableError(message)
            continue
        heard_at_s = time.monotonic()
        for received in [first, *consumer.consume(BATCH_MAX, timeout=0)]:
            yield from _taken(received, progress)


def _taken(message: Message, progress: Progress) -> Iterator[Message]:
    error = message.error()
    place = Place(str(message.topic()), message.partition() or 0)
    offset = message.offset() or 0
    if error is None:
        yield message
        progress.reached(place, offset + 1)
    elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
        progress.reached(place, offset)
    elif not error.retriable():
        raise KafkaException(error)


def _configuration(connection: Connection) -> dict[str, object]:
    """Return the consumer's configuration. The group is demanded by the client and never joined nor committed to."""
    return connection.client() | {
        "group.id": connection.topic("reprise-scan"),
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
    }
