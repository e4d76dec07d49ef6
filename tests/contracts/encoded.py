"""Rows that keep bytes, as a store on disk does: a change that was not put is lost. Knows no stage."""

from collections.abc import Iterator, Mapping

import msgspec

from streams.memory import MemoryRows
from streams.stage import Row


class EncodedRows:
    """``streams.stage.Rows`` that decodes with every get, so that nothing is shared between a stage and its state."""

    def __init__(self, kinds: Mapping[str, type[msgspec.Struct]]) -> None:
        """Start empty, for rows of these kinds."""
        self._decoders = {kind: msgspec.msgpack.Decoder(row_type) for kind, row_type in kinds.items()}
        self._kept = MemoryRows()

    def get(self, key: str) -> Row | None:
        """Return the row under a key as it was put, or None."""
        kept = self._kept.get(key)
        return None if kept is None else self._decoded(key, kept)

    def put(self, key: str, row: Row) -> None:
        """Store a row as it is now."""
        self._kept.put(key, msgspec.msgpack.encode(row))

    def delete(self, key: str) -> None:
        """Remove a row; removing what is not there does nothing."""
        self._kept.delete(key)

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows in order, as they were put."""
        for key, kept in self._kept.scan(prefix, until):
            yield key, self._decoded(key, kept)

    @property
    def rows(self) -> dict[str, Row]:
        """All rows by key."""
        return {key: self._decoded(key, kept) for key, kept in self._kept.rows.items()}

    def _decoded(self, key: str, kept: bytes) -> Row:
        return self._decoders[key.partition("|")[0]].decode(kept)
