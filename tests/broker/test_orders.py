"""Orders reach every partition of a worker on a real Kafka, whether anybody speaks there or not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from schemas.records import Policy
from streams import topology
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving
from tests.building import START_MS, said

pytestmark = pytest.mark.kafka

ERASE = Policy("erase-u1", "erase", START_MS, tenant="demo", user="u1")


@pytest.fixture
def service(kafka: Broker, prefix: str, tmp_path: Path) -> Service:
    """Give topics of one's own, with several partitions."""
    return Service(kafka.bootstrap, prefix, tmp_path, turns=2, trails=2).create_topics()


def order(service: Service, policy: Policy) -> None:
    """Write an order."""
    service.send([Arriving(policy.scope.encode(), encode_avro(policy))], "policy")


def heard(service: Service, offset: int) -> Callable[[], bool]:
    """Return what tells whether all partitions of both stages have committed the orders before an offset."""

    def everywhere() -> bool:
        fences = [service.fences(stage.name) for stage in topology.STAGES]
        counts = [len(found) for found in fences] == [service.turns, service.trails]
        return counts and all(fence.policy_next >= offset for found in fences for fence in found.values())

    return everywhere


def test_an_order_reaches_partitions_that_never_had_a_record(service: Service) -> None:
    """On a system without any traffic, kill and erase work all the same; and a further order again."""
    with Running(service.settings()):
        order(service, ERASE)
        eventually(heard(service, 1))
        order(service, Policy("kill", "kill", START_MS))
        eventually(heard(service, 2))


def test_an_order_given_while_no_worker_ran_is_heard_at_the_start(service: Service) -> None:
    """Nothing need be sent again."""
    order(service, ERASE)
    with Running(service.settings()):
        eventually(heard(service, 1))


def test_somebody_erased_leaves_no_trail(service: Service) -> None:
    """Turns that were held when the order came are dropped, those of others are not."""
    service.send(arriving(said("play jazz", 0, user=user), 0) for user in ("u1", "u2"))
    with Running(service.settings()) as worker:
        eventually(lambda: worker.facts().get("detect.turns") == 2)
        order(service, ERASE)
        eventually(lambda: worker.facts().get("detect.turns_erased") == 1)
        service.settle(START_MS + 60_000)
        assert worker.facts()["detect.trails"] == 1
