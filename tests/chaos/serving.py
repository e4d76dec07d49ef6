"""The programs around a service that serves what it learns: people who talk, servers, and somebody who orders.

Knows no worker and no scenario.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.chaos import ledger
from tests.chaos.answers import expected
from tests.chaos.asking import Answer, Question, Servers
from tests.chaos.findings import Findings
from tests.chaos.orderer import OrdererProcess
from tests.chaos.processes import Line, ProgramError
from tests.chaos.server import ServerProcess
from tests.chaos.taken import Taken
from tests.chaos.talk import Talk, TalkProcess

ORDERS_A_SECOND: Final = 2.0
NAMES: Final = ("s1", "s2", "s3")
CATCH_UP_S: Final = 20.0
"""How long servers may take to know the last rewrite and order."""

POLL_S: Final = 0.2


class Serving:
    """Servers, the people who talk to them, and somebody who orders.

    Args:
        talk: what is said.
        bootstrap: Kafka's address.
        prefix: of the topics.
        folder: for logs and ledgers.
        rate: records of people a second.
        servers: how many serving programs, at most three.

    Attributes:
        servers: serving programs by name.
    """

    def __init__(self, talk: Talk, bootstrap: str, prefix: str, folder: Path, *, rate: float, servers: int) -> None:
        self._findings = Findings()
        self._sockets = Path(tempfile.mkdtemp(prefix="reprise-"))  # a socket's name must be short
        self.servers = {
            name: ServerProcess(name, bootstrap, prefix, self._sockets / name, folder) for name in NAMES[:servers]
        }
        sockets = [server.socket for server in self.servers.values()]
        self.talk = TalkProcess(talk, bootstrap, f"{prefix}turns", sockets, folder, rate=rate)
        self.orderer = OrdererProcess(bootstrap, prefix, folder, users=talk.users, rate=ORDERS_A_SECOND, seed=talk.seed)

    def start(self) -> None:
        """Start everything but the people; until servers answer nobody is served."""
        self.orderer.start()
        for server in self.servers.values():
            server.start()

    def look(self) -> None:
        """Look whether somebody still orders, or was asked to end.

        Raises:
            ProgramError: they ended by themselves.
        """
        if self.orderer.exit_code:
            message = f"whoever orders ended with {self.orderer.exit_code}:\n{self.orderer.log_tail()}"
            raise ProgramError(message)

    def ordered(self) -> int:
        """Return how many orders have arrived, as far as was said."""
        return self.seen()["orders"]

    def stop_ordering(self, timeout_s: float) -> None:
        """Let what was ordered arrive, and order no more."""
        if self.orderer.running:
            self.orderer.stop(timeout_s)

    def seen(self) -> dict[str, int]:
        """Return how many turns were served, by arm, and how many orders given, as far as was said."""
        talk, orders = self.talk.said(_tells), self.orderer.said(_tells)
        found = {
            f"turns {arm.replace('_', ' ')}": talk[-1].get(arm, 0) if talk else 0 for arm in ("treated", "held_out")
        }
        return found | {"orders": orders[-1]["delivered"] if orders else 0}

    def check(self, taken: Taken) -> Findings:
        """Compare what was ordered with what is there, and report how servers answered at the end."""
        found = ledger.check(self.orderer.load(), ledger.read(self.orderer.ledger), taken.of("policy"), "policy")
        found.extend(self._findings)
        return found

    def compare(self, taken: Taken) -> None:
        """Ask every server about every live rewrite, until each answers as it must or time is up.

        Args:
            taken: the topics of rewrites and orders, to which nothing is added any more.
        """
        wanted = list(expected(taken))
        deadline = time.monotonic() + CATCH_UP_S
        for name, server in self.servers.items():
            asking = Servers([server.socket])
            left = _not_as(wanted, asking)
            while left and time.monotonic() < deadline:
                time.sleep(POLL_S)
                left = _not_as(left, asking)
            asking.close()
            self._findings.count("answers compared", len(wanted))
            if left:
                self._findings.fault("over", "a server answers otherwise than what is published", name, len(left))

    def close(self) -> None:
        """End everything that still runs."""
        for program in (self.talk, self.orderer, *self.servers.values()):
            if program.running:
                program.kill()
        shutil.rmtree(self._sockets, ignore_errors=True)


def _not_as(wanted: list[tuple[Question, Answer]], asking: Servers) -> list[tuple[Question, Answer]]:
    """Return the questions that are not answered as they must be."""
    return [(question, answer) for question, answer in wanted if asking.ask(question) != answer]


def _tells(line: Line) -> bool:
    return line["event"] in {"feeder.progress", "feeder.done"}
