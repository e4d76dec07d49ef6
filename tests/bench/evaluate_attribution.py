"""Does a learner that knows what was rewritten tell right rewrites from wrong ones better than one that does not?

Run ``python -m tests.bench.evaluate_attribution [--seeds N] [--set NAME=VALUE]...``. Both learners hear the same events
of a closed loop that the first one is served from; see ``streams.simulate.attributing`` for what they believe. So that
there are wrong rewrites to find, the settings are exploratory: little evidence is enough to serve, and what turns wrong
is hardly withdrawn; and more drifts than in other runs. With ``--usual`` they are those of service instead. The last
table shows what either learner would do: which of the rewrites that were ever served it would serve now, by its own
books. Everything follows from the options.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from streams.settings import SettingsError, settings_from
from streams.simulate.attributing import Believe, Unaware, difference, superiority
from streams.simulate.loop import run
from streams.simulate.loop_result import Attribution
from streams.simulate.servers import BookServer
from streams.tables import Cell, table
from tests.bench.loop_seeds import LoopTask, run_each
from tests.bench.printing import screen

GAIN_AIM: Final = 0.27
"""How much larger the area is for the aware learner, relative (Ponnusamy et al., 2022: 27.45 %)."""

EXPLORATORY: Final = (
    "release=floor", "users_min=3", "repairs_min=2", "alpha=0.5", "p0_means=0.1", "p0_fails=0.2", "p0_works=0.4",
    "win_loss_min=1", "watch_alpha=1e-12", "watch_share=0.05",
)  # fmt: skip

USUAL: Final = ("release=floor",)

DRIFT: Final = 2.0

FIRST_DAY: Final = 14
"""Before that too few rewrites were served to be ranked."""

STEP_DAYS: Final = 15

BELIEFS: Final[dict[str, Believe]] = {"difference": difference, "superiority": superiority}

JOBS_MAX: Final = 2


class Curves(msgspec.Struct, frozen=True):
    """What one seed gave: evenings by kind of belief."""

    seed: int
    beliefs: dict[str, tuple[Attribution, ...]]


def run_seed(task: LoopTask) -> Curves:
    """Run one closed loop with both learners."""
    plan = replace(task.plan(), drift=DRIFT)
    unaware = Unaware(plan.settings)
    truth = run(plan, BookServer(), [unaware]).traffic.truth(plan.settings.users_min)
    return Curves(task.seed, {name: tuple(unaware.judged(truth, believe)) for name, believe in BELIEFS.items()})


def mean_areas(evenings: Sequence[Attribution]) -> tuple[float, float, float, float]:
    """Return areas over evenings that have any: aware and unaware, right ones first, then wrong ones first."""
    areas = [
        (each.aware, each.unaware, each.aware_wrong, each.unaware_wrong) for each in evenings if each.day >= FIRST_DAY
    ]
    known = np.array([each for each in areas if None not in each], dtype=np.float64).reshape(-1, 4)
    first, second, third, fourth = known.mean(axis=0) if len(known) else np.full(4, np.nan)
    return float(first), float(second), float(third), float(fourth)


def gain(aware: float, unaware: float) -> float:
    """Return how much larger one area is, relative."""
    return aware / unaware - 1.0


def _row(name: str, evenings: Sequence[Attribution]) -> tuple[Cell, ...]:
    aware, unaware, aware_wrong, unaware_wrong = mean_areas(evenings)
    pairs, wrong = (sum(getattr(each, field) for each in evenings) / len(evenings) for field in ("pairs", "wrong"))
    return (
        name, f"{pairs:.1f}", f"{wrong:.1f}",
        f"{aware:.3f}", f"{unaware:.3f}", f"{gain(aware, unaware):+.1%}",
        f"{aware_wrong:.3f}", f"{unaware_wrong:.3f}", f"{gain(aware_wrong, unaware_wrong):+.1%}",
    )  # fmt: skip


def rows(curves: Sequence[Curves], belief: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the curve over time, all seeds together, then each seed, then all."""
    steps: dict[int, list[Attribution]] = defaultdict(list)
    for curve in curves:
        for each in curve.beliefs[belief]:
            if each.day >= FIRST_DAY:
                steps[each.day // STEP_DAYS].append(each)
    for step in sorted(steps):
        yield _row(f"days {step * STEP_DAYS + 1}-{(step + 1) * STEP_DAYS}", steps[step])
    for curve in curves:
        yield _row(f"seed {curve.seed}", curve.beliefs[belief])
    yield _row("all", [each for step in steps.values() for each in step])


COLUMNS: Final = ("", "served", "wrong", "right: aware", "unaware", "gain", "wrong: aware", "unaware", "gain")


def kept_rows(curves: Sequence[Curves]) -> Iterator[tuple[Cell, ...]]:
    """Yield for each seed, then for all, the shares of right and of wrong rewrites that each learner keeps."""
    evenings = {curve.seed: curve.beliefs[next(iter(BELIEFS))] for curve in curves}
    for seed, days in evenings.items():
        yield _kept_row(f"seed {seed}", days)
    yield _kept_row("all", [day for days in evenings.values() for day in days])


def _kept_row(name: str, evenings: Sequence[Attribution]) -> tuple[Cell, ...]:
    days = [each for each in evenings if each.day >= FIRST_DAY]
    right = sum(each.pairs - each.wrong for each in days)
    wrong = sum(each.wrong for each in days)
    aware, unaware = (sum(each.right_kept[at] for each in days) / max(right, 1) for at in (0, 1))
    aware_wrong, unaware_wrong = (sum(each.wrong_kept[at] for each in days) / max(wrong, 1) for at in (0, 1))
    return (
        name, f"{aware:.3f}", f"{unaware:.3f}", f"{gain(aware, max(unaware, 1e-9)):+.1%}", f"{aware_wrong:.3f}",
        f"{unaware_wrong:.3f}",
    )  # fmt: skip


KEPT_COLUMNS: Final = ("", "right ones: aware", "unaware", "gain", "wrong ones: aware", "unaware")


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many runs, each with its own seed")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--turns", type=int, default=60_000)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--usual", action="store_true", help="settings of service instead of exploratory ones")
    parser.add_argument("--jobs", type=int, choices=range(1, JOBS_MAX + 1), default=1, help="processes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write everything as JSON too")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.turns, options.users, options.days) < 1:
        parser.error("--seeds, --turns, --users and --days must be at least 1")
    options.sets = [*(USUAL if options.usual else EXPLORATORY), *options.sets]
    try:
        settings_from(options.sets)
    except SettingsError as error:
        parser.error(str(error))
    return options


