"""Measures the engine on a real Kafka: latency, throughput, restart. Prints; judges nothing.

Run ``python -m tests.bench.bench_kafka latency|throughput|restart``. Each starts a Kafka of its own and a worker in a
process of its own. What other programs took of the machine meanwhile is printed beside, as it changes every figure.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from infra.kafka.jars import missing
from streams.tables import Cell, table
from tests.bench import kafka_latency
from tests.bench.kafka_load import Load
from tests.bench.kafka_scene import Scene, own_broker
from tests.bench.printing import screen

Rows = list[tuple[Cell, ...]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    reason = missing()
    if reason is not None:
        print(f"no real Kafka here: {reason}", file=sys.stderr)  # noqa: T201 - its answer
        return 1
    figures = {"latency": latency}[options.what](options)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return 0


def latency(options: argparse.Namespace) -> object:
    """Measure latency, print a table, return all figures but the single latencies."""
    sets = dict(each.split("=", 1) for each in options.set)
    with own_broker() as (broker, folder):
        scene = Scene(broker, folder, "latency-", **{**kafka_latency.SETTINGS, **sets}).create_topics()
        found = kafka_latency.measure(scene, rate=options.rate, warm_up_s=options.warm_up, seconds=options.seconds)
    rows: Rows = [
        spread("turn -> feedback", found.feedback),
        spread("deciding record -> rewrite", found.decided),
        spread("last turn -> deciding record, waits left out", found.trail),
        spread(f"last turn -> rewrite, waits of {found.waits_ms} ms included", found.whole),
        spread("sent later than planned", found.late_ms),
    ]
    title = f"{options.rate:,.0f} turns/s for {options.seconds:g} s, milliseconds ({loads(found.load)})"
    screen().print(table(title, ("what", "count", "p50", "p90", "p99", "p99.9", "max"), rows))
    return {"rows": rows, "load": found.load, "turns": found.turns}


def spread(name: str, milliseconds: Sequence[float]) -> tuple[Cell, ...]:
    """Return a row: how many, and the percentiles."""
    if not milliseconds:
        return (name, 0, *[float("nan")] * 5)
    found = np.percentile(milliseconds, (50, 90, 99, 99.9, 100))
    return (name, len(milliseconds), *(round(float(each), 1) for each in found))


def loads(load: Load) -> str:
    """Say what the machine did meanwhile."""
    own = ", ".join(f"{name} {seconds / load.seconds:.2f}" for name, seconds in load.own.items())
    return f"cores busy: {own}, others {load.others:.2f} of {load.cores}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="what", required=True)
    each = kinds.add_parser("latency", help="from a turn to what follows")
    each.add_argument("--rate", type=float, default=1_000, help="turns a second")
    each.add_argument("--warm-up", type=float, default=15, help="seconds before what is measured")
    each.add_argument("--seconds", type=float, default=60, help="seconds measured")
    for kind in kinds.choices.values():
        kind.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
        kind.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the worker")
    return parser


if __name__ == "__main__":
    sys.exit(main())
