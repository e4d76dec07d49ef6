"""Where the engine hooks into Faust: batched intake, own seeks, own view of what is assigned. Knows no stage.

Faust's consumer hands over one message a record and seeks to the group's committed offsets. Here one message is all
records that a fetch brought for a partition, and a partition is read from its fence. Private members of Faust and
aiokafka are used, so both are pinned; the tests on real Kafka guard every upgrade.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import aiokafka
import structlog
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError, NoOffsetForPartitionError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

log = structlog.get_logger(__name__)

IDLE_S = 1.0
"""How long a fetch waits when every partition is wanted: any record ends it."""

BUSY_S = 0.05
"""How long it waits when some are not, as they may be wanted again meanwhile."""

REST_S = 0.01
"""Time from one fetch that brought something to the next: going for every record alone costs both sides too much."""


class Batch(NamedTuple):
    """Records of one partition from one fetch.

    ``epoch`` counts the seeks of the partition; ``start`` is where the fetch began, which may be before its first
    record: marks of transactions have offsets too.
    """

    tp: TP
    epoch: int
    start: int
    records: list[Any]


class Intake(Protocol):
    """Who decides what is read, and from where."""

    def wanted(self) -> set[TP]:
        """Return the partitions that may be read now."""

    def all_wanted(self) -> bool:
        """Tell whether no open partition is held back."""

    def fences(self) -> Mapping[TP, int]:
        """Return where each open partition goes on."""

    def sought(self, places: Mapping[TP, int]) -> None:
        """Learn that these partitions are read from here on."""

    def batch(self, tp: TP, records: list[Any]) -> Batch | None:
        """Make a batch of what was fetched; None when all of it was read before."""

    def read_to(self, places: Mapping[TP, int]) -> None:
        """Learn how far partitions were read, whether or not that brought a record."""

    async def assigned(self, tps: set[TP]) -> None:
        """Learn what is assigned to this worker."""

    async def revoked(self) -> None:
        """Let go of everything; returns when nothing is in flight."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, reading committed records only and never resetting a position.

    Attributes:
        positions: how far the last fetch came.
    """

    positions: Mapping[TP, int] = MappingProxyType({})

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        if not isinstance(transport, Transport):
            message = "the engine's consumer needs the engine's transport"
            raise TypeError(message)
        # Partitions stay where their stores are. The assignor remembers them on its class: a class for each worker.
        self._assignor = type("Assignor", (StickyPartitionAssignor,), {})
        return aiokafka.AIOKafkaConsumer(
            group_id=self.app.conf.id,
            group_instance_id=self.app.conf.consumer_group_instance_id,
            client_id=self.app.conf.broker_client_id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_records=None,
            max_poll_interval_ms=int(self.app.conf.broker_max_poll_interval * 1000),
            rebalance_timeout_ms=int(self.app.conf.broker_rebalance_timeout * 1000),
            session_timeout_ms=int(self.app.conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(self.app.conf.broker_heartbeat_interval * 1000),
            request_timeout_ms=int(self.app.conf.broker_request_timeout * 1000),
            max_partition_fetch_bytes=self.app.conf.consumer_max_fetch_size,
            **transport.arguments,
        )

    async def _fetch_records(self, consumer: Any, active_partitions: Any, *args: Any, **kwargs: Any) -> Any:
        """Fetch as Faust does, and note how far that came: marks of transactions are passed and bring no record."""
        fetched = await super()._fetch_records(consumer, active_partitions, *args, **kwargs)
        self.positions = dict(_positions(consumer, active_partitions or ()))
        return fetched

    async def seek_all(self, places: Mapping[TP, int]) -> None:
        """Read each partition from an offset, if it is still assigned."""
        await self.call_thread(self._seek_all, places)

    async def _seek_all(self, places: Mapping[TP, int]) -> None:
        consumer = self._ensure_consumer()
        mine = consumer.assignment()
        for tp, offset in places.items():
            place = TopicPartition(tp.topic, tp.partition)
            if place in mine:
                consumer.seek(place, offset)

    async def check(self) -> None:
        """See whether the worker can still be given partitions. Raises what ended aiokafka's part in the group."""
        if self._consumer is not None:
            await self.call_thread(self._check)

    async def _check(self) -> None:
        self._ensure_consumer()._coordinator.check_errors()  # noqa: SLF001 - pinned, see above

    async def tell_group(self, places: Mapping[TP, int]) -> None:
        """Commit offsets to the group, for those who watch its lag; nothing depends on them."""
        await self.call_thread(self._tell_group, places)

    async def _tell_group(self, places: Mapping[TP, int]) -> None:
        consumer = self._ensure_consumer()
        mine = consumer.assignment()
        offsets = {
            TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, "")
            for tp, offset in places.items()
            if TopicPartition(tp.topic, tp.partition) in mine
        }
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except KafkaError as failure:
            log.info("group.offsets_not_told", error=type(failure).__name__)


