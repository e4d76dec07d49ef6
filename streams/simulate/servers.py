"""What serves rewrites in a closed loop: a consumer's table on a broker, or its core alone. Knows no simulation."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Protocol, Self

from schemas.codec import encode_avro
from schemas.records import Rewrite
from streams import topology
from streams.kafka.connection import Connection
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.sending import Sender
from streams.rewrites import Decided, RewriteBook
from streams.serving import RewriteTable

TOPIC: Final = "rewrites"
WAIT_S: Final = 60.0
"""Longest wait for the table; a healthy one needs milliseconds."""

FETCH_WAIT_MS: Final = 10

Change = tuple[str, Rewrite | None]
"""A topic key and what is published there from now on, None when it was taken back."""


class ServingError(Exception):
    """The table did not take in what was published; the message says for how long it was waited."""


class Server(Protocol):
    """Serves what was published."""

    def take(self, changes: Iterable[Change]) -> None:
        """Take in changes; when this returns, they are in force."""

    def decide(self, said: str, expecting: str, user: str, *, tenant: str, locale: str, at_ms: int) -> Decided:
        """Return what to do with an utterance, as ``streams.rewrites.RewriteBook.decide`` does."""


class BookServer:
    """The core of a consumer's table, without a broker: same decisions, in less time."""

    def __init__(self) -> None:
        self._book = RewriteBook()
        self.decide: Callable[..., Decided] = self._book.decide

    def take(self, changes: Iterable[Change]) -> None:
        """Take in changes."""
        for key, rewrite in changes:
            if rewrite is None:
                self._book.withdraw(key)
            else:
                self._book.put(key, rewrite)


class _Impatient(Connection):
    """A connection whose consumers ask again soon: to a waiting one the embedded broker answers no sooner."""

    def client(self) -> dict[str, Any]:
        return super().client() | {"fetch.wait.max.ms": FETCH_WAIT_MS}


class TableServer:
    """A consumer's table that follows a broker inside this process, and the producer that writes to it.

    Raises:
        EmbeddedBrokerError: there is no broker.
        ServingError: the table did not become ready.
    """

    def __init__(self) -> None:
        self._sent = 0
        with ExitStack() as opened:
            broker = opened.enter_context(EmbeddedBroker({topic.name: 1 for topic in topology.TOPICS}))
            self._sender = Sender(Connection(bootstrap=broker.bootstrap))
            opened.callback(self._sender.close)
            self._table = opened.enter_context(RewriteTable(_Impatient(bootstrap=broker.bootstrap)))
            if not self._table.wait_ready(WAIT_S):
                message = f"the table of rewrites was not ready after {WAIT_S:g} s"
                raise ServingError(message)
            self.decide: Callable[..., Decided] = self._table.decide
            self._opened = opened.pop_all()

    def take(self, changes: Iterable[Change]) -> None:
        """Write changes to the topic, and wait until the table obeys them.

        Raises:
            DeliveryError: a record did not reach the broker.
            ServingError: the table did not take it in.
        """
        before = self._sent
        for key, rewrite in changes:
            self._sender.send(TOPIC, key.encode(), None if rewrite is None else encode_avro(rewrite))
            self._sent += 1
        if self._sent == before:
            return
        self._sender.flush()
        if not self._table.wait_for(TOPIC, 0, self._sent - 1, WAIT_S):
            message = f"the table of rewrites did not take in record {self._sent - 1} within {WAIT_S:g} s"
            raise ServingError(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)
