"""What each stage costs on a real Kafka: processor time, bytes, memory, a start. Knows no table and no sizing."""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import psutil
from confluent_kafka import Producer

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from streams import topology
from tests.bench import kafka_restart, kafka_throughput
from tests.bench.kafka_load import Watch
from tests.bench.kafka_scene import Scene, Watched
from tests.bench.kafka_traffic import schedule

DEADLINE_S: Final = 240.0
LOOK_EVERY_S: Final = 0.2
FLUSHES: Final[Mapping[str, tuple[int, int]]] = {"detect": (4_096, 32), "learn": (4_096, 2)}
"""Most records of a transaction in the two runs of each stage: few transactions, and many."""

TICKS: Final = 60_000
FEW, MANY = (4, 2), (24, 12)
"""Partitions of turns and of trails of the two idle workers."""

STARTS_MS: Final = 1_767_571_200_000
CROWDED_RATE: Final = 100
"""Turns a second of event time."""

NUMBERS = itertools.count(1)


class StageRun(msgspec.Struct, frozen=True):
    """One stage that took what waited for it.

    Attributes:
        records: records of its source.
        transactions: how many it made.
        worker_s: processor seconds of the worker.
        broker_s: processor seconds of the broker meanwhile.
    """

    records: int
    transactions: int
    worker_s: float
    broker_s: float


class Passed(msgspec.Struct, frozen=True):
    """Turns that went through stages, one after the other.

    Attributes:
        turns: how many.
        stages: what each stage cost.
        topic_bytes: what lies in the broker's folder afterwards, by topic.
        store_bytes: what lies in the stores, by stage.
        ingest_s: processor seconds of the broker while the turns were sent.
    """

    turns: int
    stages: dict[str, StageRun]
    topic_bytes: dict[str, int]
    store_bytes: dict[str, int]
    ingest_s: float


def scene(broker: Broker, folder: Path, **settings: object) -> Scene:
    """Return topics of their own on a broker."""
    number = next(NUMBERS)
    inside = folder / f"scene-{number}"
    inside.mkdir()
    return Scene(broker, inside, f"sizing-{number}-", **{**kafka_throughput.SETTINGS, **settings}).create_topics()


def crowded(turns: int) -> list[kafka_throughput.Fed]:
    """Return turns that come as close together as in service, so that rows of detect are written and let go."""
    events = (said.event(STARTS_MS + int(said.due_s * 1_000)) for said in schedule(turns, CROWDED_RATE))
    return [(f"{event.tenant}|{event.user}".encode(), encode_avro(event)) for event in events]


def passed(place: Scene, records: Sequence[kafka_throughput.Fed], run: int, stages: Sequence[str]) -> Passed:
    """Send turns, and let one stage after the other take them all.

    Args:
        place: with its topics.
        records: keys and values of the turns.
        run: 0 for few transactions, 1 for many.
        stages: which stages.
    """
    watch = Watch({"broker": place.broker.pid or 0})
    kafka_throughput.feed(place, records)
    ingest_s = watch.stop().own["broker"]
    runs = {stage: stage_run(place, stage, FLUSHES[stage][run]) for stage in stages}
    return Passed(len(records), runs, topic_bytes(place), store_bytes(place), ingest_s)


def stage_run(place: Scene, stage: str, flush_records_max: int) -> StageRun:
    """Let a worker of one stage take everything that waits for it."""
    source = "turns" if stage == "detect" else "trails"
    ends = place.ends(source)
    settings = {"stages": stage, "flush_records_max": flush_records_max, "flush_every_ms": 0}
    with place.worker(f"only-{stage}", **settings) as worker:
        worker.wait_for("partitions.open")
        watch = Watch({"worker": worker.pid, "broker": place.broker.pid or 0})
        until(worker, lambda: _is_at(worker.fences(stage), ends))
        load = watch.stop()
        transactions = int(worker.total("reprise_flush_seconds_count", stage))
        worker.stop()
    return StageRun(sum(ends.values()), transactions, load.own["worker"], load.own["broker"])


def ticks(place: Scene) -> StageRun:
    """Let learn take records that say nothing but the time."""
    producer = Producer({"bootstrap.servers": place.bootstrap, "queue.buffering.max.messages": 0, "linger.ms": 20})
    sources, targets = place.settings.turns_partitions, place.settings.trails_partitions
    for number in range(TICKS // sources // targets):
        for source, target in itertools.product(range(sources), range(targets)):
            value = topology.tick(source, STARTS_MS + number * 1_000).value
            producer.produce(place.topic("trails"), encode_avro(value) if value else b"", b"", target)
    producer.flush(DEADLINE_S)
    return stage_run(place, "learn", FLUSHES["learn"][0])


def idle_bytes(place: Scene) -> int:
    """Return the memory of a worker that has all its partitions open, and nothing in them."""
    with place.worker("idle") as worker:
        partitions = place.settings.turns_partitions + place.settings.trails_partitions
        until(worker, lambda: len(worker.parts()) == partitions)
        found = int(psutil.Process(worker.pid).memory_info().rss)
        worker.stop()
    return found


def restart(place: Scene, rows: int) -> kafka_restart.Start:
    """Return what a start without a local store takes."""
    kafka_restart.write_state(place, rows)
    with place.worker("restored") as worker:
        began = time.monotonic()
        until(worker, lambda: bool(worker.said("partitions.open")))
        open_s = time.monotonic() - began
        until(worker, lambda: worker.total("reprise_restore_rows_done", "learn") > 0)
        restore_s = worker.total("reprise_restore_seconds", "learn")
        done = int(worker.total("reprise_restore_rows_done", "learn"))
        worker.stop()
    return kafka_restart.Start(restore_s, done, open_s, open_s, [])


def topic_bytes(place: Scene) -> dict[str, int]:
    """Return what lies in the broker's folder, by topic: log segments alone."""
    found = dict.fromkeys((topic.name for topic in topology.TOPICS), 0)
    for segment in place.broker.directory.rglob("*.log"):
        name = segment.parent.name.rpartition("-")[0].removeprefix(place.prefix)
        if segment.parent.name.startswith(place.prefix) and name in found:
            found[name] += segment.stat().st_size
    return found


def store_bytes(place: Scene) -> dict[str, int]:
    """Return what lies in the local stores, by stage."""
    return {
        stage.name: sum(
            file.stat().st_size
            for file in (place.folder / "stores" / f"only-{stage.name}").rglob("*")
            if file.is_file() and not file.name.startswith("LOG")
        )
        for stage in topology.STAGES
    }


def until(worker: Watched, check: Callable[[], bool]) -> None:
    """Wait for a worker.

    Raises:
        RuntimeError: it ended, or takes too long.
    """
    deadline = time.monotonic() + DEADLINE_S
    while not check():
        if not worker.running or time.monotonic() > deadline:
            message = f"the worker does not get there:\n{worker.log_tail()}"
            raise RuntimeError(message)
        time.sleep(LOOK_EVERY_S)


def _is_at(fences: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    return all(fences.get(number, 0) >= end for number, end in ends.items())
