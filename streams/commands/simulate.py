"""``reprise simulate``: traffic with known truth, as files. Knows files and options, not how traffic is made."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, cast

import msgspec
import typer
from rich.console import RenderableType

from schemas.records import TurnEvent
from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, progress, screen
from streams.simulate import truth as truths
from streams.simulate.traffic import simulate as make_traffic
from streams.simulate.truth import Truth
from streams.tables import table

TURNS_FILE = "turns.jsonl.gz"
TRUTH_FILE = "truth.json"
SHOW_EVERY_TURNS = 1_000
OPEN_LOOP_DAYS = 30

SimulatedFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files; made if missing.")]
Turns = Annotated[int, typer.Option("--turns", min=1, max=100_000_000, help="How many turns.")]
Users = Annotated[int, typer.Option("--users", min=1, max=10_000_000, help="How many people take part.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")]
Days = Annotated[
    int | None,
    typer.Option("--days", min=1, max=3_650, help="Simulated days: 30, in a closed loop 90.", show_default=False),
]
ClosedLoop = Annotated[
    bool, typer.Option("--closed-loop", help="Serve what is learned from the traffic in the traffic.")
]
Randomise = Annotated[
    Literal["pair", "source"],
    typer.Option("--randomise", help="Draw who is held out by rewrite and user, or by source text for all users."),
]
WithUnaware = Annotated[
    bool,
    typer.Option("--unaware", help="Compare with a learner that is not told what was rewritten.", show_default=False),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a page about the closed loop.", show_default=False),
]


def simulate(
    out: SimulatedFolder,
    turns: Turns = 100_000,
    users: Users = 2_000,
    seed: Seed = 0,
    days: Days = None,
    closed_loop: ClosedLoop = False,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
    randomise: Randomise = "pair",
    unaware: WithUnaware = False,
    report: ReportFile = None,
) -> None:
    """Make traffic whose truth is known, to judge what is learned from it.

    Writes turns.jsonl.gz, which `reprise replay` reads, and truth.json, which says what every text meant, how often
    it worked, and which rewrites would be right.

    With --closed-loop the simulated assistant serves what is learned, and people react to it, while texts begin and
    cease to work and come to mean something else. Writes result.json too, with what was promoted and taken back, and
    defects against the hold-out.

    [bold]Examples[/bold]

    reprise simulate --out out/traffic --turns 100000 --users 2000 --seed 7

    reprise replay out/traffic/turns.jsonl.gz --out out/learned --judge out/traffic/truth.json

    reprise simulate --closed-loop --out out/loop --days 90 --set release=floor --report out/loop/report.html
    """
    if closed_loop:
        from streams.commands.closed_loop import Asked, closed_loop_files  # noqa: PLC0415 - loads Kafka's client

        closed_loop_files(Asked(out, turns, users, seed, days, tuple(sets), settings_file, randomise, unaware, report))
        return
    given = {
        "set": sets, "settings": settings_file, "report": report, "randomise": randomise != "pair", "unaware": unaware,
    }  # fmt: skip
    _refuse_without_loop(name for name, value in given.items() if value)
    truth, replies = simulate_files(out, turns, users, seed, OPEN_LOOP_DAYS if days is None else days)
    console = screen()
    console.print(traffic_table(truth, replies))
    console.print(f"{out / TURNS_FILE} and {out / TRUTH_FILE} are written.", markup=False, soft_wrap=True)


def _refuse_without_loop(given: Iterable[str]) -> None:
    for name in given:
        message = f"--{name} needs --closed-loop: without it nothing is learned"
        raise UnusableError(message)


def simulate_files(
    out: Path, turns: int, users: int, seed: int, days: int = OPEN_LOOP_DAYS
) -> tuple[Truth, Counter[str]]:
    """Write traffic and its truth into a folder; return the truth, and how often each reply status was given.

    Raises:
        UnusableError: the folder cannot be made or written.
    """
    traffic = make_traffic(turns, users, seed, days=days)
    with writing(out, turns) as file:
        for event in traffic:
            file.write(event)
        truth = traffic.truth()
        write_truth(out, truth)
    return truth, file.replies


class TurnFile:
    """Turn events on their way into a file. ``replies`` counts the turns by reply status."""

    def __init__(self, file: BinaryIO, show: Callable[[float], None]) -> None:
        self._file = file
        self._show = show
        self._encode = msgspec.json.Encoder().encode
        self.replies: Counter[str] = Counter()

    def write(self, event: TurnEvent) -> None:
        """Append an event, and show now and then how far it is."""
        self._file.write(self._encode(event) + b"\n")
        if event.turn is not None:
            self.replies[event.turn.reply.status] += 1
            if self.replies.total() % SHOW_EVERY_TURNS == 0:
                self._show(self.replies.total())


@contextmanager
def writing(out: Path, turns: int) -> Iterator[TurnFile]:
    """Open a folder for traffic, with a progress bar until it is closed.

    Raises:
        UnusableError: the folder cannot be made, or something in it not be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _compressed(out / TURNS_FILE) as file, progress("simulating", turns) as show:
            yield TurnFile(file, show)
    except OSError as error:
        message = f"{out}: cannot be written: {error.strerror or error}"
        raise UnusableError(message) from None


def write_truth(out: Path, truth: Truth) -> None:
    """Write the truth about traffic beside it."""
    (out / TRUTH_FILE).write_bytes(truths.encode(truth) + b"\n")


def read_truth(file: str) -> Truth:
    """Read what ``simulate_files`` wrote.

    Raises:
        UnusableError: it cannot be read, or is something else.
    """
    try:
        return truths.decode(Path(file).read_bytes())
    except OSError as error:
        message = f"{file}: {error.strerror or error}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{file}: is no truth file of `reprise simulate`: {error}"
    raise UnusableError(message)


def traffic_table(truth: Truth, replies: Counter[str]) -> RenderableType:
    """Lay out what kind of traffic it is."""
    traps = sum(1 for text in truth.texts if text.trap)
    rows = [
        ("turns", replies.total()),
        *((f"  reply: {status.replace('_', ' ')}", times) for status, times in replies.most_common()),
        ("people", truth.users),
        ("different texts at their question", len(truth.texts)),
        ("  traps: texts that must not be rewritten the obvious way", traps),
        (f"right rewrites that {truth.users_min} people showed", len(truth.learnable)),
    ]
    return table("Simulated traffic", ("what", "how many"), rows)


@contextmanager
def _compressed(path: Path) -> Iterator[BinaryIO]:
    """Open a compressed file without a time in it, so that the same content gives the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
        yield cast("BinaryIO", file)
