"""One service on one broker, for tests: its topics, what goes in and comes out, and workers that a test may end anyhow.

Knows how workers are run and how far they have come; no stage's rules.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from schemas.codec import decode_avro, encode_avro
from schemas.records import Tick, Trails, TurnEvent
from streams import topology
from streams.detect.scorer import Scorer
from streams.engine.fence import FENCE_KEY, Fence
from streams.engine.worker import Worker
from streams.kafka import provisioning
from streams.observing.recorder import Metrics
from streams.settings import WorkerSettings
from tests.broker.topics import received
from tests.broker.waiting import eventually

Record = TypeVar("Record", bound=msgspec.Struct)

ROOT = Path(__file__).parent.parent.parent

QUICK: Mapping[str, Any] = {
    "session_timeout_ms": 6_000,
    "heartbeat_ms": 500,
    "tick_every_ms": 100,
    "quiet_after_ms": 600_000,
    "replication": 1,
    "release": "floor",
    "users_min": 1,
}
"""A worker for tests: it notices soon what happens, and makes no ticks of its own unless a test wants them."""

SETTLED_S = 40.0

PROGRAM = """\
import sys
from streams.commands.worker import worker
sys.exit(worker(bootstrap=sys.argv[1], prefix=sys.argv[2], sets=sys.argv[3:], settings_file=""))
"""
"""What `reprise worker` runs."""


class Arriving(NamedTuple):
    """One record to produce. ``partition`` -1 leaves it to the key."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = -1


def arriving(event: TurnEvent, partition: int = -1) -> Arriving:
    """Return a turn event as its producer sends it."""
    return Arriving(f"{event.tenant}|{event.user}".encode(), encode_avro(event), partition=partition)


