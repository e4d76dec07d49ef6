"""Brings a local store up to what a changelog partition has committed. Knows bytes and offsets, no rows and no stage.

The store goes on from its position, or starts over where it cannot be trusted: when it is a copy of another topic, when
its position is not in the log, and when it is so old that the marks of deleted rows may be gone from the log, which
would bring those rows back.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, NamedTuple

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from streams.engine.asking import ATTEMPT_S, is_temporary, until_answered
from streams.engine.errors import EngineError, InterruptedOpeningError
from streams.engine.store import RESERVED, Store
from streams.kafka.client_log import client_log

WAIT_S: Final = 0.05
"""How long a read waits for more: it does not return before, even at the end of the partition."""

ROWS_AT_ONCE: Final = 5_000
ROWS_PER_WRITE: Final = 20_000
BYTES_PER_WRITE: Final = 8 * 1024 * 1024
"""What one write to the store holds: enough that its own cost does not count, little enough to keep in memory."""

QUEUE_KIB: Final = 16 * 1024
"""How much librdkafka reads ahead."""

QUEUE_FULL_MS: Final = 5
"""How long librdkafka rests when it has read that far; its default of a second would be most of a restore."""

FETCH_BYTES: Final = 4 * 1024 * 1024
"""What one request to the broker brings."""

MOCK_CLUSTER: Final = "mockCluster"
"""How librdkafka's mock cluster calls itself. It knows no topic ids, and no topic of it outlives the process."""


class Restored(NamedTuple):
    """What a restore did: the store's position after it, rows applied, and how long it took."""

    position: int
    rows: int
    seconds: float


def restore(
    store: Store,
    consumer_config: dict[str, Any],
    topic: str,
    partition: int,
    *,
    on_progress: Callable[[int, int], None],
    should_stop: Callable[[], bool],
    identity: str,
    trust_ms: int,
) -> Restored:
    """Apply to a store what the changelog holds after its position.

    To be called when no transaction can be open on the partition but those that end by themselves: it waits for them.

    Args:
        store: the local store; written in batches, so that an interrupted restore goes on where it stopped.
        consumer_config: how to reach Kafka.
        topic: the changelog's full name.
        partition: its partition.
        on_progress: told how many offsets are done and how many there are in all.
        should_stop: asked many times a second whether the restore is wanted no longer.
        identity: what the store must be a copy of, from ``changelog_identity``.
        trust_ms: a store that was last up to date longer ago is wiped; below the topic's ``delete.retention.ms``.

    Raises:
        InterruptedOpeningError: it is wanted no longer; the store is sound and can go on later.
        EngineError: the changelog holds what cannot be a row, or Kafka refuses to be read.
        StoreError: the store failed.
    """
    started = time.monotonic()
    asking = _Asking(consumer_config, topic, partition, should_stop)
    low, high = asking.bounds()
    now_ms = _now_ms()
    if store.identity != identity or not low <= store.position <= high or _too_old(store, now_ms, trust_ms):
        if store.identity or store.position:
            store.wipe()
        store.identify(identity)
    # Until the end is reached the store is as old as when it began: a mark of deletion may go while we are under way.
    up_to_date_ms = store.written_at_ms if store.position else now_ms
    filling = _Filling(store, max(store.position, low), high, up_to_date_ms, on_progress)
    filling.tell()  # where nothing comes there is no other word of it
    with closing(asking.consumer(filling.position, check_checksums=marks_have_checksums(identity))) as consumer:
        while not filling.complete:
            asking.check()
            filling.take(consumer.consume(ROWS_AT_ONCE, WAIT_S))
    if _too_old(store, _now_ms(), trust_ms):
        message = f"restoring {topic} [{partition}] took longer than deleted rows are remembered; start again"
        raise EngineError(message)
    filling.finish()
    return Restored(store.position, filling.rows, time.monotonic() - started)


def changelog_identity(consumer_config: dict[str, Any], topic: str, should_stop: Callable[[], bool]) -> str:
    """Return what tells a topic from others, also from one of the same name that was made after it was deleted.

    Raises:
        InterruptedOpeningError: the answer is wanted no longer.
        EngineError: there is no such topic, or Kafka refuses to tell.
    """

    def ask() -> str:
        admin = AdminClient(consumer_config, logger=client_log())
        cluster = str(admin.list_topics(topic, timeout=ATTEMPT_S).cluster_id)
        if cluster.startswith(MOCK_CLUSTER):
            return f"{cluster} {topic}"
        described = admin.describe_topics(TopicCollection([topic]), request_timeout=ATTEMPT_S)[topic].result()
        return f"{cluster} {topic} {described.topic_id}"

    return until_answered(ask, should_stop)


