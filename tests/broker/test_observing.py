"""What is seen of a worker from outside, on a real Kafka: its state, its lag, whether it is well."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.broker import Broker
from streams.detect import rows as detect_rows
from streams.engine.reading import NotHereError
from streams.stage import Rows
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving
from tests.building import said

pytestmark = pytest.mark.kafka

Make = Callable[..., Service]


@pytest.fixture
def make(kafka: Broker, prefix: str, tmp_path: Path) -> Make:
    """Give what makes the one service of a test."""

    def service(**given: Any) -> Service:
        return Service(kafka.bootstrap, prefix, tmp_path, **given).create_topics()

    return service


def turns(number: int, first: int = 0) -> Iterator[Arriving]:
    """Yield turns of as many users."""
    for place in range(first, first + number):
        yield arriving(said("next", place, user=f"u{place}"))


def users(rows: Rows) -> int:
    """Count the people that detect knows."""
    return sum(1 for kind in detect_rows.ROWS for _ in rows.scan(f"{kind}|"))


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
