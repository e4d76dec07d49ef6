"""Rows over a store on disk do what every implementation of rows must do, and both stages say the same on them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Trail, TurnEvent
from streams.detect import rows as detect_rows
from streams.engine.cache import to_bytes
from streams.engine.rows import StoredRows
from streams.engine.store import Store, StoreError
from streams.learn import rows as learn_rows
from streams.learn.settings import LearnSettings
from streams.stage import Row
from tests.building import Detecting, tick
from tests.contracts.rows import KINDS, Amount, RowsContract, scanned
from tests.detect.test_properties import conversations
from tests.learn.building import Learning
from tests.learn.test_properties import EAGER, GATED, histories

MIB = 1 << 20
NOW_MS = 1_700_000_000_000


class CountingStore(Store):
    """A store that counts how often it is asked, and remembers where scans of it began."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, cache_bytes=MIB, write_buffer_bytes=MIB)
        self.gets = 0
        self.starts: list[bytes] = []

    def get(self, key: bytes) -> bytes | None:
        """Count, then do as a store does."""
        self.gets = getattr(self, "gets", 0) + 1
        return super().get(key)

    def scan(self, start: bytes, end: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Remember, then do as a store does."""
        self.starts.append(start)
        return super().scan(start, end, limit)


def commit(store: Store, rows: StoredRows) -> list[tuple[bytes, bytes | None]]:
    """End a batch as the engine does; return what it changed."""
    changes = rows.changes()
    store.write(changes, store.position + len(changes), NOW_MS)
    rows.committed()
    return changes


class CommittingRows(StoredRows):
    """Rows whose every operation is a batch of its own, but those inside of a scan."""

    def __init__(self, store: Store, kinds: Mapping[str, type[msgspec.Struct]], cache_rows_max: int) -> None:
        super().__init__(store, kinds, cache_rows_max=cache_rows_max)
        self.written = store
        self.scans = 0
        self.reads = self.get
        self.get = self.got

    def got(self, key: str) -> Row | None:
        """Commit, then get."""
        self.commit()
        return self.reads(key)

    def put(self, key: str, row: Row) -> None:
        """Put, then commit."""
        super().put(key, row)
        self.commit()

    def delete(self, key: str) -> None:
        """Delete, then commit."""
        super().delete(key)
        self.commit()

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Scan; nothing is committed before the scan has ended."""
        self.scans += 1
        try:
            yield from super().scan(prefix, until)
        finally:
            self.scans -= 1

    def commit(self) -> None:
        """End a batch, unless a scan is under way."""
        if not self.scans:
            commit(self.written, self)


def emptied(store: Store) -> Store:
    """Delete every row, which takes less time than a new store does."""
    found = store.scan(b"\x01", b"\xff", 1_000_000)
    store.write([(key, None) for key, _ in found], 0, NOW_MS)
    return store


class StoredContract(RowsContract):
    """The contract, over one store for the class."""

    store: Store

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def opened(cls) -> Iterator[None]:
        """Give the class its store."""
        with TemporaryDirectory() as name, Store(Path(name), cache_bytes=MIB, write_buffer_bytes=MIB) as cls.store:
            yield


class TestStoredRows(StoredContract):
    """In one batch."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> StoredRows:
        """Return rows over a new store."""
        return StoredRows(emptied(self.store), kinds)


class TestCommittedRows(StoredContract):
    """With a commit between operations."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> StoredRows:
        """Return rows over a new store."""
        return CommittingRows(emptied(self.store), kinds, 1_000)


class TestRowsInATinyCache(StoredContract):
    """With a cache that forgets all the time, in one batch."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> StoredRows:
        """Return rows over a new store."""
        return StoredRows(emptied(self.store), kinds, cache_rows_max=2)


class TestCommittedRowsInATinyCache(StoredContract):
    """With both."""

    def make(self, kinds: Mapping[str, type[msgspec.Struct]]) -> StoredRows:
        """Return rows over a new store."""
        return CommittingRows(emptied(self.store), kinds, 2)


# -- what the contract does not say -------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    """Yield a new store that counts."""
    with CountingStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Yield one store for all examples of a property."""
    with Store(tmp_path_factory.mktemp("shared"), cache_bytes=MIB, write_buffer_bytes=MIB) as opened:
        yield opened


def filled(rows: StoredRows, *names: str) -> StoredRows:
    """Return the rows with one for each name, each holding its place."""
    for value, name in enumerate(names):
        rows.put(name, Amount(value))
    return rows


def amounts(store: Store, rows_max: int = 1_000) -> StoredRows:
    """Return rows over a store, as after a start."""
    return StoredRows(store, KINDS, cache_rows_max=rows_max)


def test_changes_are_each_row_once_as_it_is_at_the_end(store: Store) -> None:
    """What was put, then what was deleted, each in the order of its first mention; decoded, they are the rows."""
    commit(store, filled(amounts(store), "a|gone"))
    rows = amounts(store)
    row = Amount(1)
    rows.put("b|2", row)
    rows.put("a|1", Amount(5))
    rows.delete("a|gone")
    row.value = 2
    rows.put("b|2", row)
    encoded = msgspec.msgpack.encode
    assert rows.changes() == [(b"b|2", encoded(Amount(2))), (b"a|1", encoded(Amount(5))), (b"a|gone", None)]


def test_a_row_that_came_and_went_within_a_batch_is_no_change(store: Store) -> None:
    """Most timers are such; but a row of the store that was put and deleted is one."""
    commit(store, filled(amounts(store), "a|old"))
    rows = filled(amounts(store), "a|old", "a|new")
    rows.delete("a|old")
    rows.delete("a|new")
    assert rows.changes() == [(b"a|old", None)]


def test_after_a_commit_nothing_is_changed(store: Store) -> None:
    """A batch that follows brings its own changes only."""
    rows = amounts(store)
    rows.put("a|1", Amount(1))
    rows.put("a|2", Amount(2))
    rows.delete("a|2")
    commit(store, rows)
    assert rows.changes() == []
    rows.delete("a|1")
    assert rows.changes() == [(b"a|1", None)]


def test_what_was_committed_is_there_after_a_restart(store: Store) -> None:
    """Keys of any characters are read back as they were, and in the same order."""
    names = ["a|", "a|\ud800", "a|\uffff", "a|\U00010000"]
    commit(store, filled(amounts(store), *names))
    assert [key for key, _ in amounts(store).scan("a|")] == names
    assert amounts(store).get("a|\ud800") == Amount(1)


def test_a_batch_thrown_away_leaves_no_trace(store: Store) -> None:
    """Rows changed in place are lost with the object, and the store has what was committed."""
    rows = amounts(store)
    rows.put("a|1", Amount(1))
    commit(store, rows)
    row = rows.get("a|1")
    assert row is not None
    row.value = 9
    rows.put("a|1", row)
    rows.put("a|2", row)
    assert scanned(amounts(store), "a|") == [("a|1", 1)]


def test_a_row_once_read_is_not_read_again(store: CountingStore) -> None:
    """Neither one that is there nor one that is not, in this batch and in the next."""
    commit(store, filled(amounts(store), "a|1"))
    rows = amounts(store)
    store.gets = 0
    for _ in range(3):
        assert rows.get("a|1") is rows.get("a|1")
        assert rows.get("a|2") is None
        commit(store, rows)
    assert store.gets == 2


def test_rows_looked_at_stay_and_others_go(store: CountingStore) -> None:
    """The cache holds what is used, and no more rows than it may."""
    names = [f"a|{number}" for number in range(1_000)]
    commit(store, filled(amounts(store), *names))
    rows = amounts(store, 100)
    for name in names:
        assert rows.get("a|0") == Amount(0)
        rows.get(name)
        assert rows.cached <= 100
    store.gets = 0
    rows.get("a|0")
    assert store.gets == 0
    rows.get("a|1")
    assert store.gets == 1


def test_a_batch_larger_than_the_cache_is_kept_whole(store: Store) -> None:
    """Changes are never forgotten before they were asked for."""
    rows = amounts(store, 10)
    filled(rows, *(f"a|{number:04d}" for number in range(1_000)))
    for number in range(1_000):
        assert rows.get(f"b|{number}") is None
    assert [value for _, value in scanned(rows, "a|")] == list(range(1_000))
    assert len(rows.changes()) == 1_000
    commit(store, rows)
    assert rows.cached <= 10


def test_a_scan_does_not_pass_what_was_deleted_before_it(store: CountingStore) -> None:
    """Timers come at the end and go at the front: each scan starts at the first that lives, though all are unread."""
    rows, width = amounts(store), 50
    for batch in range(40):
        filled(rows, *(f"a|x{number:06d}" for number in range(batch * width, (batch + 2) * width)))
        for number in range(batch * width, (batch + 1) * width):
            store.starts.clear()
            name, _ = next(rows.scan("a|x", f"a|x{number:06d}"))
            assert name == f"a|x{number:06d}"
            if number:  # of the first scan nothing is known
                assert all(start >= to_bytes(f"a|x{max(0, number - width):06d}") for start in store.starts)
            rows.delete(name)
        commit(store, rows)


def test_a_scan_of_what_is_empty_does_not_ask_the_store_twice(store: CountingStore) -> None:
    """Once it is known that nothing is there, up to where was asked, only a put changes that."""
    rows = amounts(store)
    filled(rows, "a|5")
    commit(store, rows)
    assert scanned(rows, "a|", "a|3") == []
    store.starts.clear()
    assert scanned(rows, "a|", "a|3") == []
    assert store.starts == []
    filled(rows, "a|2")
    assert scanned(rows, "a|", "a|3") == [("a|2", 0)]
    commit(store, rows)
    assert scanned(rows, "a|", "a|3") == [("a|2", 0)]


def test_a_scan_cannot_go_on_after_a_commit(store: Store) -> None:
    """It would miss rows; saying so is better."""
    rows = amounts(store)
    filled(rows, "a|1", "a|2")
    scan = rows.scan("a|")
    next(scan)
    commit(store, rows)
    with pytest.raises(RuntimeError, match="finish scans first"):
        next(scan)


def test_a_row_that_cannot_be_read_says_what_it_is(store: Store) -> None:
    """Its kind and the folder, and nothing of what is in it."""
    store.write([(b"a|secret", msgspec.msgpack.encode({"value": "secret"}))], 1, NOW_MS)
    with pytest.raises(StoreError, match=r"a row of kind `a` in .* run the version that wrote it") as failure:
        amounts(store).get("a|secret")
    assert "secret" not in str(failure.value)


# -- the stages ---------------------------------------------------------------------------------------------------


def everything(rows: StoredRows, kinds: Mapping[str, type[msgspec.Struct]]) -> dict[str, Row]:
    """Return all rows by key."""
    return {key: row for kind in kinds for key, row in rows.scan(f"{kind}|")}


class Cut:
    """Feeds a stage in batches, each committed to a store, now and then with rows made anew as after a restart."""

    def __init__(
        self,
        stage: Detecting | Learning,
        store: Store,
        kinds: Mapping[str, type[msgspec.Struct]],
        rows_max: int,
    ) -> None:
        self.stage, self.store, self.kinds, self.rows_max = stage, emptied(store), kinds, rows_max
        self.start()

    def start(self) -> None:
        """Begin with what is in the store."""
        self.rows = StoredRows(self.store, self.kinds, cache_rows_max=self.rows_max)
        self.stage.rows = self.rows  # type: ignore[assignment]

    def feed(self, items: Sequence[Any], cuts: list[int]) -> None:
        """Feed all; a cut of 0 is a restart, any other the size of a batch."""
        start = 0
        for size in cycle([*cuts, 1]):
            if start >= len(items):
                return
            if size == 0:
                self.start()
                continue
            self.stage.feed(*items[start : start + size])
            commit(self.store, self.rows)
            start += size


cuts = st.lists(st.integers(0, 9), max_size=8)
rooms = st.sampled_from([2, 20, 1_000])


@settings(max_examples=60)
@given(events=conversations(), cuts=cuts, rows_max=rooms)
def test_detect_says_the_same_on_disk_as_in_memory(
    shared: Store, events: list[TurnEvent], cuts: list[int], rows_max: int
) -> None:
    """However its input is cut, whatever the cache forgets, and whenever it restarts."""
    stage, memory = Detecting(), Detecting().feed(*events, tick(99_999))
    cut = Cut(stage, shared, detect_rows.ROWS, rows_max)
    cut.feed([*events, tick(99_999)], cuts)
    assert stage.flush.outputs == memory.flush.outputs
    assert everything(cut.rows, detect_rows.ROWS) == memory.rows.rows


@pytest.mark.parametrize("chosen", [EAGER, GATED], ids=["floor", "gate"])
@settings(max_examples=40)
@given(trails=histories(), cuts=cuts, rows_max=rooms)
def test_learn_says_the_same_on_disk_as_in_memory(
    shared: Store, chosen: LearnSettings, trails: list[Trail], cuts: list[int], rows_max: int
) -> None:
    """However its input is cut, whatever the cache forgets, and whenever it restarts."""
    stage, memory = Learning(chosen), Learning(chosen).feed(*trails)
    cut = Cut(stage, shared, learn_rows.ROWS, rows_max)
    cut.feed(trails, cuts)
    assert stage.flush.outputs == memory.flush.outputs
    assert everything(cut.rows, learn_rows.ROWS) == memory.rows.rows
