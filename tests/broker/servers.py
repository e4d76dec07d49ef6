"""Processes that decide about utterances without a rest, as a voice service does. Knows no measurement and no rule.

Each has a table of its own, and tells when it begins and when it ceases to serve a rewrite, by the machine's clock.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple, Self

import msgspec

from schemas.codec import encode_avro
from schemas.records import Policy, Rewrite
from streams.kafka.connection import Connection
from streams.keys import rewrite_key
from streams.rewrites import Decided
from streams.serving import RewriteTable
from streams.text import NORMALISER
from tests.broker.topics import Sent, make_topics
from tests.schemas.samples import FULL

READY_S = 60.0
SAID = "next"
USER = "u1"
TENANT = "demo"
LOCALE = "en-US"
REWRITE_ID = "r-next"
DOMAIN = "music"

SCOPES: dict[str, dict[str, str]] = {
    "one rewrite": {"rewrite_id": REWRITE_ID},
    "its domain": {"domain": DOMAIN},
    "its tenant": {"tenant": TENANT},
    "everything": {},
}
"""What an order may be about, so that it covers the rewrite that is served here, by name."""


class Change(NamedTuple):
    """That a process began or ceased to serve: at the first, or the last, rewrite it served, epoch nanoseconds."""

    serving: bool
    at_ns: int


def a_rewrite(source: str = SAID) -> Sent:
    """Return the key and value of a rewrite that every user is treated with, for long."""
    place = {"tenant": TENANT, "locale": LOCALE, "domain": DOMAIN, "state": ""}
    pair = {"rewrite_id": f"r-{source}", "source": source, "target": "continue", "normaliser": NORMALISER}
    lasting = {"share": 1.0, "expires_at": 2**42}
    record = msgspec.convert({**msgspec.to_builtins(FULL[Rewrite]), **place, **pair, **lasting}, Rewrite)
    return rewrite_key(record.tenant, record.locale, "", source).encode(), encode_avro(record)


def an_order(action: str, scope: str, issued_at: int) -> Sent:
    """Return the key and value of an order about a scope of `SCOPES`; a later one takes an earlier one's place."""
    return scope.encode(), encode_avro(Policy(scope, action, issued_at, **SCOPES[scope]))  # type: ignore[arg-type]


def make_serving_topics(bootstrap: str, prefix: str) -> Connection:
    """Make the two topics, whose records carry the time at which the broker took them."""
    settings = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
    make_topics(bootstrap, {f"{prefix}rewrites": 3, f"{prefix}policy": 1}, **settings)
    return Connection(bootstrap=bootstrap, prefix=prefix)


class Server:
    """One process that decides about `SAID`, at most once a pause.

    Args:
        connection: where its topics are.
        pause_s: rest between two decisions.
    """

    def __init__(self, connection: Connection, pause_s: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (connection.bootstrap, connection.prefix, pause_s, theirs)
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def wait_until(self, serving: bool, timeout_s: float = READY_S) -> Change:  # noqa: FBT001 - a state, named by its parameter
        """Wait until it is in a state, and return its change into it.

        Raises:
            TimeoutError: it did not get there in time.
            EOFError: the process has ended.
        """
        deadline_s = time.monotonic() + timeout_s
        while self._pipe.poll(max(0.0, deadline_s - time.monotonic())):
            change = self._pipe.recv()
            if change.serving is serving:
                return Change(*change)
        message = f"the server is not {'serving' if serving else 'at rest'} within {timeout_s} s"
        raise TimeoutError(message)

    def changes(self) -> Iterator[Change]:
        """Yield the changes that it has told and nobody has taken."""
        while self._pipe.poll(0):
            yield Change(*self._pipe.recv())

    def served_after(self, offset: int, decisions: int) -> int:
        """Return how many of its decisions gave a rewrite, all made after it said that it obeys an order.

        Args:
            offset: of the order in `policy`.
            decisions: how many to make.
        """
        self._pipe.send((offset, decisions))
        while isinstance(answer := self._pipe.recv(), Change):
            pass
        return int(answer)

    def stop(self) -> None:
        """End it."""
        self._pipe.close()
        self.process.join(READY_S)
        self.process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def serving(connection: Connection, count: int, pause_s: float = 0.001) -> Iterator[Sequence[Server]]:
    """Run processes for the length of a block; they are serving when it begins."""
    servers = [Server(connection, pause_s) for _ in range(count)]
    try:
        for server in servers:
            server.wait_until(serving=True)
        yield servers
    finally:
        for server in servers:
            server.stop()


def _serve(bootstrap: str, prefix: str, pause_s: float, pipe: Pipe) -> None:
    """Decide until the other end is closed."""
    with RewriteTable(Connection(bootstrap=bootstrap, prefix=prefix)) as table:
        assert table.wait_ready(READY_S)
        try:
            _decide_for_ever(table, pause_s, pipe)
        except (EOFError, BrokenPipeError):
            return


def _decide_for_ever(table: RewriteTable, pause_s: float, pipe: Pipe) -> None:
    told = Change(serving=False, at_ns=0)
    last_ns = 0
    while True:
        served = bool(_decided(table))
        now_ns = time.time_ns()
        if served is not told.serving:
            told = Change(served, now_ns if served else last_ns)
            pipe.send(told)
        last_ns = now_ns if served else last_ns
        if pipe.poll(0):
            pipe.send(_served_after(lambda: _decided(table), table, *pipe.recv()))
        time.sleep(pause_s)


def _served_after(decide: Callable[[], Decided], table: RewriteTable, offset: int, decisions: int) -> int:
    assert table.wait_for("policy", 0, offset, READY_S)
    return sum(bool(decide()) for _ in range(decisions))


def _decided(table: RewriteTable) -> Decided:
    return table.decide(SAID, "", USER, tenant=TENANT, locale=LOCALE)
