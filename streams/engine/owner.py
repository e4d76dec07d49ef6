"""One partition of one stage: its state, its transactions, its fence. Knows no Faust, no group and no event loop.

An owner is opened by whoever is assigned the partition. Opening fences all earlier owners out, restores the state to
what was committed last, and finds the fence. Then batches: compute runs the pure step and produces what it wants done
in one open transaction; commit ends it and only then writes the local store. Whatever fails, the owner is discarded as
a whole, and the next one starts from what was committed.

The calls block and are made from threads, one at a time for each owner.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import Message as Delivered

from schemas.records import Trails
from schemas.registry import SchemaTable
from streams import topology
from streams.engine import saying, spans, wire
from streams.engine.asking import ATTEMPT_S, until_answered
from streams.engine.errors import EngineError, FencedError, TransactionError
from streams.engine.fence import FENCE_KEY, Fence
from streams.engine.policy import InForce, PolicyReader
from streams.engine.reading import Answer, NotHereError, Readers, ReadRows
from streams.engine.restore import restore
from streams.engine.rows import StoredRows
from streams.engine.spans import Span, Tracer
from streams.engine.store import Store
from streams.engine.telling import Teller, Told
from streams.kafka.client_log import client_log
from streams.observing.recorder import Metrics
from streams.rephrasing.choosing import Models
from streams.rephrasing.telling import facts_of
from streams.rephrasing.timing import Scoring, Timed
from streams.settings import WorkerSettings
from streams.stage import Context, Flush, Rejected

FENCED = {KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH}  # noqa: SLF001 - the names librdkafka's own errors have

ABORT_S = 5.0
"""How long to wait for an abort: an open transaction that is not ended here is ended by the next owner."""

MESSAGE_BYTES_MAX = 1_000_000_000
"""The most librdkafka can send. Topics limit compressed sizes: a record that came small may be large when rejected."""


class Part(NamedTuple):
    """One partition of one stage."""

    stage: topology.Stage
    partition: int

    @property
    def name(self) -> str:
        """How it is called in logs, folders and transactional ids."""
        return f"{self.stage.name}-{self.partition}"


class Shared(msgspec.Struct, frozen=True):
    """What all owners of a worker have in common.

    Attributes:
        settings: the worker's settings.
        table: schema ids.
        models: the rephrase models; asked by the computing thread only, once a batch which one it is.
        partitions: how many partitions the source of each stage has, by topic before the prefix.
        identities: what tells each state topic from one of the same name made later, by stage.
        policy: the policy in force.
        metrics: where it is counted.
        tracer: makes spans of sampled traces; None where nobody wants any.
    """

    settings: WorkerSettings
    table: SchemaTable
    models: Models
    partitions: Mapping[str, int]
    identities: Mapping[str, str]
    policy: PolicyReader
    metrics: Metrics
    tracer: Tracer | None = None


class Work(NamedTuple):
    """A batch between compute and commit."""

    fence: Fence
    changes: list[tuple[bytes, bytes | None]]
    records: int
    facts: Mapping[str, float]
    told: Told
    scorings: Sequence[Scoring]
    rejected: Sequence[Rejected]
    compute_s: float
    spans: Sequence[Span]


class Owner:
    """The owner of one partition of one stage.

    Attributes:
        fence: how far it has come; what is committed, but between compute and commit.
    """

    def __init__(self, part: Part, shared: Shared) -> None:
        self.part = part
        self.shared = shared
        self.fence = Fence()
        self.source = self._topic(part.stage.source)
        self._state = self._topic(f"{part.stage.name}.state")
        self._decode = wire.decoder(part.stage, shared.table)
        self._scratch: dict[str, Any] = {}
        self._told_at = -1.0
        self._seen: deque[tuple[int, int]] = deque()
        self._fence_offset = -1
        self._teller = Teller(part.stage)
        self._readers: Readers | None = None
        self._producer: Producer
        self._store: Store
        self._rows: StoredRows

    # -- opening -------------------------------------------------------------------------------------------------

    def open(self, should_stop: Callable[[], bool]) -> None:
        """Take the partition over: shut out earlier owners, restore, find the fence.

        Raises:
            InterruptedOpeningError: the partition is not wanted any more.
            EngineError: the state cannot be used; the message says what to do.
        """
        settings = self.shared.settings
        self._producer = Producer(self._producer_config(), logger=client_log())
        until_answered(lambda: self._producer.init_transactions(ATTEMPT_S), should_stop, self._translated)
        self._store = Store(
            self.directory,
            cache_bytes=settings.block_cache_bytes,
            write_buffer_bytes=settings.write_buffer_bytes,
        )
        self._restore(should_stop)
        self._rows = StoredRows(self._store, self.part.stage.rows, cache_rows_max=settings.cache_rows_max)
        self.fence = Fence.decode(self._store.get(FENCE_KEY))
        self._check_partitions()
        self._check_log_start(should_stop)
        self.shared.policy.wait_for(self.fence.policy_next, should_stop)
        self.shared.metrics.levels(self.part.stage.name, self.part.partition, self._teller.levels(self._rows))
        self._readers = Readers(self.part.name, self._store, self.part.stage.rows)

    @property
    def directory(self) -> Path:
        """Where the local store is."""
        return self.shared.settings.member_dir / self.part.name

    def _restore(self, should_stop: Callable[[], bool]) -> None:
        settings, stage, partition = self.shared.settings, self.part.stage.name, self.part.partition
        restored = restore(
            self._store,
            settings.reader("restore"),
            self._state,
            partition,
            on_progress=lambda done, total: self.shared.metrics.restoring(stage, partition, done, total),
            should_stop=should_stop,
            identity=self.shared.identities[stage],
            trust_ms=settings.trust_store_ms,
        )
        self.shared.metrics.restored(stage, partition, restored.rows, restored.seconds)

    def _check_partitions(self) -> None:
        now, stored = dict(self.shared.partitions), self.fence.partitions
        if stored and stored != now:
            message = (
                f"partition counts are part of the state: {self.part.name} was written with {_counts(stored)}, the "
                f"topics have {_counts(now)}. Restore the old counts, or choose a new `prefix` and send the turns again"
            )
            raise EngineError(message)

    def _check_log_start(self, should_stop: Callable[[], bool]) -> None:
        place = TopicPartition(self.source, self.part.partition)
        low, high = until_answered(lambda: self._watermarks(place), should_stop, self._translated)
        if self.fence.next > high:
            message = (
                f"{self.source} [{self.part.partition}] ends at {high}, but {self.fence.next} were processed: the "
                f"topic was made anew or lost data. Choose a new `prefix`, or delete all its topics and start afresh"
            )
            raise EngineError(message)
        if self.fence.next >= low:
            return
        if self.fence.next and not self.shared.settings.accept_loss:
            message = (
                f"{self.source} [{self.part.partition}] begins at {low}, but only what is before {self.fence.next} was "
                f"processed: {low - self.fence.next} records are gone. Set `accept_loss` once to go on without them"
            )
            raise EngineError(message)
        self.fence = msgspec.structs.replace(self.fence, next=low)

    def _watermarks(self, place: TopicPartition) -> tuple[int, int]:
        consumer = Consumer(self.shared.settings.reader("watermarks"), logger=client_log())
        try:
            low, high = consumer.get_watermark_offsets(place, timeout=ATTEMPT_S)
        finally:
            consumer.close()
        return low, high

    # -- a batch -------------------------------------------------------------------------------------------------

    def compute(self, raws: Sequence[wire.Raw]) -> Work:
        """Run the step on a batch and produce what it wants done, leaving the transaction open.

        Args:
            raws: the records from the fence on, in order; may be empty.

        Raises:
            FencedError: another owner has taken over.
            TransactionError: Kafka refused something that a new try may cure.
            EngineError: something is wrong that no new try cures.
        """
        policy = self.shared.policy.in_force()
        scorer = self._scorer()
        began = time.perf_counter()
        flush = self.part.stage.step(self._rows, wire.records_of(raws), self._context(policy, scorer))
        compute_s = time.perf_counter() - began
        self._watch_rejected(len(raws), len(flush.rejected))
        place = self.source, self.part.partition
        begun = spans.begun(self.shared.tracer, flush, raws, self.part.stage.name, place)
        fence = self._fence_after(raws, policy, flush.facts)
        facts = flush.facts if scorer is None else {**flush.facts, **self.shared.models.take_facts()}
        messages = self._messages(flush, raws, fence)
        changes = self._rows.changes()
        try:
            self._producer.begin_transaction()
            self._produce(messages, changes, fence)
        except KafkaException as failure:
            raise self._translated(failure) from failure
        told = self._teller.of(flush, raws, self._rows)
        scorings = () if scorer is None else scorer.scorings
        return Work(fence, changes, len(raws), facts, told, scorings, flush.rejected, compute_s, begun)

    def commit(self, work: Work) -> None:
        """End the transaction, then write the local store.

        Raises:
            As ``compute``; when the outcome is not known, ``TransactionError``.
        """
        self._end_transaction()
        if self._fence_offset < 0:
            message = f"{self.part.name}: Kafka did not say where it stored the fence"
            raise EngineError(message)
        changes = [*work.changes, (FENCE_KEY, work.fence.encode())]
        self._store.write(changes, self._fence_offset + 1, round(time.time() * 1000))
        self._rows.committed()
        self.fence = work.fence
        spans.end(work.spans)
        saying.rejected(self, work.rejected)

    def read(self, ask: Callable[[ReadRows], Answer]) -> Answer:
        """Ask something of the rows as they were committed last; from any thread, and no batch waits for it.

        Raises:
            NotHereError: the owner is not open.
        """
        if self._readers is None:
            message = f"{self.part.name} is not open here yet"
            raise NotHereError(message)
        return self._readers.read(ask)

    def close(self) -> None:
        """Let go: end what is open without committing it, and close the store in any case."""
        if self._readers is not None:
            self._readers.close()
        try:
            if hasattr(self, "_producer"):
                self._close_producer(self._producer)
                del self._producer
        finally:
            if hasattr(self, "_store"):
                self._store.close()
                del self._store

    @staticmethod
    def _close_producer(producer: Producer) -> None:
        """End a producer in whatever state it is; one that was fenced answers every call with that, also ``close``."""
        for step in (lambda: producer.abort_transaction(ABORT_S), producer.purge, producer.close):
            # Under load the client now and then leaves its error set behind a result, which Python calls a SystemError.
            with suppress(KafkaException, SystemError):
                step()

    def is_empty(self) -> bool:
        """Tell whether a partition that tells its time has none to tell yet."""
        return self.part.stage.time is not None and not self.fence.time_ms

    # -- parts of a batch ----------------------------------------------------------------------------------------

    def _scorer(self) -> Timed | None:
        """Return the rephrase model for the whole batch, None where the stage asks none."""
        if self.part.stage is not topology.DETECT:
            return None
        models = self.shared.models
        scorer = models.current()
        facts_of(scorer)  # left from a batch that came to nothing: it will be counted again
        self.shared.metrics.models(models.names())
        return Timed(scorer)

    def _context(self, policy: InForce, scorer: Timed | None) -> Context:
        shared = self.shared
        return Context(
            shared.settings,
            self._decode,
            self.source,
            self.part.partition,
            shared.partitions[topology.DETECT.source],
            scorer,
            policy.policies,
            policy.next_offset,
            self._scratch,
        )

    def _fence_after(self, raws: Sequence[wire.Raw], policy: InForce, facts: Mapping[str, float]) -> Fence:
        stage, before = self.part.stage, self.fence
        time_ms = stage.time(self._rows) if stage.time else 0
        behind_ms = before.behind_ms
        # Ticks keep the distance; measured again, it would grow by their way through Kafka with every tick.
        only_ticks = facts.get("ticks") == len(raws) and behind_ms is not None
        if raws and time_ms > before.time_ms and not only_ticks:
            behind_ms = max(0, raws[-1].timestamp - time_ms)
        return Fence(
            raws[-1].offset + 1 if raws else before.next,
            dict(self.shared.partitions),
            policy.next_offset,
            behind_ms,
            time_ms,
        )

    def _messages(self, flush: Flush, raws: Sequence[wire.Raw], fence: Fence) -> list[wire.Message]:
        stage, partition, table = self.part.stage, self.part.partition, self.shared.table
        outputs = topology.packed(flush.outputs, partition, fence.time_ms)
        messages = wire.messages_of(outputs, self._topic, table)
        messages += wire.rejected_messages(flush, raws, self.source, partition, stage.name)
        if stage.time is not None:
            messages += self._time_told(fence)
        return messages

    def _time_told(self, fence: Fence) -> list[wire.Message]:
        """Tell every partition of trails the time, but no more often than wanted."""
        now = time.monotonic()
        if now - self._told_at < self.shared.settings.tick_every_ms / 1000:
            return []
        self._told_at = now
        value = Trails("", "", self.part.partition, fence.time_ms)
        topic = topology.LEARN.source
        return wire.ticks(value, self._topic(topic), self.shared.partitions[topic], self.shared.table)

    def _watch_rejected(self, records: int, rejected: int) -> None:
        """Stop before a whole topic is rerouted: somebody sends what this worker was not made for."""
        settings = self.shared.settings
        self._seen.append((records, rejected))
        while (
            len(self._seen) > 1 and sum(seen for seen, _ in self._seen) - self._seen[0][0] >= settings.rejected_window
        ):
            self._seen.popleft()
        seen, refused = (sum(column) for column in zip(*self._seen, strict=True))
        if seen >= settings.rejected_window and refused > settings.rejected_ratio_max * seen:
            message = (
                f"{refused} of the latest {seen} records of {self.source} [{self.part.partition}] had to be rejected, "
                f"more than `rejected_ratio_max` ({settings.rejected_ratio_max}) allows. Look at "
                f"{self.source}.rejected with `reprise rejected list`; correct the producer, or raise the setting to "
                f"pass them all"
            )
            raise EngineError(message)

    def _produce(self, messages: list[wire.Message], changes: list[tuple[bytes, bytes | None]], fence: Fence) -> None:
        produce, state, partition = self._producer.produce, self._state, self.part.partition
        for topic, key, value, to_partition, headers in messages:
            produce(topic, value, key, to_partition, headers=headers)
        for row_key, row in changes:
            produce(state, row, row_key, partition)
        self._fence_offset = -1
        produce(state, fence.encode(), FENCE_KEY, partition, on_delivery=self._fence_delivered)

    def _fence_delivered(self, error: KafkaError | None, message: Delivered) -> None:
        if error is None:
            self._fence_offset = message.offset() or 0

    def _end_transaction(self) -> None:
        deadline = time.monotonic() + self.shared.settings.commit_timeout_ms / 1000
        while True:
            try:
                self._producer.commit_transaction(ATTEMPT_S)
            except KafkaException as failure:
                if failure.args[0].retriable() and time.monotonic() < deadline:
                    continue
                raise self._translated(failure) from failure
            self._producer.poll(0)
            return

    def _translated(self, failure: KafkaException) -> Exception:
        error: KafkaError = failure.args[0]
        if error.code() in FENCED:
            return FencedError(f"{self.part.name}: {error.str()}")
        if error.code() in HOPELESS:
            return EngineError(f"{self.part.name}: Kafka refuses what the worker does: {error.str()}")
        return TransactionError(f"{self.part.name}: {error.str()}")

    def _producer_config(self) -> dict[str, Any]:
        settings = self.shared.settings
        return {
            **settings.client(),
            "transactional.id": f"{settings.prefix}reprise-{self.part.name}",
            "transaction.timeout.ms": settings.transaction_timeout_ms,
            "partitioner": "murmur2_random",
            "compression.type": settings.compression,
            "message.max.bytes": MESSAGE_BYTES_MAX,
            "queue.buffering.max.messages": 0,
        }

    def _topic(self, name: str) -> str:
        return self.shared.settings.topic(name)


HOPELESS = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.INVALID_TRANSACTION_TIMEOUT,
    KafkaError._AUTHENTICATION,  # noqa: SLF001
    KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
"""Answers that no later try changes."""


def _counts(partitions: Mapping[str, int]) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in sorted(partitions.items()))
