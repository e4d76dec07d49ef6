"""``reprise demo``: a real worker on the embedded broker, watched while it learns, tells what a replay tells."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from streams import topology
from streams.cli import main
from streams.commands.demo import CALLS, CALLS_SETTINGS
from streams.commands.embedded import LossError, Run, Sent, learn_from, worker_settings
from streams.commands.inside import InsideWorker
from streams.commands.leaving import ADDRESS_FILE
from streams.commands.live import LiveView
from streams.commands.reading import Lines
from streams.commands.run import FILES
from streams.commands.watching import Watcher
from streams.commands.writing import Results
from streams.kafka.embedded import EmbeddedBroker
from streams.producing import TurnProducer
from streams.settings import Settings
from tests.broker.waiting import eventually
from tests.cli.consoles import answers
from tests.cli.traffic import repairs, rows, write

FLOOR = Settings(release="floor", users_min=5)
TURNS = "5000"
SAME = ("rewrites", "decisions", "feedback", "rejected")


class Shown(NamedTuple):
    """A demo that has ended."""

    out: Path
    told: str
    errors: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Give a small demo, run as a program of its own, with any warning an error."""
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "streams.cli", "demo", "--out", str(out), "--turns", TURNS],
        capture_output=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    yield Shown(out, done.stdout, done.stderr)
    (out / "simulated" / ADDRESS_FILE).unlink()
    eventually(lambda: not answers(done.stdout.rsplit(None, 1)[1]))


def quiet_view() -> LiveView:
    """Return a view that nobody sees."""
    return LiveView(Console(file=io.StringIO()))


