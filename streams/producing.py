"""Turn events to Kafka, for other people's programs. Knows the topic `turns` and nothing of what is learned from it.

    with TurnProducer(Connection(bootstrap="kafka:9092")) as turns:
        turns.send({"tenant": "demo", "locale": "en-US", "user": hashed, ..., "turn": {...}})

Leaving the block waits until everything has arrived, or raises. `AsyncTurnProducer` does the same for asyncio.
"""

import asyncio
import logging
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaException, Producer

from schemas.records import Tick, TurnEvent
from schemas.registry import SchemaTable
from streams.connection import Connection
from streams.deliveries import Deliveries, DeliveryError, QueueFullError
from streams.detect.settings import DetectSettings
from streams.partitions import KafkaUnusableError, partitions_of
from streams.schema_ids import schemas_of
from streams.turn_values import Event, encode_event

__all__ = ["AsyncTurnProducer", "DeliveryError", "Event", "KafkaUnusableError", "QueueFullError", "TurnProducer"]

LOG = logging.getLogger(__name__)

EVENT_BYTES_MAX: Final = 1_000_000
"""Kafka's own default for the largest record, less what it puts around one."""

QUEUE_KIBIBYTES: Final = 65_536
"""Bytes waiting to be sent: many seconds of any voice service, and little beside what the client would take."""

WAIT_STEP_S: Final = 0.05
"""Pause between two tries while the queue is full."""

CLOCK_TENANT: Final = "reprise"
CLOCK_USER: Final = "clock"
"""Who ticks: nobody's tenant and user, as a tick counts for its whole partition."""

_DEFAULTS: Final = DetectSettings()
HORIZON_MS: Final = _DEFAULTS.gap_ms + _DEFAULTS.lateness_ms
"""After so long a trail is complete, unless the settings of the workers say otherwise."""


class TurnProducer:
    """Sends turn events: validated, in order for each user, each of them once.

    A full local queue makes `send` wait. What could not be delivered is raised by the next call as `DeliveryError`; the
    event of that call is then not sent. What was sent and not flushed is flushed when the program ends, or when
    the producer is forgotten; failures of then are logged. May be used by several threads.

    Attributes:
        topic: full name of the topic.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        schemas: SchemaTable | None = None,
        on_failure: Callable[[TurnEvent, str], None] | None = None,
        wait_s: float = 30.0,
        delivery_timeout_s: float = 120.0,
        event_bytes_max: int = EVENT_BYTES_MAX,
    ) -> None:
        """Prepare to send; Kafka is reached in the background.

        Args:
            connection: how to reach Kafka.
            schemas: the schema ids; those of the Schema Registry, if there is one, or the fixed ones when None.
            on_failure: called with each event that was not delivered and the reason, by the thread that calls
                the producer; must not raise.
            wait_s: longest wait of `send` while the queue is full.
            delivery_timeout_s: how long the client tries to deliver an event before it fails.
            event_bytes_max: largest record the topic takes (`max.message.bytes`), key included.

        Raises:
            SettingsError: a file that holds a secret cannot be read.
            RegistryError: there is a Schema Registry, and it does not answer or refuses our schemas.
        """
        self.topic = connection.topic("turns")
        self._connection = connection
        self._schemas = schemas_of(connection) if schemas is None else schemas
        self._wait_s = wait_s
        self._delivery_timeout_s = delivery_timeout_s
        self._event_bytes_max = event_bytes_max
        self._deliveries = Deliveries(on_failure, self._schemas)
        self._producer = Producer(_configuration(connection, delivery_timeout_s, event_bytes_max), logger=LOG)
        # Holds no reference to this object, so that it also runs when a program merely forgets the producer.
        self._last_flush = weakref.finalize(self, _flush_at_exit, self._producer, self._deliveries, delivery_timeout_s)

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(self, event: Event) -> None:
        """Queue one event, waiting while the queue is full.

        Raises:
            ValueError: the event is not valid or too large; the text names the field and what it may be.
            QueueFullError: there was no room for `wait_s` seconds.
            DeliveryError: earlier events failed; this one was not sent.
            RuntimeError: the producer is closed.
        """
        self.raise_failures()
        key, value = self.encode(event)
        self._wait_to_queue(key, value)

    def tick(self, occurred_at_ms: int, partition: int | None = None) -> None:
        """Tell one partition, or every one, that this time has been reached though nobody spoke.

        Raises:
            KafkaUnusableError: Kafka does not answer, or the topic is not there.
            ValueError, QueueFullError, DeliveryError, RuntimeError: as `send`.
        """
        self.raise_failures()
        event = TurnEvent(CLOCK_TENANT, "en-US", CLOCK_USER, "", occurred_at_ms, tick=Tick())
        key, value = self.encode(event)
        for chosen in self.partitions() if partition is None else (partition,):
            self._wait_to_queue(key, value, chosen)

    def start_at(self, occurred_at_ms: int) -> None:
        """Begin a recording: tell every partition the time of its first event, before sending any.

        What is learned waits for the slowest partition, and a recording may have no user in one of them for long.
        Partitions that are ahead of a recording reject it as late: it belongs on topics of its own (`prefix`).

        Raises:
            As `tick`.
        """
        self.tick(occurred_at_ms)

    def finish_at(self, occurred_at_ms: int, *, horizon_ms: int = HORIZON_MS) -> None:
        """End a recording: let so much time pass in every partition that all attempts are complete.

        Args:
            occurred_at_ms: the last time in the recording, ends of replies included.
            horizon_ms: `gap_ms` + `lateness_ms` of the workers.

        Raises:
            As `tick`.
        """
        self.tick(occurred_at_ms + horizon_ms + 1)

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything sent has arrived.

        Args:
            timeout_s: longest wait; when None, as long as the client goes on trying.

        Raises:
            DeliveryError: something failed, or is still on its way.
        """
        wait_s = self._delivery_timeout_s + 1.0 if timeout_s is None else timeout_s
        waiting = self._producer.flush(wait_s)
        self._deliveries.raise_new(waiting)

    def close(self) -> None:
        """Flush and take no more events.

        Raises:
            DeliveryError: something failed, or is still on its way.
        """
        if self._last_flush.detach() is not None:
            self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except DeliveryError as failure:
            if error is None:
                raise
            error.add_note(f"besides, turn events were lost: {failure}")  # must not hide the error of the block

    # -- what was done ---------------------------------------------------------------------------------------------

    @property
    def sent(self) -> int:
        """Events queued so far."""
        return self._deliveries.sent

    @property
    def delivered(self) -> int:
        """Events that have arrived, on all replicas that Kafka asks for."""
        return self._deliveries.delivered

    @property
    def failed(self) -> int:
        """Events that were given up."""
        return self._deliveries.failed

    def partitions(self) -> list[int]:
        """Return the partitions of the topic.

        Raises:
            KafkaUnusableError: Kafka does not answer, or the topic is not there.
        """
        return partitions_of(self._producer, self._connection, "turns")

    # -- parts, shared with the asynchronous producer ----------------------------------------------------------------

    def encode(self, event: Event) -> tuple[bytes, bytes]:
        """Return the key and value of an event, validated.

        Raises:
            ValueError: the event is not valid or too large; the text names the field and what it may be.
        """
        return encode_event(event, self._schemas, self._event_bytes_max)

    def queue(self, key: bytes, value: bytes, partition: int = -1) -> bool:
        """Queue a record, and look for news of earlier ones. Return False when there is no room."""
        try:
            self._producer.produce(self.topic, value, key, partition=partition, on_delivery=self._deliveries.take)
        except BufferError:
            return False
        except KafkaException as error:  # such as a topic that is known not to exist
            raise DeliveryError({error.args[0].str(): 1}) from None
        finally:
            self._producer.poll(0)
        self._deliveries.add_sent()
        return True

    def raise_failures(self) -> None:
        """Raise what became known since the last time.

        Raises:
            DeliveryError: earlier events failed.
            RuntimeError: the producer is closed.
        """
        if not self._last_flush.alive:
            message = "the producer is closed"
            raise RuntimeError(message)
        self._deliveries.raise_new()

    def _wait_to_queue(self, key: bytes, value: bytes, partition: int = -1) -> None:
        deadline_s = time.monotonic() + self._wait_s
        while not self.queue(key, value, partition):
            if time.monotonic() >= deadline_s:
                raise self.queue_full()
            self._producer.poll(WAIT_STEP_S)

    def queue_full(self) -> QueueFullError:
        """Return the error for a queue that stayed full."""
        return QueueFullError(
            f"{len(self._producer):,} events wait for Kafka at {self._connection.bootstrap}, none left within "
            f"{self._wait_s:g} s: is it there, and fast enough?"
        )


