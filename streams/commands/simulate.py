"""``reprise simulate``: traffic with known truth, as files. Knows files and options, not how traffic is made."""

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import msgspec
import typer
from rich.console import RenderableType

from schemas.records import TurnEvent
from streams.commands.usage import UnusableError, progress, screen
from streams.simulate import truth as truths
from streams.simulate.traffic import simulate as make_traffic
from streams.simulate.truth import Truth
from streams.tables import table

TURNS_FILE = "turns.jsonl.gz"
TRUTH_FILE = "truth.json"
SHOW_EVERY_TURNS = 1_000

SimulatedFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files; made if missing.")]
Turns = Annotated[int, typer.Option("--turns", min=1, max=100_000_000, help="How many turns.")]
Users = Annotated[int, typer.Option("--users", min=1, max=10_000_000, help="How many people take part.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")]


def simulate(out: SimulatedFolder, turns: Turns = 100_000, users: Users = 2_000, seed: Seed = 0) -> None:
    """Make traffic whose truth is known, to judge what is learned from it.

    Writes turns.jsonl.gz, which `reprise replay` reads, and truth.json, which says what every text meant, how often
    it worked, and which rewrites would be right.

    [bold]Example[/bold]

    reprise simulate --out out/traffic --turns 100000 --users 2000 --seed 7

    reprise replay out/traffic/turns.jsonl.gz --out out/learned --judge out/traffic/truth.json
    """
    truth, replies = simulate_files(out, turns, users, seed)
    console = screen()
    console.print(traffic_table(truth, replies))
    console.print(f"{out / TURNS_FILE} and {out / TRUTH_FILE} are written.", markup=False, soft_wrap=True)


def simulate_files(out: Path, turns: int, users: int, seed: int) -> tuple[Truth, Counter[str]]:
    """Write traffic and its truth into a folder; return the truth, and how often each reply status was given.

    Raises:
        UnusableError: the folder cannot be made or written.
    """
    traffic = make_traffic(turns, users, seed)
    encode = msgspec.json.Encoder().encode
    replies: Counter[str] = Counter()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _compressed(out / TURNS_FILE) as file, progress("simulating", turns) as show:
            for event in traffic:
                file.write(encode(event) + b"\n")
                _count(event, replies)
                if replies.total() % SHOW_EVERY_TURNS == 0:
                    show(replies.total())
        truth = traffic.truth()
        (out / TRUTH_FILE).write_bytes(truths.encode(truth) + b"\n")
    except OSError as error:
        message = f"{out}: cannot be written: {error.strerror or error}"
        raise UnusableError(message) from None
    return truth, replies


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


def _count(event: TurnEvent, replies: Counter[str]) -> None:
    if event.turn is not None:
        replies[event.turn.reply.status] += 1


@contextmanager
def _compressed(path: Path) -> Iterator[BinaryIO]:
    """Open a compressed file without a time in it, so that the same content gives the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
        yield cast("BinaryIO", file)