def placeless(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file without the places of the records that decided them."""
    return [{name: value for name, value in row.items() if name != "decided_by"} for row in rows(path)]


def excerpt(whole: Any, shape: Any) -> Any:
    """Return the part of a JSON value that another one shows, its numbers to six digits."""
    if isinstance(shape, dict):
        return {name: excerpt(whole[name], shape[name]) for name in shape}
    if isinstance(shape, list):
        return [excerpt(item, shape[0]) for item in whole]
    return float(f"{whole:.6g}") if isinstance(whole, float) else whole


# -- a whole demo ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_demo_tells_its_story(shown: Shown) -> None:
    """It shows what is noticed, published, taken back with the reason, refused, and how good that was."""
    published = "published   when asked “step”, hear “next” as “continue”"
    taken_back = "taken back  when asked “step”, hear “next” as “continue”: nobody said it for a long time"
    parts = ["Real calls", published, taken_back, "Rewrites that were taken back", "Candidates that were refused"]
    assert [part for part in [*parts, "Against the truth"] if part not in shown.told] == []
    assert sorted(path.name for path in shown.out.iterdir()) == ["calls", "simulated"]


@pytest.mark.slow
def test_the_demo_says_what_its_broker_does_not_guarantee(shown: Shown) -> None:
    """And how to run the same where it is guaranteed."""
    told = " ".join(shown.told.split())
    assert "shuts no former worker out, shows records of aborted transactions, compacts nothing" in told
    assert all(command in told for command in ("make kafka", "topics create", "reprise worker"))


@pytest.mark.slow
def test_the_demo_is_quiet_beside_what_it_shows(shown: Shown) -> None:
    """No client, library or log speaks on the terminal, and nothing is left behind but results and the worker's log."""
    assert shown.errors == ""
    assert "worker.stopped" in (shown.out / "calls" / "worker.log").read_text(encoding="utf-8")
    assert list(shown.out.rglob("stores-*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", ["calls", "simulated"])
def test_the_worker_learns_what_a_replay_learns(
    shown: Shown, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one partition, results and state are those of the in-memory driver but for `decided_by`."""
    given = CALLS_SETTINGS if part == "calls" else {}
    sets = [f"--set={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in given.items()]
    with as_file(files("streams.simulate") / "data" / CALLS) as calls:
        file = calls if part == "calls" else shown.out / part / "turns.jsonl.gz"
        assert main(["replay", str(file), "--out", str(tmp_path), *sets]) == 0
    for name in SAME:
        assert placeless(shown.out / part / f"{name}.jsonl") == placeless(tmp_path / f"{name}.jsonl")
    capsys.readouterr()
    explained = []
    for folder in (shown.out / part, tmp_path):
        assert main(["explain", "next", "--expecting", "step", "--from", str(folder)]) == 0
        words = " ".join(capsys.readouterr().out.split())
        explained.append(re.sub(r"partition \d+, offset \d+", "SOMEWHERE", words))
    assert explained[0] == explained[1]


@pytest.mark.slow
def test_the_readme_shows_what_the_demo_learns(shown: Shown) -> None:
    """The rewrite in the README is the last one that the demo publishes from the calls."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = json.loads(readme.partition("```json")[2].partition("```")[0])
    learned = excerpt(rows(shown.out / "calls" / "rewrites.jsonl")[-1], example)
    assert example == learned, f"put this into the README:\n{json.dumps(learned)}"


@pytest.mark.slow
def test_the_demo_prints_no_text_that_too_few_callers_said(shown: Shown) -> None:
    """What fewer people said than the floor asks for does not appear, however often they said it."""
    told = shown.told.partition("Simulated traffic")[0]
    users: dict[str, set[str]] = {}
    for trail in rows(shown.out / "calls" / "trails.jsonl"):
        for turn in trail["turns"]:
            users.setdefault(turn["said"], set()).add(trail["user"])
    rare = [said for said, people in users.items() if len(people) < 5]
    assert rare
    assert [said for said in rare if f"“{said}”" in told] == []


INTERRUPTIBLE = (
    "import signal, sys; from streams.cli import main; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main(sys.argv[1:]))"
)
"""The program as from a terminal: what runs in the background of a shell has been told to ignore Ctrl-C."""


@pytest.mark.slow
def test_an_interrupted_demo_ends_at_once_and_quietly(tmp_path: Path) -> None:
    """Ctrl-C while the worker learns gives the exit code of an interruption, no trace, and leaves no store."""
    command = [sys.executable, "-u", "-c", INTERRUPTIBLE, "demo", "--out", str(tmp_path), "--turns", "50000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert any("published" in line for line in program.stdout)
        program.send_signal(signal.SIGINT)
        program.stdout.read()
        errors = program.stderr.read()
        assert program.wait(60) == 130
    assert "Traceback" not in errors
    assert list(tmp_path.rglob("stores-*")) == []


# -- its parts -------------------------------------------------------------------------------------------------------


def test_no_thread_outlives_a_run(tmp_path: Path) -> None:
    """Worker, clients and broker are gone with the run, and what was learned is there."""
    before = set(threading.enumerate())
    view = quiet_view()
    done = learn_from([write(tmp_path / "turns", repairs(30))], tmp_path / "out", FLOOR, view)
    assert set(threading.enumerate()) - before == set()
    published = [(row["state"], row["source"], row["target"]) for row in rows(tmp_path / "out" / "rewrites.jsonl")]
    assert published == [("step", "next", "continue")]
    assert (view.published, len(done.replayed.driver.live), done.replayed.counts.lines) == (1, 1, 90)


def test_a_line_that_cannot_be_used_ends_the_run(tmp_path: Path) -> None:
    """The error names the field, and no thread waits for more."""
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="locale"):
        learn_from([write(tmp_path / "turns", [{"tenant": "demo"}])], tmp_path / "out", FLOOR, quiet_view())
    assert set(threading.enumerate()) - before == set()


def test_a_loss_is_noticed(tmp_path: Path) -> None:
    """When less was seen than the worker says it made, the run fails rather than show half of it."""
    with (
        EmbeddedBroker({topic.name: 1 for topic in topology.TOPICS}) as broker,
        Results(tmp_path / "out", FILES) as results,
    ):
        at = worker_settings(FLOOR, broker, tmp_path)
        with (
            Watcher(at, results, lambda _: None) as watcher,
            InsideWorker(at) as worker,
            TurnProducer(at) as turns,
        ):
            run = Run(worker, watcher, turns, quiet_view(), Sent())
            run.begin()
            run.feed(Lines([write(tmp_path / "turns", repairs(3))]))
            run.settle(at.gap_ms + at.lateness_ms)
            run.check()
            watcher.counts.trails -= 1
            with pytest.raises(LossError, match="lost records"):
                run.check()


def test_on_a_terminal_figures_move(tmp_path: Path) -> None:
    """Where the terminal can redraw, figures are drawn over each other, and what happened stays."""
    drawn = io.StringIO()
    with LiveView(Console(file=drawn, force_terminal=True, width=120)) as view:
        learn_from([write(tmp_path / "turns", repairs(300))], tmp_path / "out", FLOOR, view)
    assert "The worker starts." in drawn.getvalue()
    assert "hear “next” as “continue”" in drawn.getvalue()
    assert "turns taken in (" not in drawn.getvalue()
