"""Judges what is learned from simulated traffic whose truth is known, seed by seed, against the stated aims.

Run ``python -m tests.bench.evaluate [--seeds N] [--release floor] [--worthless] [--set NAME=VALUE]...``. Everything but
the speed follows from the options. Exits 1 when an aim is missed, 2 when an option cannot be used.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from streams.commands.judging import FAULTS
from streams.commands.usage import progress
from streams.settings import SettingsError, settings_from
from streams.simulate.judge import Judged
from streams.tables import Cell, table
from streams.wording import at_state, quoted, short
from tests.bench.printing import screen
from tests.bench.seeds import Outcome, Task, run_seed

WIN_LOSS_AIM: Final = 30.0
"""Right publications for each wrong one, over all seeds."""

FOUND_AIM: Final = 0.8
"""Share of the learnable texts that get a right rewrite, with the release floor."""

JOBS_MAX: Final = 2

COLUMNS: Final = (
    "seed", "candidates", "published", "right", "wrong", "win/loss", "learnable", "found", "delay h", "outcomes",
    "users", "repairs", "withdrawn", "stale/live",
)  # fmt: skip


class Total(msgspec.Struct, frozen=True):
    """All seeds together. Medians are medians over seeds of each seed's median."""

    seeds: int
    candidates: int
    published: int
    valid: int
    invalid: int
    win_loss: float | None
    learnable: int
    found: int
    found_share: float | None
    published_share: float | None
    delay_hours: float | None
    evidence: dict[str, float]
    withdrawn: int
    stale: int
    stale_live: int


def total_of(outcomes: Sequence[Outcome]) -> Total:
    """Add the seeds up."""
    verdicts = [outcome.verdict for outcome in outcomes]
    candidates = sum(outcome.candidates for outcome in outcomes)
    published, valid = sum(each.published for each in verdicts), sum(each.valid for each in verdicts)
    invalid, learnable = sum(len(each.invalid) for each in verdicts), sum(each.learnable for each in verdicts)
    found = sum(each.found for each in verdicts)
    delays = [each.delay_hours["0.5"] for each in verdicts if each.delay_hours]
    names = sorted({name for outcome in outcomes for name in outcome.evidence})
    return Total(
        seeds=len(outcomes),
        candidates=candidates,
        published=published,
        valid=valid,
        invalid=invalid,
        win_loss=valid / invalid if invalid else None,
        learnable=learnable,
        found=found,
        found_share=found / learnable if learnable else None,
        published_share=published / candidates if candidates else None,
        delay_hours=median(delays) if delays else None,
        evidence={name: median(each.evidence[name] for each in outcomes if each.evidence) for name in names},
        withdrawn=sum(each.withdrawn for each in verdicts),
        stale=sum(each.stale for each in verdicts),
        stale_live=sum(each.stale_live for each in verdicts),
    )


def missed_aims(total: Total, *, worthless: bool, release: str, alpha: float) -> list[str]:
    """Return each stated aim that was missed, in words."""
    if worthless:
        share = total.published_share or 0.0
        return [f"{share:.3f} of worthless candidates were published, alpha is {alpha}"] if share > alpha else []
    missed = []
    if total.win_loss is not None and total.win_loss < WIN_LOSS_AIM:
        missed.append(f"win/loss is {total.win_loss:.1f}, the aim is {WIN_LOSS_AIM:g}")
    if not total.valid:
        missed.append("nothing right was published")
    if release == "floor" and total.found_share is not None and total.found_share < FOUND_AIM:
        missed.append(f"{total.found_share:.3f} of what is learnable was found, the aim is {FOUND_AIM}")
    return missed


