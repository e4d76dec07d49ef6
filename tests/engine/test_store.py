"""The local store is all or nothing with every write, and says what to do when it cannot be used."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from streams.engine.store import Store, StoreError

NOW_MS = 1_700_000_000_000

WRITER = """
import sys
from itertools import count
from pathlib import Path
from streams.engine.store import Store

store = Store(Path(sys.argv[1]), write_buffer_bytes=1 << 20)
for position in count(store.position + 1):
    store.write([(b"row|%d" % row, b"%d" % position + b"." * 1_000) for row in range(100)], position, position)
    print(position, flush=True)
"""
"""Writes a hundred rows at a time, all with the position as their value."""

HOLDER = """
import sys
from pathlib import Path
from streams.engine.store import Store

store = Store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""

FILLER = """
import resource, signal, sys
from pathlib import Path
from streams.engine.store import Store, StoreError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store(Path(sys.argv[1]))
store.write([(b"a|1", b"kept")], 1, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.write([(b"a|%d" % row, b"." * 1_000) for row in range(1_000)], 2, 2)
except StoreError as error:
    print(error)
try:
    store.write([(b"a|2", b"later")], 3, 3)
except StoreError as error:
    print(error)
"""
"""Writes more than a file may hold, and then goes on: what a full disk looks like without filling one."""

INTRUDER = """
import os, sys
from pathlib import Path
from streams.engine.store import Store, StoreError

os.chdir(sys.argv[1])
if os.getuid() == 0:
    Store(Path("loaded"))  # loads what the user without rights may not read
    os.setuid(65_534)
try:
    Store(Path("store"))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a new store."""
    with Store(tmp_path / "store") as opened:
        yield opened


def run(program: str, directory: Path) -> str:
    """Run a program to its end; return what it printed."""
    command = [sys.executable, "-c", program, str(directory)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def rows(store: Store) -> list[tuple[bytes, bytes]]:
    """Return all rows."""
    return store.scan(b"\x01", b"\xff", 1_000_000)


def test_a_new_store_knows_nothing(store: Store) -> None:
    """It stands at the changelog's start, and is a copy of nothing."""
    assert (store.position, store.written_at_ms, store.identity, rows(store)) == (0, 0, "", [])


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    """Rows, position, time and identity."""
    with Store(tmp_path) as store:
        store.identify("cluster topic")
        store.write([(b"a|1", b"1"), (b"a|2", b"2")], 5, NOW_MS)
        store.write([(b"a|1", None), (b"a|3", b"")], 7, NOW_MS + 1)
    with Store(tmp_path) as store:
        assert (store.position, store.written_at_ms, store.identity) == (7, NOW_MS + 1, "cluster topic")
        assert rows(store) == [(b"a|2", b"2"), (b"a|3", b"")]
        assert (store.get(b"a|1"), store.get(b"a|3")) == (None, b"")


def test_a_scan_is_of_a_range_in_order(store: Store) -> None:
    """From a key on, before another, and no more than wanted."""
    store.write([(bytes([97, place]), b"") for place in (3, 1, 255, 2)], 1, NOW_MS)
    assert [key for key, _ in store.scan(b"a\x02", b"a\xff", 9)] == [b"a\x02", b"a\x03"]
    assert [key for key, _ in store.scan(b"a", b"b", 2)] == [b"a\x01", b"a\x02"]


def test_a_wiped_store_is_new(store: Store) -> None:
    """Nothing is left, now and after reopening."""
    store.identify("cluster topic")
    store.write([(b"a|1", b"1")], 5, NOW_MS)
    store.wipe()
    test_a_new_store_knows_nothing(store)
    store.close()
    with Store(store.directory) as again:
        test_a_new_store_knows_nothing(again)


def test_a_wipe_that_was_cut_short_is_finished(store: Store) -> None:
    """A process may die after the folder was renamed: then the next start finds no store, and clears up."""
    store.write([(b"a|1", b"1")], 5, NOW_MS)
    store.close()
    left = store.directory.rename(store.directory.with_name("store.gone"))
    with Store(store.directory) as again:
        assert again.position == 0
    assert not left.exists()


def test_a_scan_in_hand_does_not_keep_a_closed_store_locked(store: Store) -> None:
    """Whoever takes the partition over in this process opens the same folder."""
    store.write([(b"a|1", b"1"), (b"a|2", b"2")], 1, NOW_MS)
    scan = iter(store.scan(b"a", b"b", 2))
    assert next(scan) == (b"a|1", b"1")
    store.close()
    with Store(store.directory) as again:
        assert list(islice(scan, 2)) == rows(again)[1:]


def test_a_closed_store_says_so(store: Store) -> None:
    """By an error that names the folder, for every use."""
    store.close()
    store.close()
    for use in (lambda: store.get(b"a"), lambda: store.scan(b"a", b"b", 1), lambda: store.write([], 1, NOW_MS)):
        with pytest.raises(StoreError, match=rf"{store.directory} cannot .* closed"):
            use()


def test_a_store_in_use_says_so(tmp_path: Path) -> None:
    """Two workers of one host may have been given the same folder."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=f"{tmp_path} cannot be opened: it is in use"):
            Store(tmp_path)
        holder.communicate("")
    Store(tmp_path).close()


def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    """What to do is to delete it: Kafka has everything."""
    with Store(tmp_path) as store:
        store.write([(b"a|1", b"1")], 5, NOW_MS)
    (tmp_path / "CURRENT").write_text("MANIFEST-999999\n")
    with pytest.raises(StoreError, match=f"{tmp_path} cannot be opened: it is damaged; delete the folder"):
        Store(tmp_path)


def test_a_folder_without_rights_says_so(tmp_path: Path) -> None:
    """A message, not a crash, and before anything was taken in."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(0o555)
    assert "the store in store cannot be opened: it may not be written" in run(INTRUDER, tmp_path)


def test_a_folder_that_cannot_be_says_so(tmp_path: Path) -> None:
    """There is a file in its place."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=f"{tmp_path / 'file' / 'store'} cannot be opened: there is a file"):
        Store(tmp_path / "file" / "store")


def test_a_write_that_fails_leaves_nothing_and_closes_the_store(tmp_path: Path) -> None:
    """No part of it is there afterwards, and nothing that follows is taken as if nothing had happened."""
    first, second = run(FILLER, tmp_path).splitlines()
    assert f"{tmp_path} cannot be written: the disk is full" in first
    assert "it was closed" in second
    with Store(tmp_path) as store:
        assert (store.position, rows(store)) == (1, [(b"a|1", b"kept")])


def test_a_process_killed_at_any_time_leaves_whole_writes(tmp_path: Path) -> None:
    """The store opens; all rows are of the same write, the position with them; and nothing that was done is missing."""
    seen = 0
    for kills in range(8):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            done = [int(line) for line in islice(writer.stdout, 40 * kills + 1)]
            os.kill(writer.pid, signal.SIGKILL)
            done += [int(line) for line in writer.stdout]
        with Store(tmp_path) as store:
            values = {int(value.rstrip(b".")) for _, value in rows(store)}
            assert values == {store.position} == {store.written_at_ms}
            assert done[-1] <= store.position <= done[-1] + 1
            assert store.position > seen
            seen = store.position
