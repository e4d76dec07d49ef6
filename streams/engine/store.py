"""One stage partition's state on the local disk: bytes by key, and how far the changelog is in them. Knows no Kafka.

The store is a copy of a committed changelog, never ahead of it: losing it, or wiping it, costs a restore and nothing
else. That is why it is written without waiting for the disk: after a loss of power it is merely behind.
"""

import shutil
import struct
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
)

from streams.engine.errors import EngineError
from streams.engine.frozen import Frozen

MIB: Final = 1 << 20

RESERVED: Final = b"\x00\x00"
"""Keys that begin so are the store's own; no changelog may hold them."""

_PLACE_KEY: Final = RESERVED + b"place"
_IDENTITY_KEY: Final = RESERVED + b"identity"
_PLACE: Final = struct.Struct(">qq")

BLOOM_BITS: Final = 10
"""Bits a key in the filters: one in a hundred look-ups of what is not there reads a block all the same."""

BLOCK_BYTES: Final = 8 * 1024
LOG_BYTES_MAX: Final = MIB
LOG_FILES_MAX: Final = 2
OPEN_FILES_MAX: Final = 64
"""Bounds on what RocksDB would otherwise let grow: its own log, and files held open per partition."""

DELETIONS_WINDOW: Final = 4_096
DELETIONS_MIN: Final = 1_024
DELETIONS_RATIO: Final = 0.25
"""A file in which so many of so many neighbours are marks of deletion is compacted soon: timers leave only marks."""

_IN_USE: Final = "it is in use; stop the process that uses it, or give this worker a `data_dir` of its own"
_FULL: Final = "the disk is full; free space or move `data_dir`, then start again"
_DAMAGED: Final = "it is damaged; delete the folder, and its rows come back from Kafka"
_CURES: Final = (
    ("lock file", _IN_USE),
    ("lock hold", _IN_USE),
    ("no space left", _FULL),
    ("file too large", _FULL),
    ("disk quota", _FULL),
    ("read-only file", "it cannot be written; make the disk writable or choose another `data_dir`"),
    ("permission denied", "it may not be written; give its owner the right to, or choose another `data_dir`"),
    ("not a directory", "there is a file in its place; choose another `data_dir`"),
    ("corruption", _DAMAGED),
    ("no such file", _DAMAGED),
    ("already closed", "it was closed; open it again"),
)
"""What to do, by a word of RocksDB's or the system's; the first that is found counts."""


class StoreError(EngineError):
    """The store cannot be used; the message names its folder and what to do."""


