"""Turn events to Kafka, for other people's programs. Knows the topic `turns` and nothing of what is learned from it.

    with TurnProducer(Connection(bootstrap="kafka:9092")) as turns:
        turns.send({"tenant": "demo", "locale": "en-US", "user": hashed, ..., "turn": {...}}, decided)

`decided` is what `RewriteTable.decide` returned for the turn: the turn then reports it, and cannot report it wrongly.
Leaving the block waits until everything has arrived, or raises. `AsyncTurnProducer` does the same for asyncio.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from schemas.codec import decode_avro
from schemas.records import Tick, TurnEvent
from schemas.registry import SchemaTable
from streams import traceparent as traceparents
from streams.detect.settings import DetectSettings
from streams.kafka.connection import Connection
from streams.kafka.deliveries import DeliveryError, QueueFullError
from streams.kafka.partitions import KafkaUnusableError, partitions_of
from streams.kafka.schema_ids import schemas_of
from streams.kafka.sending import DELIVERY_TIMEOUT_S, QUEUE_RECORDS_MAX, RECORD_BYTES_MAX, WAIT_S, WAIT_STEP_S, Sender
from streams.observing.current_span import current_traceparent
from streams.reporting import reported
from streams.rewrites import Decided
from streams.turn_values import Event, encode_event

__all__ = [
    "AsyncTurnProducer",
    "Decided",
    "DeliveryError",
    "Event",
    "KafkaUnusableError",
    "QueueFullError",
    "TurnProducer",
    "reported",
]

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
        wait_s: float = WAIT_S,
        delivery_timeout_s: float = DELIVERY_TIMEOUT_S,
        event_bytes_max: int = RECORD_BYTES_MAX,
        queue_events_max: int = QUEUE_RECORDS_MAX,
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
            queue_events_max: events that may wait at a time, those included whose fate is not yet told.

        Raises:
            SettingsError: a file that holds a secret cannot be read.
            RegistryError: there is a Schema Registry, and it does not answer or refuses our schemas.
        """
        self.topic = connection.topic("turns")
        self._connection = connection
        self._schemas = schemas_of(connection) if schemas is None else schemas
        self._event_bytes_max = event_bytes_max
        self._sender = Sender(
            connection,
            on_failure=None if on_failure is None else _decoding(on_failure, self._schemas),
            wait_s=wait_s,
            delivery_timeout_s=delivery_timeout_s,
            record_bytes_max=event_bytes_max,
            queue_records_max=queue_events_max,
        )

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(self, event: Event, decided: Decided | None = None, *, traceparent: str = "") -> None:
        """Queue one event, waiting while the queue is full.

        Args:
            event: in any of its forms; `turn.said` is what the user said, also where a rewrite was run instead.
            decided: what the table of rewrites decided about this turn, also when it decided that none applies;
                `turn.rewrite` is set from it. None where nothing was asked of a table.
            traceparent: W3C trace context of the turn, which feedback and decisions carry on; "" for that of the
                OpenTelemetry span that is current, if there is one.

        Raises:
            ValueError: the event is not valid or too large, or contradicts the decision, or the traceparent is
                malformed; the text names the field and what it may be.
            QueueFullError: there was no room for `wait_s` seconds.
            DeliveryError: earlier events failed, or this one is refused at once; this one was not sent.
            RuntimeError: the producer is closed.
        """
        headers = _headers(traceparent)
        self._sender.send(self.topic, *self._prepared(event, decided), headers=headers)

    async def send_async(self, event: Event, decided: Decided | None = None, *, traceparent: str = "") -> None:
        """Queue one event, letting other tasks run while the queue is full. Takes and raises what `send` does."""
        headers = _headers(traceparent)
        key, value = self._prepared(event, decided)
        deadline_s = time.monotonic() + self._sender.wait_s
        while not self._sender.queue(self.topic, key, value, headers=headers):
            if time.monotonic() >= deadline_s:
                raise self._sender.queue_full()
            await asyncio.sleep(WAIT_STEP_S)

    def tick(self, occurred_at_ms: int, partition: int | None = None) -> None:
        """Tell one partition, or every one, that this time has been reached though nobody spoke.

        Raises:
            KafkaUnusableError: Kafka does not answer, or the topic is not there.
            ValueError, QueueFullError, DeliveryError, RuntimeError: as `send`.
        """
        event = TurnEvent(CLOCK_TENANT, "en-US", CLOCK_USER, "", occurred_at_ms, tick=Tick())
        key, value = self._prepared(event)
        for chosen in self.partitions() if partition is None else (partition,):
            self._sender.send(self.topic, key, value, partition=chosen)

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

        Not for topics that others go on writing to: their next turns could be taken for late ones.

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
        self._sender.flush(timeout_s)

    def close(self) -> None:
        """Flush and take no more events.

        Raises:
            DeliveryError: something failed, or is still on its way.
        """
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sender.close_after(error)

    def _prepared(self, event: Event, decided: Decided | None = None) -> tuple[bytes, bytes]:
        self._sender.raise_failures()
        event = event if decided is None else reported(event, decided)
        return encode_event(event, self._schemas, self._event_bytes_max)

    # -- what was done ---------------------------------------------------------------------------------------------

    @property
    def sent(self) -> int:
        """Events queued so far, ticks included."""
        return self._sender.deliveries.sent

    @property
    def delivered(self) -> int:
        """Events that have arrived, on all replicas that Kafka asks for."""
        return self._sender.deliveries.delivered

    @property
    def failed(self) -> int:
        """Events that were given up."""
        return self._sender.deliveries.failed

    def partitions(self) -> list[int]:
        """Return the partitions of the topic.

        Raises:
            KafkaUnusableError: Kafka does not answer, or the topic is not there.
        """
        return partitions_of(self._sender.client, self._connection, "turns")


class AsyncTurnProducer:
    """`TurnProducer` for asyncio, with the same guarantees and counters; never blocks the loop.

    The client's own asyncio producer is not used: it holds events back in a second queue without a limit.

    Attributes:
        turns: the producer at work, with the counters.
    """

    def __init__(self, connection: Connection, **options: Any) -> None:
        """Prepare to send; takes what `TurnProducer` takes."""
        self.turns = TurnProducer(connection, **options)

    async def send(self, event: Event, decided: Decided | None = None, *, traceparent: str = "") -> None:
        """Queue one event, letting other tasks run while the queue is full. As `TurnProducer.send`."""
        await self.turns.send_async(event, decided, traceparent=traceparent)

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


def _headers(given: str) -> Sequence[tuple[str, bytes]]:
    """Return the header of a traceparent, or else of the span that is current; none without either."""
    if not given:
        given = current_traceparent()
        return [(traceparents.HEADER, given.encode())] if given else ()
    known = traceparents.known(given)
    if not known:
        message = "`traceparent`: expected version-trace-span-flags in lower case hexadecimal digits, as W3C defines it"
        raise ValueError(message)
    return [(traceparents.HEADER, known.encode())]


def _decoding(told: Callable[[TurnEvent, str], None], schemas: SchemaTable) -> Callable[[bytes, str], None]:
    """Return a listener to failed records that decodes them for one that wants events."""
    return lambda value, reason: told(decode_avro(TurnEvent, value, schemas), reason)
