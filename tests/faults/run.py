"""Makes each alert fire by a real fault, and makes it resolve by the repair.

    python -m tests.faults.run [ALERT...] [--faster N] [--at-once N] [--write] [--list]

Each fault gets topics, a worker and a Prometheus of its own. Exit code 1 unless every alert was silent before its
fault, fired by it and was over after its repair. Needs Java, as real Kafka does, and Prometheus.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from rich.console import Console

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from infra.prometheus.alerts import ALERTS
from tests.broker import prometheus, registry
from tests.faults import table
from tests.faults.catalogue import faults_of
from tests.faults.fault import Fault
from tests.faults.trial import Row, Steps, aside, play, rows_of

PACE: Final = 60.0
AT_ONCE: Final = 2
CANNOT_RUN_EXIT_CODE: Final = 2


def play_all(
    faults: Iterable[Fault], pace: float, folder: Path, say: Callable[[str], None], at_once: int = AT_ONCE
) -> list[Row]:
    """Play faults, some at once, and return what became of their alerts, in the order of the alerts' source."""
    rows: dict[str, Row] = {}
    with Broker(folder / "kafka") as shared:
        _take_turns((_trial(fault, rows, pace, shared=shared, folder=folder, say=say) for fault in faults), at_once)
    return [rows[name] for name in ALERTS if name in rows]


def _trial(
    fault: Fault, rows: dict[str, Row], pace: float, *, shared: Broker, folder: Path, say: Callable[[str], None]
) -> Steps:
    """Play one fault, on a broker of its own if it needs that."""
    name = fault.alerts[0]
    began = time.monotonic()
    own = rows_of(fault, pace)
    rows |= own

    def told(text: str) -> None:
        say(f"{time.monotonic() - began:4.0f} s  {name}: {text}")

    with ExitStack() as stack:
        broker = shared
        if fault.own_broker:
            broker = Broker(folder / f"{name}-kafka")
            stack.callback(broker.kill)
            yield from aside(broker.start)
        yield from play(fault, own, broker, folder / name, told)
    for row in own.values():
        told(f"{row.alert}: {row.in_short}")


def _take_turns(trials: Iterator[Steps], at_once: int) -> None:
    """Let each of several trials make one step after the other; a new one begins when one ends."""
    under_way: list[Steps] = []
    while True:
        while len(under_way) < at_once and (new := next(trials, None)) is not None:
            under_way.append(new)
        if not under_way:
            return
        under_way = [trial for trial in under_way if _step(trial)]


def _step(trial: Steps) -> bool:
    return next(trial, trial) is not trial


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    given = _options().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    console = Console(width=180)
    if given.list:
        table.show_faults(faults_of(given.alert), console)
        return 0
    reason = missing() or prometheus.missing() or registry.missing()
    if reason is not None:
        console.print(f"no real service here: {reason}", markup=False)
        return CANNOT_RUN_EXIT_CODE
    folder = given.folder or Path(tempfile.mkdtemp(prefix="reprise-faults-"))
    console.print(f"stores and logs: {folder}", markup=False)
    rows = play_all(
        faults_of(given.alert), given.faster, folder, lambda text: console.print(text, markup=False), given.at_once
    )
    table.show(rows, console)
    all_good = all(row.is_good for row in rows)
    if given.write and all_good:
        table.write(rows, given.faster)
    return 0 if all_good else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description="Make each alert fire.")
    parser.add_argument("alert", nargs="*", choices=[[], *ALERTS], metavar="ALERT", help="all by default")
    parser.add_argument("--list", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--faster", type=float, default=PACE, help=f"how much faster time is to pass ({PACE:g})")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help=f"faults under way at a time ({AT_ONCE})")
    parser.add_argument("--write", action="store_true", help=f"write {table.PAGE.name}, if all is well")
    parser.add_argument("--folder", type=Path, help="for brokers, stores and logs; a new one by default")
    return parser


if __name__ == "__main__":
    sys.exit(main())
