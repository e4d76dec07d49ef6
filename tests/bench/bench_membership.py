"""Measures whether it can be told which pairs a student was trained on, by the attack of ``tests/bench/membership.py``.

Run ``python -m tests.bench.bench_membership [--pairs N] [--students N]``. Three ways to train: as shipped, on features alone;
with an embedding of hashed words beside them; and one that overfits on purpose (few pairs, many epochs, hashed words, no
decay), which shows that the attack finds what is there to be found. Pairs are from the windows that students are trained
on, with their own labels. Exits 1 when an aim is missed.
"""

import argparse
import sys
from dataclasses import replace
from time import perf_counter
from typing import Final

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
OVERFITTED_PAIRS: Final = 400
OVERFITTED: Final = StudentConfig(buckets=BUCKETS, epochs=150, batch_size=128, weight_decay=0.0)
SEED: Final = 11
COLUMNS: Final = ("student", "pairs each", "students", "attack AUC", "found at 1 % false", "right: seen", "unseen", "seconds")


def different_pairs(count: int, seed: int = SEED) -> list[Example]:
    """Return labelled pairs of training windows, no two of the same texts: a text's twin would speak for it."""
    found: dict[tuple[str, str], Example] = {}
    for window in windows(seed, count, "train"):
        for example in examples_of(window):
            found.setdefault((example.first, example.second), example)
    return list(found.values())[:count]


def measured(name: str, examples: list[Example], config: StudentConfig, students: int) -> tuple[Attack, tuple[Cell, ...]]:
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
    shipped, first = measured("features alone, as shipped", pairs, StudentConfig(), options.students)
    _, second = measured("with hashed words", pairs, replace(StudentConfig(), buckets=BUCKETS), options.students)
    overfitted, third = measured("overfitted on purpose", pairs[:OVERFITTED_PAIRS], OVERFITTED, options.students)
    screen().print(table("can it be told what was trained on? .5 is a guess", COLUMNS, [first, second, third]))
    missed = [f"attack AUC {shipped.auc:.3f} on the shipped student"] if shipped.auc > SHIPPED_AIM else []
    missed += [f"attack AUC {overfitted.auc:.3f} on the overfitted one"] if overfitted.auc < OVERFITTED_AIM else []
    screen().print("\n".join(f"MISSED: {aim}" for aim in missed) or "The aims are met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
