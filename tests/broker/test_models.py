"""Rephrase models on a real Kafka: exchanged under a running worker, and asked once a flush, off the event loop."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from infra.kafka.broker import Broker
from schemas.records import Decision, Feedback
from streams.detect.scorer import Pair
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving
from tests.building import START_MS, said
from tests.streams.rephrasing.students import EAGER, saved

pytestmark = pytest.mark.kafka

APART_S = 600.0
"""Between what is sent at once and what comes later: all trails of the former are complete by then."""


@pytest.fixture
def service(kafka: Broker, prefix: str, tmp_path: Path) -> Service:
    """Give topics of one's own."""
    return Service(kafka.bootstrap, prefix, tmp_path).create_topics()


def rewordings(people: int, from_s: float = 0.0) -> Iterator[Arriving]:
    """Yield turns of as many people who each say something in two ways."""
    for place, text in enumerate(("play jazz", "play some jazz")):
        for person in range(people):
            yield arriving(said(text, from_s + 10.0 * place, user=f"u{person}"))


class Talk:
    """People who go on rewording, and what is heard of it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.rounds = 0

    def detectors(self) -> list[str]:
        """Have something reworded, and return the models that have noticed rephrases so far, each once."""
        self.service.send(rewordings(1, from_s=self.rounds * APART_S))
        self.rounds += 1
        eventually(self.service.is_done)
        found = (item.detector for item in self.service.values("feedback", Feedback) if item.kind == "rephrase")
        return list(dict.fromkeys(found))


def counted(running: Running, name: str) -> float:
    """Return a metric that has no labels."""
    return running.worker.metrics.registry.get_sample_value(name) or 0.0


def test_a_model_is_exchanged_under_a_running_worker(service: Service, tmp_path: Path) -> None:
    """A new file is taken up without a restart, a broken one is refused and the old model stays; learn tells of it."""
    file = tmp_path / "model.safetensors"
    saved(file, "one-1", EAGER)
    talk = Talk(service)
    with Running(service.settings(rephrase_model=str(file))) as running:
        assert talk.detectors() == ["one-1"]
        saved(file, "two-2", EAGER)
        assert eventually(lambda: talk.detectors() == ["one-1", "two-2"])
        file.write_bytes(b"no model")
        eventually(lambda: talk.detectors() and counted(running, "reprise_model_refused_total"))
        assert talk.detectors() == ["one-1", "two-2"]
        assert counted(running, "reprise_model_refused_total") == 1
        service.settle(START_MS + round((talk.rounds + 1) * APART_S * 1000))
    changes = [each for each in service.values("decisions", Decision) if each.reason == "detector_changed"]
    assert [decision.meaning for decision in changes] == ["two-2"]


class Recording:
    """A model that remembers in which thread it was asked about how many pairs."""

    name = "recording-1"
    threshold = 0.5

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return that all are rephrases."""
        self.asked.append((threading.current_thread().name, len(pairs)))
        return np.ones(len(pairs), np.float32)


def test_a_flush_asks_its_model_once_off_the_event_loop(service: Service) -> None:
    """All pairs of a batch are scored together, in the computing thread; metrics tell how many and how often."""
    model = Recording()
    service.send(rewordings(100))
    with Running(service.settings(), scorer=model) as running:
        eventually(service.is_done)
        flushes = counted_by_stage(running, "reprise_flush_records_count", "detect")
    assert sum(pairs for _, pairs in model.asked) == 100
    assert {thread.partition("_")[0] for thread, _ in model.asked} == {"compute"}
    assert len(model.asked) <= flushes
    assert counted(running, "reprise_rephrase_pairs_total") == 100
    assert counted(running, "reprise_rephrase_batch_pairs_count") == len(model.asked)


def counted_by_stage(running: Running, name: str, stage: str) -> float:
    """Return a metric of one stage."""
    labels: dict[str, Any] = {"stage": stage}
    return running.worker.metrics.registry.get_sample_value(name, labels) or 0.0
