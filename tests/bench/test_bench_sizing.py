"""How the benchmark of sizing makes figures of what it saw. Starts no Kafka."""

import pytest

from tests.bench.bench_sizing import best, costs, volumes
from tests.bench.sizing_stages import Passed, StageRun


def passed(transactions: int, worker_s: float, broker_s: float, **topic_bytes: int) -> Passed:
    """Return what was seen of a thousand turns."""
    run = StageRun(1_000, transactions, worker_s, broker_s)
    topics = {name.replace("_state", ".state"): size for name, size in topic_bytes.items()}
    return Passed(1_000, {"detect": run, "learn": run}, topics, {}, 0.0)


def test_turns_and_transactions_are_told_apart() -> None:
    """Two runs are two equations: 100 µs a turn and 2,000 µs a transaction give both times."""
    found = costs("detect", [passed(10, 0.12, 0.05), passed(110, 0.32, 0.05)])
    assert found["detect_turn_us"] == pytest.approx(100)
    assert found["detect_transaction_us"] == pytest.approx(2_000)
    assert found["broker_detect_turn_us"] == pytest.approx(50)
    assert found["broker_detect_transaction_us"] == pytest.approx(0)


def test_rows_of_detect_are_measured_on_turns_as_close_as_in_service() -> None:
    """Everything else on talk; what no traffic writes is left out."""
    crowded = passed(1, 1.0, 1.0, turns=9_000, detect_state=4_000, policy=7)
    talk = passed(1, 1.0, 1.0, turns=2_000, detect_state=1_000, policy=7)
    assert volumes(crowded, talk) == {"turns_bytes": 2.0, "detect_state_bytes": 4.0}


def test_the_least_of_each_figure_counts() -> None:
    """What disturbs a measurement only ever makes it longer."""
    assert best([{"a": 1.0, "b": 4.0}, {"a": 2.0, "b": 3.0}]) == {"a": 1.0, "b": 3.0}
