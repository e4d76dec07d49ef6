"""``reprise replay``: turn events from files through the stages in memory. Knows options and files, no rules."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import RenderableType

from schemas.records import Policy
from streams.commands.judging import judge_rewrites, verdict_table
from streams.commands.reading import Lines
from streams.commands.recorded_orders import read_orders
from streams.commands.run import FILES, TRAILS_FILE, Counts, run, summary
from streams.commands.settings import read_settings
from streams.commands.simulate import read_truth
from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, progress, screen
from streams.commands.writing import Results, write_json
from streams.driver import STATE_FOLDER, Driver
from streams.settings import Settings
from streams.simulate.judge import Verdict
from streams.simulate.truth import Truth
from streams.tables import table

FILES_HELP = "Turn events as JSON lines, plain or compressed (.gz); - is standard input."
JUDGE_HELP = "Judge what was published by the truth that `reprise simulate` wrote."
ORDERS_HELP = "Policy records as JSON lines; each is put in force when the turns reach its `issued_at`."
TRAILS_HELP = "Write trails.jsonl too; it holds every word that was said."

EventFiles = Annotated[list[str], typer.Argument(metavar="FILE...", help=FILES_HELP)]
OutFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; made if missing.")]
JudgeFile = Annotated[str, typer.Option("--judge", metavar="TRUTH.json", help=JUDGE_HELP, show_default=False)]
OrdersFile = Annotated[str, typer.Option("--orders", metavar="FILE", help=ORDERS_HELP, show_default=False)]
WithTrails = Annotated[bool, typer.Option("--trails", help=TRAILS_HELP, show_default=False)]


def replay(
    files: EventFiles,
    out: OutFolder,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
    judge: JudgeFile = "",
    orders: OrdersFile = "",
    trails: WithTrails = False,
) -> None:
    """Learn rewrites from recorded turns, as the stream would have.

    Reads turn events in the order of time, one JSON object a line, and writes rewrites.jsonl, decisions.jsonl,
    feedback.jsonl, rejected.jsonl and summary.json to DIR, and to DIR/state what `reprise explain` needs. A line that
    cannot be used goes to rejected.jsonl with the reason, and the rest is read on.

    [bold]Examples[/bold]

    reprise replay turns.jsonl.gz --out out/first

    zcat monday.gz tuesday.gz | reprise replay - --out out/two-days --set release=floor --set users_min=8

    reprise replay turns.jsonl.gz --out out/careful --orders orders.jsonl

    reprise explain "next" --expecting step --from out/first
    """
    settings = read_settings(sets, settings_file)
    truth = read_truth(judge) if judge else None
    given = read_orders(orders)
    done = replay_files(files, out, settings, truth, orders=given, trails=trails)
    screen().print(summary_table(done.summary))
    if done.verdict is not None:
        screen().print(verdict_table(done.verdict))
    if late := len(given) - done.counts.orders:
        screen().print(f"Not put in force, as the turns end before: {late} of {len(given)} orders.", soft_wrap=True)
    screen().print(f"Results are in {out}.", markup=False, soft_wrap=True)


class Replayed(NamedTuple):
    """A finished replay: the driver with its state, what was counted, the summary that was written, the judgement."""

    driver: Driver
    counts: Counts
    summary: dict[str, Any]
    verdict: Verdict | None


def replay_files(
    files: list[str],
    out: Path,
    settings: Settings,
    truth: Truth | None = None,
    *,
    orders: Sequence[Policy] = (),
    trails: bool = False,
) -> Replayed:
    """Replay files into a folder: results, summary and state; judge them if the truth is known.

    Raises:
        UnusableError: nothing could be read, nothing could be written, or no line could be used.
    """
    lines = Lines(files)
    driver = Driver(settings)
    started = perf_counter()
    with (
        Results(out, (*FILES, TRAILS_FILE) if trails else FILES) as results,
        progress("replaying", lines.total_bytes) as show,
    ):
        counts = run(lines, driver, results, orders=orders, trails=trails, after=lambda: show(lines.done_bytes))
    if not counts.usable:
        message = _none_usable(counts.lines, out)
        raise UnusableError(message)
    return finished(driver, counts, out, perf_counter() - started, truth)


def finished(driver: Driver, counts: Counts, out: Path, seconds: float, truth: Truth | None) -> Replayed:
    """Write summary and state of a run whose results are written, and judge it if the truth is known."""
    done = summary(counts, driver, seconds)
    verdict = None if truth is None else judge_rewrites(out / "rewrites.jsonl", truth)
    if verdict is not None:
        done["judge"] = verdict
    driver.save(out / STATE_FOLDER)
    write_json(out / "summary.json", done)
    return Replayed(driver, counts, done, verdict)


def summary_table(done: dict[str, Any], title: str = "Replay") -> RenderableType:
    """Lay out the main figures of a summary."""
    rejected = sum(done["rejected"].values())
    rows = [
        ("lines read", done["lines"]),
        ("turns taken in", done["turns"]),
        ("lines rejected", rejected),
        ("trails (attempts at one goal)", done["trails"]),
        ("reactions detected", sum(done["feedback"].values())),
        ("rewrites published", done["rewrites"]["published"]),
        ("rewrites withdrawn", done["rewrites"]["withdrawn"]),
        ("rewrites live at the end", done["rewrites"]["live"]),
        ("turns per second", done["turns_per_second"]),
    ]
    if done["orders"]:
        rows.insert(-1, ("orders put in force", done["orders"]))
    return table(title, ("what", "how many"), rows)


def _none_usable(lines: int, out: Path) -> str:
    if not lines:
        return "the input holds no line"
    return f"none of {lines} lines could be used; {out / 'rejected.jsonl'} says why"
