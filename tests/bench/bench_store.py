"""Measures a stage's rows on disk: each operation and whole stages against rows in memory, timers, and a restore.

Run ``python -m tests.bench.bench_store [--rows N] [--timers N] [--turns N] [--restore N]``; 0 leaves a part out.
Prints; judges nothing. Times are the calling thread's processor time, without what RocksDB tidies up beside it, but for
the restore, whose time is that of the clock. It starts a real Kafka of its own, and so needs Java.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from infra.kafka.broker import Broker
from schemas.codec import DETECT_FIELDS, project
from schemas.records import TurnEvent
from streams import topology
from streams.commands.run import batches
from streams.detect.rephrase import RuleScorer
from streams.engine.restore import Restored, changelog_identity, restore
from streams.engine.rows import StoredRows
from streams.engine.store import Store
from streams.learn.rows import Served
from streams.memory import MemoryRows
from streams.settings import Settings
from streams.stage import Context, Record, Rows, Step
from streams.tables import Cell, table
from tests.bench.measure import detected, traffic
from tests.bench.printing import screen

BATCH: Final = 4_000
KINDS: Final[dict[str, type[msgspec.Struct]]] = {"row": Served, "due": Served}
HOUR_MS: Final = 3_600_000
SETTLED: Final = 100_000
"""Rows a commit holds while the state is filled."""


def commit(store: Store, rows: StoredRows) -> None:
    """End a batch as the engine does."""
    changes = rows.changes()
    store.write(changes, store.position + len(changes), 1)
    rows.committed()


def microseconds(action: Callable[[], object], times: int) -> float:
    """Return this thread's processor time of an action, for one of so many."""
    started = time.thread_time()
    action()
    return (time.thread_time() - started) / times * 1e6


def get_all(rows: Rows, keys: Iterable[str]) -> None:
    """Get each key once."""
    get = rows.get
    for key in keys:
        get(key)


def change_all(rows: Rows, keys: Iterable[str]) -> None:
    """Put a row under each key."""
    for key in keys:
        rows.put(key, Served())


def scan_all(rows: Rows, prefix: str) -> int:
    """Scan a prefix to its end."""
    return sum(1 for _ in rows.scan(prefix))


def first_of(rows: Rows, prefix: str) -> object:
    """Return the first row of a scan."""
    return next(iter(rows.scan(prefix)))


# -- one operation -------------------------------------------------------------------------------------------------


def operations(directory: Path, number: int) -> list[tuple[Cell, ...]]:
    """Return a row for each operation: in memory, on disk, and how many times the one the other is."""
    keys = [f"row|{place:08d}" for place in range(number)]
    random.Random(1).shuffle(keys)  # noqa: S311 - a benchmark needs to be repeated
    memory = MemoryRows()
    with Store(directory) as store:
        filling = StoredRows(store, KINDS)
        for start in range(0, number, SETTLED):
            change_all(filling, keys[start : start + SETTLED])
            commit(store, filling)
        change_all(memory, keys)
        return list(_compared(store, memory, keys))


def _compared(store: Store, memory: MemoryRows, keys: list[str]) -> Iterable[tuple[Cell, ...]]:
    some, absent = keys[: 5 * BATCH], [f"row|x{place}" for place in range(5 * BATCH)]
    rows = StoredRows(store, KINDS)

    def both(name: str, number: int, action: Callable[[Rows], object]) -> tuple[Cell, ...]:
        return _row(name, *(microseconds(partial(action, each), number) for each in (memory, rows)))

    for name, wanted in (("get, not cached", some), ("get, cached", some), ("get, not there", absent)):
        yield both(name, len(wanted), partial(get_all, keys=wanted))
    yield both("put", BATCH, partial(change_all, keys=keys[:BATCH]))
    changes: list[tuple[bytes, bytes | None]] = []
    yield _row("changes, encoded", 0.0, microseconds(lambda: changes.extend(rows.changes()), BATCH))
    yield _row("write", 0.0, microseconds(lambda: store.write(changes, 1, 1), BATCH))
    yield _row("committed", 0.0, microseconds(rows.committed, BATCH))
    scan_all(memory, "row|")  # sorts, once
    yield both("scan", len(keys), partial(scan_all, prefix="row|"))


def _row(name: str, memory_us: float, disk_us: float) -> tuple[Cell, ...]:
    ratio = f"{disk_us / memory_us:.1f}" if memory_us else ""
    return name, f"{memory_us:.3f}" if memory_us else "", f"{disk_us:.3f}", ratio


# -- timers --------------------------------------------------------------------------------------------------------


