"""The service survives a short attack of every kind with nothing over, under or lost; `make chaos` is the long one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from tests.chaos.disks import untestable
from tests.chaos.outcome import Outcome
from tests.chaos.run import play
from tests.chaos.scenarios import BRIEF, SCENARIOS

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SEED = 7
RATE = 200.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Give a broker that may be killed."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")
    with Broker(tmp_path_factory.mktemp("chaos") / "kafka") as found:
        yield found


def check(outcome: Outcome) -> None:
    """Hold an outcome to what every scenario must come to."""
    assert outcome.problem == ""
    assert outcome.faults == []
    assert outcome.clean
    assert outcome.rejected > 0  # one record in a hundred is bad


def test_workers_and_broker_are_killed_and_frozen(broker: Broker, tmp_path: Path) -> None:
    """One is killed, one frozen until the other has taken over, and the broker is killed; all go on by themselves.

    Meanwhile people are served, and somebody orders: what was served is booked once, and what was ordered is obeyed.
    """
    outcome = play("brief", BRIEF, 1, broker, tmp_path, rate=RATE, seed=SEED)
    check(outcome)
    assert [outcome.done[name] for name in ("kills", "zombies", "broker kills")] == [1, 1, 1]
    assert outcome.done["orders"] > 0
    assert outcome.amounts["treated turns"] > 0
    assert outcome.amounts["answers compared"] > 0


def test_the_disk_is_full_or_read_only(broker: Broker, tmp_path: Path) -> None:
    """The worker ends with a sentence, and goes on once there is room."""
    reason = untestable()
    if reason is not None:
        pytest.skip(reason)
    outcome = play("disks", SCENARIOS["disks"], 1, broker, tmp_path, rate=RATE, seed=SEED)
    check(outcome)
    assert [outcome.done[name] for name in ("disks full", "disks read-only")] == [1, 1]
