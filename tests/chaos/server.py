"""A program that serves rewrites: holds a table, and answers whoever asks what to do with an utterance.

    python -m tests.chaos.server --bootstrap 127.0.0.1:9092 --prefix PREFIX --socket FILE

Stands for a voice assistant: it uses the product's `RewriteTable` as any other program would. Answers JSON lines on a
socket, also while it catches up or has lost the broker. Knows no load and no stage.
"""

import argparse
import json
import signal
import socketserver
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streams.kafka.connection import Connection
from streams.serving import RewriteTable
from tests.chaos.feeder import say
from tests.chaos.processes import Program

REPORT_EVERY_S: Final = 1.0


class Desk(socketserver.ThreadingUnixStreamServer):
    """Answers questions from a table; each caller has a thread.

    Attributes:
        counts: utterances decided, by arm; "none" where no rewrite applied.
    """

    daemon_threads = True

    def __init__(self, socket: Path, table: RewriteTable) -> None:
        socket.unlink(missing_ok=True)  # of a run before, which was killed
        super().__init__(str(socket), Caller)
        self.table = table
        self.counts: Counter[str] = Counter()

    def answer(self, question: str) -> str:
        """Return what to do with an utterance, as a JSON line."""
        said, expecting, user, tenant, locale, at_ms = json.loads(question)
        decided = self.table.decide(said, expecting, user, tenant=tenant, locale=locale, at_ms=at_ms)
        self.counts[decided.arm or "none"] += 1
        return json.dumps(decided) + "\n"


class Caller(socketserver.StreamRequestHandler):
    """One caller, as long as it stays."""

    server: Desk

    def handle(self) -> None:
        """Answer line by line."""
        for line in self.rfile:
            self.wfile.write(self.server.answer(line.decode()).encode())


class ServerProcess(Program):
    """A serving program in a process of its own.

    Args:
        name: its name in errors and its log.
        bootstrap: Kafka's address.
        prefix: put before every topic of the system.
        socket: where it answers.
        folder: where its log lies.
    """

    def __init__(self, name: str, bootstrap: str, prefix: str, socket: Path, folder: Path) -> None:
        self.socket = socket
        given = ("--bootstrap", bootstrap, "--prefix", prefix, "--socket", str(socket))
        super().__init__(name, [sys.executable, "-m", "tests.chaos.server", *given], folder / f"{name}.log")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until asked to end, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.server", description="Serve rewrites.")
    parser.add_argument("--bootstrap", required=True, help="Kafka's address, HOST:PORT")
    parser.add_argument("--prefix", default="", help="put before every topic of the system")
    parser.add_argument("--socket", type=Path, required=True, help="file of the socket to answer on")
    given = parser.parse_args(arguments)
    asked_to_end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_end.set())
    with RewriteTable(Connection(bootstrap=given.bootstrap, prefix=given.prefix)) as table:
        desk = Desk(given.socket, table)
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        say("server.started")
        while not asked_to_end.wait(REPORT_EVERY_S):
            table.wait_ready(0)  # raises when its reader has died
            say("server.progress", held=len(table), ready=table.is_ready, **desk.counts, **table.problems)
        desk.shutdown()
    say("server.done", held=len(table), **desk.counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
