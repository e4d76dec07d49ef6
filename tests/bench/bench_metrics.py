"""Measures what metrics cost: a driver's loop with and without the recorder, one flush, one scrape.

Run ``python -m tests.bench.bench_metrics [--turns N]``. Prints; judges nothing. Both loops take in the same traffic in
the same process, one after the other. Seconds are those of the processor, so that neighbours on a busy machine do not
count, and of the quickest rounds.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from prometheus_client import generate_latest
from rich.table import Table

from schemas.records import TurnEvent
from streams import topology
from streams.detect.rephrase import RuleScorer
from streams.memory import MemoryRows
from streams.observing.facts import LEVELS
from streams.observing.recorder import Metrics
from streams.rephrasing.timing import Timed
from streams.settings import Settings
from streams.simulate.traffic import simulate
from streams.stage import Context, Flush, Record
from tests.bench.printing import screen

BATCH = 500
ROUNDS = 5
SCRAPED_PARTITIONS = 16

Tell = Callable[[str, int, float, Flush], None]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20_000)
    events = [event for hour in simulate(parser.parse_args().turns, 400, 1, days=4).hours() for event in hour]
    metrics = Metrics(strict=True)
    told: list[tuple[str, int, Flush]] = []
    quickest = _rounds(events, metrics, told)
    table = Table("what", "measured")
    table.add_row("turns a processor second without the recorder", f"{len(events) / quickest[0]:,.0f}")
    table.add_row("turns a processor second with it", f"{len(events) / quickest[1]:,.0f}")
    table.add_row("slower by, of the quickest rounds", f"{100 * (quickest[1] / quickest[0] - 1):.2f} %")
    table.add_row("share of the recorder, timed within", f"{100 * quickest[2]:.2f} %")
    for stage in ("detect", "learn"):
        table.add_row(f"recording of one flush of {stage}", f"{_flush_us(stage, told):,.0f} µs")
    for name, value in _scrape():
        table.add_row(name, value)
    screen().print(table)


def _rounds(
    events: Sequence[TurnEvent], metrics: Metrics, told: list[tuple[str, int, Flush]]
) -> tuple[float, float, float]:
    """Return the seconds of the quickest round without and with the recorder, and the recorder's least share of one."""
    recording = [0.0]

    def tell(stage: str, records: int, seconds: float, flush: Flush) -> None:
        began = time.process_time()
        record(metrics, stage, records, seconds, flush)
        recording[-1] += time.process_time() - began
        told.append((stage, records, flush))

    without, with_it = [], []
    for _ in range(ROUNDS):
        told.clear()
        without.append(_run(events, lambda *_: None))
        with_it.append(_run(events, tell))
        recording.append(0.0)
    shares = [told_s / took_s for told_s, took_s in zip(recording, with_it, strict=False)]
    return min(without), min(with_it), min(shares)


def record(metrics: Metrics, stage: str, records: int, seconds: float, flush: Flush) -> None:
    """Record a flush as a worker does after its commit."""
    metrics.flushed(stage, records, seconds, flush.facts)
    metrics.observe("reprise_compute_seconds", stage, value=seconds)
    metrics.observed(stage, flush.observations)
    metrics.delayed(stage, flush.causes, 2**41)
    metrics.at(stage, 0, records, 0)


def _run(events: Sequence[TurnEvent], tell: Tell) -> float:
    """Take events in, batch by batch through both stages, and return how many seconds of the processor that took."""
    settings = Settings(release="floor", users_min=5)
    rows = {stage.name: MemoryRows() for stage in topology.STAGES}
    scratch: dict[str, object] = {}
    offset = 0
    began = time.process_time()
    for start in range(0, len(events), BATCH):
        records = [Record(start + place, event) for place, event in enumerate(events[start : start + BATCH])]
        detect = Context(settings, _as_it_is, "turns", scorer=Timed(RuleScorer()))
        flush = _step(topology.DETECT, rows["detect"], records, detect, tell)
        at_ms = int(topology.DETECT.time(rows["detect"])) if topology.DETECT.time else 0
        trails = [output for output in topology.packed(flush.outputs, 0, at_ms) if output.topic == "trails"]
        values = [*trails, topology.tick(0, at_ms)]
        given = [Record(offset + place, output.value) for place, output in enumerate(values)]
        offset += len(given)
        learn = Context(settings, _as_it_is, "trails", scratch=scratch)
        _step(topology.LEARN, rows["learn"], given, learn, tell)
    return time.process_time() - began


def _step(stage: topology.Stage, rows: MemoryRows, records: list[Record], context: Context, tell: Tell) -> Flush:
    began = time.process_time()
    flush = stage.step(rows, records, context)
    tell(stage.name, len(records), time.process_time() - began, flush)
    return flush


def _as_it_is(value: object) -> object:
    return value


def _flush_us(stage: str, told: Sequence[tuple[str, int, Flush]]) -> float:
    """Return the microseconds that recording takes, over flushes as they really came."""
    metrics = Metrics()
    flushes = [(records, flush) for where, records, flush in told if where == stage]
    for records, flush in flushes:
        record(metrics, stage, records, 0.01, flush)
    began = time.process_time()
    for records, flush in flushes:
        record(metrics, stage, records, 0.01, flush)
    return 1e6 * (time.process_time() - began) / len(flushes)


def _scrape() -> list[tuple[str, str]]:
    """Return what a scrape of a worker with some partitions costs and holds."""
    metrics = Metrics()
    for partition in range(SCRAPED_PARTITIONS):
        for stage in ("detect", "learn"):
            metrics.restored(stage, partition, 1, 0.1)
            metrics.opened(stage, partition, is_open=True)
            metrics.at(stage, partition, 1, 0)
        metrics.levels("learn", partition, dict.fromkeys(LEVELS, 1.0))
    text = generate_latest(metrics.registry)
    began = time.process_time()
    for _ in range(SCRAPED_PARTITIONS):
        generate_latest(metrics.registry)
    took = (time.process_time() - began) / SCRAPED_PARTITIONS
    series = sum(not line.startswith(b"#") for line in text.splitlines())
    return [
        (f"one scrape with {SCRAPED_PARTITIONS} partitions", f"{1e3 * took:.1f} ms"),
        ("series of it", f"{series:,}"),
        ("bytes of it", f"{len(text):,}"),
    ]


if __name__ == "__main__":
    main()
