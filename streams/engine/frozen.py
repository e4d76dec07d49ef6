"""A store's rows as they were at one moment, whatever is written meanwhile. Knows no stage and no Kafka.

One iterator of RocksDB keeps the view for as long as it lives, and all reading goes through it: iterators that its
snapshots give see what is written later.
"""

from pathlib import Path
from typing import Protocol

from rocksdict import RdictIter


class Readable(Protocol):
    """What rows are read from: bytes by key, in the order of keys."""

    @property
    def directory(self) -> Path:
        """The folder it lies in, for messages."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None."""

    def scan(self, start: bytes, end: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return at most ``limit`` keys from ``start`` on and before ``end`` with their values, in order."""


class Frozen:
    """A store at one moment. For one thread; the store cannot be opened anew before this is let go of."""

    def __init__(self, directory: Path, iterator: RdictIter) -> None:
        self.directory = directory
        self._iterator = iterator

    def get(self, key: bytes) -> bytes | None:
        """Return the value a key had, or None."""
        found = self.scan(key, key + b"\x00", 1)
        return found[0][1] if found else None

    def scan(self, start: bytes, end: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return at most ``limit`` keys from ``start`` on and before ``end`` with their values, in order."""
        iterator, found = self._iterator, list[tuple[bytes, bytes]]()
        iterator.seek(start)
        while len(found) < limit and iterator.valid() and (key := iterator.key()) < end:
            found.append((key, iterator.value()))
            iterator.next()
        iterator.status()
        return found