class Store:
    """RocksDB in a folder of its own. For one thread at a time, but for ``frozen``."""

    def __init__(self, directory: Path, *, cache_bytes: int = 32 * MIB, write_buffer_bytes: int = 16 * MIB) -> None:
        """Open the store of a folder, which is made if need be.

        Args:
            directory: the folder; nothing else may be in it.
            cache_bytes: memory for blocks, their indexes and filters.
            write_buffer_bytes: memory for rows not yet in files; up to twice that while one is being written.

        Raises:
            StoreError: the folder is in use, damaged, or cannot be written.
        """
        self.directory = Path(directory)
        self._sizes = (cache_bytes, write_buffer_bytes)
        self._gone = self.directory.with_name(self.directory.name + ".gone")
        self._open()

    # -- what is in it ---------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The changelog's next offset that is not in the store; 0 when it is new."""
        return self._position

    @property
    def written_at_ms(self) -> int:
        """When the store was last known to be up to date, in epoch milliseconds; 0 when it is new."""
        return self._written_at_ms

    @property
    def identity(self) -> str:
        """What the store is a copy of; empty when it is new."""
        return self._identity

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None.

        Raises:
            StoreError: the store is closed or damaged.
        """
        try:
            value: bytes | None = self._rocks.get(key)
        except Exception as error:
            raise self._explained(error, "read") from error
        return value

    def scan(self, start: bytes, end: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return at most ``limit`` keys from ``start`` on and before ``end`` with their values, in order.

        It ends at ``end`` also where deleted keys follow, which RocksDB would look through one by one.

        Raises:
            StoreError: the store is closed or damaged.
        """
        options = ReadOptions()
        options.set_iterate_upper_bound(end)
        try:
            # No iterator outlives this call: one that did would keep the store locked after it was closed.
            return list(islice(self._rocks.items(from_key=start, read_opt=options), limit))  # type: ignore[arg-type]
        except Exception as error:
            raise self._explained(error, "read") from error

    def frozen(self) -> Frozen:
        """Return the store as it is now, whatever is written later. From any thread, but not while it is closed.

        Raises:
            StoreError: the store is closed or damaged.
        """
        try:
            return Frozen(self.directory, self._rocks.iter())
        except Exception as error:
            raise self._explained(error, "read") from error

    # -- changing it -----------------------------------------------------------------------------------------------

    def write(self, changes: Iterable[tuple[bytes, bytes | None]], position: int, written_at_ms: int) -> None:
        """Store rows, and with them the changelog's position after them, all or nothing.

        Args:
            changes: keys with their values; None deletes.
            position: the changelog's next offset after these rows.
            written_at_ms: when the store was up to date, in epoch milliseconds.

        Raises:
            StoreError: nothing was stored, and the store is closed.
        """
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in changes:
            if value is None:
                delete(key)
            else:
                put(key, value)
        put(_PLACE_KEY, _PLACE.pack(position, written_at_ms))
        self._write(batch)
        self._position, self._written_at_ms = position, written_at_ms

    def identify(self, identity: str) -> None:
        """Say what the store is a copy of.

        Raises:
            StoreError: it could not be stored, and the store is closed.
        """
        batch = WriteBatch(raw_mode=True)
        batch.put(_IDENTITY_KEY, identity.encode())
        self._write(batch)
        self._identity = identity

    def wipe(self) -> None:
        """Empty the store, as if it were new.

        Raises:
            StoreError: the folder cannot be emptied; the store is closed.
        """
        self.close()
        try:
            # Renamed first: a process killed half way leaves a whole store or none.
            self.directory.rename(self._gone)
        except OSError as error:
            raise self._explained(error, "emptied") from error
        self._open()

    def close(self) -> None:
        """Let go of the folder; closing twice does nothing."""
        # RocksDB lets go also when it complains, as it does on a full disk or when it is closed already: what it could
        # not write is in the changelog.
        with suppress(Exception):
            self._rocks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- RocksDB ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            if self._gone.exists():
                shutil.rmtree(self._gone)
            self.directory.mkdir(parents=True, exist_ok=True)
            self._rocks = Rdict(str(self.directory), _options(*self._sizes))
        except Exception as error:
            raise self._explained(error, "opened") from error
        try:
            self._position, self._written_at_ms = _PLACE.unpack(self.get(_PLACE_KEY) or _PLACE.pack(0, 0))
            self._identity = (self.get(_IDENTITY_KEY) or b"").decode()
        except StoreError:
            self.close()
            raise

    def _write(self, batch: WriteBatch) -> None:
        try:
            self._rocks.write(batch)
        except Exception as error:
            # RocksDB keeps nothing of a batch it refused, but may refuse all that follows: start anew, from the disk.
            self.close()
            raise self._explained(error, "written") from error

    def _explained(self, error: Exception, verb: str) -> StoreError:
        # rocksdict raises plain exceptions, told apart by RocksDB's words only.
        text = str(error).replace(str(self.directory), "").lower()
        cure = next((cure for sign, cure in _CURES if sign in text), "see the reason")
        return StoreError(f"the store in {self.directory} cannot be {verb}: {cure} ({error})")


def _options(cache_bytes: int, write_buffer_bytes: int) -> Options:
    blocks = BlockBasedOptions()
    blocks.set_block_cache(Cache(cache_bytes))
    blocks.set_cache_index_and_filter_blocks(v=True)
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(v=True)
    blocks.set_bloom_filter(BLOOM_BITS, block_based=False)
    blocks.set_block_size(BLOCK_BYTES)
    options = Options(raw_mode=True)
    options.create_if_missing(create_if_missing=True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_size(write_buffer_bytes)
    options.set_max_write_buffer_number(2)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(OPEN_FILES_MAX)
    options.set_keep_log_file_num(LOG_FILES_MAX)
    options.set_max_log_file_size(LOG_BYTES_MAX)
    options.add_compact_on_deletion_collector_factory(DELETIONS_WINDOW, DELETIONS_MIN, DELETIONS_RATIO)
    return options
