"""Measures what the sizing page is computed from: a turn, a transaction, a tick, rows, memory, a restore.

Run ``python -m tests.bench.bench_sizing [--turns N] [--runs N] [--out FILE]``. It starts a Kafka of its own and one
worker at a time. Prints JSON; judges nothing. Times are processor time, but for a start and a restore, which are by the
clock; the best of the runs counts, as what other programs do meanwhile makes all of them longer, never shorter.
"""

import argparse
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from infra.kafka.broker import Broker
from infra.kafka.jars import missing, version
from streams.commands.usage import progress
from tests.bench import kafka_throughput, sizing_rows, sizing_stages
from tests.bench.kafka_scene import own_broker
from tests.bench.sizing_stages import FEW, MANY, Passed

PARTS: Final = 7
"""Measurements of one run."""

Figures = dict[str, float]


def one_run(broker: Broker, folder: Path, turns: int, restore: int, show: Any) -> Figures:
    """Measure everything that needs a Kafka once."""
    crowded, talk = sizing_stages.crowded(turns), kafka_throughput.traffic(turns)
    passes: dict[str, list[Passed]] = {}
    done = 0
    for name, records, stages in (("crowded", crowded, ("detect",)), ("talk", talk, ("detect", "learn"))):
        for run in (0, 1):
            place = sizing_stages.scene(broker, folder)
            passes.setdefault(name, []).append(sizing_stages.passed(place, records, run, stages))
            done += 1
            show(done)
    ticks = sizing_stages.ticks(sizing_stages.scene(broker, folder))
    show(done + 1)
    idle = [
        sizing_stages.idle_bytes(sizing_stages.scene(broker, folder, turns_partitions=few, trails_partitions=many))
        for few, many in (FEW, MANY)
    ]
    show(done + 2)
    start = sizing_stages.restart(sizing_stages.scene(broker, folder), restore)
    show(done + 3)
    return {
        **costs("detect", passes["crowded"]),
        **costs("learn", passes["talk"]),
        **volumes(passes["crowded"][1], passes["talk"][1]),
        "learn_tick_us": ticks.worker_s / ticks.records * 1e6,
        "broker_ingest_turn_us": min(each.ingest_s / each.turns for each in passes["talk"]) * 1e6,
        "worker_bytes": idle[0],
        "partition_bytes": max(0.0, (idle[1] - idle[0]) / (sum(MANY) - sum(FEW))),
        "restore_row_us": start.restore_s / start.rows * 1e6,
        "start_s": start.open_s - start.restore_s,
    }


def costs(stage: str, passes: Sequence[Passed]) -> Figures:
    """Tell apart what a turn costs and what a transaction costs, by two passes with few and with many of them."""
    turns = passes[0].turns
    few, many = (each.stages[stage] for each in passes)
    more = many.transactions - few.transactions
    worker, broker = ((getattr(many, name) - getattr(few, name)) / more for name in ("worker_s", "broker_s"))
    return {
        f"{stage}_turn_us": (few.worker_s - max(worker, 0.0) * few.transactions) / turns * 1e6,
        f"{stage}_transaction_us": max(worker, 0.0) * 1e6,
        f"broker_{stage}_turn_us": (few.broker_s - max(broker, 0.0) * few.transactions) / turns * 1e6,
        f"broker_{stage}_transaction_us": max(broker, 0.0) * 1e6,
    }


def volumes(crowded: Passed, talk: Passed) -> Figures:
    """Return bytes a turn of each topic, as they lie in Kafka, compressed; rows of detect as they come in service."""
    passes = {topic: crowded if topic == "detect.state" else talk for topic in talk.topic_bytes}
    return {
        f"{topic.replace('.', '_')}_bytes": passed.topic_bytes[topic] / passed.turns
        for topic, passed in passes.items()
        if topic != "policy" and not topic.endswith("rejected")
    }


def best(runs: Iterable[Figures]) -> Figures:
    """Return the least of each figure."""
    every = list(runs)
    return {name: min(each[name] for each in every) for name in every[0]}


def machine() -> dict[str, Any]:
    """Say where it was measured."""
    return {
        "cores": psutil.cpu_count() or 1,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kafka": version(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    reason = missing()
    if reason is not None:
        print(f"no real Kafka here: {reason}", file=sys.stderr)  # noqa: T201 - its answer
        return 1
    runs = []
    for number in range(options.runs):
        with own_broker() as (broker, folder), progress(f"run {number + 1} of {options.runs}", PARTS) as show:
            runs.append(one_run(broker, folder, options.turns, options.restore, show))
    figures = best(runs) | msgspec.structs.asdict(sizing_rows.measure())
    rounded = {name: float(f"{value:.3g}") for name, value in sorted(figures.items())}
    said = "python -m tests.bench.bench_sizing "
    said += f"--turns {options.turns} --restore {options.restore} --runs {options.runs}"
    answer = msgspec.json.encode({"command": said, "machine": machine(), "figures": rounded})
    text = msgspec.json.format(answer, indent=2) + b"\n"
    if options.out:
        options.out.write_bytes(text)
    sys.stdout.buffer.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=40_000, help="turns of each pass")
    parser.add_argument("--restore", type=int, default=300_000, help="rows to restore")
    parser.add_argument("--runs", type=int, default=1, help="how often; the best of each figure counts")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures to a file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
