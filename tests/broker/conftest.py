"""What tests on a real Kafka share: one broker for all test processes, names of their own. Knows no rule."""

import itertools
import os
from collections.abc import Iterator

import pytest

from infra.kafka.broker import Broker
from infra.kafka.jars import missing

COUNTER = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Give the broker that all test processes of this run share; the last one that ends takes it along."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")
    base = tmp_path_factory.getbasetemp()
    # Test processes of one run have folders side by side.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    broker = Broker(shared / "kafka")
    broker.start()
    yield broker
    broker.leave()


@pytest.fixture
def prefix() -> str:
    """Give a prefix for names in Kafka that no other test uses."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}-{next(COUNTER)}-"
