"""Single records to a real Kafka, and where and when it took them. Knows no record's meaning."""

from typing import NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from streams.kafka.connection import Connection
from tests.broker.topics import Sent

TIMEOUT_S = 30


class Written(NamedTuple):
    """What the broker's acknowledgement says of a record.

    Attributes:
        partition: where it stands.
        offset: its place there.
        at_ms: its timestamp: the broker's own where the topic says so, else the sender's.
    """

    partition: int
    offset: int
    at_ms: int


class Acknowledged:
    """Sends one record at a time to the topics of a service, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._producer = Producer({"bootstrap.servers": connection.bootstrap, "acks": "all", "linger.ms": 0})
        self._written: list[Written] = []

    def send(self, topic: str, record: Sent) -> Written:
        """Send a key and value, wait for the acknowledgement, and return what it says."""
        key, value = record
        self._producer.produce(self._connection.topic(topic), value, key, on_delivery=self._take)
        assert self._producer.flush(TIMEOUT_S) == 0
        return self._written.pop()

    def _take(self, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        self._written.append(Written(message.partition() or 0, message.offset() or 0, message.timestamp()[1]))
