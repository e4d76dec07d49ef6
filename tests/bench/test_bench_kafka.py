"""That the measurements on a real Kafka run and find figures; not how large those are."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.kafka.jars import missing
from tests.bench.bench_kafka import main
from tests.bench.kafka_profile import part_of

pytestmark = [pytest.mark.slow, pytest.mark.kafka]


@pytest.fixture(autouse=True)
def _kafka() -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(f"no real Kafka here: {reason}")


def figures(tmp_path: Path, *arguments: str) -> Any:
    """Run a measurement and return what it writes."""
    file = tmp_path / "figures.json"
    assert main([*arguments, "--json", str(file)]) == 0
    return msgspec.json.decode(file.read_bytes())


def test_latency_sees_feedback_and_rewrites(tmp_path: Path) -> None:
    """Every turn that gives feedback and every decision is timed, from the first to the last step."""
    found = figures(tmp_path, "latency", "--rate", "200", "--warm-up", "4", "--seconds", "4")
    counts = {row[0].split(",")[0]: row[1] for row in found["rows"]}
    assert counts["turn -> feedback"] > 100
    assert counts["deciding record -> rewrite"] > 0
    assert found["load"]["own"]["worker"] > 0


def test_throughput_counts_every_turn(tmp_path: Path) -> None:
    """A run ends when all turns were learned, and compares with the stages alone."""
    found = figures(tmp_path, "throughput", "--turns", "2000")
    assert found["turns"] >= 2_000
    assert found["pure_s"] > 0
    assert found["flushes"]["detect"] >= 4
    assert found["flushes"]["learn"] >= 1


def test_restart_restores_all_rows(tmp_path: Path) -> None:
    """A start from nothing restores every row, one with a store none of them, and nobody else is disturbed."""
    found = figures(tmp_path, "restart", "--rows", "20000")
    assert found["scratch"]["rows"] > 20_000
    assert found["local"]["rows"] < 1_000
    assert found["rebalances"] == 0


def test_a_stack_belongs_to_its_innermost_known_frame() -> None:
    """What the engine calls counts as what that does; the use of schemas counts as encoding where messages are made."""
    thread, engine = "thread (1): compute_0", "compute (streams/engine/owner.py:1)"
    assert part_of([thread, engine, "step (streams/learn/step.py:2)", "sum (elsewhere.py:3)"]) == "learn"
    assert part_of([thread, engine, "_decode (streams/detect/step.py:2)", "read (schemas/codec.py:3)"]) == "decode"
    assert part_of([thread, "messages_of (streams/engine/wire.py:1)", "write (schemas/codec.py:3)"]) == "encode"
    assert part_of(["start (elsewhere.py:3)"]) == "other"


def test_a_scrape_is_counted_series_by_series(tmp_path: Path) -> None:
    """Every sample of the scrape belongs to a metric, and all turns were taken in before it."""
    found = figures(tmp_path, "scrape", "--turns", "2000")
    assert found["turns"] >= 1_900  # some of the simulated turns come twice, or too late
    assert found["series"] == sum(found["by_metric"].values()) <= 2_000
