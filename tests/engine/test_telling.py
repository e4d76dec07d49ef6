"""What a batch tells of itself is held until it is committed, with the times of the records that caused it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prometheus_client import generate_latest

from streams import topology
from streams.engine.telling import Teller, Told, caused_at
from streams.memory import MemoryRows
from streams.observing.recorder import Metrics
from streams.stage import Flush, Rows


@dataclass
class Came:
    """A record, as far as its place and time matter."""

    offset: int
    timestamp: int
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


def test_a_delay_begins_when_the_record_that_caused_it_came() -> None:
    """Offsets have holes, one record may cause more than one thing, and one without a time tells nothing."""
    flush = Flush()
    for offset in (7, 7, 9, 12):
        flush.caused("detection", offset)
    assert caused_at(flush, [Came(7, 100), Came(9, 250), Came(12, -1)]) == {"detection": [100, 100, 250]}


def test_levels_are_looked_at_now_and_then() -> None:
    """Batches follow each other in milliseconds; what the state holds is summed up every few seconds."""
    looks = []

    def look(_: Rows) -> dict[str, float]:
        looks.append(1)
        return {"live_rewrites": 3.0}

    teller = Teller(replace(topology.LEARN, levels=look))
    told = [teller.of(Flush(), (), MemoryRows()).levels for _ in range(5)]
    assert told == [{"live_rewrites": 3.0}, {}, {}, {}, {}]
    assert len(looks) == 1


def test_a_stage_without_levels_tells_none() -> None:
    """Detect holds people, and nothing is summed up over them."""
    assert Teller(topology.DETECT).levels(MemoryRows()) == {}


def test_what_a_batch_tells_is_shown_when_it_is_entered() -> None:
    """Observations and causes go where the tables say, levels to the partition."""
    metrics = Metrics(strict=True)
    Told({"component_nodes": [3.0]}, {"decision": [0]}, {"pairs.shadow": 4.0}).enter(metrics, "learn", 2)
    shown = generate_latest(metrics.registry).decode().splitlines()
    assert "reprise_component_nodes_sum 3.0" in shown
    assert 'reprise_decision_delay_seconds_count{clock="processing"} 1.0' in shown
    assert 'reprise_pairs{pair_stage="shadow",partition="2"} 4.0' in shown
