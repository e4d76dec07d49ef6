"""Whether a worker is alive and ready, asked over HTTP as orchestrators ask, on a real Kafka that may fall silent."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from streams.engine.errors import EngineError
from streams.engine.worker import Worker
from streams.observing.health import Health
from tests.bench.kafka_scene import free_port
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Process, Running, Service, arriving
from tests.building import said
from tests.observing.asking import got

pytestmark = pytest.mark.kafka

Make = Callable[..., Service]

SHORT: Mapping[str, Any] = {"stuck_after_ms": 3_000}
"""What should happen all the time must happen within seconds."""


@pytest.fixture
def make(kafka: Broker, prefix: str, tmp_path: Path) -> Make:
    """Give what makes the one service of a test."""

    def service(**given: Any) -> Service:
        return Service(kafka.bootstrap, prefix, tmp_path, **given).create_topics()

    return service


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Give a broker that tests may pause."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")
    with Broker(tmp_path_factory.mktemp("own") / "kafka") as broker:
        yield broker


@contextmanager
def paused(broker: Broker) -> Iterator[None]:
    """Let a broker answer nobody during a block."""
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Probe:
    """Asks a worker as an orchestrator does."""

    def __init__(self) -> None:
        self.port = free_port()

    def asks(self, path: str) -> tuple[int, str]:
        """Return the status and the first reason; 0 while nobody listens."""
        try:
            status, _, body = got(f"http://127.0.0.1:{self.port}/{path}")
        except ConnectionError:
            return 0, ""
        return status, " ".join(json.loads(body)["reasons"])

    def refusal(self, path: str) -> str:
        """Return why it answers with 503, once it does."""

        def reason() -> str:
            status, words = self.asks(path)
            return words if status == HTTPStatus.SERVICE_UNAVAILABLE else ""

        return eventually(reason)

    def is_ready(self) -> bool:
        """Tell whether it is ready."""
        return self.asks("ready")[0] == HTTPStatus.OK


def turns(number: int) -> Iterator[Arriving]:
    """Yield turns of as many users."""
    for place in range(number):
        yield arriving(said("next", place, user=f"u{place}"))


def turned(worker: Worker) -> None:
    """Wait until the event loop has come back once more."""
    before_s = worker.turned_s
    eventually(lambda: worker.turned_s > before_s)


def changes(running: Running, number: int) -> list[Health]:
    """Return what is found of a worker at as many moments, each after the event loop has turned."""
    found: list[Health] = []
    for _ in range(number):
        turned(running.worker)
        found.append(running.worker.health())
    return found


@pytest.mark.slow
def test_a_worker_of_a_quiet_topic_stays_alive_and_ready(make: Make) -> None:
    """Nobody says anything, and no tick is written, for longer than anything may take."""
    with Running(make(turns=2).settings(**SHORT)) as running:
        eventually(lambda: running.worker.health().ready)
        assert [health for health in changes(running, 24) if not health.ready] == []


def test_a_worker_is_not_ready_before_all_that_was_assigned_is_open(make: Make) -> None:
    """It says what it waits for, is alive all the while, and has everything open when it is ready."""
    running = Running(make(turns=2).settings())
    assert "the group has not assigned partitions yet" in running.worker.health().waiting
    seen: list[Health] = []

    def ready() -> bool:
        seen.append(running.worker.health())
        return seen[-1].ready

    with running:
        eventually(ready)
        assert running.worker.open_partitions() == {"detect": (0, 1), "learn": (0,)}
    assert [health.stuck for health in seen if not health.live] == []
    assert not running.worker.health().ready


def test_a_worker_with_nothing_to_do_is_ready(make: Make) -> None:
    """There are fewer partitions than workers; one that stands by is as good as any."""
    service = make(stages=("detect",))
    with Running(service.settings("one", **SHORT)) as one, Running(service.settings("two", **SHORT)) as two:
        eventually(lambda: one.worker.health().ready and two.worker.health().ready)
        assert sorted(each.worker.open_partitions()["detect"] for each in (one, two)) == [(), (0,)]


def test_a_worker_whose_loop_is_blocked_is_not_alive(make: Make) -> None:
    """It is told from another thread, and taken back when the loop turns again."""
    probe, goes_on = Probe(), threading.Event()
    with Running(make().settings(**SHORT, metrics_port=probe.port)) as running:
        eventually(probe.is_ready)
        assert probe.asks("live") == (HTTPStatus.OK, "")
        running.loop().call_soon_threadsafe(goes_on.wait, 60)
        assert "event loop has not come back" in probe.refusal("live")
        goes_on.set()
        eventually(probe.is_ready)


def test_a_port_in_use_stops_the_start_and_names_the_setting(make: Make) -> None:
    """Nobody would see what is offered there."""
    service, probe = make(), Probe()
    with Running(service.settings("one", metrics_port=probe.port)):
        eventually(lambda: probe.asks("live")[0] == HTTPStatus.OK)
        problem = Running(service.settings("two", metrics_port=probe.port)).start().ended()
    assert isinstance(problem, EngineError)
    assert "`metrics_port`" in str(problem)


@pytest.mark.slow
def test_a_worker_without_kafka_is_alive_and_not_ready(own: Broker, prefix: str, tmp_path: Path) -> None:
    """A restart would not bring Kafka back; and when it is back, so is the worker."""
    probe = Probe()
    service = Service(own.bootstrap, prefix, tmp_path).create_topics()
    with Running(service.settings(**SHORT, metrics_port=probe.port)):
        eventually(probe.is_ready)
        with paused(own):
            assert "Kafka has not answered" in probe.refusal("ready")
            assert probe.asks("live") == (HTTPStatus.OK, "")
        eventually(probe.is_ready)


@pytest.mark.slow
def test_a_worker_under_load_ends_after_what_is_in_flight(make: Make) -> None:
    """SIGTERM ends it with code 0, although much more waits."""
    service = make(turns=2)
    service.send(turns(5_000))
    with Process(service, "one", flush_records_max=50) as worker:
        eventually(lambda: sum(fence.next for fence in service.fences("detect").values()) > 100)
        assert worker.stop() == 0
    assert sum(fence.next for fence in service.fences("detect").values()) < 5_000


@pytest.mark.slow
def test_a_worker_whose_commit_hangs_leaves_by_its_deadline(own: Broker, prefix: str, tmp_path: Path) -> None:
    """From SIGTERM on it is not ready, and it is alive until it is gone."""
    probe = Probe()
    service = Service(own.bootstrap, prefix, tmp_path, turns=2).create_topics()
    deadline: Mapping[str, Any] = {"commit_timeout_ms": 3_000, "shutdown_ms": 3_000}
    with Process(service, "one", flush_records_max=50, metrics_port=probe.port, **deadline) as worker:
        eventually(probe.is_ready)
        service.send(turns(5_000))
        with paused(own):
            worker.signal(signal.SIGTERM)
            assert "asked to end" in probe.refusal("ready")
            answers = {probe.asks("live")[0] for _ in iter(worker.process.poll, 1)}
            assert answers <= {HTTPStatus.OK, 0}
            assert worker.process.wait(30) == 1
    assert [line["shutdown_ms"] for line in worker.said("worker.overdue")] == [3_000]
