"""The service survives a short attack of every kind with nothing over, under or lost; `make chaos` is the long one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from tests.chaos.disks import untestable
from tests.chaos.outcome import Outcome
from tests.chaos.run import RATE, play
from tests.chaos.scenarios import SCENARIOS

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SEED = 7


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Give a broker that may be killed."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")
    with Broker(tmp_path_factory.mktemp("chaos") / "kafka") as found:
        yield found


def survived(name: str, broker: Broker, folder: Path) -> Outcome:
    """Play the short version of a scenario, and return what came of it."""
    return play(name, SCENARIOS[name].short, broker, folder, rate=RATE, seed=SEED)


def check(outcome: Outcome) -> None:
    """Hold an outcome to what every scenario must come to."""
    assert outcome.problem == ""
    assert outcome.faults == []
    assert outcome.clean
    assert outcome.rejected > 0  # one record in a hundred is bad


def test_a_single_worker_is_killed(broker: Broker, tmp_path: Path) -> None:
    """Again and again, while it works and while it starts."""
    outcome = survived("kills", broker, tmp_path)
    check(outcome)
    assert outcome.done["kills"] == SCENARIOS["kills"].short


def test_a_worker_is_frozen_until_another_has_taken_over(broker: Broker, tmp_path: Path) -> None:
    """It wakes, is shut out, and joins again."""
    outcome = survived("zombies", broker, tmp_path)
    check(outcome)
    assert outcome.done["zombies"] == SCENARIOS["zombies"].short


def test_the_broker_is_killed(broker: Broker, tmp_path: Path) -> None:
    """Workers and producer go on by themselves."""
    outcome = survived("brokers", broker, tmp_path)
    check(outcome)
    assert outcome.done["broker kills"] == SCENARIOS["brokers"].short


def test_the_disk_is_full_or_read_only(broker: Broker, tmp_path: Path) -> None:
    """The worker ends with a sentence, and goes on once there is room."""
    if untestable() is not None:
        pytest.skip(untestable() or "")
    outcome = survived("disks", broker, tmp_path)
    check(outcome)
    assert outcome.done["disks full"] == outcome.done["disks read-only"] == SCENARIOS["disks"].short
