"""``reprise demo``: the main job end to end on traffic that ships with the product. Knows which, and what to show."""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from streams.commands.findings import Findings
from streams.commands.judging import verdict_table
from streams.commands.leaving import NoConsoleError, leave_console
from streams.commands.live import LiveView
from streams.commands.replay import summary_table
from streams.commands.simulate import TURNS_FILE, simulate_files, traffic_table
from streams.commands.usage import screen
from streams.engine.errors import EngineError
from streams.kafka.embedded import EmbeddedBrokerError
from streams.settings import Settings, settings_from
from streams.simulate.truth import Truth

if TYPE_CHECKING:
    from streams.commands.embedded import Learned

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

BROKER_NOTE: Final = (
    "The worker is the one that runs in service: Faust, transactions, state in RocksDB. The broker is a stand-in "
    "inside this process (librdkafka's mock cluster) and guarantees little: it shuts no former worker out, shows "
    "records of aborted transactions, compacts nothing, and keeps nothing beyond this process."
)
FAILED_EXIT_CODE: Final = 1
PEOPLE: Final = 2_000

CONSOLE_MINUTES: Final = 15
"""How long the console stays: long enough to look around, short enough to be forgotten."""

SEED: Final = 1

DemoFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where all results go.")]
NoConsole = Annotated[bool, typer.Option("--no-console", help="Start no console at the end.")]
Turns = Annotated[int, typer.Option("--turns", min=1_000, help="How many turns to simulate.")]


def demo(out: DemoFolder = Path("out/demo"), turns: Turns = 100_000, no_console: NoConsole = False) -> int:
    """Show the whole way from calls to rewrites, in under two minutes.

    Runs a real worker on a broker inside this process. First it learns from real telephone calls, then from simulated
    traffic whose truth is known. Shows what is noticed, published and taken back while it happens, then what was
    learned with the evidence for it, and what was refused and why. Prints only texts that enough people said. Ends
    with the address of a console, which stays for a quarter of an hour.
    """
    console = screen()
    started = perf_counter()
    console.print(Text(BROKER_NOTE))
    try:
        calls(console, out / "calls")
        simulated(console, out / "simulated", turns)
    except (EngineError, EmbeddedBrokerError) as error:
        typer.echo(f"reprise: {error}", err=True)
        return FAILED_EXIT_CODE
    console.rule()
    closer(console, out, perf_counter() - started)
    return 0 if no_console else left_console(out / "simulated")


def left_console(folder: Path) -> int:
    """Leave a console over what was learned, tell its address, and return the exit code."""
    try:
        address = leave_console(folder, CONSOLE_MINUTES)
    except NoConsoleError as error:
        typer.echo(f"reprise: {error}", err=True)
        return FAILED_EXIT_CODE
    typer.echo(f"Look around, for {CONSOLE_MINUTES} minutes from now:")
    typer.echo(f"Console: {address}")
    return 0


def calls(console: Console, out: Path) -> None:
    """Let a worker learn from the telephone calls that ship with the product, and show what was found."""
    console.rule("Real calls")
    console.print(Text(CALLS_INTRODUCTION))
    with as_file(files("streams.simulate") / "data" / CALLS) as path:
        done = learned(console, path, out, settings_from(defaults=CALLS_SETTINGS), trails=True)
    findings = Findings(done.replayed.driver, done.replayed.counts)
    console.print(findings.reactions())
    console.print(findings.common_trails(out / "trails.jsonl", 5))
    console.print(findings.published(5))
    console.print(findings.taken_back(done.taken_back))
    console.print(findings.refused())


def simulated(console: Console, out: Path, turns: int) -> None:
    """Simulate traffic, let a worker learn from it with the default settings, show what was found and judge it."""
    console.rule("Simulated traffic")
    console.print(Text(SIMULATED_INTRODUCTION))
    truth, replies = simulate_files(out, turns, PEOPLE, SEED)
    console.print(traffic_table(truth, replies))
    done = learned(console, out / TURNS_FILE, out, settings_from(), truth)
    findings = Findings(done.replayed.driver, done.replayed.counts)
    console.print(findings.reactions())
    console.print(findings.published(3))
    console.print(findings.taken_back(done.taken_back))
    console.print(findings.refused())
    if done.replayed.verdict is not None:
        console.print(verdict_table(done.replayed.verdict))


def learned(
    console: Console, file: Path, out: Path, settings: Settings, truth: Truth | None = None, *, trails: bool = False
) -> "Learned":
    """Let a worker learn from a file while people watch, and show how it went."""
    # Faust takes a second to load, which no other command needs.
    from streams.commands.embedded import learn_from  # noqa: PLC0415

    with LiveView(console) as view:
        done = learn_from([str(file)], out, settings, view, truth, trails=trails)
    console.print(summary_table(done.replayed.summary, "What the worker did"))
    console.print(
        f"From the turn that settled it to a rewrite that can be read: {view.delay} (median).", soft_wrap=True
    )
    return done


def closer(console: Console, out: Path, seconds: float) -> None:
    """Tell how to look closer, and how to run the same on a real Kafka."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "reprise" else "reprise"
    lines = (
        f"Done in {seconds:.0f} seconds. Everything is in {out}. To look closer:",
        f"  {program} explain next --expecting step --from {out / 'calls'}",
        "On a real Kafka, where each turn counts exactly once whatever is killed, the same goes with:",
        "  make kafka",
        f"  {program} topics create --set replication=1",
        f"  {program} worker",
        f"  {program} produce {out / 'simulated' / TURNS_FILE}",
    )
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
