"""Ends a broker when the last process that uses it has ended, however that ended. Knows locks, not Kafka.

Run as a program of its own, so that it outlives a test run that is killed:

    python -m infra.kafka.keeper DIRECTORY

Every user of a broker holds a shared lock on ``users.lock`` in its directory. The kernel lets go of a lock when its
process ends, also by kill -9, so no count can be wrong. The keeper waits for the exclusive lock: nobody is left.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

POLL_S = 0.05
SOFT_S = 20


def shared(path: Path) -> IO[str]:
    """Become one of those who hold a lock, until the returned file is closed."""
    file = path.open("a")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def exclusive(path: Path, wait_s: float | None = None) -> IO[str] | None:
    """Return the file once nobody else holds its lock, None after ``wait_s`` seconds (by default waits for ever)."""
    file = path.open("a")
    if wait_s is None:
        fcntl.flock(file, fcntl.LOCK_EX)
        return file
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                file.close()
                return None
            time.sleep(POLL_S)
        else:
            return file


def held(path: Path) -> bool:
    """Return whether any process holds the lock now."""
    file = exclusive(path, 0)
    if file is not None:
        file.close()
    return file is None


def end(directory: Path, number: signal.Signals, wait_s: float) -> bool:
    """Send a signal to the broker of a directory, and return whether it has ended within ``wait_s`` seconds."""
    alive = directory / "alive.lock"
    if not alive.exists():
        return True  # its folder was removed, after it: asking for the lock would bring the folder's file back
    # The broker itself holds this lock as long as it lives: a process id that another program got is never signalled.
    if held(alive):
        os.kill(int((directory / "pid").read_text()), number)
    file = exclusive(alive, wait_s)
    if file is not None:
        file.close()
    return file is not None


def keep(directory: Path) -> None:
    """Start a keeper for a directory if it has none; it ends by itself."""
    command = [sys.executable, "-m", "infra.kafka.keeper", str(directory)]
    # Found also where the current folder is not this project's.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)  # noqa: S603 - a fixed command


def main(directory: Path) -> None:
    """Go to the background, wait until nobody uses the broker, then end it: softly first."""
    only = exclusive(directory / "keeper.lock", 0)
    if only is None or os.fork():
        return  # whoever started this goes on
    _let_go()
    users = exclusive(directory / "users.lock")
    if not end(directory, signal.SIGTERM, SOFT_S):
        end(directory, signal.SIGKILL, SOFT_S)
    # In this order: who waits to use the broker again must find no keeper, and start one.
    only.close()
    if users is not None:
        users.close()


def _let_go() -> None:
    """Leave the terminal and the pipes of whoever started this."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
