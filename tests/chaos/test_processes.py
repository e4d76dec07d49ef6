"""A program is started, frozen, killed and heard as its test asks."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.waiting import eventually
from tests.chaos.processes import ROOT, Program, ProgramError, WorkerProcess

TALKER = """\
import json, signal, sys, time
say = lambda **line: print(json.dumps(line), file=sys.stderr, flush=True)
signal.signal(signal.SIGTERM, lambda *_: (say(event="asked"), sys.exit(7)))
print("no json", flush=True)
number = 0
while True:
    say(event="beat", number=number)
    number += 1
    time.sleep(.01)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
STARTS_ONE = """\
import sys
from pathlib import Path
from tests.chaos.processes import Program
sleeper = "import time; print('up', flush=True); time.sleep(60)"
child = Program("child", [sys.executable, "-c", sleeper], Path(sys.argv[1])).start()
child.wait_for("")
print(child.pid, flush=True)
sys.stdin.read()
"""


def program(code: str, folder: Path) -> Program:
    """Return a Python program."""
    return Program("talker", [sys.executable, "-c", code], folder / "talker.log")


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[Program]:
    """Give a program that says something a hundred times a second."""
    with program(TALKER, tmp_path) as talker:
        yield talker


def test_an_event_is_waited_for(talker: Program) -> None:
    """The line comes back with all its fields, and so does the one said later."""
    assert talker.wait_for("beat") == {"event": "beat", "number": 0}
    assert talker.wait_for("beat", times=3)["number"] == 2
    assert talker.wait_for(lambda line: line.get("number", 0) > 5)["number"] == 6


def test_other_lines_are_kept_as_they_are(talker: Program) -> None:
    """A trace or a library's word is no JSON and still to be seen."""
    assert talker.wait_for("")["text"] == "no json"


def test_a_stop_gives_the_exit_code(talker: Program) -> None:
    """What it says while it ends is heard."""
    talker.wait_for("beat")
    assert talker.stop() == 7
    assert talker.said("asked")
    assert not talker.running


def test_a_kill_leaves_no_time_to_speak(talker: Program) -> None:
    """It is gone when the call returns."""
    talker.wait_for("beat")
    talker.kill()
    assert talker.exit_code == -signal.SIGKILL
    assert not talker.said("asked")


def test_a_frozen_program_says_nothing_until_it_goes_on(talker: Program) -> None:
    """It lives all the same."""
    talker.wait_for("beat")
    talker.pause()
    state = Path(f"/proc/{talker.pid}/stat")
    eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    before = len(talker.lines())
    assert talker.running
    assert len(talker.lines()) == before
    talker.resume()
    talker.wait_for("beat", times=before + 10)


def test_a_frozen_program_can_be_stopped_and_killed(tmp_path: Path) -> None:
    """Nobody has to wake it first."""
    for end, code in ((Program.stop, 7), (Program.kill, -signal.SIGKILL)):
        with program(TALKER, tmp_path) as frozen:
            frozen.wait_for("beat")
            frozen.pause()
            end(frozen)
            assert frozen.exit_code == code


def test_a_run_is_not_answered_by_the_one_before(talker: Program) -> None:
    """A second start appends to the log and is heard alone."""
    talker.wait_for("beat", times=5)
    talker.kill()
    talker.start()
    assert talker.wait_for("beat")["number"] == 0
    assert talker.starts == 2


def test_a_program_that_will_not_stop_is_killed_and_said(tmp_path: Path) -> None:
    """A stop that takes too long is the test's failure, not its end."""
    with program(DEAF, tmp_path) as deaf:
        deaf.wait_for("")
        with pytest.raises(ProgramError, match=r"did not stop within 0.2 s and was killed(.|\n)*deaf"):
            deaf.stop(0.2)
        assert deaf.exit_code == -signal.SIGKILL


def test_waiting_ends_with_the_program(tmp_path: Path) -> None:
    """Nobody waits for the word of one that is gone; its last words are in the error."""
    last_words = r"ended with 3 and never said ready(.|\n)*broken"
    with (
        program("print('broken'); raise SystemExit(3)", tmp_path) as short,
        pytest.raises(ProgramError, match=last_words),
    ):
        short.wait_for("ready")


def test_signals_need_a_program_that_runs(tmp_path: Path) -> None:
    """A kill that hits nobody would make a test of nothing."""
    with pytest.raises(ProgramError, match="does not run"):
        program(TALKER, tmp_path).pause()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed (it is part of util-linux)")
def test_a_program_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """A test run that is killed leaves no workers behind."""
    command = [sys.executable, "-c", STARTS_ONE, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        child = Path(f"/proc/{int(starter.stdout.readline())}")
        assert child.exists()
        starter.kill()
    eventually(lambda: not child.exists() or "zombie" in (child / "status").read_text())


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The command line is the real one: a setting that does not exist is refused by name."""
    worker = WorkerProcess("127.0.0.1:1", "p.", "one", tmp_path, settings={"no_such_setting": 1})
    with worker, pytest.raises(ProgramError, match=r"ended with 2(.|\n)*no_such_setting"):
        worker.wait_for("worker.started")
