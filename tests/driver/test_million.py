"""That memory does not grow with the length of the input: ended trails and their turns are let go."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from schemas.codec import encode_json
from streams import topology
from streams.driver import STATE_FOLDER, read_rows
from streams.settings import ENVIRONMENT_PREFIX
from streams.simulate.traffic import Traffic, simulate

TURNS = int(os.environ.get("REPRISE_LONG_TURNS", "150000"))
"""``make million`` sets a million."""

USERS = 2_000
SEED = 5
MIB = 1 << 20
STATUS = Path("/proc/self/status")

GROWTH_BYTES_MAX = 32 * MIB
"""What the last two thirds may add, however many turns they are: texts, pairs and who said them, until all are known.

At the size that runs by default, keeping every turn as it was decoded would add more than three times as much.
"""


class Replay(NamedTuple):
    """A finished replay: the most memory it had held after a third of the lines and after all, and its results."""

    third_bytes: int
    end_bytes: int
    exit_code: int
    out: Path


def peak_bytes(process: int) -> int:
    """Return the most memory a process has held so far."""
    lines = (STATUS.parent.parent / str(process) / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def send(traffic: Traffic, to: IO[bytes], process: int) -> int:
    """Write the traffic line by line as it is made; return the peak of the process after a third of it."""
    third = sent = 0
    for event in traffic:
        to.write(encode_json(event) + b"\n")
        sent += event.turn is not None
        if not third and sent >= TURNS // 3:
            third = peak_bytes(process)
    to.flush()
    return third


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Replay traffic that is never held as a whole, by the program itself, through its standard input."""
    if not STATUS.exists():
        pytest.skip("the memory of another process is read from /proc, which this system does not have")
    out = tmp_path_factory.mktemp("million")
    command = [sys.executable, "-m", "streams.cli", "replay", "-", "--out", str(out)]
    # Variables with this prefix are settings to the program, and one it does not know stops it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as process:
        assert process.stdin is not None
        third = send(simulate(TURNS, USERS, SEED), process.stdin, process.pid)
        end = peak_bytes(process.pid)
        process.stdin.close()
        exit_code = process.wait()
    return Replay(third, end, exit_code, out)


@pytest.mark.slow
def test_memory_hardly_grows_with_the_length_of_the_input(replay: Replay) -> None:
    """From one third of the lines to all of them, the peak grows by less than 32 MiB, however many they are."""
    assert replay.exit_code == 0
    third, end = replay.third_bytes / MIB, replay.end_bytes / MIB
    sys.stdout.write(f"\n{TURNS:,} turns: at most {third:.1f} MiB in the first third, {end:.1f} MiB in all\n")
    assert replay.end_bytes - replay.third_bytes < GROWTH_BYTES_MAX


@pytest.mark.slow
def test_detect_keeps_nothing_of_ended_trails(replay: Replay) -> None:
    """When all trails have ended, what detect keeps are not people but its clock."""
    rows = list(read_rows(replay.out / STATE_FOLDER / "detect.rows", topology.DETECT.rows))
    assert [key.partition("|")[0] for key, _ in rows] == ["clock"]
