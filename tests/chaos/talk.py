"""Feeds what simulated people say to an assistant that serves rewrites: what they say next depends on the answer.

    python -m tests.chaos.talk --bootstrap 127.0.0.1:9092 --topic turns --ledger FILE --kept FILE --turns 60000 FILE...

Made while it is fed, because each turn asks the serving programs, whose sockets are the last arguments, whether a
rewrite applies, and reports their answer. Everything that was sent is kept in a file, to be compared with Kafka. Like
the feeder, it goes on through restarts of the broker, and of the serving programs too.
"""

import argparse
import random
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from schemas.records import AppliedRewrite, Signal, TurnEvent
from streams.simulate.traffic import Traffic
from tests.chaos import load
from tests.chaos.asking import Question, Servers
from tests.chaos.feeder import Feeder, say
from tests.chaos.processes import Program

TENANT: Final = "demo"
COMPLAINTS_SHARE: Final = 0.05
"""Served turns about which somebody complains when their trail is long complete."""

COMPLAINT_AFTER_MS: Final = 600_000


class Talk(NamedTuple):
    """What is said.

    Attributes:
        turns: turns of the traffic.
        users: simulated people.
        seed: of all chance; what is served depends on the serving programs besides.
        bad_every: after so many good records comes one that cannot be taken in.
        locales: how many languages people speak.
        days: simulated days the turns are spread over.
        servers: how many serving programs there are to ask.
    """

    turns: int
    users: int
    seed: int
    bad_every: int
    locales: int
    days: int
    servers: int

    def records(self, servers: Servers) -> Iterator[load.Fed]:
        """Yield what to feed, each when it is asked for."""

        def serve(user: str, state: str, heard: str, at_ms: int) -> tuple[str, AppliedRewrite] | None:
            locale = load.locale_of(user, self.locales)
            answer = servers.ask(Question(heard, state, user, TENANT, locale, at_ms))
            if answer is None or answer.arm is None:
                return None
            return answer.text, AppliedRewrite(answer.rewrite_id, answer.version, answer.arm, answer.text)

        traffic = Traffic(self.turns, self.users, self.seed, days=self.days, serve=serve)
        events = complained(traffic, random.Random(f"complaints {self.seed}"))  # noqa: S311 - a test
        good = (load.fed(load.spread(event, self.locales)) for event in events)
        return load.with_bad(good, self.bad_every, self.seed, untimely=True)


def complained(events: Iterable[TurnEvent], chance: random.Random) -> Iterator[TurnEvent]:
    """Yield events, and late complaints about some of the served turns among them, in the order of time."""
    waiting: list[tuple[int, int, TurnEvent]] = []
    for number, event in enumerate(events):
        while waiting and waiting[0][0] <= event.occurred_at:
            yield heappop(waiting)[2]
        yield event
        turn = event.turn
        if turn is not None and turn.rewrite is not None and chance.random() < COMPLAINTS_SHARE:
            at_ms = event.occurred_at + COMPLAINT_AFTER_MS
            denial = msgspec.structs.replace(event, occurred_at=at_ms, turn=None, signal=Signal(turn.turn_id, "denied"))
            heappush(waiting, (at_ms, number, denial))


class Talker(Feeder):
    """Feeds and keeps what it feeds."""

    def __init__(self, bootstrap: str, topic: str, ledger_file: Path, servers: Servers) -> None:
        super().__init__(bootstrap, topic, ledger_file)
        self._servers = servers

    def counts(self) -> dict[str, int]:
        """Return how far it has come, and what was answered."""
        return {**super().counts(), **self._servers.counts}


class TalkProcess(Program):
    """People who talk, in a process of its own.

    Args:
        talk: what is said.
        bootstrap: Kafka's address.
        topic: full name of the topic of turns.
        sockets: of the serving programs to ask.
        folder: where its ledger, its log and what it sent lie.
        rate: records a second.
    """

    def __init__(
        self, talk: Talk, bootstrap: str, topic: str, sockets: Sequence[Path], folder: Path, *, rate: float
    ) -> None:
        self.ledger, self._kept = folder / "feeder.ledger", folder / "feeder.kept"
        options = {"bootstrap": bootstrap, "topic": topic, "ledger": self.ledger, "kept": self._kept, "rate": rate}
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        given += [
            part for name, value in talk._asdict().items() for part in (f"--{name.replace('_', '-')}", str(value))
        ]
        command = [sys.executable, "-m", "tests.chaos.talk", *given, *map(str, sockets)]
        super().__init__("talk", command, folder / "feeder.log")

    def load(self) -> list[load.Fed]:
        """Return what was sent so far."""
        return list(load.kept(self._kept))


def main(arguments: Sequence[str] | None = None) -> int:
    """Let people talk and return the exit code."""
    given = _options().parse_args(arguments)
    servers = Servers(given.sockets)
    talker = Talker(given.bootstrap, given.topic, given.ledger, servers)
    signal.signal(signal.SIGTERM, talker.stop)
    say("feeder.started")
    talk = Talk(**{name: getattr(given, name) for name in Talk._fields})
    with given.kept.open("ab", buffering=0) as kept:
        talker.feed(load.keeping(talk.records(servers), kept), given.rate)
    servers.close()
    say("feeder.failed" if talker.failed else "feeder.done", **talker.counts())
    return 1 if talker.failed else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.talk", description="Let people talk.")
    parser.add_argument("sockets", nargs="+", type=Path, help="of the serving programs")
    parser.add_argument("--bootstrap", required=True, help="Kafka's address, HOST:PORT")
    parser.add_argument("--topic", required=True, help="full name of the topic")
    parser.add_argument("--ledger", type=Path, required=True, help="file to note what was acknowledged in")
    parser.add_argument("--kept", type=Path, required=True, help="file to keep what was sent in")
    parser.add_argument("--rate", type=float, default=0, help="records a second; 0: as fast as it goes")
    for name, default in {
        "turns": 60_000,
        "users": 500,
        "seed": 1,
        "bad-every": 99,
        "locales": 1,
        "days": 30,
        "servers": 1,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"of the traffic ({default})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
