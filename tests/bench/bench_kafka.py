"""Measures the engine on a real Kafka: latency, throughput, restart, scrape. Prints; judges nothing.

Run ``python -m tests.bench.bench_kafka latency|throughput|restart|scrape``. Each starts a Kafka of its own and a
worker in a process of its own. What other programs took of the machine meanwhile is printed beside, as it changes every
figure.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from infra.kafka.jars import missing
from streams.commands.usage import progress
from streams.tables import Cell, table
from tests.bench import kafka_latency, kafka_restart, kafka_scrape, kafka_throughput
from tests.bench.kafka_load import Load, Watch
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
    figures = {"latency": latency, "throughput": throughput, "restart": restart, "scrape": scrape}[options.what](
        options
    )
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return 0


def latency(options: argparse.Namespace) -> object:
    """Measure latency, print a table, return all figures but the single latencies."""
    with own_broker() as (broker, folder):
        scene = Scene(broker, folder, "latency-", **{**kafka_latency.SETTINGS, **sets(options)}).create_topics()
        found = kafka_latency.measure(scene, rate=options.rate, warm_up_s=options.warm_up, seconds=options.seconds)
    rows: Rows = [
        spread("turn -> feedback", found.feedback),
        spread("deciding record -> rewrite", found.decided),
        spread("last turn -> deciding record, waits left out", found.trail),
        spread(f"last turn -> rewrite, waits of {found.waits_ms} ms included", found.whole),
        spread("sent later than planned", found.late_ms),
    ]
    title = f"{options.rate:,.0f} turns/s for {options.seconds:g} s, milliseconds"
    screen().print(table(title, ("what", "count", "p50", "p90", "p99", "p99.9", "max"), rows), loads(found.load))
    return {"rows": rows, "load": found.load, "turns": found.turns}


def throughput(options: argparse.Namespace) -> object:
    """Measure throughput, print tables, return all figures."""
    with own_broker() as (broker, folder), progress("turns taken", options.turns) as show:
        settings = {**kafka_throughput.SETTINGS, **sets(options)}
        scene = Scene(broker, folder, "throughput-", **settings).create_topics()
        found = kafka_throughput.measure(scene, options.turns, options.profile, show)
    screen().print(table(f"{found.turns:,} turns", ("what", "value"), throughput_rows(found)), loads(found.load))
    if found.parts:
        parts: Rows = [(part, f"{share:.1%}") for part, share in found.parts.items()]
        screen().print(table("the worker's Python time", ("part", "share"), parts), f"samples: {options.profile}")
    return found


def throughput_rows(found: kafka_throughput.Throughput) -> Rows:
    """Return the rows of the table."""
    worker, pure = found.load.own["worker"], found.pure_s
    return [
        ("turns/s, wall clock", found.turns / found.seconds),
        ("turns per processor second of the worker", found.turns / worker),
        ("turns per processor second of the stages in memory", found.turns / pure),
        ("µs a turn, worker", worker / found.turns * 1e6),
        ("µs a turn, stages in memory", pure / found.turns * 1e6),
        ("worker / stages in memory", worker / pure),
        ("µs a turn, broker", found.load.own["broker"] / found.turns * 1e6),
        *((f"transactions of {stage}", count) for stage, count in found.flushes.items()),
    ]


def restart(options: argparse.Namespace) -> object:
    """Measure restarts, print a table, return all figures."""
    with own_broker() as (broker, folder):
        scene = Scene(broker, folder, "restart-", **{**kafka_restart.SETTINGS, **sets(options)}).create_topics()
        watch = Watch({"broker": broker.pid or 0})
        found = kafka_restart.measure(scene, options.rows)
        load = watch.stop()
    rows: Rows = [
        (name, start.rows, start.restore_s, start.open_s, start.commit_s, len(start.progress))
        for name, start in (("from nothing", found.scratch), ("with its store", found.local))
    ]
    columns = ("start", "rows restored", "restore s", "to open s", "to first commit s", "progress seen")
    screen().print(table(f"{options.rows:,} rows of state", columns, rows), f"{loads(load)}, workers among them")
    calm: Rows = [("pause of one of two workers, s", found.pause_s), ("rebalances of the other", found.rebalances)]
    screen().print(table("restart with a lasting name", ("what", "value"), calm))
    return found


def scrape(options: argparse.Namespace) -> object:
    """Look at a worker's metrics after many turns, print a table, return all figures."""
    with own_broker() as (broker, folder), progress("turns taken", options.turns) as show:
        scene = Scene(broker, folder, "scrape-", **sets(options)).create_topics()
        found = kafka_scrape.measure(scene, options.turns, show)
    rows: Rows = [
        ("series", found.series),
        ("bytes", found.size_bytes),
        ("milliseconds", found.seconds * 1e3),
        *((f"series of {name}", number) for name, number in list(found.by_metric.items())[:5]),
    ]
    screen().print(table(f"a scrape after {found.turns:,} turns", ("what", "value"), rows))
    return found


def sets(options: argparse.Namespace) -> dict[str, str]:
    """Return the settings given by name."""
    return dict(each.split("=", 1) for each in options.set)


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
    each.add_argument("--warm-up", type=float, default=30, help="seconds before what is measured")
    each.add_argument("--seconds", type=float, default=60, help="seconds measured")
    each = kinds.add_parser("throughput", help="of turns that wait in Kafka already")
    each.add_argument("--turns", type=int, default=200_000, help="how many")
    each.add_argument(
        "--profile", type=Path, metavar="FILE", help="sample the worker's stacks into a file, for 'where'"
    )
    each = kinds.add_parser("restart", help="with a large state")
    each.add_argument("--rows", type=int, default=1_000_000, help="rows of state")
    each = kinds.add_parser("scrape", help="of a worker's metrics after many turns")
    each.add_argument("--turns", type=int, default=1_000_000, help="how many")
    for kind in kinds.choices.values():
        kind.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
        kind.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the worker")
    return parser


if __name__ == "__main__":
    sys.exit(main())
