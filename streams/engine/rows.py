"""A stage's rows over a store on disk, with the changes of the batch in hand. Knows no stage and no Kafka.

The store does not change during a batch; what the batch changes lies over it, and is asked for as a whole at its end.
After a batch that failed the whole object is to be thrown away: rows were changed in place.
"""

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Final

import msgspec
from sortedcontainers import SortedList

from streams.engine.cache import RowCache, to_bytes, to_text
from streams.engine.floors import Floors
from streams.engine.frozen import Readable
from streams.stage import Row

KEYS_AT_ONCE: Final = 256
"""Keys a scan reads ahead after its first: most scans want one, the others want many."""

_Found = tuple[str, bytes | None]


class StoredRows:
    """``streams.stage.Rows`` over a ``Store``.

    ``get`` is the cache's own, which saves a call for every row that is looked at.
    """

    def __init__(
        self, store: Readable, kinds: Mapping[str, type[msgspec.Struct]], *, cache_rows_max: int = 100_000
    ) -> None:
        """Start with what is in a store.

        Args:
            store: the partition's state, up to date; only this object's changes may be written to it from now on.
            kinds: row class by kind.
            cache_rows_max: decoded rows to keep besides those that the batch in hand changes.
        """
        self._store = store
        self._cache = RowCache(store, kinds, cache_rows_max)
        self._encode = msgspec.msgpack.Encoder().encode
        self._floors = Floors()
        self._arrived: list[str] = []
        self._orders: dict[str, SortedList[str]] = {}
        self._come_and_gone: dict[str, None] = {}
        self._commits = 0
        self.get = self._cache.__getitem__

    @property
    def cached(self) -> int:
        """How many rows are kept decoded, known absences included."""
        return len(self._cache) + len(self._cache.older)

    def put(self, key: str, row: Row) -> None:
        """Store a row and remember that it changed."""
        cache = self._cache
        if key not in cache.changed:
            self._arrived.append(key)
            if cache.deleted:
                cache.deleted.pop(key, None)
        cache[key] = cache.changed[key] = row

    def delete(self, key: str) -> None:
        """Remove a row; removing what is not there does nothing."""
        cache = self._cache
        if cache.changed.pop(key, None) is not None:
            self._come_and_gone[key] = None
            order = self._orders.get(key[: key.index("|")])
            if order is not None:
                order.discard(key)
        cache[key] = cache.deleted[key] = None

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows whose key starts with a prefix, in order, up to and including those that start with ``until``.

        Raises:
            RuntimeError: the scan goes on after a commit, which it cannot.
        """
        commits, last = self._commits, None
        for key, kept in merge(self._put_keys(prefix, until), self._kept_keys(prefix, until), key=itemgetter(0)):
            if key == last:
                continue  # in the store, and changed
            last = key
            row = self.get(key) if kept is None else self._cache.from_kept(key, kept)
            if row is not None:
                yield key, row
                if commits != self._commits:
                    message = "rows were committed during a scan; finish scans first"
                    raise RuntimeError(message)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return what the batch changed, each row once and encoded: what it put, then what it deleted, each in order.

        Rows that the batch brought and took away again, and the store never had, are left out.
        """
        encode, cache = self._encode, self._cache
        changes: list[tuple[bytes, bytes | None]] = [(to_bytes(key), encode(row)) for key, row in cache.changed.items()]
        for key in cache.deleted:
            name = to_bytes(key)
            if key not in self._come_and_gone or self._store.get(name) is not None:
                changes.append((name, None))
        return changes

    def committed(self) -> None:
        """Take the changes as done: they have been written to the store."""
        cache = self._cache
        if not cache.changed and not cache.deleted:
            return
        for key in cache.changed:
            self._floors.lower(key)
        cache.settle()
        self._arrived.clear()
        self._orders.clear()
        self._come_and_gone.clear()
        self._commits += 1

    # -- the two sides of a scan -----------------------------------------------------------------------------------

    def _put_keys(self, prefix: str, until: str | None) -> Iterator[_Found]:
        """Yield keys that the batch put, and has not deleted since."""
        kind = prefix[: prefix.index("|")]
        end = prefix if until is None else until
        start, inclusive, size = prefix, True, 1
        while True:
            order = self._order(kind)
            keys = list(islice(order.irange(start, None, (inclusive, True)), size))
            for key in keys:
                if not key.startswith(prefix) or (key > end and not key.startswith(end)):
                    return
                yield key, None
            if len(keys) < size:
                return
            start, inclusive, size = keys[-1], False, KEYS_AT_ONCE

    def _order(self, kind: str) -> SortedList[str]:
        """Return the batch's keys of a kind in order; they are sorted when somebody scans, not with every put."""
        changed = self._cache.changed
        arrived, self._arrived = self._arrived, []
        for key in arrived:
            order = self._orders.get(key[: key.index("|")])
            if order is not None and key in changed and key not in order:
                order.add(key)
        order = self._orders.get(kind)
        if order is None:
            order = self._orders[kind] = SortedList(key for key in changed if key[: key.index("|")] == kind)
        return order

    def _kept_keys(self, prefix: str, until: str | None) -> Iterator[_Found]:
        """Yield keys of the store that the batch has not deleted, and remember from where on there are any."""
        deleted = self._cache.deleted
        start, end = self._floors.start(prefix), _end(prefix, until)
        size, risen = 1, False
        if start >= end:
            return
        while True:
            found = self._store.scan(start, end, size)
            for name, kept in found:
                key = to_text(name)
                if key in deleted:
                    continue
                if not risen:
                    risen = True
                    self._floors.rise(prefix, name)
                yield key, kept
            if len(found) < size:
                break
            start, size = found[-1][0] + b"\x00", KEYS_AT_ONCE
        if not risen:
            self._floors.rise(prefix, end)


def _end(prefix: str, until: str | None) -> bytes:
    """Return the key before which a scan ends, in bytes."""
    end = _after(prefix)
    return min(end, _after(until)) if until else end


def _after(prefix: str) -> bytes:
    """Return the first key after all that start with a prefix."""
    name = to_bytes(prefix)
    return name[:-1] + bytes([name[-1] + 1])  # no byte of UTF-8 is the last one, 255
