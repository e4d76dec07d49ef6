"""Follows what is published and what was decided, in a thread of its own. Knows topics and records, no page.

Bounded: the newest rewrites and the latest decisions, whatever the topics hold.
"""

import threading
from collections import deque
from typing import Any, Final, NamedTuple, Self

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codec import decode_avro
from schemas.errors import DecodeError
from schemas.records import DecidedBy, Decision, Rewrite
from schemas.registry import SchemaTable
from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.partitions import KafkaUnusableError, partitions_of
from streams.kafka.progress import Place
from streams.kafka.scanning import ends_less
from streams.kafka.schema_ids import schemas_of
from streams.kafka.schema_registry import RegistryError
from streams.traceparent import traceparent_in

REWRITES_MAX: Final = 10_000
"""Rewrites held: about 20 MiB. Whoever has more looks for them with `reprise rewrites list`."""

DECISIONS_MAX: Final = 1_000
"""Latest decisions held: what somebody pages through; the topic keeps them for a year."""

TRIM_AT: Final = REWRITES_MAX + REWRITES_MAX // 10
"""Trimming looks at all of them, so it waits until there is something to trim."""

POLL_S: Final = 0.2
BATCH_MAX: Final = 5_000
AGAIN_S: Final = 2.0
"""Pause before Kafka is asked again after it failed."""

STOP_S: Final = 1.0
"""How long a stop waits for the thread: a Kafka that is away must not hold up the end of the worker."""

log = structlog.get_logger(__name__)


class Told(NamedTuple):
    """A decision with the place of its record, and the trace it belongs to."""

    decision: Decision
    place: DecidedBy
    traceparent: str


class Published:
    """What a follower has read: changed by one thread, looked at by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rewrites: dict[str, Rewrite] = {}
        self._decisions: dict[int, deque[Told]] = {}
        self.left_out = 0

    def take_rewrite(self, key: str, rewrite: Rewrite | None) -> None:
        """Take in a version or a withdrawal."""
        with self._lock:
            self._rewrites.pop(key, None)
            if rewrite is not None:
                self._rewrites[key] = rewrite
            if len(self._rewrites) >= TRIM_AT:
                newest = sorted(self._rewrites.items(), key=lambda item: item[1].decided_at)[-REWRITES_MAX:]
                self.left_out += len(self._rewrites) - len(newest)
                self._rewrites = dict(newest)

    def take_decision(self, told: Told) -> None:
        """Take in a decision."""
        with self._lock:
            self._decisions.setdefault(told.place.partition, deque(maxlen=DECISIONS_MAX)).append(told)

    def rewrites(self) -> list[Rewrite]:
        """Return what is published, at most the newest so many."""
        with self._lock:
            return list(self._rewrites.values())

    def decisions(self) -> list[Told]:
        """Return the latest decisions, newest first."""
        with self._lock:
            held = [told for partition in self._decisions.values() for told in partition]
        held.sort(key=lambda told: (told.decision.decided_at, told.place.partition, told.place.offset), reverse=True)
        return held[:DECISIONS_MAX]


class Follower:
    """Reads `rewrites` from the beginning and the end of `decisions`, and goes on reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._topics = {connection.topic(name): name for name in ("rewrites", "decisions")}
        self._published = Published()
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)

    def start(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop reading; a question to Kafka that is still open is left to itself."""
        self._stopping.set()
        self._thread.join(STOP_S)

    def published(self, timeout_s: float) -> Published | None:
        """Return what was read, None if it was not yet read to the end once."""
        return self._published if self._ready.wait(timeout_s) else None

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (KafkaUnusableError, KafkaException, RegistryError) as error:
                log.warning("console.unreadable", error=str(error))
                self._stopping.wait(AGAIN_S)

    def _follow(self) -> None:
        table = schemas_of(self._connection)
        config = self._connection.reader("console") | {"enable.partition.eof": True, "allow.auto.create.topics": False}
        consumer = Consumer(config, logger=client_log())
        try:
            missing = self._assign(consumer)
            reading = Published()
            while not self._stopping.is_set():
                self._take(consumer, reading, missing, table)
                if not missing:  # what was known before stays until all of it was read again
                    self._published = reading
                    self._ready.set()
        finally:
            consumer.close()

    def _assign(self, consumer: Consumer) -> set[Place]:
        """Begin to read; return the partitions, none of which was read to its end yet."""
        starts: list[TopicPartition] = []
        for topic, name in self._topics.items():
            places = [Place(topic, partition) for partition in partitions_of(consumer, self._connection, name)]
            if name == "decisions":
                starts += ends_less(consumer, places, DECISIONS_MAX)
            else:
                starts += [TopicPartition(*place, OFFSET_BEGINNING) for place in places]
        consumer.assign(starts)
        return {Place(str(start.topic), start.partition) for start in starts}

    def _take(self, consumer: Consumer, reading: Published, missing: set[Place], table: SchemaTable) -> None:
        first = consumer.poll(POLL_S)
        for message in [] if first is None else [first, *consumer.consume(BATCH_MAX, timeout=0)]:
            error = message.error()
            if error is None:
                self._take_record(message, reading, table)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                missing.discard(Place(str(message.topic()), message.partition() or 0))
            elif not error.retriable():
                raise KafkaException(error)

    def _take_record(self, message: Message, reading: Published, table: SchemaTable) -> None:
        name, value = self._topics[str(message.topic())], message.value()
        try:
            if name == "decisions":
                if value is not None:
                    reading.take_decision(_told(message, decode_avro(Decision, value, table)))
            else:
                key = (message.key() or b"").decode("utf-8", "replace")
                reading.take_rewrite(key, None if value is None else decode_avro(Rewrite, value, table))
        except DecodeError as problem:
            log.error(  # noqa: TRY400 - where it happened in here says nothing
                "console.undecodable",
                topic=message.topic(),
                partition=message.partition(),
                offset=message.offset(),
                problem=str(problem),
            )


def _told(message: Message, decision: Decision) -> Told:
    headers: Any = message.headers() or []  # a list of pairs, though the client's types allow more
    place = DecidedBy(str(message.topic()), message.partition() or 0, message.offset() or 0)
    return Told(decision, place, traceparent_in(headers))