def main(work: Callable[[LoopTask], Curves] = run_seed) -> int:
    """Run, print both curves, and say whether the aim is met."""
    options = parsed()
    console = screen()
    console.print(f"python -m tests.bench.evaluate_attribution {' '.join(sys.argv[1:])}", markup=False)
    console.print(f"settings: {', '.join(options.sets)}; drift {DRIFT:g}", markup=False)
    seeds = range(options.first, options.first + options.seeds)
    tasks = [LoopTask(seed, options.turns, options.users, options.days, "pair", tuple(options.sets)) for seed in seeds]
    curves = list(run_each(work, tasks, options.jobs))
    met = False
    for belief in BELIEFS:
        title = f"Area under the precision-recall curve, belief by {belief}: right ones first, wrong ones first"
        console.print(table(title, COLUMNS, rows(curves, belief)))
        aware, unaware, *_ = mean_areas([each for curve in curves for each in curve.beliefs[belief]])
        met = met or gain(aware, unaware) >= GAIN_AIM
    console.print(table("Rewrites that each learner would serve by its own books", KEPT_COLUMNS, kept_rows(curves)))
    if options.out is not None:
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode(curves)) + b"\n")
    console.print("The aim is met." if met else f"MISSED: right ones first, the gain is below {GAIN_AIM:.0%}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
