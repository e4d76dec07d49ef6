"""The table of rewrites on real Kafka: what it serves, from when on, and what it does without a broker."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from schemas.records import Policy, Rewrite
from streams.kafka.connection import Connection
from streams.keys import rewrite_key
from streams.rewrites import Decided
from streams.serving import RewriteTable
from streams.text import NORMALISER
from tests.broker.acknowledged import Acknowledged
from tests.broker.topics import make_topics, send, transaction
from tests.broker.waiting import eventually
from tests.schemas.samples import FULL

pytestmark = pytest.mark.kafka

READY_S = 30


def rewrite(source: str, target: str = "continue") -> tuple[bytes, bytes]:
    """Return the key and value of a rewrite at no question, for everybody and for long."""
    plain = msgspec.to_builtins(FULL[Rewrite])
    changes = {"state": "", "source": source, "target": target, "normaliser": NORMALISER, "share": 1.0}
    record = msgspec.convert({**plain, **changes, "expires_at": 2**42}, Rewrite)
    return rewrite_key("demo", "en-US", "", source).encode(), encode_avro(record)


def order(action: str, scope: str = "all") -> tuple[bytes, bytes]:
    """Return the key and value of an order about everything."""
    return scope.encode(), encode_avro(Policy(scope, action, 1))  # type: ignore[arg-type]


def decide(table: RewriteTable, said: str = "next") -> Decided:
    """Ask for a text at no question."""
    return table.decide(said, "", "u1", tenant="demo", locale="en-US")


def topics_for(bootstrap: str, prefix: str) -> Connection:
    """Make the two topics, as compacted ones."""
    make_topics(bootstrap, {f"{prefix}rewrites": 3, f"{prefix}policy": 1}, **{"cleanup.policy": "compact"})
    return Connection(bootstrap=bootstrap, prefix=prefix)


@pytest.fixture
def connection(kafka: Broker, prefix: str) -> Connection:
    """Give topics of their own."""
    return topics_for(kafka.bootstrap, prefix)


@pytest.fixture
def table(connection: Connection) -> Iterator[RewriteTable]:
    """Give a table that has read its empty topics."""
    with RewriteTable(connection) as table:
        assert table.wait_ready(READY_S)
        yield table


def publish(connection: Connection, *records: tuple[bytes, bytes | None]) -> None:
    """Send to `rewrites`."""
    send(connection.bootstrap, connection.topic("rewrites"), records)


def test_when_ready_all_that_was_there_is_served(connection: Connection) -> None:
    """Readiness means every record of before, an order of before included."""
    publish(connection, *(rewrite(f"text {number}") for number in range(500)))
    with RewriteTable(connection) as table:
        assert table.wait_ready(READY_S)
        assert len(table) == 500
        assert all(decide(table, f"text {number}") for number in range(500))


def test_an_order_of_before_is_never_missed(connection: Connection) -> None:
    """A table serves nothing before it knows what is forbidden."""
    publish(connection, rewrite("next"))
    send(connection.bootstrap, connection.topic("policy"), [order("kill")])
    with RewriteTable(connection) as table:
        served = False
        while not table.wait_ready(0.0):
            served = served or bool(decide(table))
        assert not served
        assert not decide(table)


def test_a_rewrite_is_served_changed_and_withdrawn_as_the_topic_says(
    table: RewriteTable, connection: Connection
) -> None:
    """Each record takes effect by itself, without a restart."""
    publish(connection, rewrite("next"))
    eventually(lambda: decide(table).text == "continue")
    publish(connection, rewrite("next", "go on"))
    eventually(lambda: decide(table).text == "go on")
    publish(connection, (rewrite("next")[0], None))
    eventually(lambda: not decide(table))


def test_a_kill_takes_effect_and_can_be_lifted(table: RewriteTable, connection: Connection) -> None:
    """A kill stops the rewrite; its tombstone lets it go on."""
    publish(connection, rewrite("next"))
    eventually(lambda: decide(table))
    send(connection.bootstrap, connection.topic("policy"), [order("kill")])
    eventually(lambda: not decide(table))
    send(connection.bootstrap, connection.topic("policy"), [(b"all", None)])
    eventually(lambda: decide(table))


def test_what_was_waited_for_is_in_force(table: RewriteTable, connection: Connection) -> None:
    """Whoever waited for a record's offset in either topic finds the table obeying it, without looking twice."""
    records = Acknowledged(connection)
    for number in range(9):
        written = records.send("rewrites", rewrite(f"text {number}"))
        assert table.wait_for("rewrites", written.partition, written.offset, READY_S)
        assert decide(table, f"text {number}")
    written = records.send("policy", order("kill"))
    assert table.wait_for("policy", written.partition, written.offset, READY_S)
    assert not decide(table, "text 0")