def marks_have_checksums(identity: str) -> bool:
    """Tell whether the marks that end transactions have checksums where a topic is: librdkafka's mock writes none."""
    return not identity.startswith(MOCK_CLUSTER)


class _Asking:
    """How Kafka is asked about one partition."""

    def __init__(self, config: dict[str, Any], topic: str, partition: int, should_stop: Callable[[], bool]) -> None:
        self.config, self.should_stop = config, should_stop
        self.place = (topic, partition)

    def check(self) -> None:
        """Stop if the restore is wanted no longer."""
        if self.should_stop():
            topic, partition = self.place
            message = f"restoring {topic} [{partition}]"
            raise InterruptedOpeningError(message)

    def bounds(self) -> tuple[int, int]:
        """Return the first offset of the log and the next one to come, those of open transactions counted."""
        earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        return self._offset(earliest), self._offset(latest)

    def _offset(self, which: OffsetSpec) -> int:
        def ask() -> int:
            admin = AdminClient(self.config, logger=client_log())
            asked = {TopicPartition(*self.place): which}
            answers = admin.list_offsets(
                asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=ATTEMPT_S
            )
            return int(next(iter(answers.values())).result().offset)

        return until_answered(ask, self.should_stop)

    def consumer(self, position: int, *, check_checksums: bool) -> Consumer:
        """Return a consumer that reads what is committed, from a position on; it joins no group."""
        consumer = Consumer(
            {
                "group.id": f"{self.place[0]}.restore",
                **self.config,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
                "check.crcs": check_checksums,
                "queued.max.messages.kbytes": QUEUE_KIB,
                "fetch.queue.backoff.ms": QUEUE_FULL_MS,
                "fetch.message.max.bytes": FETCH_BYTES,
            },
            logger=client_log(),
        )
        consumer.assign([TopicPartition(*self.place, position)])
        return consumer


class _Filling:
    """A store being filled, in writes of a bounded size.

    Attributes:
        position: the next offset to come.
        rows: rows taken so far.
        complete: whether the end was reached.
    """

    def __init__(
        self, store: Store, position: int, high: int, up_to_date_ms: int, on_progress: Callable[[int, int], None]
    ) -> None:
        self.store, self.position, self.high, self.up_to_date_ms = store, position, high, up_to_date_ms
        self.rows, self.complete = 0, False
        self._start, self._on_progress = position, on_progress
        self._changes: list[tuple[bytes, bytes | None]] = []
        self._bytes = 0

    def take(self, messages: list[Message]) -> None:
        """Take what was read; write when there is enough."""
        changes = self._changes
        for message in messages:
            offset, error = message.offset() or 0, message.error()
            if error is not None:
                self._heed(message, error, offset)
                continue
            key, value = message.key(), message.value()
            if not key or key.startswith(RESERVED):
                raise self._no_row(message, "its key is none of the engine's")
            changes.append((key, value))
            self._bytes += len(key) + (0 if value is None else len(value))
            self.position = offset + 1
        if len(changes) >= ROWS_PER_WRITE or self._bytes >= BYTES_PER_WRITE:
            self._write(self.up_to_date_ms)
        if messages:
            self.tell()

    def finish(self) -> None:
        """Write the rest, and that the store is up to date."""
        self._write(_now_ms())
        self.tell()

    def _write(self, up_to_date_ms: int) -> None:
        self.store.write(self._changes, self.position, up_to_date_ms)
        self.rows += len(self._changes)
        self._changes.clear()
        self._bytes = 0

    def tell(self) -> None:
        """Tell how far it is."""
        self._on_progress(self.position - self._start, self.high - self._start)

    def _heed(self, message: Message, error: KafkaError, offset: int) -> None:
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            # The end is past markers of transactions, which are no rows: it counts, not the offset of a row.
            self.position = max(self.position, offset)
            self.complete = self.position >= self.high
        elif not is_temporary(error):
            raise self._no_row(message, f"Kafka says: {error.str()}")

    def _no_row(self, message: Message, reason: str) -> EngineError:
        place = f"{message.topic()} [{message.partition()}] at offset {message.offset()}"
        return EngineError(
            f"{place} cannot be restored: {reason}. Nothing but workers may write to state topics; "
            f"choose a new `prefix` and send the turns again"
        )


def _too_old(store: Store, now_ms: int, trust_ms: int) -> bool:
    return store.position > 0 and now_ms - store.written_at_ms > trust_ms


def _now_ms() -> int:
    return round(time.time() * 1000)
