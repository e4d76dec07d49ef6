"""Records to Kafka, each once and in order, with failures that nobody can miss. Knows topics by name only."""

import logging
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final

from confluent_kafka import KafkaException, Producer

from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.deliveries import Deliveries, DeliveryError, QueueFullError

LOG = logging.getLogger(__name__)

RECORD_BYTES_MAX: Final = 1_000_000
"""Kafka's own default for the largest record, less what it puts around one."""

QUEUE_KIBIBYTES: Final = 65_536
"""Bytes waiting to be sent: many seconds of any voice service, and little beside what the client would take."""

QUEUE_RECORDS_MAX: Final = 100_000
"""Records waiting to be sent: seconds of the fastest program, and what one restart of a broker takes."""

WAIT_STEP_S: Final = 0.05
"""Pause between two tries while the queue is full."""

WAIT_S: Final = 30.0
DELIVERY_TIMEOUT_S: Final = 120.0

GUARANTEES: Final[dict[str, Any]] = {
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",
    "compression.type": "lz4",
    "linger.ms": 5,
    "allow.auto.create.topics": False,  # a topic that Kafka makes by itself has the wrong partitions and times
}

Headers = Sequence[tuple[str, bytes | None]]


class Sender:
    """An idempotent producer with a bounded queue. May be used by several threads.

    What was sent and not flushed is flushed when the program ends or the sender is forgotten; failures of then are
    logged, as nobody is left to hear an error.

    Attributes:
        client: the client itself, to ask Kafka things.
        deliveries: what became of the records.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        on_failure: Callable[[bytes, str], None] | None = None,
        wait_s: float = WAIT_S,
        delivery_timeout_s: float = DELIVERY_TIMEOUT_S,
        record_bytes_max: int = RECORD_BYTES_MAX,
        queue_records_max: int = QUEUE_RECORDS_MAX,
    ) -> None:
        """Prepare to send; Kafka is reached in the background.

        Args:
            connection: how to reach Kafka.
            on_failure: called with the value of each record that was not delivered and the reason, by the thread
                that calls the sender; must not raise.
            wait_s: longest wait of `send` while the queue is full.
            delivery_timeout_s: how long the client tries to deliver a record before it fails.
            record_bytes_max: largest record that topics take.
            queue_records_max: records that may wait at a time, those included whose fate is not yet told.

        Raises:
            SettingsError: a file that holds a secret cannot be read.
        """
        self._address = connection.bootstrap
        self.wait_s = wait_s
        self._delivery_timeout_s = delivery_timeout_s
        self.deliveries = Deliveries(on_failure)
        limits = {
            "delivery.timeout.ms": round(delivery_timeout_s * 1000),
            "message.max.bytes": max(record_bytes_max, RECORD_BYTES_MAX),
            "queue.buffering.max.messages": queue_records_max,
            "queue.buffering.max.kbytes": QUEUE_KIBIBYTES,
        }
        self.client = Producer(connection.client() | GUARANTEES | limits, logger=client_log())
        # Holds no reference to this object, so that it also runs when a program merely forgets the sender.
        self._last_flush = weakref.finalize(self, _flush_at_exit, self.client, self.deliveries, delivery_timeout_s)

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, partition: int = -1, headers: Headers = ()
    ) -> None:
        """Queue a record, waiting while the queue is full.

        Args:
            topic: full name of the topic.
            key: decides about the partition.
            value: what is sent.
            partition: the partition, -1 for that of the key.
            headers: sent along.

        Raises:
            QueueFullError: there was no room for `wait_s` seconds.
            DeliveryError: Kafka refuses the record at once.
        """
        deadline_s = time.monotonic() + self.wait_s
        while not self.queue(topic, key, value, partition=partition, headers=headers):
            if time.monotonic() >= deadline_s:
                raise self.queue_full()
            self.client.poll(WAIT_STEP_S)

    def queue(
        self, topic: str, key: bytes | None, value: bytes | None, *, partition: int = -1, headers: Headers = ()
    ) -> bool:
        """Queue a record if there is room, and look for news of earlier ones; return whether there was.

        Raises:
            DeliveryError: Kafka refuses the record at once.
        """
        try:
            self.client.produce(
                topic, value, key, partition=partition, headers=list(headers), on_delivery=self.deliveries.take
            )
        except BufferError:
            return False
        except KafkaException as error:  # such as a topic that is known not to exist
            raise DeliveryError({error.args[0].str(): 1}) from None
        finally:
            self.client.poll(0)
        self.deliveries.add_sent()
        return True

    def queue_full(self) -> QueueFullError:
        """Return the error for a queue that stayed full."""
        return QueueFullError(
            f"{len(self.client):,} records wait for Kafka at {self._address}, and there was no room for another within "
            f"{self.wait_s:g} s: is it there, and fast enough?"
        )

    def raise_failures(self) -> None:
        """Raise what became known since the last time.

        Raises:
            DeliveryError: earlier records failed.
            RuntimeError: the sender is closed.
        """
        if not self._last_flush.alive:
            message = "the producer is closed"
            raise RuntimeError(message)
        self.deliveries.raise_new()

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything sent has arrived.

        Args:
            timeout_s: longest wait; when None, as long as the client goes on trying.

        Raises:
            DeliveryError: something failed, or is still on its way.
        """
        wait_s = self._delivery_timeout_s + 1.0 if timeout_s is None else timeout_s
        self.deliveries.raise_new(self.client.flush(wait_s))

    def close(self) -> None:
        """Flush and take no more records.

        Raises:
            DeliveryError: something failed, or is still on its way.
        """
        if self._last_flush.detach() is not None:
            self.flush()

    def close_after(self, error: BaseException | None) -> None:
        """Close at the end of a block, without hiding the error that ended it.

        Raises:
            DeliveryError: something failed, and the block itself did not.
        """
        try:
            self.close()
        except DeliveryError as failure:
            if error is None:
                raise
            error.add_note(f"besides, records were lost: {failure}")


def _flush_at_exit(client: Producer, deliveries: Deliveries, timeout_s: float) -> None:
    try:
        deliveries.raise_new(client.flush(timeout_s))
    except DeliveryError as failure:
        LOG.error("records were lost at exit: %s", failure)  # noqa: TRY400 - the reasons say all that a trace would
