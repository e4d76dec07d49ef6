"""Judges the closed loop over many seeds of simulated people and drift, against the stated aims.

Run ``python -m tests.bench.evaluate_loop [--seeds N] [--release floor] [--randomise both] [--set NAME=VALUE]...``.
Everything follows from the options. Exits 1 when an aim is missed, 2 when an option cannot be used.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Final

import msgspec

from streams.commands.closed_loop import DRIFTS, EFFECT_COLUMNS, effect_row, percent, ratio
from streams.commands.judging import FAULTS
from streams.settings import SettingsError, settings_from
from streams.simulate.loop_result import LoopResult, Window
from streams.tables import Cell, table
from streams.wording import at_state, quoted, reason_words, short
from tests.bench.loop_seeds import LoopTask, Total, run_each, run_loop, total_of, win_loss
from tests.bench.printing import screen

WIN_LOSS_AIM: Final = 30.0
"""Right promotions for each wrong one, over all seeds, in every window.

The same for days that promoted pairs live, not counting needless ones: a text that began to work by itself is run as
something that works as well.
"""

REDUCTION_AIM: Final = 0.31
"""Fewer defects among rewritten turns than among those held out, also at the lower end of the interval."""

JOBS_MAX: Final = 2

SEED_COLUMNS: Final = (
    "seed", "learnable", "found", "promoted right", "wrong", "days right", "wrong", "fewer defects", "in truth",
    "turned wrong", "taken back", "by mistake",
)  # fmt: skip


def missed_aims(total: Total) -> list[str]:
    """Return each stated aim that was missed, in words."""
    missed = []
    for window in total.windows:
        days = f"on days {window.from_day + 1} to {window.to_day + 1}"
        if win_loss(window.valid, window.invalid) < WIN_LOSS_AIM:
            missed.append(f"{days} {ratio(window.valid, window.invalid)} were right for each wrong promotion")
        harmful = window.wrong_days - window.needless_days
        if win_loss(window.right_days, harmful) < WIN_LOSS_AIM:
            missed.append(f"{days} {ratio(window.right_days, harmful)} pair-days were right for each harmful")
    overall = total.effects[0] if total.effects else None
    if overall is None or overall.lower is None or overall.lower < REDUCTION_AIM:
        missed.append(f"defects are fewer by {percent(None if overall is None else overall.lower)} at least")
    return missed


def seed_row(result: LoopResult) -> tuple[Cell, ...]:
    """Return a seed as a row."""
    right, wrong, right_days, wrong_days = _sums(result.windows)
    overall = next((effect for effect in result.effects if not effect.domain), None)
    taken_back = sum(each.at_ms is not None for each in result.withdrawals)
    return (
        str(result.seed), result.learnable, result.found, right, wrong, right_days, wrong_days,
        percent(overall.reduction if overall else None), percent(overall.true_reduction if overall else None),
        len(result.withdrawals), taken_back, result.healthy_withdrawn,
    )  # fmt: skip


def _sums(windows: Sequence[Window]) -> tuple[int, int, int, int]:
    return (
        sum(each.valid for each in windows), sum(each.invalid for each in windows),
        sum(each.right_days for each in windows), sum(each.wrong_days for each in windows),
    )  # fmt: skip


def window_row(window: Window) -> tuple[Cell, ...]:
    """Return a window as a row: promotions and the days that promoted pairs were live, with their ratios."""
    return (
        f"{window.from_day + 1}-{window.to_day + 1}",
        window.valid, window.invalid, window.needless, ratio(window.valid, window.invalid),
        window.right_days, window.wrong_days, window.needless_days, ratio(window.right_days, window.wrong_days),
    )  # fmt: skip


def report(results: Sequence[LoopResult], total: Total, title: str) -> None:
    """Print seeds, windows, effects, withdrawals, the learning curve and every wrong decision."""
    console = screen()
    console.print(table(title, SEED_COLUMNS, map(seed_row, results)))
    part = ("wrong", "of these needless", "ratio")
    columns = ("days", "promoted right", *part, "pair-days right", *part)
    console.print(table("All seeds, by window", columns, map(window_row, total.windows)))
    console.print(table("Fewer defects than held out, all seeds", EFFECT_COLUMNS, map(effect_row, total.effects)))
    console.print(table(
        "Served outcomes from drift to withdrawal",
        ("stage", "because", "pairs", "still live", "median", "p90", "most of one still live"),
        withdrawal_rows(total),
    ))  # fmt: skip
    console.print(table("Defects of all turns", ("month", "turns", "defects", "without", "fewer"), month_rows(total)))
    mistakes = list(mistake_rows(results))
    if mistakes:
        console.print(table("Wrong decisions", ("seed", "what", "day", "rewrite", "because", "trap"), mistakes))
    for line in sentences(total):
        console.print(line, markup=False)


def withdrawal_rows(total: Total) -> Iterator[tuple[Cell, ...]]:
    """Yield withdrawals by stage and kind of drift."""
    for each in total.withdrawals:
        because = DRIFTS.get(each.drift, each.drift) or "any"
        middle, most = ("-" if value is None else short(value) for value in (each.median, each.p90))
        yield each.stage, because, each.number, each.still_live, middle, most, each.waiting


def month_rows(total: Total) -> Iterator[tuple[Cell, ...]]:
    """Yield the learning curve by month."""
    for number, (turns, defects, without) in enumerate(total.defects, 1):
        yield str(number), turns, defects, round(without), percent(1 - defects / without)


def mistake_rows(results: Sequence[LoopResult]) -> Iterator[tuple[Cell, ...]]:
    """Yield every wrong promotion, and every withdrawal of a right one."""
    for result in results:
        for each in result.mistakes:
            pair = f"{quoted(each.source)} as {quoted(each.target)}, {at_state(each.state)}"
            why = ", ".join(FAULTS.get(fault, fault) for fault in each.faults) or reason_words(each.reason)
            day = (
                datetime.fromtimestamp(each.at_ms / 1000, UTC) - datetime.fromtimestamp(result.starts_ms / 1000, UTC)
            ).days
            yield str(result.seed), each.kind, day + 1, pair, why, each.trap or "-"


def sentences(total: Total) -> Iterator[str]:
    """Yield what no table holds."""
    seed, worst = total.worst
    yield f"worst seed: {seed}, {worst.valid} right and {worst.invalid} wrong promotions"
    found, promoted = total.found / (total.learnable or 1), total.found_promoted / (total.learnable or 1)
    yield f"of {total.learnable} learnable texts {found:.3f} got a right rewrite, {promoted:.3f} a promoted one"
    hours = _shown(total.found_hours), _shown(total.promoted_hours)
    yield f"hours from enough repairs to the trial {hours[0]}, from there to promotion {hours[1]} (medians)"
    per = total.healthy_outcomes / total.healthy_withdrawn if total.healthy_withdrawn else math.inf
    yield (
        f"right ones taken back by mistake: {total.healthy_withdrawn} in {total.healthy_outcomes:,} served outcomes"
        + (f", one in {per:,.0f}" if total.healthy_withdrawn else "")
    )
    if total.true_errors:
        off = mean(abs(error) for error in total.true_errors)
        yield f"measured less true reduction, by seed: {mean(total.true_errors):+.4f} on average, {off:.4f} off"


def _shown(value: float | None) -> str:
    return "-" if value is None else short(value)


def title_of(tasks: Sequence[LoopTask]) -> str:
    """Say what was run."""
    task = tasks[0]
    seeds = f"seeds {tasks[0].seed} to {tasks[-1].seed}"
    settings = ", ".join(task.sets) or "defaults"
    return (
        f"{seeds}, {task.turns:,} turns of {task.users:,} people in {task.days} days a seed; arms by "
        f"{task.randomised_by}; {settings}"
    )


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many runs, each with its own seed")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--turns", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=2_500)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--release", choices=("floor", "private", "both"), default="floor")
    parser.add_argument("--randomise", choices=("pair", "source", "both"), default="pair", help="how arms are drawn")
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--jobs", type=int, choices=range(1, JOBS_MAX + 1), default=1, help="processes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write everything as JSON too")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.turns, options.users, options.days) < 1:
        parser.error("--seeds, --turns, --users and --days must be at least 1")
    options.sets = [f"release={options.release}", *options.sets]
    try:
        settings_from(options.sets)
    except SettingsError as error:
        parser.error(str(error))
    return options


def main() -> int:
    """Run, print, and say which aims were missed."""
    options = parsed()
    screen().print(f"python -m tests.bench.evaluate_loop {' '.join(sys.argv[1:])}", markup=False)
    missed: list[str] = []
    kept: list[tuple[Total, list[LoopResult]]] = []
    for way in ("pair", "source") if options.randomise == "both" else (options.randomise,):
        seeds = range(options.first, options.first + options.seeds)
        tasks = [LoopTask(seed, options.turns, options.users, options.days, way, tuple(options.sets)) for seed in seeds]
        results = list(run_each(run_loop, tasks, options.jobs))
        total = total_of(results)
        kept.append((total, results))
        report(results, total, title_of(tasks))
        missed += missed_aims(total) if way == "pair" or options.randomise == "source" else []
    if options.out is not None:
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    screen().print("\n".join(f"MISSED: {aim}" for aim in missed) or "The aims are met.", markup=False)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
