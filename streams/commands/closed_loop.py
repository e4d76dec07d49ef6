"""``reprise simulate --closed-loop``: serve what is learned, and show what came of it. Knows files and tables only."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from rich.console import Group, RenderableType

from schemas.records import TurnEvent
from streams.commands.settings import read_settings
from streams.commands.simulate import TurnFile, traffic_table, write_truth, writing
from streams.commands.usage import UnusableError, screen
from streams.driver import Driver
from streams.kafka.deliveries import DeliveryError
from streams.kafka.embedded import EmbeddedBrokerError
from streams.simulate.attributing import Unaware, difference
from streams.simulate.loop import DAYS, Plan, RandomisedBy, Run, Witness, run
from streams.simulate.loop_result import Effect, LoopResult, Withdrawal
from streams.simulate.servers import ServingError, TableServer
from streams.simulate.summing import summed
from streams.tables import Cell, table
from streams.wording import REASONS, short

RESULT_FILE: Final = "result.json"

DRIFTS: Final = {
    "broken": "the target ceased to work",
    "fixed": "the source began to work by itself",
    "flipped": "the source came to be heard for other words",
    "preferred": "people came to want something else by the source",
}
"""What a kind of drift means."""


class Asked(NamedTuple):
    """The options, as given."""

    out: Path
    turns: int
    users: int
    seed: int
    days: int | None
    sets: tuple[str, ...]
    settings_file: str
    randomise: RandomisedBy
    unaware: bool
    report: Path | None


class _Writer:
    """Writes what is said, hour by hour."""

    def __init__(self, file: TurnFile) -> None:
        self._file = file

    def hour(self, events: list[TurnEvent]) -> None:
        for event in events:
            self._file.write(event)

    def day(self, number: int, driver: Driver) -> None:
        """Nothing is written about the learner."""


def closed_loop_files(asked: Asked) -> None:
    """Run a closed loop, write its files, and show what came of it.

    Raises:
        SettingsError: a setting cannot be used.
        UnusableError: something cannot be written, or the embedded broker cannot be used.
    """
    settings = read_settings(list(asked.sets), asked.settings_file)
    plan = Plan(
        asked.turns, asked.users, asked.seed, settings, asked.days or DAYS, randomised_by=asked.randomise
    )  # fmt: skip
    with writing(asked.out, asked.turns) as file:
        other = Unaware(settings) if asked.unaware else None
        done = _run(plan, [_Writer(file)] if other is None else [_Writer(file), other])
        truth = done.traffic.truth(settings.users_min)
        beliefs = () if other is None else tuple(other.judged(truth, difference))
        result = summed(done, plan, command(asked), beliefs)
        write_truth(asked.out, truth)
        (asked.out / RESULT_FILE).write_bytes(msgspec.json.encode(result) + b"\n")
    console = screen()
    console.print(Group(traffic_table(truth, file.replies), *result_tables(result)))
    if asked.report is not None:
        _report(result, asked.report)
        console.print(f"{asked.report} shows it.", markup=False, soft_wrap=True)
    console.print(f"Traffic, truth and {RESULT_FILE} are in {asked.out}.", markup=False, soft_wrap=True)


def _run(plan: Plan, witnesses: Sequence[Witness]) -> Run:
    try:
        with TableServer() as server:
            return run(plan, server, witnesses)
    except (EmbeddedBrokerError, ServingError, DeliveryError) as error:
        message = f"the loop was not closed: {error}"
        raise UnusableError(message) from None


def _report(result: LoopResult, path: Path) -> None:
    from streams.simulate.report import write_report  # noqa: PLC0415 - loads the plot library

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_report(result, path, REASONS)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise UnusableError(message) from None


def command(asked: Asked) -> str:
    """Return the command that gives the same result again."""
    words = ["reprise", "simulate", "--closed-loop", "--out", str(asked.out)]
    words += ["--turns", str(asked.turns), "--users", str(asked.users), "--seed", str(asked.seed)]
    words += ["--days", str(asked.days or DAYS), "--randomise", asked.randomise]
    words += ["--unaware"] if asked.unaware else []
    words += [word for option in asked.sets for word in ("--set", option)]
    words += ["--settings", asked.settings_file] if asked.settings_file else []
    return shlex.join(words)


# -- tables ------------------------------------------------------------------------------------------------------------


def result_tables(result: LoopResult) -> Iterator[RenderableType]:
    """Lay out what a closed loop came to: promotions, defects, withdrawals, and what was found."""
    yield table("Promoted rewrites against the truth", WINDOW_COLUMNS, window_rows(result))
    yield table("Fewer defects when rewritten than when held out", EFFECT_COLUMNS, map(effect_row, result.effects))
    if result.withdrawals:
        yield table(
            "Made wrong by drift while live, with the median of served outcomes until taken back",
            WITHDRAWAL_COLUMNS,
            withdrawal_rows(result),
        )
    yield table("The loop", ("what", "how many"), loop_rows(result))


WINDOW_COLUMNS: Final = ("days", "right", "wrong", "right days", "wrong days", "right for each wrong")
EFFECT_COLUMNS: Final = ("domain", "treated", "held out", "fewer", "at least", "at most", "in truth")
WITHDRAWAL_COLUMNS: Final = ("because", "stage", "pairs", "taken back", "outcomes")


def window_rows(result: LoopResult) -> Iterator[tuple[Cell, ...]]:
    """Yield each window as a row, then all of them."""
    for each in result.windows:
        counts = each.valid, each.invalid, each.right_days, each.wrong_days
        yield f"{each.from_day + 1}-{each.to_day + 1}", *counts, ratio(each.valid, each.invalid)
    sums = [sum(getattr(each, name) for each in result.windows) for name in WINDOW_COUNTS]
    yield "all", *sums, ratio(sums[0], sums[1])


WINDOW_COUNTS: Final = ("valid", "invalid", "right_days", "wrong_days")


def ratio(right: int, wrong: int) -> str:
    """Return how many right ones there are for each wrong one."""
    return short(right / wrong) if wrong else "none wrong" if right else "-"


def effect_row(effect: Effect) -> tuple[Cell, ...]:
    """Return an effect as a row; "" is all domains."""
    shares = (effect.reduction, effect.lower, effect.upper, effect.true_reduction)
    return effect.domain or "all", round(effect.treated), round(effect.held_out), *map(percent, shares)


def percent(share: float | None) -> str:
    """Return a share in per cent."""
    return "-" if share is None else f"{100 * share:.1f} %"


def withdrawal_rows(result: LoopResult) -> Iterator[tuple[Cell, ...]]:
    """Yield withdrawals by kind of drift and stage."""
    groups: dict[tuple[str, str], list[Withdrawal]] = defaultdict(list)
    for each in result.withdrawals:
        groups[each.drift, each.stage].append(each)
    for (drift, stage), group in sorted(groups.items()):
        ended = sorted(each.outcomes for each in group if each.at_ms is not None)
        middle = str(ended[len(ended) // 2]) if ended else "-"
        yield DRIFTS.get(drift, drift), stage, len(group), len(ended), middle


def loop_rows(result: LoopResult) -> list[tuple[Cell, ...]]:
    """Return what was found, how soon, and how many defects it saved."""
    defects, without = sum(day.defects for day in result.days), sum(day.without for day in result.days)
    return [
        ("texts that could rightly be rewritten", result.learnable),
        ("  of these found", result.found),
        ("  of these promoted", result.found_promoted),
        ("hours from enough repairs to the trial (median)", median_of(result.found_hours)),
        ("hours from the trial to promotion (median)", median_of(result.promoted_hours)),
        ("promoted ones taken back though right", result.healthy_withdrawn),
        ("  in so many served outcomes", result.healthy_outcomes),
        ("turns that did not do what was meant", defects),
        ("  had nothing been rewritten", round(without)),
    ]


def median_of(values: tuple[float, ...]) -> str:
    """Return the middle value."""
    return short(sorted(values)[len(values) // 2]) if values else "-"
