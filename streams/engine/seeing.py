"""What is seen of a worker from other threads: how far it is, whether it is well, its gauges. Knows no stage's rules.

Everything is computed when somebody asks, so that it is right also while the event loop is stuck.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException

from streams.engine.heartbeat import Heartbeat
from streams.engine.partitions import Partitions, Slot
from streams.engine.reading import Standing
from streams.engine.repeating import Repeating
from streams.engine.sampling import Sampler
from streams.engine.transport import Consumer
from streams.kafka.progress import Place
from streams.kafka.schema_registry import RegistryOutageError, ask_registry, registry_client
from streams.observing.health import Health, Vitals, judge
from streams.observing.recorder import Metrics
from streams.settings import WorkerSettings

SAMPLE_S: Final = 2.0
"""How often Kafka is asked where partitions end: about as fine as anybody looks at lag."""

REGISTRY_S: Final = 15.0
STORE_SIZE_S: Final = 10.0
"""For how long the size of a store is not looked up again."""

SAMPLES_PER_WAIT: Final = 4
"""So often Kafka is asked in the time after which its silence counts."""


class Seeing:
    """What is seen of one worker. Made before it has anything; ``has`` gives it what there is."""

    def __init__(self, settings: WorkerSettings, metrics: Metrics, is_stopping: Callable[[], bool]) -> None:
        """Begin with a worker that was just started.

        Args:
            settings: the worker's.
            metrics: where gauges are set.
            is_stopping: whether it was asked to end.
        """
        self.heartbeat = Heartbeat()
        self._settings = settings
        self._metrics = metrics
        self._is_stopping = is_stopping
        self._stuck_after_s = settings.stuck_after_ms / 1000
        self._partitions: Partitions | None = None
        self._consumer: Consumer | None = None
        self._sampler = Sampler(settings.client(), Place(settings.topic("policy"), 0), self._places)
        every_s = min(SAMPLE_S, self._stuck_after_s / SAMPLES_PER_WAIT)
        self._kafka = Repeating("kafka", self._sampler.sample, KafkaException, every_s)
        self._registry: Repeating | None = None
        self._sizes: dict[Path, tuple[float, int]] = {}
        self._shown: set[tuple[str, int]] = set()

    def start(self) -> None:
        """Begin to ask Kafka, and the Schema Registry if there is one."""
        settings = self._settings
        self._metrics.set("reprise_info", version("reprise"), value=1)
        self._metrics.set("reprise_win_loss_floor", value=settings.win_loss_min)
        self._kafka.start()
        if settings.schema_registry_url:
            ask = partial(ask_registry, registry_client(settings), settings)
            self._registry = Repeating("schema registry", ask, RegistryOutageError, REGISTRY_S).start()

    def has(self, partitions: Partitions, consumer: Consumer) -> None:
        """Learn what the worker has by now."""
        self._partitions, self._consumer = partitions, consumer

    def stop(self) -> None:
        """Ask nobody any more."""
        self._kafka.stop()
        if self._registry is not None:
            self._registry.stop()

    # -- what is told ----------------------------------------------------------------------------------------------

    def standing(self) -> tuple[Standing, ...]:
        """Return how far each open partition is."""
        return tuple(
            Standing(slot.part.stage.name, slot.part.partition, owner.fence.next, self._lag_s(slot, owner.fence.next))
            for slot in self._slots()
            if (owner := slot.owner) is not None
        )

    def health(self) -> Health:
        """Judge the worker as it is now."""
        partitions, consumer = self._partitions, self._consumer
        return judge(
            Vitals(
                turned_s=self.heartbeat.turned_s,
                polled_s=None if consumer is None else consumer.polled_s,
                flowing=consumer is not None and consumer.flow_active,
                stopping=self._is_stopping(),
                joined=partitions is not None and partitions.joined,
                opening=() if partitions is None else partitions.unopened(),
                policy_read=partitions is not None and partitions.shared.policy.complete,
                answered_s=self._kafka.answered_s,
                now_s=time.monotonic(),
            ),
            self._stuck_after_s,
        )

    def show(self) -> None:
        """Set all gauges that speak of this moment. One caller at a time."""
        show = self._metrics.set
        show("reprise_ready", value=self.health().ready)
        show("reprise_loop_delay_seconds", value=self.heartbeat.delay_s())
        for name, asked in (("kafka", self._kafka), ("registry", self._registry)):
            if asked is not None and asked.answered_at is not None:
                show(f"reprise_{name}_answered_seconds", value=asked.answered_at)
        self._show_disk()
        self._show_partitions()

    # -- gauges ----------------------------------------------------------------------------------------------------

    def _show_disk(self) -> None:
        disk = shutil.disk_usage(_existing(self._settings.data_dir))
        self._metrics.set("reprise_disk_free_bytes", value=disk.free)
        self._metrics.set("reprise_disk_size_bytes", value=disk.total)

    def _show_partitions(self) -> None:
        shown = set()
        for slot in self._slots():
            shown.add((slot.part.stage.name, slot.part.partition))
            self._show_slot(slot)
        for stage, partition in self._shown - shown:  # closed, maybe while it was being shown
            self._metrics.forget(stage, partition)
        self._shown = shown

    def _show_slot(self, slot: Slot) -> None:
        place = (slot.part.stage.name, str(slot.part.partition))
        show = self._metrics.set
        show("reprise_restoring", *place, value=slot.opening)
        owner = slot.owner
        if owner is None:
            return
        fence = owner.fence
        show("reprise_fence_offset", *place, value=fence.next)
        show("reprise_waiting_records", *place, value=len(slot.pending))
        show("reprise_fence_age_seconds", *place, value=max(0.0, time.monotonic() - slot.moved_at))
        show("reprise_store_bytes", *place, value=self._size(owner.directory))
        if fence.behind_ms is not None:
            show("reprise_behind_seconds", *place, value=fence.behind_ms / 1000)
        lag_s = self._lag_s(slot, fence.next)
        records = self._sampler.records(_place(slot), slot.reached(fence.next))
        if lag_s is not None and records is not None:
            show("reprise_lag_seconds", *place, value=lag_s)
            show("reprise_lag_records", *place, value=records)

    def _lag_s(self, slot: Slot, fence: int) -> float | None:
        since_ms = slot.oldest_ms()
        since_s = None if since_ms is None else time.monotonic() - time.time() + since_ms / 1000
        return self._sampler.lag_s(_place(slot), slot.reached(fence), since_s)

    def _size(self, directory: Path) -> int:
        """Return the bytes of a store, as they were at most some seconds ago."""
        now_s = time.monotonic()
        found_s, size = self._sizes.get(directory, (-STORE_SIZE_S, 0))
        if now_s - found_s >= STORE_SIZE_S:
            size = folder_bytes(directory)
            self._sizes[directory] = (now_s, size)
        return size

    # -- partitions ------------------------------------------------------------------------------------------------

    def _slots(self) -> list[Slot]:
        return [] if self._partitions is None else self._partitions.slots()

    def _places(self) -> list[Place]:
        return [_place(slot) for slot in self._slots() if slot.owner is not None]


def folder_bytes(directory: Path) -> int:
    """Return how much the files of a folder hold; those that vanish meanwhile do not count."""
    total = 0
    for path in directory.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _place(slot: Slot) -> Place:
    return Place(slot.tp.topic, slot.tp.partition)


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
