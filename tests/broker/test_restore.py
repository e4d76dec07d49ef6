"""A local store after a restore is what the changelog has committed, whatever happened to either before."""

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from infra.kafka.broker import Broker
from streams.engine.errors import EngineError, InterruptedOpeningError
from streams.engine.restore import ROWS_PER_WRITE, Restored, changelog_identity, restore
from streams.engine.store import Store

pytestmark = pytest.mark.kafka

HOUR_MS = 3_600_000
COMPACTION_S = 90

Changes = dict[str, str | None]


def now_ms() -> int:
    """Return the time."""
    return round(time.time() * 1000)


class Changelog:
    """One partition of a state topic, written as an owner writes it."""

    def __init__(self, kafka: Broker, settings: dict[str, str]) -> None:
        # Clients that outlive the broker would go on complaining about it.
        self.config: dict[str, Any] = {"bootstrap.servers": kafka.bootstrap, "log_level": 0}
        self.topic = f"test-{uuid.uuid4().hex}.state"
        self.admin = AdminClient(self.config)
        self.model: Changes = {}
        self.create(settings)
        self.producer = self.owner()

    def create(self, settings: dict[str, str]) -> None:
        """Make the topic."""
        new = NewTopic(self.topic, num_partitions=1, replication_factor=1, config=settings)
        self.admin.create_topics([new])[self.topic].result(30)

    def owner(self) -> Producer:
        """Return the producer of a new owner, which fences out the one before."""
        producer = Producer(self.config | {"transactional.id": self.topic, "linger.ms": 50})
        producer.init_transactions(30)
        return producer

    def begin(self, changes: Changes) -> None:
        """Open a transaction and write rows in it."""
        self.producer.begin_transaction()
        for key, value in changes.items():
            self.producer.produce(self.topic, value, key, 0)
        assert self.producer.flush(30) == 0

    def commit(self, changes: Changes) -> "Changelog":
        """Write rows in a transaction of their own."""
        self.begin(changes)
        self.producer.commit_transaction(30)
        self.model |= changes
        return self

    def abort(self, changes: Changes) -> "Changelog":
        """Write rows that never count."""
        self.begin(changes)
        self.producer.abort_transaction(30)
        return self

    @property
    def identity(self) -> str:
        """What stores of this topic are a copy of."""
        return changelog_identity(self.config, self.topic, lambda: False)

    @property
    def expected(self) -> dict[str, str]:
        """What is committed."""
        return {key: value for key, value in sorted(self.model.items()) if value is not None}

    def restore(
        self,
        store: Store,
        should_stop: Callable[[], bool] = lambda: False,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        trust_ms: int = HOUR_MS,
    ) -> Restored:
        """Restore a store from it."""
        return restore(
            store,
            self.config,
            self.topic,
            0,
            on_progress=on_progress,
            should_stop=should_stop,
            identity=self.identity,
            trust_ms=trust_ms,
        )


