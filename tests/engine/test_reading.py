"""Reading a store from outside: one moment, whatever is written, and never after it was closed."""

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.engine.reading import NotHereError, Readers, ReadRows
from streams.engine.store import Store
from streams.stage import Rows
from tests.contracts.rows import KINDS, Amount, ReadingContract, scanned

MIB = 1 << 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store with two rows."""
    with Store(tmp_path / "store", cache_bytes=MIB, write_buffer_bytes=MIB) as opened:
        write(opened, {"a|1": 1, "a|2": 1})
        yield opened


@pytest.fixture
def readers(store: Store) -> Readers:
    """Give who reads it."""
    return Readers("learn-0", store, KINDS)


def write(store: Store, values: dict[str, int | None]) -> None:
    """Commit rows; None deletes."""
    changes = [
        (key.encode("utf-8", "surrogatepass"), None if value is None else msgspec.msgpack.encode(Amount(value)))
        for key, value in values.items()
    ]
    store.write(changes, store.position + 1, 1)


class TestReadRows(ReadingContract):
    """Rows that are read from outside do what is expected of reading."""

    store: Store

    @pytest.fixture(autouse=True)
    def opened(self, tmp_path: Path) -> Iterator[None]:
        """Give a test its store."""
        with Store(tmp_path / "store", cache_bytes=MIB, write_buffer_bytes=MIB) as self.store:
            yield

    def holding(self, *names: str) -> Rows:
        """Return rows that were committed, at one moment."""
        write(self.store, {name: place for place, name in enumerate(names)})
        return ReadRows(self.store.frozen(), KINDS)


def test_a_reading_sees_one_moment(store: Store, readers: Readers) -> None:
    """What is written, deleted and added while it looks is not for it; the next one sees it."""

    def ask(rows: Rows) -> list[tuple[str, int]]:
        write(store, {"a|1": 2, "a|2": None, "a|3": 2})
        assert rows.get("a|1") == Amount(1)
        assert rows.get("a|3") is None
        return scanned(rows, "a|")

    assert readers.read(ask) == [("a|1", 1), ("a|2", 1)]
    assert readers.read(lambda rows: scanned(rows, "a|")) == [("a|1", 2), ("a|3", 2)]


def test_rows_are_read_only(readers: Readers) -> None:
    """Neither put nor delete does anything but complain."""
    with pytest.raises(TypeError, match="cannot be changed"):
        readers.read(lambda rows: rows.put("a|1", Amount(9)))
    with pytest.raises(TypeError, match="cannot be changed"):
        readers.read(lambda rows: rows.delete("a|1"))


def test_rows_cannot_be_kept_beyond_the_reading(readers: Readers) -> None:
    """They would keep the store from being opened again."""
    rows = readers.read(lambda rows: rows)
    with pytest.raises(RuntimeError, match="the reading is over"):
        rows.get("a|1")


def test_a_partition_that_is_closed_refuses_and_says_which(readers: Readers) -> None:
    """Nobody reads a store that is not open."""
    readers.close()
    with pytest.raises(NotHereError, match="learn-0 is not open here any more"):
        readers.read(lambda rows: rows.get("a|1"))


def test_closing_waits_for_who_reads_and_stops_them_at_the_next_row(store: Store, readers: Readers) -> None:
    """A long reading holds nobody up, and the store is free when the closing has returned."""
    reads, goes_on = threading.Event(), threading.Event()
    ended: list[type[BaseException]] = []

    def ask(rows: Rows) -> None:
        reads.set()
        goes_on.wait(30)
        rows.get("a|1")

    def read() -> None:
        try:
            readers.read(ask)
        except NotHereError as error:
            ended.append(type(error))

    reading = threading.Thread(target=read)
    closing = threading.Thread(target=readers.close)
    reading.start()
    assert reads.wait(30)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    goes_on.set()
    closing.join(30)
    reading.join(30)
    assert ended == [NotHereError]
    store.close()
    Store(store.directory).close()