def test_waiting_for_what_nobody_wrote_ends(table: RewriteTable) -> None:
    """An offset that is not reached in time is told, and so is one that a closed table never reaches."""
    assert not table.wait_for("policy", 0, 0, 0.0)
    table.close()
    assert not table.wait_for("policy", 0, 0, READY_S)


@pytest.mark.parametrize(("topic", "partition"), [("turns", 0), ("policy", 1), ("rewrites", -1)])
def test_waiting_for_another_topic_or_partition_is_refused(table: RewriteTable, topic: Any, partition: int) -> None:
    """A mistake in the place is not taken for a record that is late."""
    with pytest.raises(ValueError, match=r"^(topic|partition): expected"):
        table.wait_for(topic, partition, 0, READY_S)


def test_aborted_rewrites_are_never_served(table: RewriteTable, connection: Connection) -> None:
    """What a worker did not commit was never decided; and markers at the end do not make the table stale."""
    transaction(connection.bootstrap, connection.topic("rewrites"), [rewrite("never")], commit=False)
    transaction(connection.bootstrap, connection.topic("rewrites"), [rewrite("next")], commit=True)
    transaction(connection.bootstrap, connection.topic("rewrites"), [rewrite("never")], commit=False)
    eventually(lambda: decide(table))
    written_s = time.monotonic()
    eventually(lambda: table.staleness_s < time.monotonic() - written_s)
    assert not decide(table, "never")


def test_a_table_is_ready_behind_aborted_records(connection: Connection) -> None:
    """A topic that ends in records nobody committed is read to its end all the same."""
    transaction(connection.bootstrap, connection.topic("rewrites"), [rewrite("never")], commit=False)
    with RewriteTable(connection) as table:
        assert table.wait_ready(READY_S)
        assert len(table) == 0


def test_records_that_cannot_be_used_are_counted_and_harm_nothing_else(
    table: RewriteTable, connection: Connection
) -> None:
    """Bad bytes in either topic leave good records served, and an undecodable order leaves the former one."""
    send(connection.bootstrap, connection.topic("policy"), [order("kill", "mine"), (b"mine", b"\x00junk"), (b"", b"")])
    publish(connection, rewrite("next"), (b"demo|en-US||bad", b"\xff"), (b"\xff\xfe", b""), (b"", rewrite("x")[1]))
    eventually(lambda: sum(table.problems.values()) >= 5)
    assert not decide(table)
    send(connection.bootstrap, connection.topic("policy"), [(b"mine", None)])
    eventually(lambda: decide(table))


def test_a_rewrite_replaced_by_junk_is_no_longer_served(table: RewriteTable, connection: Connection) -> None:
    """Whatever replaced it, it is not what is meant now."""
    publish(connection, rewrite("next"))
    eventually(lambda: decide(table))
    publish(connection, (rewrite("next")[0], b"junk"))
    eventually(lambda: not decide(table))


def test_only_the_wanted_tenants_are_held(connection: Connection) -> None:
    """Rewrites of others take no room."""
    publish(connection, rewrite("next"))
    with RewriteTable(connection, tenants=["other"]) as table:
        assert table.wait_ready(READY_S)
        assert len(table) == 0


def test_topics_may_come_later(kafka: Broker, prefix: str) -> None:
    """A table started before its topics waits for them, and says so."""
    with RewriteTable(Connection(bootstrap=kafka.bootstrap, prefix=prefix)) as table:
        eventually(lambda: table.problems.get("topics_missing"))
        assert not table.is_ready
        publish(topics_for(kafka.bootstrap, prefix), rewrite("next"))
        assert table.wait_ready(READY_S)
        eventually(lambda: decide(table))


@pytest.mark.slow
def test_without_a_broker_it_goes_on_and_catches_up(tmp_path: Path) -> None:
    """While Kafka is away what is known is served and staleness grows; what was changed meanwhile is caught up on."""
    with Broker(tmp_path / "kafka") as broker:
        connection = topics_for(broker.bootstrap, "")
        publish(connection, rewrite("next"))
        with RewriteTable(connection) as table:
            assert table.wait_ready(READY_S)
            broker.kill()
            eventually(lambda: table.staleness_s > 4)
            assert decide(table)
            assert table.is_ready
            broker.start()
            publish(connection, rewrite("other"))
            eventually(lambda: decide(table, "other"), 60)
            eventually(lambda: table.staleness_s < 4)
