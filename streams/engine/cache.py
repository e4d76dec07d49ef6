"""Decoded rows of one stage partition, kept while there is room, over its store. Knows no stage and no scan.

A row that is here is found as fast as in a dictionary, because it is one: only what is missing runs code of ours.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Final

import msgspec

from streams.engine.frozen import Readable
from streams.engine.store import StoreError
from streams.stage import Row

_UNKNOWN: Final = object()


def to_bytes(key: str) -> bytes:
    """Return a row key as the store and the changelog have it; the order of keys stays the same."""
    return key.encode("utf-8", "surrogatepass")


def to_text(key: bytes) -> str:
    """Return a row key as a stage has it."""
    return key.decode("utf-8", "surrogatepass")


class RowCache(dict[str, Row | None]):
    """Rows by key as they are now, with the batch's changes; None stands for a row that is known not to be there.

    Clean rows live in two generations: this dictionary and ``older``. When this one is full it becomes the older one,
    and what was in there is forgotten unless it was looked at since. ``changed`` and ``deleted`` hold the batch's
    changes whatever is forgotten.

    Attributes:
        changed: rows put since the last commit.
        deleted: keys deleted since the last commit, in order.
    """

    __slots__ = ("_decoders", "_rows_max", "_store", "changed", "deleted", "older")

    def __init__(self, store: Readable, kinds: Mapping[str, type[msgspec.Struct]], rows_max: int) -> None:
        super().__init__()
        self.changed: dict[str, Row] = {}
        self.deleted: dict[str, None] = {}
        self.older: dict[str, Row | None] = {}
        self._store = store
        self._decoders = {kind: msgspec.msgpack.Decoder(row) for kind, row in kinds.items()}
        self._rows_max = rows_max

    def __missing__(self, key: str) -> Row | None:
        row = self._known(key)
        if row is _UNKNOWN:
            kept = self._store.get(to_bytes(key))
            row = None if kept is None else self._decoded(key, kept)
        return self._keep(key, row)

    def from_kept(self, key: str, kept: bytes) -> Row | None:
        """Return the row under a key as it is now, when these are the bytes the store has for it."""
        row = dict.get(self, key, _UNKNOWN)
        if row is not _UNKNOWN:
            return row
        row = self._known(key)
        return self._keep(key, self._decoded(key, kept) if row is _UNKNOWN else row)

    def settle(self) -> None:
        """Take the batch's changes as clean rows: they are in the store now."""
        for key in self.deleted:
            # Most are timers, and nobody asks for them again: not worth the room that knowing their absence takes.
            self.pop(key, None)
            self.older.pop(key, None)
        self.changed, self.deleted = {}, {}
        self._make_room()

    def _known(self, key: str) -> Row | None:
        if key in self.changed:
            return self.changed[key]
        if key in self.deleted:
            return None
        return self.older.pop(key, _UNKNOWN)

    def _keep(self, key: str, row: Row | None) -> Row | None:
        self._make_room()
        self[key] = row
        return row

    def _make_room(self) -> None:
        size, half = len(self), self._rows_max // 2
        if size >= half:
            self.older = dict(islice(self.items(), size - half, None))
            self.clear()

    def _decoded(self, key: str, kept: bytes) -> Row:
        kind = key[: key.index("|")]
        try:
            return self._decoders[kind].decode(kept)
        except msgspec.DecodeError as error:
            message = (
                f"a row of kind `{kind}` in {self._store.directory} cannot be read ({error}): run the version that "
                f"wrote it, or choose a new `prefix` and send the turns again"
            )
            raise StoreError(message) from error
