"""Topics for tests, records into them and out of them, with the client itself. Knows no part of the product."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

Sent = tuple[bytes | None, bytes | None]


def make_topics(bootstrap: str, partitions: Mapping[str, int], **settings: str) -> None:
    """Make topics with one replica."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    wanted = [NewTopic(name, count, 1, config=dict(settings)) for name, count in partitions.items()]
    for made in admin.create_topics(wanted).values():
        made.result(30)


def send(bootstrap: str, topic: str, records: Iterable[Sent], headers: list[Any] | None = None) -> None:
    """Send keys and values, and wait until they have arrived."""
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    for key, value in records:
        producer.produce(topic, value, key, headers=headers or [], on_delivery=_delivered)
    assert producer.flush(30) == 0


def _delivered(error: KafkaError | None, message: Message) -> None:  # noqa: ARG001 - the client gives both
    assert error is None, error


def transaction(bootstrap: str, topic: str, records: Iterable[Sent], *, commit: bool) -> None:
    """Send keys and values in one transaction of their own."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"test-{uuid.uuid4()}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for key, value in records:
        producer.produce(topic, value, key)
    producer.flush(30)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


@contextmanager
def left_open(bootstrap: str, topic: str, partitions: Iterable[int] = (0,)) -> Iterator[None]:
    """Leave a transaction open on partitions, as a program does that hangs; it is aborted at the end of the block."""
    longest = {"transaction.timeout.ms": 900_000}
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"test-{uuid.uuid4()}", **longest})
    producer.init_transactions(30)
    producer.begin_transaction()
    for partition in partitions:
        producer.produce(topic, b"never committed", b"nobody", partition)
    assert producer.flush(30) == 0
    try:
        yield
    finally:
        producer.abort_transaction(30)


def received(bootstrap: str, topic: str) -> list[Message]:
    """Return all committed records of a topic, each partition in order."""
    configuration = {
        "bootstrap.servers": bootstrap,
        "group.id": "test",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        # Kafka says that a partition has ended when it has nothing for so long; some are written to all the time.
        "fetch.wait.max.ms": 10,
    }
    consumer = Consumer(configuration)
    try:
        partitions = consumer.list_topics(topic, 30).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        messages: list[Message] = []
        ended: set[int | None] = set()  # by partition: one that is still written to ends more than once
        while len(ended) < len(partitions):
            message = consumer.poll(30)
            assert message is not None, "Kafka does not answer"
            error = message.error()
            if error is None:
                messages.append(message)
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error  # noqa: SLF001 - the client's name for it
                ended.add(message.partition())
        return messages
    finally:
        consumer.close()
