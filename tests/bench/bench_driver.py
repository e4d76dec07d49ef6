"""Measures the whole pipeline on one core: turns a second of each part, memory by people and texts, and growth.

Run ``python -m tests.bench.bench_driver [--turns N] [--profile FILE]``. Prints; judges nothing. Every measurement has
a process of its own, one after the other. Times are processor time; "loops" are multiples of 1,000 dictionary inserts
measured in the same run, so that machines, and busy moments of one machine, can be compared.
"""

import argparse
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from schemas.codec import encode_json
from schemas.records import TurnEvent
from streams.commands.usage import progress
from streams.simulate.traffic import simulate
from streams.tables import Cell, table
from streams.wording import short
from tests.bench.measure import SEED, USERS, Memory, Speed, child
from tests.bench.plain import plain_traffic
from tests.bench.printing import screen

MIB: Final = 1 << 20
PEOPLE: Final = (1_000, 10_000, 50_000)
TEXTS: Final = (1_000, 10_000, 30_000)
PLAIN_TURNS: Final = 64_000
"""Turns of plain traffic: enough that every one of the most people and most of the most texts come up."""

GROWTH: Final = (25_000, 50_000, 100_000)


def speed_rows(speed: Speed) -> list[tuple[Cell, ...]]:
    """Return a row for each part."""
    return [
        (
            name,
            round(1e6 / cost.best_us),
            round(1e6 / cost.median_us),
            f"{cost.best_us:.1f}",
            f"{cost.best_us / speed.loop_us:.2f}",
        )
        for name, cost in speed.parts.items()
    ]


def measured(path: Path, events: Iterable[TurnEvent]) -> Memory:
    """Write events to a file and measure what reading them costs."""
    written = write(path, events)
    return measured_lines(path, written)


def measured_lines(path: Path, lines: int) -> Memory:
    """Measure what reading the first lines of a file costs."""
    return msgspec.json.decode(child("memory", str(path), str(lines)), type=Memory)


def write(path: Path, events: Iterable[TurnEvent]) -> int:
    """Write events as JSON lines; return how many."""
    written = 0
    with path.open("wb") as file:
        for event in events:
            file.write(encode_json(event) + b"\n")
            written += 1
    return written


def dial_rows(sizes: Sequence[int], memories: Sequence[Memory]) -> list[tuple[Cell, ...]]:
    """Return a row for each position of a dial; bytes for each more of it stand from the second on."""
    rows: list[tuple[Cell, ...]] = []
    before: tuple[int, Memory] | None = None
    for size, each in zip(sizes, memories, strict=True):
        more = "" if before is None else f"{(each.peak_mib - before[1].peak_mib) * MIB / (size - before[0]):,.0f}"
        rows.append((size, each.learn_rows, f"{each.peak_mib:.1f}", f"{each.left_mib:.1f}", more))
        before = size, each
    return rows


def growth_rows(memories: Sequence[Memory]) -> list[tuple[Cell, ...]]:
    """Return a row for each length of the same traffic, with its ratio to the one before."""
    later = [(_ratio(b.seconds, a.seconds), _ratio(b.peak_mib, a.peak_mib)) for a, b in pairwise(memories)]
    return [
        (each.turns, short(each.seconds), time, f"{each.peak_mib:.1f}", memory, each.learn_rows, each.detect_rows)
        for each, (time, memory) in zip(memories, [("", ""), *later], strict=True)
    ]


def _ratio(later: float, earlier: float) -> str:
    return f"{later / earlier:.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=25_000, help="turns for the speed of each part")
    parser.add_argument("--profile", metavar="FILE", default="", help="write where the time goes, as text")
    parser.add_argument("--speed-only", action="store_true", help="leave memory and growth out")
    options = parser.parse_args()
    console = screen()
    speed = msgspec.json.decode(child("speed", str(options.turns), *filter(None, [options.profile])), type=Speed)
    title = f"one core, {speed.turns:,} events of {USERS:,} people (the loop takes {speed.loop_us:.1f} µs)"
    columns = ("part", "turns/s best", "turns/s median", "µs a turn", "loops a turn")
    console.print(table(title, columns, speed_rows(speed)))
    if not options.speed_only:
        memory_and_growth()


def memory_and_growth() -> None:
    """Measure and print what people, texts and length cost."""
    steps = len(PEOPLE) + len(TEXTS) + len(GROWTH)
    with TemporaryDirectory() as folder, progress("memory and growth", steps) as show:
        path = Path(folder) / "turns.jsonl"
        people, texts, growth = [], [], []
        for users in PEOPLE:
            people.append(measured(path, plain_traffic(PLAIN_TURNS, users, TEXTS[0])))
            show(len(people))
        for number in TEXTS:
            texts.append(measured(path, plain_traffic(PLAIN_TURNS, PEOPLE[0], number)))
            show(len(people) + len(texts))
        lines = write(path, simulate(GROWTH[-1], USERS, SEED))
        for turns in GROWTH:
            growth.append(measured_lines(path, lines * turns // GROWTH[-1]))
            show(len(people) + len(texts) + len(growth))
    columns = ("rows of learn", "peak MiB", "left MiB", "bytes for one more")
    title = f"memory above an empty process, {PLAIN_TURNS:,} plain turns"
    console = screen()
    console.print(table(f"{title}, {TEXTS[0]:,} texts", ("people", *columns), dial_rows(PEOPLE, people)))
    console.print(table(f"{title}, {PEOPLE[0]:,} people", ("texts", *columns), dial_rows(TEXTS, texts)))
    headings = ("turns", "seconds", "ratio", "peak MiB", "ratio", "rows of learn", "rows of detect")
    console.print(table("growth: the same simulated traffic, read twice as far", headings, growth_rows(growth)))


if __name__ == "__main__":
    main()
