"""Orders given at the command line, on real Kafka: seen by a table that serves, taken back, listed, kept apart."""

import json
import time
from collections.abc import Iterator

import msgspec
import pytest

from infra.kafka.broker import Broker
from schemas.codec import decode_avro, encode_avro
from schemas.records import Policy, Rewrite
from streams.cli import main
from streams.kafka.connection import Connection
from streams.keys import rewrite_key
from streams.serving import RewriteTable
from streams.text import NORMALISER
from tests.broker.topics import make_topics, received, send
from tests.broker.waiting import eventually
from tests.schemas.samples import FULL

pytestmark = pytest.mark.kafka

AT = ("--tenant", "demo", "--locale", "en-US")
PIN = ("rewrites", "pin", "hop", "--target", "Skip it", *AT)
HOUR_MS = 3_600_000


@pytest.fixture
def connection(kafka: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Give topics of their own with two rewrites, and commands an environment that names them."""
    make_topics(kafka.bootstrap, {f"{prefix}rewrites": 2, f"{prefix}policy": 1}, **{"cleanup.policy": "compact"})
    monkeypatch.setenv("REPRISE_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("REPRISE_PREFIX", prefix)
    monkeypatch.setenv("COLUMNS", "200")
    published = [rewrite("next", "continue", "calls"), rewrite("plai", "play", "music")]
    send(kafka.bootstrap, f"{prefix}rewrites", published)
    return Connection(bootstrap=kafka.bootstrap, prefix=prefix)


@pytest.fixture
def table(connection: Connection) -> Iterator[RewriteTable]:
    """Give a table that serves both."""
    with RewriteTable(connection) as table:
        assert table.wait_ready(30)
        assert served(table) == {"next": "continue", "plai": "play"}
        yield table


def rewrite(source: str, target: str, domain: str) -> tuple[bytes, bytes]:
    """Return the key and value of a rewrite at no question, for everybody and for long."""
    changes = {"rewrite_id": f"id-{source}", "state": "", "source": source, "target": target, "domain": domain}
    always = {"normaliser": NORMALISER, "share": 1.0, "expires_at": 2**42}
    record = msgspec.convert(msgspec.to_builtins(FULL[Rewrite]) | changes | always, Rewrite)
    return rewrite_key("demo", "en-US", "", source).encode(), encode_avro(record)


def served(table: RewriteTable, user: str = "u1") -> dict[str, str]:
    """Return what is run in place of each text, as far as anything is."""
    decided = {said: table.decide(said, "", user, tenant="demo", locale="en-US") for said in ("next", "plai", "hop")}
    return {said: found.text for said, found in decided.items() if found}


def orders(connection: Connection) -> dict[str, Policy]:
    """Return the orders in the topic by key."""
    found: dict[str, Policy] = {}
    for message in received(connection.bootstrap, connection.topic("policy")):
        key, value = (message.key() or b"").decode(), message.value()
        if value is None:
            found.pop(key, None)
        else:
            found[key] = decode_avro(Policy, value)
    return found


def test_what_is_killed_is_served_no_more_until_it_is_allowed(
    connection: Connection, table: RewriteTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill of a domain stops it; an allow of one of its pairs brings that one back."""
    assert main(["rewrites", "kill", "--domain", "music"]) == 0
    assert "Killed: 1 rewrite is no longer served" in capsys.readouterr().out
    eventually(lambda: served(table) == {"next": "continue"})
    assert main(["rewrites", "allow", *AT, "--source", "Plai!"]) == 0
    assert "Allowed: 1 rewrite is served again" in capsys.readouterr().out
    eventually(lambda: served(table) == {"next": "continue", "plai": "play"})
    assert {order.action for order in orders(connection).values()} == {"kill", "allow"}


def test_an_order_that_is_forgotten_was_never_given(
    connection: Connection, table: RewriteTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forgetting a kill of everything leaves an older block as it was; forgetting what nobody ordered is refused."""
    assert main(["rewrites", "block", "id-next"]) == 0
    assert main(["rewrites", "kill", "--everything"]) == 0
    eventually(lambda: served(table) == {})
    assert main(["rewrites", "kill", "--everything", "--forget"]) == 0
    assert "1 rewrite is served again" in capsys.readouterr().out
    eventually(lambda: served(table) == {"plai": "play"})
    assert [order.rewrite_id for order in orders(connection).values()] == ["id-next"]
    assert main(["rewrites", "kill", "--everything", "--forget"]) == 2
    assert "no order about exactly this" in capsys.readouterr().err


def test_a_pin_is_served_and_a_block_takes_its_place(connection: Connection, table: RewriteTable) -> None:
    """Both are about one pair, so that one record is left, and the pair is served no more."""
    assert main([*PIN, "--note", "asked for"]) == 0
    eventually(lambda: served(table).get("hop") == "Skip it")
    assert main(["rewrites", "block", *AT, "--source", "Hop", "--target", "skip it"]) == 0
    eventually(lambda: "hop" not in served(table))
    assert [order.action for order in orders(connection).values()] == ["block"]


def test_an_opt_out_is_of_one_user_and_names_nobody(
    connection: Connection, table: RewriteTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """Others are served as before; neither the key nor what is printed or listed holds the pseudonym."""
    assert main(["rewrites", "block", "--tenant", "demo", "--user", "somebody"]) == 0
    eventually(lambda: served(table, "somebody") == {})
    assert len(served(table, "another")) == 2
    assert main(["rewrites", "list", "--orders"]) == 0
    assert main(["rewrites", "list", "--orders", "--json"]) == 0
    assert "somebody" not in capsys.readouterr().out
    assert "somebody" not in "".join(orders(connection))


@pytest.mark.usefixtures("connection")
def test_the_list_shows_evidence_and_who_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """What is published, what is pinned and what is forbidden stand together, each with its order and its id."""
    assert main(["rewrites", "kill", "id-next", "--note", "wrong station", "--by", "me"]) == 0
    assert main(list(PIN)) == 0
    capsys.readouterr()
    assert main(["rewrites", "list", "--orders"]) == 0
    told = capsys.readouterr().out
    lines = {line.split()[0]: " ".join(line.split()) for line in told.splitlines() if line.strip()}
    assert "trial 100% 18:2 won, treated 90% of" in lines["“next”"]
    assert lines["“next”"].endswith("killed id-next")
    assert "“hop” to “Skip it” when nothing was asked pinned 100%" in lines["“hop”"]
    assert "wrong station" in lines["killed"]
    assert main(["rewrites", "list", "--json", "--stage", "trial", "--domain", "calls"]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["source"], row["served"], row["evidence"]["wins"]) == ("next", False, 18.0)
    assert [order["action"] for order in row["orders"]] == ["kill"]


def test_an_order_is_dated_after_what_it_contradicts(
    connection: Connection, table: RewriteTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where this clock is behind, the order still decides, and the difference is told."""
    ahead_ms = time.time_ns() // 1_000_000 + HOUR_MS
    block = Policy("rewrites?tenant=demo", "block", ahead_ms, tenant="demo")
    send(connection.bootstrap, connection.topic("policy"), [(block.scope.encode(), encode_avro(block))])
    eventually(lambda: served(table) == {})
    assert main(["rewrites", "allow", "--tenant", "demo"]) == 0
    assert "this clock is" in capsys.readouterr().err
    eventually(lambda: len(served(table)) == 2)
    assert orders(connection)[block.scope].issued_at == ahead_ms + 1


def test_a_person_is_erased_by_an_order_that_can_be_taken_out_later(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order holds the pseudonym until it is forgotten; nothing printed does."""
    assert main(["erase", "somebody", "--tenant", "demo", "--yes"]) == 0
    (order,) = orders(connection).values()
    assert (order.action, order.user, order.tenant) == ("erase", "somebody", "demo")
    assert main(["erase", "somebody", "--tenant", "demo", "--forget"]) == 0
    assert orders(connection) == {}
    printed = capsys.readouterr()
    assert "somebody" not in printed.out + printed.err


def test_a_setting_is_set_for_a_tenant_and_taken_back(connection: Connection) -> None:
    """A later value replaces the earlier one; taken back, the workers' own counts again."""
    for value in ("0.01", "0.02"):
        assert main(["rewrites", "set", "alpha", value, "--tenant", "demo"]) == 0
    (order,) = orders(connection).values()
    assert (order.action, order.setting, order.value, order.tenant) == ("set", "alpha", "0.02", "demo")
    assert main(["rewrites", "set", "alpha", "--tenant", "demo", "--forget"]) == 0
    assert orders(connection) == {}


def test_what_cannot_be_read_is_told(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken record takes its rewrite away, as for those who serve; a broken order leaves the one before."""
    assert main(["rewrites", "kill", "--domain", "music"]) == 0
    (scope,) = orders(connection)
    send(connection.bootstrap, connection.topic("policy"), [(scope.encode(), b"\x00broken")])
    send(connection.bootstrap, connection.topic("rewrites"), [(rewrite("next", "", "")[0], b"\x00broken")])
    capsys.readouterr()
    assert main(["rewrites", "list", "--json", "--orders"]) == 0
    printed = capsys.readouterr()
    assert [json.loads(line).get("source") for line in printed.out.splitlines()] == ["plai", ""]
    assert "1 left out that cannot be read, policy: " in printed.err
    assert "1 left out that cannot be read, rewrites: " in printed.err
