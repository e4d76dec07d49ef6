"""Reading a partition's committed rows from outside, while its owner works. Knows no stage and no Kafka.

Who reads sees one moment between two batches, and makes nobody wait but whoever closes the partition. That one waits
no longer than for the next look at a row: from then on all looks are refused.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, NoReturn, TypeVar

import msgspec

from streams.engine.frozen import Frozen
from streams.engine.rows import StoredRows
from streams.engine.store import Store
from streams.stage import Row

CACHED_ROWS_MAX = 10_000
"""Decoded rows that one reading keeps: it looks at the same few again and again."""

Answer = TypeVar("Answer")


class NotHereError(Exception):
    """A partition is not open in this worker; the message says which. Another worker has it, or nobody yet."""


class Standing(NamedTuple):
    """How far an open partition is: its next offset, and its lag in seconds where that is known."""

    stage: str
    partition: int
    fence: int
    lag_s: float | None


class ReadRows(StoredRows):
    """``streams.stage.Rows`` that cannot be changed."""

    def put(self, key: str, row: Row) -> NoReturn:  # noqa: ARG002 - the interface of rows
        """Refuse.

        Raises:
            TypeError: always.
        """
        message = "rows that are read from outside cannot be changed"
        raise TypeError(message)

    def delete(self, key: str) -> NoReturn:
        """Refuse, as ``put`` does."""
        self.put(key, None)


class Readers:
    """Who reads a store at the moment."""

    def __init__(self, name: str, store: Store, kinds: Mapping[str, type[msgspec.Struct]]) -> None:
        """Let nobody read yet but who asks.

        Args:
            name: the partition, for messages.
            store: its rows; open until ``close`` has returned.
            kinds: row class by kind.
        """
        self._name = name
        self._store = store
        self._kinds = kinds
        self._reading = 0
        self._closed = False
        self._changed = threading.Condition()

    def read(self, ask: Callable[[ReadRows], Answer]) -> Answer:
        """Ask something of the rows as they were committed last. From any thread.

        Raises:
            NotHereError: the partition is closed, or is being closed meanwhile.
        """
        with self._counted():
            frozen = _Watched(self._store.frozen(), self._check)
            try:
                return ask(ReadRows(frozen, self._kinds, cache_rows_max=CACHED_ROWS_MAX))
            finally:
                frozen.let_go()

    def close(self) -> None:
        """Let nobody read any more; returns when nobody does."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._reading)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._check()
            self._reading += 1
        try:
            yield
        finally:
            with self._changed:
                self._reading -= 1
                self._changed.notify_all()

    def _check(self) -> None:
        if self._closed:
            message = f"{self._name} is not open here any more"
            raise NotHereError(message)


class _Watched:
    """A frozen store that can be looked at only until its reading ends, however that is."""

    def __init__(self, frozen: Frozen, check: Callable[[], None]) -> None:
        self.directory = frozen.directory
        self._frozen: Frozen | None = frozen
        self._check = check

    def get(self, key: bytes) -> bytes | None:
        return self._opened().get(key)

    def scan(self, start: bytes, end: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        return self._opened().scan(start, end, limit)

    def let_go(self) -> None:
        self._frozen = None

    def _opened(self) -> Frozen:
        self._check()
        if self._frozen is None:
            message = "the reading is over: take what you need out of the rows before it ends"
            raise RuntimeError(message)
        return self._frozen
