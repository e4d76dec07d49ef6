"""Measures many candidates at once: how many of those found are wrong, and how many of the good ones are found.

Run ``python -m tests.bench.bench_levels [--seeds N]``. Compares a level for each pair with levels that all pairs share,
and sequences of shared levels with one another. Seeds are 1 to N. Exits 1 when the false discovery rate of shared
levels, or the rate of each pair at a level of its own, is above alpha by more than the noise of the seeds, or an exact
bound is.
"""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from scipy.special import zeta

from streams.learn import evidence, levels
from streams.tables import Cell, table
from tests.bench.many_pairs import BEATEN, PAST, SETTINGS, Found, Numbers, Rule, Scene, log_e_values, run
from tests.bench.printing import screen
from tests.learn.crossing import first_passing

Row = tuple[Cell, ...]
Parts = Callable[[Numbers], Numbers]

PAIRS_MAX: Final = 10_500
STEPS: Final = 400
FOUND_SOON: Final = 200
"""Outcomes of each question within which sequences of levels are compared."""


def house_parts(offset: int) -> Parts:
    """Return the sequence in use, with any offset."""
    return lambda numbers: np.array([levels.level_part(int(number), offset) for number in numbers])


SEQUENCES: Final[dict[str, Parts]] = {
    "1 / (i ln(i)^2)": lambda numbers: 1 / (2.10974 * (numbers + 1) * np.log(numbers + 1) ** 2),
    "LORD": lambda numbers: 0.0772 * np.log(np.maximum(numbers, 2)) / (numbers * np.exp(np.sqrt(np.log(numbers)))),
    "i^-1.6": lambda numbers: numbers**-1.6 / zeta(1.6),
    **{f"offset {offset}": house_parts(offset) for offset in (2, 5, levels.OFFSET, 100, 1_000)},
}


def shared_rule(name: str, parts: Parts, *, pays: bool = False) -> Rule:
    """Return e-LOND with a sequence of levels."""
    return Rule(name, 1 / (SETTINGS.alpha * parts(np.arange(1.0, PAIRS_MAX + 1))), shared=True, pays=pays)


def each_rule(*, pays: bool = False) -> Rule:
    """Return the rule with a level of its own for each pair."""
    return Rule("each", np.full(PAIRS_MAX, 1 / SETTINGS.alpha), shared=False, pays=pays)


def error_rows(scenes: dict[str, Scene], seeds: Sequence[int], tables: Sequence[Numbers]) -> Iterator[tuple[bool, Row]]:
    """Yield errors and power of both rules; True when the promise is not clearly missed; pairs with a past must pay."""
    for name, scene in scenes.items():
        rules = [each_rule(), shared_rule("shared", house_parts(levels.OFFSET))]
        if scene.repaired:
            rules += [rule._replace(name=f"{rule.name}, paying", pays=True) for rule in rules]
        parts = [run(scene, rules, seed, tables) for seed in seeds]
        for rule, founds in zip(rules, zip(*parts, strict=True), strict=True):
            promised = proportions(founds, scene).T if rule.shared else [wrongly_found(founds) / scene.worthless]
            within = not any(map(clearly_above, promised))
            yield within or scene.repaired > rule.pays, (name, rule.name, *summary(founds, scene))


def clearly_above(sample: Numbers) -> bool:
    """Say whether the mean of one value a seed is above alpha by more than its noise: two standard errors."""
    return bool(np.mean(sample) - 2 * np.std(sample, ddof=1) / np.sqrt(len(sample)) > SETTINGS.alpha)


def wrongly_found(founds: Sequence[Found]) -> Numbers:
    """Return how many worthless pairs were found, by seed."""
    return np.array([np.count_nonzero(found.steps[found.worthless]) for found in founds], np.float64)


def proportions(founds: Sequence[Found], scene: Scene) -> Numbers:
    """Return the false discovery proportion by seed and look."""
    return np.array([found.false_proportions(scene.steps) for found in founds])


def all_worthless_bound(pairs: int) -> float:
    """Return an exact upper bound of the chance that shared levels ever find one of so many worthless pairs.

    Chances fall with the number, so that those of a block are at most its first one's; the questions take turns.
    """
    edges = np.unique(np.geomspace(1, pairs + 1, 80).astype(int))
    total = 0.0
    for first, end in itertools.pairwise(edges):
        alpha = 1 / levels.needed_e_value(SETTINGS.alpha, int(first), 0)
        total += (end - first) * float(np.mean([chance_to_pass(p0, alpha) for p0 in BEATEN]))
    return total


