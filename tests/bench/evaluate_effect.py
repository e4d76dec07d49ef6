"""Measures what a rephrase model changes in what is learned, on simulated traffic and on the calls that come along.

Run ``python -m tests.bench.evaluate_effect [--model NAME_OR_FILE]... [--teacher FOLDER] [--seeds N]``. Every model
sees the same traffic. With a teacher there is one row more: the last model, with the teacher's second opinion on the
pairs it is least sure of. Rephrases are those detected; right and wrong are rewrites published, by the known truth;
found is the share of what could be learned. Of the calls the truth is not known.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from streams.commands.demo import CALLS_SETTINGS
from streams.commands.run import batches
from streams.configuring.refusal import SettingsError
from streams.driver import Driver
from streams.rephrasing.telling import OPINION_ASKED, OPINION_PAIRS
from streams.settings import settings_from
from streams.simulate.samples import sample_events
from streams.tables import Cell, table
from tests.bench.evaluate import JOBS_MAX, Total, run_all, total_of
from tests.bench.printing import screen
from tests.bench.scorers import MODEL_HELP, names_of, shown
from tests.bench.seeds import Outcome, Task

REPHRASES: Final = "feedback.rephrase"
COLUMNS: Final = (
    "model", "rephrases", "trails", "published", "right", "wrong", "win/loss", "found", "delay h", "withdrawn", "asked",
    "µs a turn",
)  # fmt: skip
CALLS_COLUMNS: Final = ("model", "turns", "rephrases", "trails", "published", "withdrawn", "live at the end")


class Way(NamedTuple):
    """One way to detect rephrases: what to call it, and the settings that make it so."""

    name: str
    settings: dict[str, str]

    @property
    def sets(self) -> tuple[str, ...]:
        """Return the settings as ``NAME=VALUE``."""
        return tuple(f"{name}={value}" for name, value in self.settings.items())


def ways_of(models: Sequence[str], teacher: str, share: float) -> list[Way]:
    """Return each model by itself, and the last one with a teacher if there is one."""
    ways = [Way(shown(name), {"rephrase_model": name}) for name in models]
    if teacher:
        asked = {"second_opinion_model": teacher, "second_opinion_share": f"{share:g}"}
        ways.append(Way(f"{ways[-1].name} + teacher", {**ways[-1].settings, **asked}))
    return ways


def seed_row(name: str, outcomes: Sequence[Outcome], total: Total) -> tuple[Cell, ...]:
    """Return all seeds of a way as a row."""
    facts = {fact: sum(outcome.facts.get(fact, 0.0) for outcome in outcomes) for fact in _FACTS}
    turns = sum(outcome.task.turns for outcome in outcomes)
    win_loss = "-" if not total.published else "∞" if total.win_loss is None else f"{total.win_loss:.1f}"
    asked = f"{facts[OPINION_ASKED] / facts[OPINION_PAIRS]:.3f}" if facts[OPINION_PAIRS] else "-"
    return (
        name,
        int(facts[REPHRASES]),
        int(facts["trails"]),
        *(total.published, total.valid, total.invalid, win_loss),
        *("-" if each is None else f"{each:.3f}" for each in (total.found_share, total.delay_hours)),
        total.withdrawn,
        asked,
        f"{sum(outcome.driver_seconds for outcome in outcomes) / turns * 1e6:.0f}",
    )


_FACTS: Final = (REPHRASES, "trails", OPINION_ASKED, OPINION_PAIRS)


def calls_row(way: Way) -> tuple[Cell, ...]:
    """Replay the calls that come along, and return what came as a row.

    Raises:
        SettingsError: a setting cannot be used, or a model cannot be read.
    """
    driver = Driver(settings_from(way.sets, defaults=CALLS_SETTINGS))
    for batch in batches(sample_events()):
        driver.feed(batch)
    driver.finish()
    counts = ("turns", REPHRASES, "trails", "published", "withdrawn")
    return way.name, *(int(driver.facts.get(count, 0.0)) for count in counts), len(driver.live)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", default=[], dest="models", metavar="NAME", help=MODEL_HELP)
    parser.add_argument("--teacher", default="", metavar="FOLDER", help="is asked for second opinions")
    parser.add_argument("--share", type=float, default=0.02, help="of pairs that the teacher is asked about")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each, each with its own traffic")
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--release", choices=("floor", "private", "both"), default="floor")
    parser.add_argument("--jobs", type=int, choices=range(1, JOBS_MAX + 1), default=1, help="processes")
    return parser.parse_args(arguments)


def main() -> int:
    """Run and print."""
    options = parsed()
    ways = ways_of(names_of(options.models), options.teacher, options.share)
    try:
        calls = [calls_row(way) for way in ways]
    except SettingsError as error:
        sys.stderr.write(f"evaluate_effect: {error}\n")
        return 2
    rows = []
    for way in ways:
        sets = (f"release={options.release}", *way.sets)
        tasks = [Task(seed, options.turns, options.users, worthless=False, sets=sets) for seed in range(options.seeds)]
        outcomes = list(run_all(tasks, options.jobs))
        rows.append(seed_row(way.name, outcomes, total_of(outcomes)))
    title = f"simulated, {options.seeds} seeds of {options.turns:,} turns, release {options.release}"
    screen().print(table(title, COLUMNS, rows))
    screen().print(table("packaged calls", CALLS_COLUMNS, calls))
    return 0


if __name__ == "__main__":
    sys.exit(main())