@pytest.fixture
def changelog(kafka: Broker) -> Changelog:
    """Return a new changelog, from which records may also be deleted at the front."""
    return Changelog(kafka, {"cleanup.policy": "compact,delete"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a new store."""
    with Store(tmp_path / "store") as opened:
        yield opened


def held(store: Store) -> dict[str, str]:
    """Return the rows of a store."""
    return {key.decode(): value.decode() for key, value in store.scan(b"\x01", b"\xff", 1_000_000)}


def many(number: int, value: str = "1") -> Changes:
    """Return so many rows."""
    return {f"row|{place:06d}": value for place in range(number)}


def test_only_what_was_committed_is_restored(changelog: Changelog, store: Store) -> None:
    """The latest committed value of each row; nothing of an aborted transaction; no deleted row."""
    changelog.commit({"a|1": "old", "a|2": "kept", "a|3": "gone"}).abort({"a|2": "never", "a|4": "never"})
    changelog.commit({"a|1": "new", "a|3": None}).abort({"a|1": "never"})
    changelog.restore(store)
    assert held(store) == changelog.expected == {"a|1": "new", "a|2": "kept"}


def test_a_store_that_is_up_to_date_reads_nothing_again(changelog: Changelog, store: Store) -> None:
    """The position is behind the last marker of a transaction, not behind the last row."""
    changelog.commit(many(10)).abort({"a|1": "never"})
    first = changelog.restore(store)
    assert (first.rows, changelog.restore(store).rows) == (10, 0)
    assert store.position == first.position == 13


def test_an_owner_goes_on_from_its_own_last_row(changelog: Changelog, store: Store) -> None:
    """Its position is right after its last row, before the marker: that is inside of the log, and nothing is lost."""
    changelog.commit({"a|1": "1"}).restore(store)
    changelog.commit({"a|1": "2"})
    store.write([(b"a|1", b"2")], store.position + 1, now_ms())
    changelog.commit({"a|2": "3"})
    assert changelog.restore(store).rows == 1
    assert held(store) == changelog.expected


def test_an_empty_changelog_is_restored_at_once(changelog: Changelog, store: Store) -> None:
    """There is nothing to wait for."""
    assert changelog.restore(store)[:2] == (0, 0)


def test_an_interrupted_restore_goes_on_where_it_stopped(changelog: Changelog, store: Store) -> None:
    """What one attempt wrote, the next does not read again; in the end nothing is missing."""
    total = 3 * ROWS_PER_WRITE
    changelog.commit(many(total))
    with pytest.raises(InterruptedOpeningError):
        changelog.restore(store, should_stop=lambda: store.position > 0)
    done = store.position
    assert 0 < done < total
    assert changelog.restore(store).rows == total - done
    assert held(store) == changelog.expected


def test_an_interrupted_restore_is_as_old_as_its_beginning(changelog: Changelog, store: Store) -> None:
    """Marks of deletion may vanish while it rests, so its age counts from before the first row was read."""
    changelog.commit(many(3 * ROWS_PER_WRITE))
    began = now_ms()
    written: list[int] = []

    def note(_done: int, _total: int) -> None:
        written.append(store.written_at_ms)

    changelog.restore(store, on_progress=note)
    of_writes = sorted(set(written) - {0})  # before the first write the store has no age
    assert len(of_writes) == 2
    assert began - 1 <= of_writes[0] < of_writes[-1]


def test_progress_goes_up_to_all_there_is(changelog: Changelog, store: Store) -> None:
    """It is told before the first row, then as rows come, and ends with everything done."""
    seen: list[tuple[int, int]] = []
    changelog.commit(many(2 * ROWS_PER_WRITE + 1))
    changelog.restore(store, on_progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[0] == (0, 2 * ROWS_PER_WRITE + 2)
    assert seen[-1] == (2 * ROWS_PER_WRITE + 2, 2 * ROWS_PER_WRITE + 2)


def test_a_restore_waits_for_an_open_transaction(changelog: Changelog, store: Store) -> None:
    """What was written before the restore began counts, if it is committed at all."""
    changelog.commit({"a|1": "1"}).begin({"a|2": "2"})
    asked = 0

    def commit_in_between() -> bool:
        nonlocal asked
        asked += 1
        if asked == 30:
            changelog.producer.commit_transaction(30)
        return False

    changelog.restore(store, should_stop=commit_in_between)
    assert asked >= 30
    assert held(store) == {"a|1": "1", "a|2": "2"}


def test_a_new_owner_ends_what_the_former_left_open(changelog: Changelog, store: Store) -> None:
    """Fencing aborts the transaction of whoever died, so that a restore after it neither waits nor counts it."""
    changelog.commit({"a|1": "1"}).begin({"a|1": "2"})
    changelog.owner()
    changelog.restore(store)
    assert held(store) == {"a|1": "1"}


def test_a_store_of_another_topic_is_not_trusted(changelog: Changelog, store: Store) -> None:
    """Also when that topic had the same name, and the position would fit."""
    changelog.commit({"a|1": "old", "a|2": "old"}).restore(store)
    changelog.admin.delete_topics([changelog.topic])[changelog.topic].result(30)
    changelog.model.clear()
    deadline = time.monotonic() + 30
    while changelog.topic in changelog.admin.list_topics(timeout=10).topics:
        assert time.monotonic() < deadline
    changelog.create({"cleanup.policy": "compact"})
    changelog.producer = changelog.owner()
    changelog.commit({"a|2": "new", "a|3": "new"}).commit(many(5)).restore(store)
    assert held(store) == changelog.expected


def test_a_store_ahead_of_the_log_is_not_trusted(changelog: Changelog, store: Store) -> None:
    """A log that lost its end may have other records there by now."""
    changelog.commit({"a|1": "1"}).restore(store)
    store.write([(b"a|9", b"9")], store.position + 100, now_ms())
    changelog.restore(store)
    assert held(store) == {"a|1": "1"}


def test_a_store_behind_the_start_of_the_log_is_not_trusted(changelog: Changelog, store: Store) -> None:
    """What it has not read is gone, marks of deletion among it."""
    changelog.commit({"a|1": "1", "a|2": "2"}).restore(store)
    changelog.commit({"a|1": None}).commit({"a|2": "3"})
    place = TopicPartition(changelog.topic, 0, store.position + 2)
    changelog.admin.delete_records([place])[place].result(30)
    changelog.restore(store)
    assert held(store) == {"a|2": "3"}


def test_a_store_that_slept_too_long_is_not_trusted(changelog: Changelog, store: Store) -> None:
    """Marks of deletion are kept for a while only; without them a deleted row would live on in the store."""
    changelog.commit({"a|1": "1"}).restore(store)
    store.write([(b"a|2", b"deleted since")], store.position, now_ms() - HOUR_MS - 1)
    assert changelog.restore(store).rows == 1
    assert held(store) == {"a|1": "1"}


@pytest.mark.parametrize("key", [None, "", "\0\0place"])
def test_what_cannot_be_a_row_stops_the_restore(kafka: Broker, store: Store, key: str | None) -> None:
    """It names the place, and the store is not changed by what follows."""
    changelog = Changelog(kafka, {"cleanup.policy": "delete"}).commit({"a|1": "1"})
    changelog.producer.begin_transaction()
    changelog.producer.produce(changelog.topic, "x", key, 0)
    changelog.producer.commit_transaction(30)
    with pytest.raises(EngineError, match=rf"{changelog.topic} \[0\] at offset 2 cannot be restored"):
        changelog.restore(store)
    assert store.position == 0


@pytest.mark.slow
def test_a_compacted_log_restores_the_same(kafka: Broker, store: Store, tmp_path: Path) -> None:
    """With offsets missing, an empty store and one half way end up equal.

    Marks of deletion are kept, as in every state topic: without them no store that has slept may be trusted.
    """
    eager = {"min.cleanable.dirty.ratio": "0.01", "segment.ms": "100", "delete.retention.ms": str(HOUR_MS)}
    changelog = Changelog(kafka, {"cleanup.policy": "compact", "max.compaction.lag.ms": "100", **eager})
    changelog.commit(many(2_000)).commit(many(1_500, "2")).restore(store)
    changelog.commit({f"row|{place:06d}": None for place in range(1_000)}).abort(many(100, "never"))
    deadline, count = time.monotonic() + COMPACTION_S, 0
    while True:
        changelog.commit({"other|": str(count := count + 1)})  # a new record lets the old segment be closed
        with Store(tmp_path / f"empty-{count}") as empty:
            if changelog.restore(empty).rows < 2_500:
                assert held(empty) == changelog.expected
                break
        assert time.monotonic() < deadline, "nothing was compacted"
        time.sleep(1)
    changelog.restore(store)
    assert held(store) == changelog.expected
