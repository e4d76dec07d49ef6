"""How many turns a worker takes a second, and what the same turns cost the stages alone, in memory. Knows no table."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from confluent_kafka import Producer

from schemas.codec import DETECT_FIELDS, encode_avro, project
from schemas.records import TurnEvent
from streams import topology
from streams.driver import Driver
from streams.simulate.traffic import simulate
from streams.stage import Record
from tests.bench.kafka_load import Load, Watch
from tests.bench.kafka_profile import Profile
from tests.bench.kafka_scene import Scene, Watched

USERS: Final = 2_000
SEED: Final = 1
DEADLINE_S: Final = 300.0
LOOK_EVERY_S: Final = 0.5
"""Each look is a scrape, which takes some of what is measured: ten times as often as Prometheus would."""
SETTINGS: Final = {
    "turns_partitions": 4,
    "trails_partitions": 2,
    "quiet_after_ms": 600_000,  # no ticks: what is fed is all there is
}
"""What throughput is measured with."""

Fed = tuple[bytes, bytes]


class Throughput(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        turns: records of the topic of turns.
        pure_s: processor seconds of both stages in memory, the same records in batches of the same size.
        seconds: from the moment when partitions were open to the last commit.
        load: processor seconds meanwhile.
        flushes: transactions, by stage.
        parts: share of the worker's processor time by what it was spent on; empty without a profile.
    """

    turns: int
    pure_s: float
    seconds: float
    load: Load
    flushes: dict[str, int]
    parts: dict[str, float]


def traffic(turns: int) -> list[Fed]:
    """Return simulated traffic as a producer sends it: key and value."""
    return [
        (f"{event.tenant}|{event.user}".encode(), encode_avro(event)) for event in simulate(turns, USERS, SEED, days=3)
    ]


def feed(scene: Scene, records: Sequence[Fed]) -> None:
    """Send everything, and wait until Kafka has it."""
    producer = Producer(
        {
            "bootstrap.servers": scene.bootstrap,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 20,
            "queue.buffering.max.messages": 0,
        }
    )
    for key, value in records:
        producer.produce(scene.topic("turns"), value, key)
    producer.flush(DEADLINE_S)


def pure_seconds(scene: Scene, records: Sequence[Fed]) -> float:
    """Return the processor seconds that both stages take for the records, in memory."""
    driver = Driver(scene.settings, decode=project(TurnEvent, DETECT_FIELDS))
    size = scene.settings.flush_records_max
    batches = [
        [Record(start + index, value) for index, (_, value) in enumerate(records[start : start + size])]
        for start in range(0, len(records), size)
    ]
    began = time.process_time()
    for batch in batches:
        driver.feed_records(batch)
    return time.process_time() - began


def measure(scene: Scene, turns: int, profile: Path | None, show: Callable[[int], None]) -> Throughput:
    """Feed the turns, let a worker take them, and return what that took.

    Args:
        scene: with its topics; the worker is started and ended here.
        turns: how many.
        profile: file for the stacks that were seen; None takes none, and costs nothing.
        show: told how many turns were taken so far.
    """
    records = traffic(turns)
    pure_s = pure_seconds(scene, records)
    feed(scene, records)
    ends = scene.ends("turns")
    with scene.worker("throughput") as worker:
        worker.wait_for("partitions.open")
        watch = Watch({"worker": worker.pid, "broker": scene.broker.pid or 0})
        with Profile(worker.pid, profile) as taken:
            _wait(scene, worker, ends, show)
            load = watch.stop()
        metrics = worker.metrics()
        worker.stop()
    flushes = {stage.name: int(metrics["reprise_flush_seconds_count", stage.name]) for stage in topology.STAGES}
    return Throughput(len(records), pure_s, load.seconds, load, flushes, taken.parts())


def _wait(scene: Scene, worker: Watched, ends: dict[int, int], show: Callable[[int], None]) -> None:
    """Wait until everything was learned."""
    deadline = time.monotonic() + DEADLINE_S
    while not _is_at(fences := worker.fences("detect"), ends):
        show(sum(fences.values()))
        _rest(worker, deadline)
    trails = scene.ends("trails")
    while not _is_at(worker.fences("learn"), trails):
        _rest(worker, deadline)


def _is_at(fences: dict[int, int], ends: dict[int, int]) -> bool:
    return all(fences.get(number, 0) >= end for number, end in ends.items())


def _rest(worker: Watched, deadline: float) -> None:
    if not worker.running or time.monotonic() > deadline:
        message = f"the worker does not get there:\n{worker.log_tail()}"
        raise RuntimeError(message)
    time.sleep(LOOK_EVERY_S)
