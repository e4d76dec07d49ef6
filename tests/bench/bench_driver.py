"""Measures the whole pipeline in one process: turns a second from JSON lines to rewrites, and memory.

Run ``python -m tests.bench.bench_driver [--turns N]``. Prints; judges nothing.
"""

import argparse
import resource
from time import perf_counter

import msgspec
from rich.console import Console

from streams.commands.run import LINES_PER_BATCH, batches
from streams.driver import Driver
from streams.simulate.traffic import simulate
from streams.tables import table

USERS = 2_000
SEED = 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=50_000)
    turns = parser.parse_args().turns
    encode = msgspec.json.Encoder().encode
    lines = [encode(event) for event in simulate(turns, USERS, SEED)]
    driver = Driver()
    started = perf_counter()
    for batch in batches(lines):
        driver.feed_lines(batch)
    driver.finish()
    seconds = perf_counter() - started
    rows = [
        ("lines", len(lines)),
        ("lines in a batch", LINES_PER_BATCH),
        ("seconds", seconds),
        ("turns per second", round(driver.facts["turns"] / seconds)),
        ("pairs scored per turn", driver.facts.get("pairs_scored", 0.0) / driver.facts["turns"]),
        ("rows of detect", len(driver.rows["detect"].rows)),
        ("rows of learn", len(driver.rows["learn"].rows)),
        ("largest memory, MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024),
    ]
    Console().print(table("Driver", ("what", "value"), rows))


if __name__ == "__main__":
    main()
