"""Measures whether it can be told which pairs a student was trained on, by the attack of ``tests/bench/membership.py``.

Run ``python -m tests.bench.bench_membership [--pairs N] [--students N]``. Three ways to train: as shipped, on features
alone; with an embedding of hashed words beside them; and one that overfits on purpose (few pairs, many epochs, hashed
words, no decay, half of the labels drawn by lot, which only memory can learn), which shows that the attack finds what
is there. Pairs are from the windows that students are trained on. A student here learns from far fewer pairs than a
shipped one, as often from each, and in as many steps: so it remembers more of each. Exits 1 when an aim is missed.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final

import msgspec
import numpy as np

from models.corpora.synthesis import windows
from models.pairs import Example, examples_of
from models.student.config import StudentConfig
from streams.tables import Cell, table
from tests.bench.membership import Attack, attack
from tests.bench.printing import screen

SHIPPED_AIM: Final = 0.55
"""Attack AUC on a student as shipped: hardly more than guessing."""

OVERFITTED_AIM: Final = 0.8
"""Attack AUC on the overfitted one: an attack that finds less proves nothing."""

BUCKETS: Final = 4096
BATCH: Final = 64
"""Pairs a step: with the default of 1,024 so few pairs would be learned from in a hundred steps only."""

SHIPPED: Final = StudentConfig(batch_size=BATCH)
WITH_WORDS: Final = replace(SHIPPED, buckets=BUCKETS)
OVERFITTED_PAIRS: Final = 400
OVERFITTED: Final = replace(WITH_WORDS, epochs=100, weight_decay=0.0)
BY_LOT: Final = 0.5
"""Share of pairs whose label is drawn by lot for the overfitted student."""

SEED: Final = 11
COLUMNS: Final = (
    "student",
    "pairs each",
    "students",
    "attack AUC",
    "found at 1 % false",
    "right: seen",
    "unseen",
    "seconds",
)


def different_pairs(count: int, seed: int = SEED) -> list[Example]:
    """Return labelled pairs of training windows, no two of the same texts: a text's twin would speak for it."""
    found: dict[tuple[str, str], Example] = {}
    for window in windows(seed, count, "train"):
        for example in examples_of(window):
            found.setdefault((example.first, example.second), example)
    return list(found.values())[:count]


def partly_by_lot(examples: Sequence[Example], seed: int = SEED) -> list[Example]:
    """Return pairs of which some have a label drawn by lot."""
    chance = np.random.default_rng(seed)
    drawn, lots = chance.random(len(examples)) < BY_LOT, chance.integers(2, size=len(examples))
    return [
        msgspec.structs.replace(example, label=float(lot)) if by_lot else example
        for example, by_lot, lot in zip(examples, drawn, lots, strict=True)
    ]


def measured(
    name: str, examples: list[Example], config: StudentConfig, students: int
) -> tuple[Attack, tuple[Cell, ...]]:
    """Attack one way to train; return what came, and its row."""
    started = perf_counter()
    came = attack(examples, config, students)
    numbers = (f"{came.auc:.3f}", f"{came.found:.3f}", f"{came.fitted:.3f}", f"{came.unseen:.3f}")
    return came, (name, len(examples) // 2, students, *numbers, f"{perf_counter() - started:.0f}")


def main() -> int:
    """Measure, print, and say which aims were missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4_000, help="pairs that each student learns from")
    parser.add_argument("--students", type=int, default=32, help="students, each a target once and else a shadow")
    options = parser.parse_args()
    pairs = different_pairs(2 * options.pairs)
    shipped, first = measured("features alone, as shipped", pairs, SHIPPED, options.students)
    _, second = measured("with hashed words", pairs, WITH_WORDS, options.students)
    few = partly_by_lot(pairs[:OVERFITTED_PAIRS])
    overfitted, third = measured("overfitted on purpose", few, OVERFITTED, options.students)
    screen().print(table("can it be told what was trained on? .5 is a guess", COLUMNS, [first, second, third]))
    missed = [f"attack AUC {shipped.auc:.3f} on the shipped student"] if shipped.auc > SHIPPED_AIM else []
    missed += [f"attack AUC {overfitted.auc:.3f} on the overfitted one"] if overfitted.auc < OVERFITTED_AIM else []
    screen().print("\n".join(f"MISSED: {aim}" for aim in missed) or "The aims are met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
