"""What is seen of a worker from outside, on a real Kafka: its state, how far behind it is, its gauges."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.broker import Broker
from streams.detect import rows as detect_rows
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Pair
from streams.engine.reading import NotHereError
from streams.metrics import METRICS, PLACE, STATE, WORKER
from streams.stage import Rows
from tests.bench.kafka_scene import free_port
from tests.broker.topics import left_open
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving
from tests.building import START_MS, said
from tests.observing.asking import got

pytestmark = pytest.mark.kafka

Make = Callable[..., Service]


@pytest.fixture
def make(kafka: Broker, prefix: str, tmp_path: Path) -> Make:
    """Give what makes the one service of a test."""

    def service(**given: Any) -> Service:
        return Service(kafka.bootstrap, prefix, tmp_path, **given).create_topics()

    return service


def turns(number: int) -> Iterator[Arriving]:
    """Yield turns of as many users."""
    for place in range(number):
        yield arriving(said("next", place, user=f"u{place}"))


def users(rows: Rows) -> int:
    """Count the people that detect knows."""
    return sum(1 for kind in detect_rows.ROWS for _ in rows.scan(f"{kind}|"))


# -- its lag ---------------------------------------------------------------------------------------------------------


def test_what_an_open_transaction_holds_up_is_lag(make: Make) -> None:
    """A program that leaves a transaction open on the source holds everybody up behind it: that must show."""
    service = make()
    with Running(service.settings()) as running, left_open(service.bootstrap, service.topic("turns")):
        service.send(turns(5))
        eventually(lambda: any(at.stage == "detect" and (at.lag_s or 0) > 0 for at in running.worker.standing()))
        assert [at.fence for at in running.worker.standing() if at.stage == "detect"] == [0]


# -- its state -------------------------------------------------------------------------------------------------------


def test_committed_rows_are_read_from_outside(make: Make) -> None:
    """What was committed is there for another thread; what is open where, and how far, is told."""
    service = make(turns=2)
    service.send(turns(20))
    with Running(service.settings()) as running:
        eventually(service.is_done)
        worker = running.worker
        eventually(lambda: sum(worker.read("detect", partition, users) for partition in (0, 1)) >= 20)
        assert worker.open_partitions() == {"detect": (0, 1), "learn": (0,)}
        detect = [standing for standing in worker.standing() if standing.stage == "detect"]
        assert {at.partition: at.fence for at in detect} == {
            partition: fence.next for partition, fence in service.fences("detect").items()
        }
        with pytest.raises(NotHereError, match="detect-7 is not open in this worker"):
            worker.read("detect", 7, users)
    with pytest.raises(NotHereError, match="detect-0 is not open in this worker"):
        running.worker.read("detect", 0, users)


# -- how far behind it is --------------------------------------------------------------------------------------------


class Gate:
    """A model that answers only while its gate is open: its partition stands still, and everything else goes on."""

    def __init__(self) -> None:
        self.asked, self.opened = threading.Event(), threading.Event()
        self.rules = RuleScorer()
        self.name, self.threshold = self.rules.name, self.rules.threshold

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Wait, then score."""
        self.asked.set()
        assert self.opened.wait(60)
        return self.rules.score(pairs)


def lags(running: Running, stage: str = "") -> list[float | None]:
    """Return the lag of each open partition, of one stage or of all."""
    return [at.lag_s for at in running.worker.standing() if stage in ("", at.stage)]


@pytest.mark.slow
def test_who_is_at_the_end_has_no_lag_for_ever(make: Make) -> None:
    """Marks of transactions follow the last record of trails; nobody will ever fill those offsets."""
    service = make(turns=2, trails=2)
    service.send(turns(50))
    with Running(service.settings(stuck_after_ms=1_000)) as running:
        service.settle(START_MS + 86_400_000)
        ended = {at: service.ends(source) for at, source in (("detect", "turns"), ("learn", "trails"))}
        fences = {(at.stage, at.partition): at.fence for at in running.worker.standing()}
        assert any(end > fences["learn", partition] for partition, end in ended["learn"].items())
        eventually(lambda: lags(running) == [0.0] * 4)
        assert [lags(running) for _ in range(10) if samples_once(running)] == [[0.0] * 4] * 10


def samples_once(running: Running) -> bool:
    """Wait until Kafka was asked once more where partitions end."""
    metrics = running.worker.metrics.registry

    def answered() -> float:
        running.worker.show()
        return metrics.get_sample_value("reprise_kafka_answered_seconds") or 0.0

    before = answered()
    return bool(eventually(lambda: answered() > before))


@pytest.mark.slow
def test_a_partition_that_stands_still_lags_more_and_more(make: Make) -> None:
    """Others go on; when it moves again, the lag is gone."""
    service = make()
    gate = Gate()
    with Running(service.settings(stuck_after_ms=1_000), scorer=gate) as running:
        eventually(lambda: lags(running, "detect") == [0.0])
        service.send(arriving(said(text, at_s)) for at_s, text in enumerate(("play jazz", "play some jazz")))
        assert gate.asked.wait(30)
        first = eventually(lambda: max(lag or 0.0 for lag in lags(running, "detect")))
        eventually(lambda: (lags(running, "detect")[0] or 0.0) > first + 1)
        assert running.worker.health().ready
        gate.opened.set()
        eventually(lambda: lags(running) == [0.0, 0.0])


# -- its gauges ------------------------------------------------------------------------------------------------------


def scraped(port: int) -> dict[str, list[dict[str, str]]]:
    """Return the labels of each series of a scrape, by the name of the sample."""
    text = got(f"http://127.0.0.1:{port}/metrics")[2].decode()
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


ELSEWHERE = {
    "reprise_behind_seconds",  # learn has no time of its own
    "reprise_registry_answered_seconds",  # there is none
}


def test_a_scrape_has_every_gauge_of_every_partition_and_nothing_of_one_that_left(make: Make) -> None:
    """What the catalogue promises of state and worker is there; a partition that another worker has is not."""
    service = make(turns=2)
    service.send(turns(20))
    port = free_port()
    with Running(service.settings("one", metrics_port=port, stuck_after_ms=1_000)) as one:
        eventually(service.is_done)
        eventually(lambda: None not in lags(one))
        found = scraped(port)
        promised = [metric for metric in (*STATE, *WORKER) if metric.name not in ELSEWHERE]
        assert [metric.name for metric in promised if not set(metric.exposed) & set(found)] == []
        placed = [name for name, metric in METRICS.items() if metric.labels == PLACE and name not in ELSEWHERE]
        assert {name: len(found[name]) for name in placed} == dict.fromkeys(placed, 3)
        assert len(found["reprise_behind_seconds"]) == 2
        with Running(service.settings("two")) as two:
            eventually(lambda: sum(map(len, two.worker.open_partitions().values())) > 0)
            eventually(lambda: sum(map(len, one.worker.open_partitions().values())) < 3)
            here = {(stage, str(at)) for stage, each in one.worker.open_partitions().items() for at in each}
            eventually(lambda: {(at["stage"], at["partition"]) for at in scraped(port)["reprise_restoring"]} == here)
            found = scraped(port)
            for name in placed:
                assert {(at["stage"], at["partition"]) for at in found[name]} == here
