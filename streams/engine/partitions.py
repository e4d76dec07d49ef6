"""The partitions of one worker: opens and closes their owners, feeds them batches, keeps quiet ones moving.

Lives on the event loop. Blocking work runs in threads: one thread computes, since Python would not do more at a time
anyway; commits of other partitions wait for Kafka meanwhile. Knows no stage's rules.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

import structlog
from faust.types import TP

from streams import topology
from streams.engine import saying
from streams.engine.errors import EngineError, FencedError, InterruptedOpeningError, TransactionError
from streams.engine.owner import Owner, Part, Shared
from streams.engine.reading import NotHereError
from streams.engine.transport import Batch

log = structlog.get_logger(__name__)

OPENINGS_AT_ONCE: Final = 4
COMMITS_AT_ONCE: Final = 16
TELL_GROUP_S: Final = 5.0
REOPEN_WAIT_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Between tries to reopen a partition whose transaction failed; the last one from then on."""


class Reader(Protocol):
    """The consumer, as far as it is needed here."""

    async def seek_to(self, places: Mapping[TP, int]) -> None:
        """Read partitions from offsets."""

    async def tell_group(self, places: Mapping[TP, int]) -> None:
        """Commit offsets to the group."""

    async def check(self) -> None:
        """Raise what keeps it from being given partitions for good."""


class Ticker(Protocol):
    """Who writes a tick into a quiet partition."""

    def tick(self, partition: int, time_ms: int) -> None:
        """Write it."""


class Slot:
    """A partition that was assigned, and what waits for it.

    Attributes:
        opening: whether it is being opened and restored.
        moved_at: when the fence last moved, or was opened, in monotonic seconds.
        record_ms: when the first record of the batch in hand came to Kafka, or else the last committed one.
    """

    def __init__(self, tp: TP, part: Part) -> None:
        self.tp = tp
        self.part = part
        self.owner: Owner | None = None
        self.ready = False
        self.epoch = 0
        self.opening = False
        self.fetched_to = self.received_to = self.read_to = 0
        self.record_ms: int | None = None
        self.pending: deque[Any] = deque()
        self.empty_flush_wanted = False
        self.something_to_do = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.arrived_at = self.moved_at = time.monotonic()
        self.flushed_at = 0.0
        self.task: asyncio.Task[None] | None = None

    def suspend(self) -> None:
        """Take nothing more in, and forget what waits: it will be read again from the fence."""
        self.ready = False
        self.epoch += 1
        self.pending.clear()
        self.empty_flush_wanted = False

    def sought(self, offset: int) -> None:
        """Go on from an offset."""
        self.suspend()
        self.fetched_to = self.received_to = self.read_to = offset
        self.arrived_at = time.monotonic()
        self.ready = True

    def reached(self, fence: int) -> int:
        """Return the offset before which all is done: marks of transactions after the last record are no work."""
        return max(fence, self.read_to) if self.ready and fence == self.fetched_to else fence

    def oldest_ms(self) -> int | None:
        """Return when the oldest record that is not committed came to Kafka, at least; None where nobody knows."""
        if self.record_ms is not None:
            return self.record_ms
        waiting = next(iter(tuple(self.pending)), None)
        return None if waiting is None else int(waiting.timestamp)

    def want_empty_flush(self) -> None:
        """Run a batch even if no record comes."""
        self.empty_flush_wanted = True
        self.something_to_do.set()

    def take(self, limit_records: int, limit_bytes: int) -> list[Any]:
        """Take out the next batch."""
        batch: list[Any] = []
        size = 0
        while self.pending and len(batch) < limit_records and size < limit_bytes:
            record = self.pending.popleft()
            size += len(record.value or b"")
            batch.append(record)
        return batch


