"""One service on a Kafka of its own, for measuring: topics, workers in processes, metrics. Knows no measurement."""

import itertools
import socket
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Consumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.broker import Broker
from streams.kafka import provisioning
from streams.settings import WorkerSettings
from tests.chaos.processes import WorkerProcess

BASE: Mapping[str, Any] = {"session_timeout_ms": 6_000, "heartbeat_ms": 1_000, "replication": 1}
"""A worker for measuring runs with the defaults, but on one broker, and is missed soon when it is gone."""

MARKS_MAX = 100
"""Marks of transactions at the end of a partition: each who writes to it leaves one at most, and those are few."""


class Scene:
    """The topics of one prefix on one broker, and its workers.

    Attributes:
        bootstrap: the broker's address.
        prefix: of all names.
        settings: what workers run with; ``instance`` and ``metrics_port`` come on top.
    """

    def __init__(self, broker: Broker, folder: Path, prefix: str, **settings: Any) -> None:
        self.broker = broker
        self.bootstrap = broker.bootstrap
        self.prefix = prefix
        self.folder = folder
        self.given = {**BASE, **settings}
        self.settings = WorkerSettings(bootstrap=self.bootstrap, prefix=prefix, data_dir=folder, **self.given)

    def create_topics(self) -> Self:
        """Make the topics as the program does."""
        provisioning.create(self.settings, self.settings)
        return self

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return self.prefix + name

    def worker(self, instance: str, **settings: Any) -> "Watched":
        """Return a worker, not yet started."""
        return Watched(self, instance, {**self.given, **settings})

    def ends(self, name: str) -> dict[int, int]:
        """Return the offset after the last record of each partition of a topic; those without a record are left out."""
        configuration = {"bootstrap.servers": self.bootstrap, "group.id": "bench", "enable.partition.eof": True}
        consumer = Consumer({**configuration, "enable.auto.commit": False})
        try:
            places = [
                TopicPartition(self.topic(name), number)
                for number in consumer.list_topics(self.topic(name), 10).topics[self.topic(name)].partitions
            ]
            found = {place.partition: _after_last(consumer, place) for place in places}
        finally:
            consumer.close()
        return {number: end for number, end in found.items() if end}


def _after_last(consumer: Consumer, place: TopicPartition) -> int:
    """Return the offset after the last committed record: what ends transactions has offsets too, and is none."""
    _, end = consumer.get_watermark_offsets(place, 10)
    consumer.assign([TopicPartition(place.topic, place.partition, max(0, end - MARKS_MAX))])
    after = 0
    while end and (message := consumer.poll(10)) is not None and message.error() is None:
        after = (message.offset() or 0) + 1
    return after


class Watched(WorkerProcess):
    """A worker whose metrics can be read."""

    def __init__(self, scene: Scene, instance: str, settings: Mapping[str, Any]) -> None:
        self._port = free_port()
        given = {**settings, "metrics_port": self._port}
        super().__init__(scene.bootstrap, scene.prefix, instance, scene.folder, settings=given)

    def scrape(self) -> bytes:
        """Return its metrics as Prometheus gets them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
            body: bytes = answer.read()
        return body

    def metrics(self) -> dict[tuple[str, str], float]:
        """Return all metrics, by name and labels, as ``("reprise_open", "learn 0")``; none while it does not answer."""
        try:
            text = self.scrape().decode()
        except OSError:
            return {}
        samples = itertools.chain.from_iterable(family.samples for family in text_string_to_metric_families(text))
        return {
            (sample.name, " ".join(value for _, value in sorted(sample.labels.items(), reverse=True))): sample.value
            for sample in samples  # the stage comes first
        }

    def fences(self, stage: str) -> dict[int, int]:
        """Return the next source offset of each partition of a stage that has flushed since the worker's start."""
        found = {}
        for (name, labels), value in self.metrics().items():
            each, _, partition = labels.partition(" ")
            if name == "reprise_fence_offset" and each == stage:
                found[int(partition)] = int(value)
        return found

    def total(self, name: str, label: str = "") -> float:
        """Return a metric, summed over its labels, or over those that begin with one."""
        return sum(
            value for (each, labels), value in self.metrics().items() if each == name and labels.startswith(label)
        )


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_broker() -> Iterator[tuple[Broker, Path]]:
    """Start a Kafka for one measurement, and end it with everything it kept."""
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as name:
        folder = Path(name)
        with Broker(folder / "kafka") as broker:
            yield broker, folder