class Consumer(driver.Consumer):
    """Faust's consumer with batches for messages, driven by an intake.

    Attributes:
        polled_s: when it last asked for records, or was allowed to again, in monotonic seconds; None before it did.
    """

    polled_s: float | None = None
    _thread: ConsumerThread
    intake: Intake

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the intake from the transport."""
        super().__init__(*args, **kwargs)
        if isinstance(self.transport, Transport):
            self.intake = self.transport.intake
        self._not_fetching = asyncio.Event()
        self._not_fetching.set()
        self._fetched_at = 0.0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's signature
        """Yield what one fetch brought, a message a partition."""
        await self.sleep(max(0.0, self._fetched_at + REST_S - time.monotonic()))
        if not self.flow_active:
            await self.wait(self.can_resume_flow.wait())
        self.polled_s = time.monotonic()
        wanted = self.intake.wanted()
        if not wanted:
            await self.sleep(BUSY_S)
            return
        self._not_fetching.clear()
        try:
            fetched = await self._fetched(wanted, min(timeout, IDLE_S) if self.intake.all_wanted() else BUSY_S)
            batches = [(tp, self.intake.batch(tp, records)) for tp, records in map(_own, fetched.items()) if records]
            self.intake.read_to(self._thread.positions)
        finally:
            self._not_fetching.set()
        if batches:
            self._fetched_at = time.monotonic()
        for tp, batch in batches:
            if batch is not None:
                self._read_offset[tp] = None  # no record was left out: the intake counts offsets itself
                yield tp, self._message(tp, batch)

    async def _fetched(self, wanted: set[TP], wait_s: float) -> Mapping[Any, list[Any]]:
        try:
            return await self._getmany(wanted, wait_s)
        except NoOffsetForPartitionError:
            return {}  # a rebalance came in between: the partition has no position yet, and is about to be sought

    def _message(self, tp: TP, batch: Batch) -> ConsumerMessage:
        last = batch.records[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            [],
            None,
            batch,  # type: ignore[arg-type]  # a batch travels where a value's bytes do
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def resume_flow(self) -> None:
        """Allow fetches again; how long there were none before says nothing."""
        self.polled_s = time.monotonic()
        super().resume_flow()

    async def perform_seek(self) -> None:
        """Read every open partition from its fence; Faust calls this before it resumes after a rebalance."""
        await self._not_fetching.wait()
        await self._seek_to(self.intake.fences())

    async def seek_to(self, places: Mapping[TP, int]) -> None:
        """Read partitions from offsets, with no fetch under way that could straddle the change.

        Does nothing during a rebalance: a fetch may wait for its end, and after it every partition is sought anyway.
        """
        while self.flow_active and not self._not_fetching.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._not_fetching.wait(), BUSY_S)
        if self.flow_active:
            await self._seek_to(places)

    async def _seek_to(self, places: Mapping[TP, int]) -> None:
        await self._thread.seek_all(places)
        self.intake.sought(places)

    async def tell_group(self, places: Mapping[TP, int]) -> None:
        """Commit offsets to the group, for those who watch its lag."""
        await self._thread.tell_group(places)

    async def check(self) -> None:
        """See whether the worker can still be given partitions: a fetch would tell, but without them there is none.

        Raises:
            Exception: what ended its part in the group; it would wait for ever.
        """
        await self._thread.check()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what is in flight before the group goes on."""
        self.stop_flow()
        await self.intake.revoked()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep an own view of what is assigned: aiokafka's is stale in the middle of a rebalance."""
        await self.intake.assigned(set(assigned))
        await super().on_partitions_assigned(assigned, generation_id)


class Transport(driver.Transport):
    """Faust's aiokafka transport with the consumer above.

    Attributes:
        intake: who decides what is read.
        arguments: how aiokafka reaches Kafka: addresses and security.
    """

    Consumer = Consumer

    def __init__(self, *args: Any, intake: Intake, arguments: Mapping[str, Any], **kwargs: Any) -> None:
        """Take what the consumer needs."""
        super().__init__(*args, **kwargs)
        self.intake = intake
        self.arguments = dict(arguments)


def _own(fetched: tuple[Any, list[Any]]) -> tuple[TP, list[Any]]:
    """Return Faust's name of a partition for aiokafka's."""
    place, records = fetched
    return _tp(place), records


def _positions(consumer: Any, places: Iterable[Any]) -> Iterator[tuple[TP, int]]:
    """Yield the next offset of those partitions that have one: a rebalance may take them at any moment."""
    subscription = consumer._subscription.subscription  # noqa: SLF001
    assignment = None if subscription is None else subscription.assignment
    for place in places:
        state = None if assignment is None else assignment.state_value(TopicPartition(place.topic, place.partition))
        if state is not None and state.has_valid_position:
            yield _tp(place), state.position


def _tp(place: Any) -> TP:
    return TP(place.topic, place.partition)