def chance_to_pass(p0: float, alpha: float) -> float:
    """Return the exact chance that a question is ever passed that is won just as often as it must be beaten."""
    return float(first_passing(lambda wins, losses: evidence.passes(wins, losses, p0, alpha), p0, STEPS).sum())


def summary(founds: Sequence[Found], scene: Scene) -> Row:
    """Return the cells of one rule."""
    wrong = wrongly_found(founds)
    rate = float(np.mean(wrong)) / scene.worthless
    worst = float(np.max(np.mean(proportions(founds, scene), axis=0)))
    steps = np.concatenate([found.steps[~found.worthless & (found.steps > 0)] for found in founds])
    power = f"{np.mean([found.power(scene.steps) for found in founds]):.3f}" if scene.good else "-"
    half = f"{np.median(steps):.0f} / {np.quantile(steps, 0.9):.0f}" if len(steps) else "-"
    return f"{np.mean(wrong):.2f}", f"{rate:.5f}", f"{worst:.4f}", power, half


def power_rows(seeds: Sequence[int], tables: Sequence[Numbers]) -> Iterator[Row]:
    """Yield how soon each sequence finds the good pairs, one in twenty pairs being good."""
    rules = [each_rule(), *(shared_rule(name, parts) for name, parts in SEQUENCES.items())]
    columns = []
    for pairs in (20, 100, 1_000, 10_000):
        repeats = max(1, 2_000 // pairs)
        scene = Scene(pairs - pairs // 20, pairs // 20, FOUND_SOON)
        parts = [run(scene, rules, 1_000 * seed + repeat, tables) for seed in seeds for repeat in range(repeats)]
        columns.append([when([part[index] for part in parts]) for index in range(len(rules))])
    for rule, *cells in zip(rules, *columns, strict=True):
        yield rule.name, *cells


def when(founds: Sequence[Found]) -> str:
    """Return after how many outcomes the good pairs are found: on average, and nine in ten; none is later than all."""
    steps = np.concatenate([found.steps[~found.worthless] for found in founds])
    steps = np.where(steps > 0, steps, FOUND_SOON)
    return f"{np.mean(steps):.1f} / {np.quantile(steps, 0.9):.0f}"


def main() -> int:
    """Print the tables and say whether the promises hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="seeds 1 to N")
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    tables = [log_e_values(p0, STEPS + max(PAST)) for p0 in BEATEN]
    scenes = {
        "10,000 worthless": Scene(10_000, 0, STEPS),
        "10,000 worthless, 500 good": Scene(10_000, 500, STEPS),
        "the same, ten and ten alike": Scene(10_000, 500, STEPS, together=10),
        "the same, numbered with a past": Scene(10_000, 500, STEPS, repaired=True),
        "100 worthless, 5 good": Scene(100, 5, STEPS),
    }
    console = screen()
    console.print(f"python -m tests.bench.bench_levels --seeds {options.seeds}")
    console.print(f"seeds 1 to {options.seeds}, alpha {SETTINGS.alpha:g}, a look after each of {STEPS} outcomes\n")
    errors = list(error_rows(scenes, seeds, tables))
    names = (
        "pairs",
        "levels",
        "wrong",
        "rate of a worthless one",
        "FDR, worst look",
        "good found",
        "after: half / 90 %",
    )
    console.print(table("errors and power, mean over seeds", names, [row for _, row in errors]))
    names_of_power = ("levels", "20 pairs", "100 pairs", "1,000 pairs", "10,000 pairs")
    title = "outcomes until a good pair is found, one in twenty good: mean / 90 %"
    console.print(table(title, names_of_power, power_rows(seeds, tables)))
    bound = all_worthless_bound(10_000)
    console.print(
        f"exactly: shared levels ever find one of 10,000 worthless pairs with a chance of at most {bound:.4f}"
    )
    held = bound <= SETTINGS.alpha and all(holds for holds, _ in errors)
    console.print("The promises hold." if held else "MISSED: a rate is above alpha.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
