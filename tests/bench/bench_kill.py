"""Measures how long processes go on serving a rewrite after it was killed, on a real Kafka. Prints; judges nothing.

Run ``python -m tests.bench.bench_kill``. A Kafka and some serving processes are started; each decides about a thousand
utterances a second. Kills of one rewrite, its domain, its tenant and everything take turns, at chance moments; the time
of the last rewrite that a process served is its own clock's, read after the decision.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from rich.table import Table

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from streams.commands.usage import progress
from streams.serving import POLL_S
from streams.tables import Cell, table
from tests.bench.bench_kafka import loads
from tests.bench.kafka_load import Load, Watch
from tests.bench.printing import screen
from tests.broker.acknowledged import Acknowledged
from tests.broker.servers import SCOPES, Server, a_rewrite, an_order, make_serving_topics, serving
from tests.broker.topics import send

PAUSE_S: Final = 0.001
"""Rest between two decisions of a process: the last rewrite it served is known that exactly."""

REST_S: Final = 2 * POLL_S
"""How long nothing may be served after a kill before it is lifted."""

NS_PER_MS: Final = 1_000_000


class Delays(NamedTuple):
    """Milliseconds until the last rewrite that one process served, for each kill.

    Attributes:
        accepted: from the broker's time of the order, which is cut to a millisecond.
        sent: from handing it to the client.
    """

    accepted: list[float]
    sent: list[float]


class Found(NamedTuple):
    """What was measured.

    Attributes:
        delays: by process.
        again: how often a process served a rewrite again while it was killed.
        load: of the machine meanwhile.
    """

    delays: list[Delays]
    again: int
    load: Load


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code tells whether any process served what was killed after it had ceased to."""
    options = _parser().parse_args(arguments)
    reason = missing()
    if reason is not None:
        print(f"no real Kafka here: {reason}", file=sys.stderr)  # noqa: T201 - its answer
        return 1
    with _own_broker() as broker, progress("kills", options.kills) as show:
        found = measure(broker, options, show)
    screen().print(
        _table(found, options.kills), f"served again while killed: {found.again}", loads(found.load), sep="\n"
    )
    return int(found.again > 0)


@contextmanager
def _own_broker() -> Iterator[Broker]:
    """Start a Kafka; what ends it may still write to its folder while that is removed."""
    with (
        tempfile.TemporaryDirectory(prefix="reprise-kill-", ignore_cleanup_errors=True) as folder,
        Broker(Path(folder) / "kafka") as broker,
    ):
        yield broker


def measure(broker: Broker, options: argparse.Namespace, show: Callable[[float], None]) -> Found:
    """Kill and allow again and again while processes serve."""
    connection = make_serving_topics(broker.bootstrap, "kill-")
    others = (a_rewrite(f"text {number}") for number in range(options.rewrites))
    send(connection.bootstrap, connection.topic("rewrites"), [a_rewrite(), *others])
    records = Acknowledged(connection)
    chance = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    delays = [Delays([], []) for _ in range(options.processes)]
    again = 0
    with serving(connection, options.processes, PAUSE_S) as servers:
        names = {f"process {number}": server.process.pid or 0 for number, server in enumerate(servers, 1)}
        watch = Watch({"broker": broker.pid or 0, **names})
        for number in range(options.kills):
            time.sleep(chance.uniform(0.0, POLL_S))
            again += _kill_once(records, servers, delays, number)
            show(number + 1)
        return Found(delays, again, watch.stop())


def _kill_once(records: Acknowledged, servers: Sequence[Server], delays: Sequence[Delays], number: int) -> int:
    """Kill, note when each process served last, and allow; return how often one served again meanwhile."""
    scope = list(SCOPES)[number % len(SCOPES)]
    sent_ns = time.time_ns()
    written = records.send("policy", an_order("kill", scope, 2 * number + 1))
    for server, found in zip(servers, delays, strict=True):
        last_ns = server.wait_until(serving=False).at_ns
        found.accepted.append((last_ns - written.at_ms * NS_PER_MS) / NS_PER_MS)
        found.sent.append((last_ns - sent_ns) / NS_PER_MS)
    time.sleep(REST_S)
    again = sum(change.serving for server in servers for change in server.changes())
    records.send("policy", an_order("allow", scope, 2 * number + 2))
    for server in servers:
        server.wait_until(serving=True)
    return again


def _table(found: Found, kills: int) -> Table:
    rows = [(f"process {number}", *_figures(each)) for number, each in enumerate(found.delays, 1)]
    together = Delays(*([delay for each in kind for delay in each] for kind in zip(*found.delays, strict=True)))
    title = (
        f"{kills} kills, last rewrite served by each process, ms after the broker's acceptance and after the send; "
        f"poll interval {POLL_S * 1000:g} ms"
    )
    columns = ("", "accepted: median", "p99", "max", "sent: median", "p99", "max")
    return table(title, columns, [*rows, ("all", *_figures(together))])


def _figures(delays: Delays) -> tuple[Cell, ...]:
    """Return median, 99th percentile and maximum of both kinds of delay."""
    return tuple(round(float(each), 1) for kind in delays for each in np.percentile(kind, (50, 99, 100)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30, help="how many")
    parser.add_argument("--processes", type=int, default=3, help="that serve")
    parser.add_argument("--rewrites", type=int, default=1_000, help="others that the table holds")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    return parser


if __name__ == "__main__":
    sys.exit(main())
