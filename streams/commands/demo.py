"""``reprise demo``: the main job end to end on traffic that ships with the product. Knows which, and what to show."""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from time import perf_counter
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from streams.commands.findings import Findings
from streams.commands.judging import verdict_table
from streams.commands.replay import replay_files, summary_table
from streams.commands.simulate import TURNS_FILE, simulate_files, traffic_table
from streams.commands.usage import screen
from streams.settings import settings_from

CALLS: Final = "getgoing.jsonl.gz"
CALLS_SETTINGS: Final = {"release": "floor", "users_min": 5, "shared_users": ["caller-271"]}
"""A few hundred calls cannot reach 20 people a text, and one line in them is used by many people."""

CALLS_INTRODUCTION: Final = (
    "Callers ask a telephone assistant for directions (CMU GetGoing, 2019 to 2021). Nobody rates anything. When the "
    "assistant does not understand, it asks again and people find other words: that is all there is to learn from."
)

SIMULATED_INTRODUCTION: Final = (
    "A simulated home assistant, with misheard words, people who correct themselves or give up, requests that change "
    "their meaning half way, and traps. The texts are no caller's, and the truth is known, so what is learned can be "
    "judged. Settings are the defaults: texts leave through the differentially private gate."
)
PEOPLE: Final = 2_000
SEED: Final = 1

DemoFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where all results go.")]
Turns = Annotated[int, typer.Option("--turns", min=1_000, help="How many turns to simulate.")]


def demo(out: DemoFolder = Path("out/demo"), turns: Turns = 100_000) -> None:
    """Show the whole way from calls to rewrites, in under two minutes.

    First replays real telephone calls, then simulated traffic whose truth is known. Prints what was noticed, what
    was learned with the evidence for it, and what was refused and why. Prints only texts that enough people said.
    """
    console = screen()
    started = perf_counter()
    calls(console, out / "calls")
    simulated(console, out / "simulated", turns)
    console.rule()
    seconds = perf_counter() - started
    console.print(
        f"Done in {seconds:.0f} seconds. Everything is in {out}. To look closer:", markup=False, soft_wrap=True
    )
    program = sys.argv[0] if Path(sys.argv[0]).name == "reprise" else "reprise"
    console.print(f"  {program} explain next --expecting step --from {out / 'calls'}", markup=False, soft_wrap=True)


def calls(console: Console, out: Path) -> None:
    """Replay the telephone calls that ship with the product, and show what was found."""
    console.rule("Real calls")
    console.print(Text(CALLS_INTRODUCTION))
    with as_file(files("streams.simulate") / "data" / CALLS) as path:
        done = replay_files([str(path)], out, settings_from(defaults=CALLS_SETTINGS), trails=True)
    findings = Findings(done.driver, done.counts)
    console.print(summary_table(done.summary))
    console.print(findings.reactions())
    console.print(findings.common_trails(out / "trails.jsonl", 5))
    console.print(findings.published(5))
    console.print(findings.refused())


def simulated(console: Console, out: Path, turns: int) -> None:
    """Simulate traffic, replay it with the default settings, show what was found and judge it."""
    console.rule("Simulated traffic")
    console.print(Text(SIMULATED_INTRODUCTION))
    truth, replies = simulate_files(out, turns, PEOPLE, SEED)
    console.print(traffic_table(truth, replies))
    done = replay_files([str(out / TURNS_FILE)], out, settings_from(), truth)
    findings = Findings(done.driver, done.counts)
    console.print(summary_table(done.summary))
    console.print(findings.reactions())
    console.print(findings.published(3))
    console.print(findings.refused())
    if done.verdict is not None:
        console.print(verdict_table(done.verdict))