def timers(directory: Path, number: int) -> list[tuple[Cell, ...]]:
    """Set timers and let them go, a batch at a time; return what finding the first costs, with floors and without."""
    found: list[tuple[Cell, ...]] = []
    with Store(directory) as store:
        rows, width = StoredRows(store, KINDS), BATCH
        for start in range(0, number, width):
            for place in range(start, start + width):
                rows.put(f"due|{place + width:010d}", Served())
            for key, _ in list(rows.scan("due|", f"due|{start + width - 1:010d}")):
                rows.delete(key)
            commit(store, rows)
            if start + width in {width * 10, number // width // 2 * width, number // width * width}:
                fresh = StoredRows(store, KINDS)
                first, later = (microseconds(partial(first_of, each, "due|"), 1) for each in (fresh, rows))
                found.append((start + width, f"{first:,.0f}", f"{later:,.0f}"))
    return found


# -- whole stages --------------------------------------------------------------------------------------------------


def stages(directory: Path, turns: int) -> list[tuple[Cell, ...]]:
    """Return what a turn costs each stage in memory and on disk, commits included."""
    decode = project(TurnEvent, DETECT_FIELDS)
    events = [decode(value) for value in traffic(turns)]
    trails = [[output.value for output in outputs] for outputs in detected(events)]
    found: list[tuple[Cell, ...]] = []
    for stage, fed in ((topology.DETECT, list(batches(events))), (topology.LEARN, trails)):
        microseconds(partial(run, stage.step, MemoryRows(), fed), turns)
        memory = microseconds(partial(run, stage.step, MemoryRows(), fed), turns)
        with Store(directory / stage.name) as store:
            rows = StoredRows(store, stage.rows)
            disk = microseconds(partial(run, stage.step, rows, fed, partial(commit, store, rows)), turns)
        found.append(_row(stage.name, memory, disk))
    return found


def run(step: Step, rows: Rows, fed: Iterable[Sequence[object]], end: Callable[[], object] = lambda: None) -> None:
    """Run a stage over batches."""
    context = Context(Settings(), lambda value: value, "source", scorer=RuleScorer())
    offset = 0
    for batch in fed:
        step(rows, [Record(offset + index, value) for index, value in enumerate(batch)], context)
        offset += len(batch)
        end()


# -- restore -------------------------------------------------------------------------------------------------------


def restores(directory: Path, number: int) -> list[tuple[Cell, ...]]:
    """Write a changelog to a real Kafka and restore it: from scratch, with a local store, and with one half way."""
    with Broker(directory / "kafka") as kafka:
        config: dict[str, Any] = {"bootstrap.servers": kafka.bootstrap}
        topic = "bench.state"
        admin = AdminClient(config)
        admin.create_topics([NewTopic(topic, 1, 1, config={"cleanup.policy": "compact"})])[topic].result(30)
        fill(config, topic, 0, number)
        found: list[tuple[Cell, ...]] = []
        with Store(directory / "store") as store:
            found.append(_restored("from scratch", restored(config, topic, store)))
            found.append(_restored("local store, up to date", restored(config, topic, store)))
            fill(config, topic, 0, number // 10)
            found.append(_restored("local store, a tenth behind", restored(config, topic, store)))
        return found


def fill(config: dict[str, Any], topic: str, first: int, number: int) -> None:
    """Write rows in transactions, as owners do."""
    producer = Producer({**config, "transactional.id": topic, "compression.type": "lz4", "linger.ms": 5})
    producer.init_transactions(30)
    encode = msgspec.msgpack.Encoder().encode
    for start in range(first, first + number, BATCH):
        producer.begin_transaction()
        for place in range(start, min(start + BATCH, first + number)):
            row = Served(treated_wins=place / 7, treated_losses=place / 3, last_seen=1_700_000_000_000 + place)
            producer.produce(topic, encode(row), f"row|{place:08d}", 0)
        producer.commit_transaction(60)


def restored(config: dict[str, Any], topic: str, store: Store) -> Restored:
    """Restore a store."""
    identity = changelog_identity(config, topic, lambda: False)
    return restore(
        store,
        config,
        topic,
        0,
        on_progress=lambda _done, _total: None,
        should_stop=lambda: False,
        identity=identity,
        trust_ms=HOUR_MS,
    )


def _restored(name: str, result: Restored) -> tuple[Cell, ...]:
    return name, result.rows, f"{result.seconds:.2f}", round(result.rows / result.seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="rows in the store for single operations")
    parser.add_argument("--timers", type=int, default=1_000_000, help="timers to set and let go")
    parser.add_argument("--turns", type=int, default=25_000, help="turns for whole stages")
    parser.add_argument("--restore", type=int, default=1_000_000, help="rows to restore from a real Kafka")
    options = parser.parse_args()
    compared = ("", "memory µs", "disk µs", "ratio")
    parts = (
        (options.rows, operations, "one operation, processor time", compared),
        (options.timers, timers, "the first timer after so many came and went", ("gone", "fresh µs", "with floor µs")),
        (options.turns, stages, "whole stages, processor time a turn, commits included", compared),
        (options.restore, restores, "restore from a real Kafka", ("", "rows", "seconds", "rows/s")),
    )
    for number, part, title, columns in parts:
        if number:
            with TemporaryDirectory() as folder:
                screen().print(table(f"{title} ({number:,})", columns, part(Path(folder) / "store", number)))


if __name__ == "__main__":
    main()
