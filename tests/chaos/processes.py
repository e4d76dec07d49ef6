"""Programs that a test starts, freezes, kills and listens to. Knows signals and log lines, nothing of what they do.

A program started here ends with the thread that started it, also when that is killed, where the system offers it
(``setpriv``): start programs from the main thread.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

ROOT = Path(__file__).parent.parent.parent
POLL_S = 0.02
TAIL_LINES = 15
WAIT_S = 60.0

Line = dict[str, Any]
"""A line of a log: a JSON object with ``event``, or ``{"event": "", "text": ...}`` for any other."""

Wanted = str | Callable[[Line], bool]
"""The name of an event, or what a line must be like."""


class ProgramError(Exception):
    """A program did not do what it was asked to; the text has the end of its log."""


class Program:
    """One program, run again and again with one log.

    Attributes:
        name: how it is called in errors.
        log: the file its standard error and output go to, each run after the one before.
        starts: how often it was started.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self._command = [*_bound_to_us(), *command]
        # Settings in the environment of whoever runs the tests are not part of a test.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
        self._environment = {**outside, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._begins_at = 0
        self._read_to = 0
        self._lines: list[Line] = []

    # -- its life ---------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it.

        Raises:
            ProgramError: it runs already.
        """
        if self.running:
            self._fail("runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._begins_at = self._read_to = log.tell()
            self._lines = []
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1
        return self

    @property
    def running(self) -> bool:
        """Whether it lives; a frozen one does."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How its last run ended, minus the signal's number if by one; None before that."""
        return None if self._process is None else self._process.poll()

    @property
    def pid(self) -> int:
        """The process id of its last run.

        Raises:
            ProgramError: it was never started.
        """
        return self._last().pid

    def kill(self) -> None:
        """End it by SIGKILL, frozen or not, and wait until it is gone."""
        self._last().kill()
        self._last().wait(WAIT_S)

    def stop(self, deadline_s: float = WAIT_S) -> int:
        """Ask it to end by SIGTERM, a frozen one too, and return its exit code.

        Raises:
            ProgramError: it did not end within ``deadline_s`` seconds, and was killed.
        """
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)
        if not self._ends(deadline_s):
            self.kill()
            self._fail(f"did not stop within {deadline_s:g} s and was killed")
        return self._last().returncode

    def pause(self) -> None:
        """Freeze it: it keeps its connections and says nothing, as on a machine that is suspended."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def wait(self, timeout_s: float = WAIT_S) -> int:
        """Wait for its end and return the exit code.

        Raises:
            ProgramError: it did not end in time.
        """
        if not self._ends(timeout_s):
            self._fail(f"did not end within {timeout_s:g} s")
        return self._last().returncode

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running:
            self.kill()

    # -- what it says -------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """Return what its last run has said so far, line by line."""
        if self.log.exists():
            with self.log.open("rb") as log:
                log.seek(self._read_to)
                # The last line may be half written: it is read the next time.
                whole, newline, _ = log.read().rpartition(b"\n")
            self._read_to += len(whole) + len(newline)
            self._lines += [_line(text) for text in whole.splitlines() if text.strip()]
        return list(self._lines)

    def said(self, wanted: Wanted) -> list[Line]:
        """Return the lines of its last run that are an event, or are as wanted."""
        return [line for line in self.lines() if _is(line, wanted)]

    def said_ever(self, wanted: Wanted) -> list[Line]:
        """Return the lines of all its runs that are an event, or are as wanted."""
        texts = self.log.read_bytes().splitlines() if self.log.exists() else []
        return [line for text in texts if text.strip() for line in [_line(text)] if _is(line, wanted)]

    def wait_for(self, wanted: Wanted, timeout_s: float = WAIT_S, *, times: int = 1) -> Line:
        """Wait until its last run has said something, and return that line.

        Args:
            wanted: the event, or what the line must be like.
            timeout_s: longest wait.
            times: how often it must have been said; the line returned is the last of these.

        Raises:
            ProgramError: it ended without, or did not say it in time.
        """
        deadline = time.monotonic() + timeout_s
        what = wanted if isinstance(wanted, str) else "what was waited for"
        while True:
            alive = self.running  # before looking: what a program says last it says while it lives
            found = self.said(wanted)
            if len(found) >= times:
                return found[times - 1]
            if not alive:
                self._fail(f"ended with {self.exit_code} and never said {what}")
            if time.monotonic() > deadline:
                self._fail(f"did not say {what} within {timeout_s:g} s")
            time.sleep(POLL_S)

    def log_tail(self) -> str:
        """Return the end of what its last run said, as it stands in the log."""
        if not self.log.exists():
            return ""
        text = self.log.read_bytes()[self._begins_at :].decode(errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        if not self.running:
            self._fail(f"does not run, so it cannot get {number.name}")
        self._last().send_signal(number)

    def _last(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._fail("was never started")
        return self._process

    def _ends(self, timeout_s: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._last().wait(timeout_s)
        return not self.running

    def _fail(self, what: str) -> NoReturn:
        message = f"{self.name} {what}; the end of {self.log}:\n{self.log_tail()}"
        raise ProgramError(message)


class WorkerProcess(Program):
    """``reprise worker``, with a name, a folder of its own for its stores, and a log.

    Args:
        bootstrap: Kafka's address.
        prefix: put before all names in Kafka.
        instance: its lasting name.
        folder: where its stores and its log lie.
        settings: settings that differ from their defaults.
        environment: variables to add to those of this process.
    """

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        instance: str,
        folder: Path,
        *,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        values = {"prefix": prefix, "instance": instance, "data_dir": folder / "stores", **(settings or {})}
        sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "streams.cli", "worker", "--bootstrap", bootstrap, *sets]
        super().__init__(f"worker {instance}", command, folder / f"{instance}.log", environment)

    def parts(self) -> list[str]:
        """Return the partitions that its last run has open, as it said last."""
        said = self.said("partitions.open")
        return sorted(said[-1]["parts"]) if said else []


def _bound_to_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]


def _line(text: bytes) -> Line:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) and "event" in line else {"event": "", "text": text.decode(errors="replace")}


def _is(line: Line, wanted: Wanted) -> bool:
    return line["event"] == wanted if isinstance(wanted, str) else wanted(line)