class AsyncTurnProducer:
    """`TurnProducer` for asyncio, with the same guarantees and counters; never blocks the loop.

    While the queue is full, `send` lets other tasks run. The client's own asyncio producer is not used:
    it holds events back in a second queue without a limit.
    """

    def __init__(self, connection: Connection, **options: Any) -> None:
        """Prepare to send; takes what `TurnProducer` takes."""
        self.turns = TurnProducer(connection, **options)
        self._wait_s: float = options.get("wait_s", 30.0)

    async def send(self, event: Event) -> None:
        """Queue one event. Raises as `TurnProducer.send`."""
        self.turns.raise_failures()
        key, value = self.turns.encode(event)
        deadline_s = time.monotonic() + self._wait_s
        while not self.turns.queue(key, value):
            if time.monotonic() >= deadline_s:
                raise self.turns.queue_full()
            await asyncio.sleep(WAIT_STEP_S)

    async def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything sent has arrived. Raises as `TurnProducer.flush`."""
        await asyncio.to_thread(self.turns.flush, timeout_s)

    async def close(self) -> None:
        """Flush and take no more events. Raises as `TurnProducer.close`."""
        await asyncio.to_thread(self.turns.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.turns.__exit__, kind, error, trace)


def _configuration(connection: Connection, delivery_timeout_s: float, event_bytes_max: int) -> dict[str, Any]:
    return connection.client() | {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "linger.ms": 5,
        "delivery.timeout.ms": round(delivery_timeout_s * 1000),
        "message.max.bytes": max(event_bytes_max, EVENT_BYTES_MAX),
        "queue.buffering.max.kbytes": QUEUE_KIBIBYTES,
        "allow.auto.create.topics": False,  # a topic that Kafka makes by itself has the wrong partitions and times
    }


def _flush_at_exit(producer: Producer, deliveries: Deliveries, timeout_s: float) -> None:
    """Send what a program left behind; nobody is there any more to hear an error, so it is logged."""
    try:
        deliveries.raise_new(producer.flush(timeout_s))
    except DeliveryError as failure:
        LOG.error(  # noqa: TRY400 - the reasons say all that a trace would
            "turn events were lost at exit: %s", failure
        )