class Service:
    """The topics of one prefix.

    Args:
        bootstrap: the broker.
        prefix: of all names.
        folder: where workers keep their stores.
        turns: partitions of turns.
        trails: partitions of trails.
        settings: what all workers run with, beside ``QUICK``.
    """

    def __init__(
        self, bootstrap: str, prefix: str, folder: Path, *, turns: int = 1, trails: int = 1, **settings: Any
    ) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.folder = folder
        self.turns = turns
        self.trails = trails
        self._settings = {**QUICK, "turns_partitions": turns, "trails_partitions": trails, **settings}
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "message.max.bytes": 100_000_000,
                "linger.ms": 5,
                "compression.type": "lz4",
            }
        )

    def settings(self, instance: str = "one", **settings: Any) -> WorkerSettings:
        """Return the settings of one worker."""
        given = {"data_dir": self.folder, **self._settings, **settings}
        return WorkerSettings(bootstrap=self.bootstrap, prefix=self.prefix, instance=instance, **given)

    def create_topics(self) -> Self:
        """Make the topics as the program does."""
        settings = self.settings()
        provisioning.create(settings, settings)
        return self

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return self.prefix + name

    # -- records in and out ----------------------------------------------------------------------------------------

    def send(self, records: Iterable[Arriving], topic: str = "turns") -> None:
        """Send records in order, and wait until Kafka has them."""
        failed: list[str] = []
        for record in records:
            self._producer.produce(
                self.topic(topic),
                record.value,
                record.key,
                record.partition,
                headers=list(record.headers),
                on_delivery=lambda error, _: failed.append(error.str()) if error else None,
            )
            self._producer.poll(0)
        assert self._producer.flush(30) == 0
        assert not failed, failed[:3]

    def tick(self, at_ms: int, partitions: Iterable[int] | None = None) -> None:
        """Let time pass on partitions of turns, on all by default."""
        event = TurnEvent("demo", "en-US", "clock", "", at_ms, tick=Tick())
        chosen = range(self.turns) if partitions is None else partitions
        self.send(Arriving(None, encode_avro(event), partition=partition) for partition in chosen)

    def messages(self, topic: str) -> list[Message]:
        """Return the committed records of a topic, each partition in order."""
        return received(self.bootstrap, self.topic(topic))

    def ends(self, topic: str) -> dict[int, int]:
        """Return where each partition of a topic ends, marks of transactions counted."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "ends"})
        try:
            partitions = consumer.list_topics(self.topic(topic), timeout=10).topics[self.topic(topic)].partitions
            places = [TopicPartition(self.topic(topic), number) for number in partitions]
            return {place.partition: consumer.get_watermark_offsets(place, timeout=10)[1] for place in places}
        finally:
            consumer.close()

    def partition(self, topic: str, number: int) -> list[Message]:
        """Return the committed records of one partition, in order."""
        return [message for message in self.messages(topic) if message.partition() == number]

    def values(self, topic: str, kind: type[Record]) -> list[Record]:
        """Return the committed values of a topic, each partition in order."""
        return [decode_avro(kind, bytes_of(message)) for message in self.messages(topic)]

    # -- how far it has come -----------------------------------------------------------------------------------------

    def fences(self, stage: str) -> dict[int, Fence]:
        """Return how far a stage has come, by partition, as committed."""
        found: dict[int, Fence] = {}
        for message in self.messages(f"{stage}.state"):
            if message.key() == FENCE_KEY:
                found[message.partition() or 0] = Fence.decode(message.value())
        return found

    def is_done(self) -> bool:
        """Tell whether everything sent so far was processed by both stages."""
        return all(
            _is_behind(self.messages(source), self.fences(stage))
            for stage, source in (("detect", "turns"), ("learn", "trails"))
        )

    def settle(self, at_ms: int) -> None:
        """Let time pass everywhere until all that was said is learned."""

        def told() -> bool:
            self.tick(at_ms)  # again, as a worker tells its time only so often
            times = {
                (message.partition(), value.partition): value.partition_time
                for message in self.messages("trails")
                for value in [decode_avro(Trails, bytes_of(message))]
            }
            return sum(time_ms >= at_ms for time_ms in times.values()) == self.turns * self.trails

        eventually(told, SETTLED_S)
        eventually(self.is_done, SETTLED_S)


def bytes_of(message: Message) -> bytes:
    """Return the value of a record that has one."""
    value = message.value()
    assert isinstance(value, bytes)
    return value


def headers_of(message: Message) -> dict[str, bytes]:
    """Return the headers of a record by name, those that have a value."""
    given: Any = message.headers() or []  # a list of pairs, though the client's types allow more
    return {name: value for name, value in given if value is not None}


def _is_behind(messages: Iterable[Message], fences: Mapping[int, Fence]) -> bool:
    last: dict[int, int] = defaultdict(lambda: -1)
    for message in messages:
        last[message.partition() or 0] = message.offset() or 0
    return all(partition in fences and fences[partition].next > offset for partition, offset in last.items())


class Running:
    """A worker in a thread of this process; ends with the block, and its failure is the test's.

    Attributes:
        worker: it.
        problem: why it ended by itself.
    """

    def __init__(self, settings: WorkerSettings, *, scorer: Scorer | None = None, wait_s: float = 60.0) -> None:
        self.worker = Worker(settings, scorer, Metrics(strict=True))
        self.problem: BaseException | None = None
        self._wait_s = wait_s
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name=f"worker {settings.instance}", daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._life())
        except BaseException as problem:  # noqa: BLE001 - whatever it is, the test hears of it
            self.problem = problem

    async def _life(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.worker.run()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop it runs on, once it does."""
        return self._loop

    def start(self) -> Self:
        """Start it."""
        self._thread.start()
        return self

    def ended(self) -> BaseException | None:
        """Wait for its end, and return why it ended."""
        self._thread.join(self._wait_s)
        assert not self._thread.is_alive(), "the worker does not end"
        return self.problem

    def stop(self) -> BaseException | None:
        """Ask it to end, wait for that, and return why it ended if it was before."""
        self.worker.stop()
        return self.ended()

    def facts(self) -> dict[str, float]:
        """Return everything it counted, ``records`` among it, by stage and name joined by a dot."""
        metrics = self.worker.metrics
        found = {f"{stage}.{fact}": amount for (stage, fact), amount in dict(metrics.facts).items()}
        for stage in topology.STAGES:
            taken = metrics.registry.get_sample_value("reprise_records_total", {"stage": stage.name})
            found[f"{stage.name}.records"] = taken or 0.0
        return found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        problem = self.stop()
        if problem is not None:
            raise problem from error


class Process:
    """A worker in a process of its own, which a test may pause and kill.

    Attributes:
        log: the file with what it says.
    """

    def __init__(self, service: Service, instance: str, program: str = PROGRAM, **settings: Any) -> None:
        values = service.settings(instance, **settings)
        given = values.model_dump(exclude={"bootstrap", "prefix"}, exclude_defaults=True)
        self.log = service.folder / f"{instance}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        options = [f"{name}={value}" for name, value in given.items()]
        self._before = len(self.lines())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, service.bootstrap, service.prefix, *options],
                cwd=ROOT,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def lines(self) -> list[dict[str, Any]]:
        """Return what it and its predecessors said; whatever is no JSON is the test's failure."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.strip()]

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return what this one said about an event."""
        return [line for line in self.lines()[self._before :] if line["event"] == event]

    def parts(self) -> list[str]:
        """Return the partitions it has open, as it said last."""
        said = self.said("partitions.open")
        return sorted(said[-1]["parts"]) if said else []

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
