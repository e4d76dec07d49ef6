"""Measures what rephrase models cost: microseconds a pair, and turns a second of the whole pipeline with them.

Run ``python -m tests.bench.bench_models [--model NAME_OR_FILE] [--teacher FOLDER] [--turns N]``. Prints; judges
nothing. Without a student's file one is made for the moment, without a teacher's folder an encoder with untrained
heads is asked: both cost what trained ones do. Times are processor time on one thread, medians of several repetitions,
each on pairs of its own. What a model does to latency on a real Kafka: ``python -m tests.bench.bench_kafka latency
--set rephrase_model=FILE``.
"""

import argparse
from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

from streams.rephrasing.settings import SHIPPED
from streams.rephrasing.student import SHIPPED_FILE
from streams.tables import Cell, table
from tests.bench.measure import child
from tests.bench.measure_models import MADE, UNTRAINED, Measured, Times, Whole
from tests.bench.printing import screen

COLUMNS: Final = ("model", "batch", "µs a pair, new texts", "times the rules", "µs a pair, known texts")
WHOLE_COLUMNS: Final = ("model", "turns/s", "µs a turn", "of the rules' turns/s")


def time_rows(times: Sequence[Times]) -> list[tuple[Cell, ...]]:
    """Return a row for each model and batch size, compared with the rules at the same size."""
    rules = {each.batch: each.new for each in times if each.model == "rules"}
    return [
        (each.model, each.batch, f"{each.new:.1f}", f"{each.new / rules[each.batch]:.2f}", f"{each.known:.1f}")
        for each in times
    ]


def whole_rows(wholes: Sequence[Whole]) -> list[tuple[Cell, ...]]:
    """Return a row for each model that the whole driver ran with, compared with the first."""
    costs = [median(each.turn) for each in wholes]
    return [
        (each.model, round(1e6 / cost), f"{cost:.1f}", f"{costs[0] / cost:.2f}")
        for each, cost in zip(wholes, costs, strict=True)
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shipped = SHIPPED if SHIPPED_FILE.exists() else MADE
    parser.add_argument("--model", default=shipped, metavar="NAME", help="a student; - is made for the moment")
    parser.add_argument("--teacher", default=UNTRAINED, metavar="FOLDER", help="- is none, + has untrained heads")
    parser.add_argument("--turns", type=int, default=20_000, help="turns for the whole driver, 0 leaves it out")
    options = parser.parse_args()
    printed = child(options.model, options.teacher, str(options.turns), module="tests.bench.measure_models")
    found = msgspec.json.decode(printed, type=Measured)
    console = screen()
    console.print(table("what a pair costs, one thread", COLUMNS, time_rows(found.times)))
    if found.without:
        console.print(f"No teacher: {found.without}.")
    if found.whole:
        title = f"the whole driver, {found.turns:,} simulated turns, medians"
        console.print(table(title, WHOLE_COLUMNS, whole_rows(found.whole)))


if __name__ == "__main__":
    main()
