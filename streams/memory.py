"""A stage's rows in memory: a mapping, with an order for the kinds that are scanned. Knows no stage."""

from collections.abc import Iterator
from itertools import islice

from sortedcontainers import SortedList

from streams.stage import Row

KEYS_AT_ONCE = 64
"""Keys a scan reads ahead after its first, so that it keeps its place when rows are put and deleted under it."""


class MemoryRows:
    """``streams.stage.Rows`` over a dictionary.

    ``get`` is the dictionary's own, which saves a call for every row that is looked at.

    A kind of row (the part of the key before the first bar) is sorted from its first scan on, so that rows which are
    only ever got and put cost no more than a dictionary entry.
    """

    def __init__(self, rows: dict[str, Row] | None = None) -> None:
        """Start empty, or with rows taken over from elsewhere."""
        self.rows: dict[str, Row] = {} if rows is None else rows
        self.get = self.rows.get
        self._orders: dict[str, SortedList[str]] = {}

    def put(self, key: str, row: Row) -> None:
        """Store a row."""
        if self._orders and key not in self.rows:
            order = self._orders.get(key[: key.index("|")])
            if order is not None:
                order.add(key)
        self.rows[key] = row

    def delete(self, key: str) -> None:
        """Remove a row; removing what is not there does nothing."""
        if self.rows.pop(key, None) is not None and self._orders:
            order = self._orders.get(key.partition("|")[0])
            if order is not None:
                order.remove(key)

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows whose key starts with a prefix, in order, up to and including those that start with ``until``."""
        kind = prefix.partition("|")[0]
        order = self._orders.get(kind)
        if order is None:
            order = self._orders[kind] = SortedList(key for key in self.rows if key.partition("|")[0] == kind)
        end = prefix if until is None else until
        start, inclusive, size = prefix, True, 1
        while True:
            keys = list(islice(order.irange(start, None, (inclusive, True)), size))
            for key in keys:
                if not key.startswith(prefix) or (key > end and not key.startswith(end)):
                    return
                row = self.rows.get(key)
                if row is not None:
                    yield key, row
            if len(keys) < size:
                return
            start, inclusive, size = keys[-1], False, KEYS_AT_ONCE
