"""Rows in memory do what every implementation of rows must do."""

from collections.abc import Mapping

import msgspec

from streams.memory import MemoryRows
from tests.contracts.rows import KINDS, Amount, RowsContract, scanned


class TestMemoryRows(RowsContract):
    """The contract, over a dictionary."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> MemoryRows:
        """Return empty rows; a dictionary takes rows of any kind."""
        del kinds
        return MemoryRows()

    def test_rows_taken_over_are_there(self) -> None:
        """State read back from a file is found by key and by scan, like state that was put."""
        rows = MemoryRows({f"{kind}|{number}": Amount(number) for number in (2, 1) for kind in KINDS})
        assert rows.get("a|2") == Amount(2)
        assert scanned(rows, "ab|") == [("ab|1", 1), ("ab|2", 2)]