def run_all(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """Run every seed, in this process or in two; yield outcomes in the order of the seeds, and show how far it is."""
    turns = tasks[0].turns
    with progress(f"{len(tasks)} seeds", turns * len(tasks)) as show:
        if jobs == 1:
            for number, task in enumerate(tasks):
                yield run_seed(task, _after(show, number * turns))
            return
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            for number, outcome in enumerate(pool.map(run_seed, tasks), 1):
                show(number * turns)
                yield outcome


def _after(show: Callable[[float], None], before: int) -> Callable[[int], None]:
    return lambda events: show(before + events)


def row_of(outcome: Outcome) -> tuple[Cell, ...]:
    """Return a seed as a row of the table."""
    verdict, evidence = outcome.verdict, outcome.evidence
    return (
        str(outcome.task.seed),
        outcome.candidates,
        *_shares(verdict.published, verdict.valid, len(verdict.invalid), verdict.learnable, verdict.found_share),
        _optional(verdict.delay_hours.get("0.5")),
        *(_optional(evidence.get(name)) for name in ("outcomes", "users", "repairs")),
        verdict.withdrawn,
        f"{verdict.stale}/{verdict.stale_live}",
    )


def total_row(total: Total) -> tuple[Cell, ...]:
    """Return all seeds together as the last row."""
    return (
        "all",
        total.candidates,
        *_shares(total.published, total.valid, total.invalid, total.learnable, total.found_share),
        _optional(total.delay_hours),
        *(_optional(total.evidence.get(name)) for name in ("outcomes", "users", "repairs")),
        total.withdrawn,
        f"{total.stale}/{total.stale_live}",
    )


def _shares(published: int, valid: int, invalid: int, learnable: int, found: float | None) -> tuple[Cell, ...]:
    win_loss = valid / invalid if invalid else math.inf
    shown = "-" if not published else "∞" if win_loss == math.inf else short(win_loss)
    return published, valid, invalid, shown, learnable, "-" if found is None else f"{found:.3f}"


def _optional(value: float | None) -> str:
    return "-" if value is None else short(value)


def wrong_row(seed: int, wrong: Judged) -> tuple[Cell, ...]:
    """Return an invalid pair as a row: where, what, why."""
    reasons = ", ".join(FAULTS.get(fault, fault) for fault in wrong.faults)
    live = "no" if wrong.withdrawn_at_ms is None else "yes"
    pair = f"{quoted(wrong.source)} as {quoted(wrong.target)}, {at_state(wrong.state)}"
    return str(seed), pair, reasons, wrong.trap or "-", live


def report(outcomes: Sequence[Outcome], total: Total, title: str) -> None:
    """Print the seeds, every wrong pair, and what share was published where nothing is worth publishing.

    ``stale/live`` are publications that turned wrong while live, and those of them never taken back.
    """
    console = screen()
    console.print(table(title, COLUMNS, [*map(row_of, outcomes), total_row(total)]))
    wrong = [wrong_row(outcome.task.seed, each) for outcome in outcomes for each in outcome.verdict.invalid]
    if wrong:
        console.print(table("Wrong when published", ("seed", "rewrite", "because", "trap", "taken back"), wrong))
    if outcomes[0].task.worthless and total.published_share is not None:
        console.print(f"published: {total.published_share:.4f} of the candidates; alpha is {outcomes[0].alpha}")


def title_of(outcome: Outcome) -> str:
    """Say what was run: the traffic, what lets texts out, and every setting that was given."""
    task = outcome.task
    given = {"release": outcome.release, "users_min": str(outcome.users_min)}
    given |= {name: value for name, _, value in (option.partition("=") for option in task.sets)}
    settings = ", ".join(f"{name}={value}" for name, value in given.items())
    traffic = "worthless traffic" if task.worthless else "traffic"
    return f"{traffic}, {task.turns:,} turns of {task.users:,} people a seed; {settings}"


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many runs, each with its own seed")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--release", choices=("floor", "private", "both"), help="what lets a text out of the store")
    parser.add_argument("--worthless", action="store_true", help="traffic in which nothing is to be learned")
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--jobs", type=int, choices=range(1, JOBS_MAX + 1), default=1, help="processes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write everything as JSON too")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.turns, options.users) < 1:
        parser.error("--seeds, --turns and --users must be at least 1")
    options.sets += [f"release={options.release}"] if options.release else []
    try:
        settings_from(options.sets)
    except SettingsError as error:
        parser.error(str(error))
    return options


def main() -> int:
    """Run, print, and say which aims were missed."""
    options = parsed()
    seeds = range(options.first, options.first + options.seeds)
    tasks = [Task(seed, options.turns, options.users, options.worthless, tuple(options.sets)) for seed in seeds]
    outcomes = []
    for outcome in run_all(tasks, options.jobs):
        outcomes.append(outcome)
        sys.stderr.write(f"seed {outcome.task.seed}: {outcome.verdict.published} published\n")
    first, total = outcomes[0], total_of(outcomes)
    report(outcomes, total, title_of(first))
    missed = missed_aims(total, worthless=options.worthless, release=first.release, alpha=first.alpha)
    if options.out is not None:
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode((total, missed, outcomes))) + b"\n")
    screen().print("\n".join(f"MISSED: {aim}" for aim in missed) or "The aims are met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
