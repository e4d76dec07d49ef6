"""A stage's rows in memory: a mapping, with an order for the kinds that are scanned. Knows no stage."""

from collections.abc import Iterator

from sortedcontainers import SortedList

from streams.stage import Row

END = "\U0010ffff"
"""Sorts after every key that continues a prefix."""


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
        last = (prefix if until is None else until) + END
        for key in order.irange(prefix, last):
            row = self.rows.get(key)
            if row is not None and key.startswith(prefix):
                yield key, row
