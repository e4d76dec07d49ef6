"""What a scrape of a worker is after many turns: how many series, how large, how long it takes. Knows no table."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families

from schemas.codec import encode_avro
from streams.simulate.traffic import simulate
from tests.bench.kafka_scene import Scene, Watched

USERS: Final = 20_000
DAYS: Final = 30
SEED: Final = 1
AHEAD: Final = 200_000
"""Turns that may wait in Kafka: the simulator is quicker than a worker, and a disk has an end."""

LOOK_EVERY_S: Final = 2.0
STALLED_S: Final = 120.0


class Scrape(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        turns: turns that the worker has counted as taken in.
        series: lines of the scrape that are samples, in all and by metric.
        size_bytes: size of the scrape, not compressed.
        seconds: how long one took, the median of five.
    """

    turns: int
    series: int
    by_metric: dict[str, int]
    size_bytes: int
    seconds: float


def measure(scene: Scene, turns: int, show: Callable[[int], None]) -> Scrape:
    """Let a worker take simulated turns, and look at its metrics as Prometheus does."""
    with scene.worker("scraped") as worker:
        worker.wait_for("partitions.open")
        sent = _feed(scene, worker, turns, show)
        _wait(worker, sent, show)
        took = [_scraped(worker) for _ in range(5)]
        total = round(worker.total("reprise_turns_total"))
        worker.stop()
    text = took[-1][0].decode()
    counts = Counter({family.name: len(family.samples) for family in text_string_to_metric_families(text)})
    return Scrape(
        total,
        counts.total(),
        dict(counts.most_common()),
        len(took[-1][0]),
        sorted(seconds for _, seconds in took)[2],
    )


def _feed(scene: Scene, worker: Watched, turns: int, show: Callable[[int], None]) -> int:
    """Send the turns, never far ahead of the worker; return how many records that were."""
    producer = Producer(
        {
            "bootstrap.servers": scene.bootstrap,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 20,
            "queue.buffering.max.messages": 0,
        }
    )
    sent = 0
    for event in simulate(turns, USERS, SEED, days=DAYS):
        producer.produce(scene.topic("turns"), encode_avro(event), f"{event.tenant}|{event.user}".encode())
        sent += 1
        if sent % (AHEAD // 4) == 0:
            producer.flush(60)
            _wait(worker, sent - AHEAD, show)
    producer.flush(60)
    return sent


def _wait(worker: Watched, records: int, show: Callable[[int], None]) -> None:
    """Wait until a worker has taken in so many records.

    Raises:
        RuntimeError: it takes in nothing more.
    """
    taken, moved_at = -1, time.monotonic()
    while taken < records:
        now = sum(worker.fences("detect").values())
        if now > taken:
            taken, moved_at = now, time.monotonic()
            show(taken)
        elif time.monotonic() > moved_at + STALLED_S:
            message = f"the worker does not get there:\n{worker.log_tail()}"
            raise RuntimeError(message)
        time.sleep(LOOK_EVERY_S)


def _scraped(worker: Watched) -> tuple[bytes, float]:
    began = time.perf_counter()
    return worker.scrape(), time.perf_counter() - began
