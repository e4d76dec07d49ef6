"""Leaves a console running when a command has ended. Knows processes and addresses, no page."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

ADDRESS_FILE: Final = "console.address"
LOG_FILE: Final = "console.log"

START_S: Final = 30.0
"""How long the console of a folder may take to load what was learned."""

ANSWER_S: Final = 5.0
LOOK_EVERY_S: Final = 0.1


class NoConsoleError(Exception):
    """The console did not start; the message says where to look."""


def leave_console(folder: Path, minutes: float) -> str:
    """Start a console over a folder in a process of its own, and return its address once it answers.

    An earlier one of the same folder ends by itself when it sees that it was replaced.

    Raises:
        NoConsoleError: it did not answer in time.
    """
    place, log = folder / ADDRESS_FILE, folder / LOG_FILE
    place.unlink(missing_ok=True)
    options = ["--minutes", str(minutes), "--address-file", str(place)]
    with log.open("wb") as told:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", "streams.cli", "console", str(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = _answering(process, place)
    if address is None:
        process.kill()
        process.wait()
        message = f"the console did not start; {log} says why"
        raise NoConsoleError(message)
    process.returncode = 0  # it is meant to outlive this program, which Python would else complain about
    return address


def _answering(process: "subprocess.Popen[bytes]", place: Path) -> str | None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if place.exists() and (address := place.read_text(encoding="utf-8").partition("\n")[0]) and _answers(address):
            return address
        time.sleep(LOOK_EVERY_S)
    return None


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_S) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own
    except OSError:
        return False