class Partitions:
    """All partitions of one worker; the intake of its consumer.

    Attributes:
        rebalances: how often the group has taken everything back.
        joined: whether the group has assigned what there is for this worker.
    """

    def __init__(
        self,
        shared: Shared,
        stages: Mapping[str, topology.Stage],
        ticker: Ticker,
        fatal: Callable[[BaseException], None],
    ) -> None:
        """Start with nothing assigned.

        Args:
            shared: what all owners have in common.
            stages: the stages that run here, by the full name of their source.
            ticker: writes ticks.
            fatal: told of what nobody here can cure.
        """
        self.shared = shared
        self.rebalances = 0
        self.joined = False
        self._stages = stages
        self._ticker = ticker
        self._fatal = fatal
        self._assigned: set[TP] = set()
        self._slots: dict[TP, Slot] = {}
        self._reader: Reader
        self._compute = ThreadPoolExecutor(1, "compute")
        self._commits = ThreadPoolExecutor(COMMITS_AT_ONCE, "commit")
        self._openings = ThreadPoolExecutor(OPENINGS_AT_ONCE, "open")
        self._stopping = False
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        settings = shared.settings
        self._held_back_above = 2 * settings.flush_records_max

    def start(self, reader: Reader) -> None:
        """Begin the recurring work."""
        self._reader = reader
        self._tasks = [asyncio.create_task(self._keep_moving()), asyncio.create_task(self._keep_telling())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Finish what is in flight and close everything."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await self.revoked()
        async with self._changing:
            await asyncio.gather(*(self._close(slot) for slot in list(self._slots.values())))
        for pool in (self._compute, self._commits, self._openings):
            pool.shutdown(wait=False)

    # -- seen from other threads -----------------------------------------------------------------------------------

    def open_owners(self) -> list[Owner]:
        """Return the owners of all open partitions, by stage and number."""
        return [owner for slot in self.slots() if (owner := slot.owner) is not None]

    def slots(self) -> list[Slot]:
        """Return all partitions that are, were just or will be open, by stage and number."""
        return sorted(self._slots.values(), key=lambda slot: (slot.part.stage.name, slot.part.partition))

    def unopened(self) -> tuple[str, ...]:
        """Name the partitions that are assigned and not open."""
        opened = {slot.tp for slot in self.slots() if slot.owner is not None}
        parts = (Part(self._stages[tp.topic], tp.partition) for tp in self._assigned - opened)
        return tuple(sorted(part.name for part in parts))

    def owner(self, stage: str, partition: int) -> Owner:
        """Return the owner of an open partition.

        Raises:
            NotHereError: it is not open here.
        """
        wanted = (stage, partition)
        for owner in self.open_owners():
            if (owner.part.stage.name, owner.part.partition) == wanted:
                return owner
        message = f"{stage}-{partition} is not open in this worker"
        raise NotHereError(message)

    # -- intake ----------------------------------------------------------------------------------------------------

    def wanted(self) -> set[TP]:
        """Return the partitions that may be read now."""
        return {tp for tp, slot in self._slots.items() if slot.ready and len(slot.pending) < self._held_back_above}

    def all_wanted(self) -> bool:
        """Tell whether no open partition is held back."""
        return len(self.wanted()) == len(self._slots)

    def fences(self) -> Mapping[TP, int]:
        """Return where each open partition goes on."""
        return {tp: slot.owner.fence.next for tp, slot in self._slots.items() if slot.owner and tp in self._assigned}

    def sought(self, places: Mapping[TP, int]) -> None:
        """Learn that these partitions are read from here on."""
        for tp, offset in places.items():
            slot = self._slots.get(tp)
            if slot is not None and slot.owner is not None and tp in self._assigned:
                slot.sought(offset)

    def batch(self, tp: TP, records: list[Any]) -> Batch | None:
        """Make a batch of what was fetched; None when all of it was read before."""
        slot = self._slots.get(tp)
        if slot is None or records[-1].offset < slot.fetched_to:
            return None
        start, slot.fetched_to = slot.fetched_to, records[-1].offset + 1
        return Batch(tp, slot.epoch, start, [record for record in records if record.offset >= start])

    def take(self, batch: Batch) -> None:
        """Take a batch in, unless it was fetched before the last seek.

        Raises:
            EngineError: records are missing before it.
        """
        slot = self._slots.get(batch.tp)
        if slot is None or batch.epoch != slot.epoch or not slot.ready:
            return
        if batch.start != slot.received_to:
            message = f"{slot.part.name}: records {slot.received_to} to {batch.start - 1} never arrived"
            raise EngineError(message)
        slot.received_to = batch.records[-1].offset + 1
        slot.pending.extend(batch.records)
        slot.arrived_at = time.monotonic()
        slot.something_to_do.set()

    def read_to(self, places: Mapping[TP, int]) -> None:
        """Learn how far partitions were read, whether or not that brought a record."""
        for tp, offset in places.items():
            slot = self._slots.get(tp)
            if slot is not None and slot.ready:
                slot.read_to = offset

    async def assigned(self, tps: set[TP]) -> None:
        """Learn what is assigned to this worker."""
        self._assigned = {tp for tp in tps if tp.topic in self._stages}
        self.joined = True

    async def revoked(self) -> None:
        """Let go of everything; returns when nothing is in flight."""
        self._assigned = set()
        self.joined = False
        self.rebalances += 1
        self.shared.metrics.rebalanced()
        for slot in self._slots.values():
            slot.suspend()
        await asyncio.gather(*(slot.idle.wait() for slot in self._slots.values()))

    async def open_assigned(self) -> None:
        """Close what is not assigned any more and open what is new. Told when a rebalance is complete."""
        generation = self.rebalances
        # The next rebalance may be complete while this one's partitions are still being closed or opened.
        async with self._changing:
            if generation == self.rebalances and not self._stopping:
                await self._change(generation)

    async def _change(self, generation: int) -> None:
        await asyncio.gather(*(self._close(slot) for tp, slot in list(self._slots.items()) if tp not in self._assigned))
        for tp in self._assigned - set(self._slots):
            self._slots[tp] = Slot(tp, Part(self._stages[tp.topic], tp.partition))
        slots = [self._slots[tp] for tp in sorted(self._assigned)]
        await asyncio.gather(*(self._open(slot, generation) for slot in slots if slot.owner is None))
        log.info("partitions.open", parts=[slot.part.name for slot in slots if slot.owner], generation=generation)

    # -- opening and closing -----------------------------------------------------------------------------------------

    async def _open(self, slot: Slot, generation: int) -> None:
        if not slot.idle.is_set():
            await slot.idle.wait()
        if slot.owner is not None or self._is_over(slot, generation):
            return
        slot.idle.clear()
        try:
            slot.owner = await self._opened(slot, generation)
            slot.moved_at = time.monotonic()  # not where it is reopened: what fails again and again does not move
        finally:
            slot.idle.set()
        if slot.owner is not None and (slot.task is None or slot.task.done()):
            slot.task = asyncio.create_task(self._run(slot))
            slot.task.add_done_callback(self._ended)

    def _is_over(self, slot: Slot, generation: int) -> bool:
        return self._stopping or generation != self.rebalances or slot.tp not in self._assigned

    async def _opened(self, slot: Slot, generation: int) -> Owner | None:
        """Open an owner; None when the partition is not wanted any more."""
        slot.opening = True
        try:
            return await self._opened_at_last(slot, generation)
        finally:
            slot.opening = False

    async def _opened_at_last(self, slot: Slot, generation: int) -> Owner | None:
        """Open an owner, again and again while Kafka fails."""
        tries = 0
        while not self._is_over(slot, generation):
            owner = Owner(slot.part, self.shared)
            try:
                await self._in(self._openings, owner.open, lambda: self._is_over(slot, generation))
            except (FencedError, TransactionError) as failure:
                saying.opening_failed(owner, failure)
                await self._in(self._openings, owner.close)
            except InterruptedOpeningError:
                await self._in(self._openings, owner.close)
                return None
            except Exception as problem:  # noqa: BLE001 - whatever it is, the worker stops with it
                await self._in(self._openings, owner.close)
                self._fatal(problem)
                return None
            else:
                saying.opened(owner)
                self.shared.metrics.opened(slot.part.stage.name, slot.part.partition, is_open=True)
                return owner
            await asyncio.sleep(REOPEN_WAIT_S[min(tries, len(REOPEN_WAIT_S) - 1)])
            tries += 1
        return None

    async def _close(self, slot: Slot) -> None:
        slot.suspend()
        await slot.idle.wait()
        slot.idle.clear()
        try:
            if slot.task is not None:
                slot.task.cancel()
            await self._discard(slot)
        finally:
            slot.idle.set()
        self._slots.pop(slot.tp, None)

    async def _discard(self, slot: Slot) -> None:
        owner, slot.owner = slot.owner, None
        if owner is not None:
            await self._in(self._openings, owner.close)
            saying.closed(owner)
            self.shared.metrics.opened(slot.part.stage.name, slot.part.partition, is_open=False)

    # -- batches -----------------------------------------------------------------------------------------------------

    async def _run(self, slot: Slot) -> None:
        settings = self.shared.settings
        while True:
            await slot.something_to_do.wait()
            slot.something_to_do.clear()
            while slot.ready and slot.owner and (slot.pending or slot.empty_flush_wanted):
                if await self._too_soon(slot):
                    continue
                slot.empty_flush_wanted = False
                slot.idle.clear()
                try:
                    await self._flush(slot, slot.owner, slot.take(settings.flush_records_max, settings.flush_bytes_max))
                except (FencedError, TransactionError) as failure:
                    await self._reopen(slot, failure)
                except Exception as problem:  # noqa: BLE001 - nothing was committed, and the worker stops with it
                    slot.suspend()
                    self._fatal(problem)
                finally:
                    slot.idle.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Stop the worker when a task ends by itself: nobody would notice that a partition, or time, stands still."""
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            self._fatal(problem)

    async def _too_soon(self, slot: Slot) -> bool:
        """Wait until a partition may be flushed again; tell whether there was a wait, in which everything may change.

        A busy machine would otherwise spend itself on ever more and ever smaller transactions.
        """
        wait_s = slot.flushed_at + self.shared.settings.flush_every_ms / 1000 - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
            return True
        slot.flushed_at = time.monotonic()
        return False

    async def _flush(self, slot: Slot, owner: Owner, raws: list[Any]) -> None:
        began = time.monotonic()
        stage, metrics, fence = slot.part.stage.name, self.shared.metrics, owner.fence.next
        slot.record_ms = raws[0].timestamp if raws else slot.record_ms
        work = await self._in(self._compute, owner.compute, raws)
        await self._in(self._commits, owner.commit, work)
        metrics.flushed(stage, work.records, time.monotonic() - began, work.facts)
        metrics.observe("reprise_compute_seconds", stage, value=work.compute_s)
        work.told.enter(metrics, stage, slot.part.partition)
        metrics.scored(work.scorings)
        metrics.at(stage, slot.part.partition, owner.fence.next, len(slot.pending))
        if owner.fence.next != fence:
            slot.record_ms, slot.moved_at = raws[-1].timestamp, time.monotonic()

    async def _reopen(self, slot: Slot, failure: Exception) -> None:
        """Start afresh from what was committed, if the partition is still ours."""
        slot.suspend()
        kind = "fenced" if isinstance(failure, FencedError) else "failed"
        if slot.owner is not None:
            saying.reopening(slot.owner, kind, failure)
        self.shared.metrics.failed(slot.part.stage.name, kind)
        await self._discard(slot)
        generation = self.rebalances
        slot.owner = await self._opened(slot, generation)
        if slot.owner is not None and not self._is_over(slot, generation):
            await self._reader.seek_to({slot.tp: slot.owner.fence.next})

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, call, *arguments)

    # -- time --------------------------------------------------------------------------------------------------------

    async def _keep_moving(self) -> None:
        """Let time pass on quiet partitions, and orders reach them."""
        settings = self.shared.settings
        while True:
            await asyncio.sleep(min(settings.tick_every_ms, settings.quiet_after_ms) / 4000)
            for slot in list(self._slots.values()):
                if not slot.ready or slot.owner is None or slot.pending:
                    continue  # what waits brings the orders along
                if slot.idle.is_set() and self._has_new_orders(slot.owner):
                    slot.want_empty_flush()
                elif slot.part.stage.time is not None:
                    self._move(slot, slot.owner)

    def _has_new_orders(self, owner: Owner) -> bool:
        """Tell whether people decided something since the last batch: a kill must not wait for somebody to speak."""
        return self.shared.policy.in_force().next_offset > owner.fence.policy_next

    def _move(self, slot: Slot, owner: Owner) -> None:
        settings = self.shared.settings
        now = time.monotonic()
        if now - slot.arrived_at < max(settings.quiet_after_ms, settings.tick_every_ms) / 1000:
            return
        slot.arrived_at = now
        fence = owner.fence
        time_ms = 0 if fence.behind_ms is None else round(time.time() * 1000) - fence.behind_ms
        if time_ms > fence.time_ms and not owner.is_empty():
            self._ticker.tick(slot.part.partition, time_ms)
        else:  # nothing to move, or ahead of the clock: but learn may not have been told
            slot.want_empty_flush()

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(TELL_GROUP_S)
            await self._reader.check()
            fences = {tp: next_offset for tp, next_offset in self.fences().items() if next_offset}
            if fences:
                await self._reader.tell_group(fences)
