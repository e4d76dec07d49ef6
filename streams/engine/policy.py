"""The policy in force, read from its topic by every worker. Knows no stage, and does not know what a policy means.

The topic has one partition, so that its offsets order everything people decided. A reader holds the latest record of
each scope and the offset after the last one read; a batch takes both as they are when it begins.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Received

from schemas.codec import decode_avro
from schemas.errors import DecodeError
from schemas.records import Policy
from schemas.registry import SchemaTable
from streams.kafka.client_log import client_log

POLL_S = 0.2

log = structlog.get_logger(__name__)


class InForce(NamedTuple):
    """The policies by scope, and the offset after the last one read. Never changed."""

    policies: Mapping[str, Policy]
    next_offset: int


class PolicyReader:
    """Reads ``policy`` in a thread of its own."""

    def __init__(self, client: Mapping[str, Any], topic: str, table: SchemaTable) -> None:
        """Prepare a reader; ``start`` makes it read.

        Args:
            client: configuration of a reader, with its group's name.
            topic: full name of the policy topic.
            table: schema ids.
        """
        self._config = {
            **client,
            "enable.partition.eof": True,
        }
        self._topic = topic
        self._table = table
        self._state = InForce({}, 0)
        self._at_end = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="policy", daemon=True)

    def start(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop reading."""
        self._stopping.set()
        self._thread.join()

    @property
    def complete(self) -> bool:
        """Whether the topic was read to its end once."""
        return self._at_end.is_set()

    def in_force(self) -> InForce:
        """Return what was read so far; a value, so that a batch sees one state of it."""
        return self._state

    def wait_for(self, offset: int, should_stop: Callable[[], bool]) -> None:
        """Wait until the topic was read to its end once, and at least up to an offset."""
        while not should_stop():
            if self._at_end.wait(POLL_S) and self._state.next_offset >= offset:
                return

    def _read(self) -> None:
        while not self._stopping.is_set():
            consumer = Consumer(self._config, logger=client_log())
            try:
                consumer.assign([TopicPartition(self._topic, 0, self._state.next_offset)])
                self._follow(consumer)
            except KafkaException as failure:
                log.warning("policy.unreadable", topic=self._topic, error=failure.args[0].str())
                time.sleep(POLL_S)
            finally:
                consumer.close()

    def _follow(self, consumer: Consumer) -> None:
        while not self._stopping.is_set():
            message = consumer.poll(POLL_S)
            if message is None:
                continue
            error = message.error()
            if error is None:
                self._take(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                self._state = InForce(self._state.policies, max(self._state.next_offset, message.offset() or 0))
                self._at_end.set()
            elif not error.retriable():
                raise KafkaException(error)

    def _take(self, message: Received) -> None:
        key, value, offset = message.key(), message.value(), message.offset() or 0
        scope = key.decode("utf-8", "replace") if isinstance(key, bytes) else ""
        policies = dict(self._state.policies)
        if value is None:
            policies.pop(scope, None)
        else:
            try:
                policies[scope] = decode_avro(Policy, value, self._table)
            except DecodeError as problem:
                # No worker can act on it and none may guess; whoever wrote it is told by the log and the old one stays.
                log.error(  # noqa: TRY400 - where it happened in here says nothing
                    "policy.undecodable", topic=self._topic, partition=0, offset=offset, problem=str(problem)
                )
        self._state = InForce(policies, offset + 1)
