"""Rejected records on real Kafka: shown without what was said, and sent again as they were."""

import json
import re
import time
from datetime import UTC, datetime

import pytest

from infra.kafka.broker import Broker
from streams.cli import main
from streams.kafka.connection import Connection
from streams.kafka.rejections import REPLAYS_MAX, Choice, replay
from tests.broker.topics import make_topics, received, send

pytestmark = pytest.mark.kafka

NAME = "turns.rejected"
SECRET = b"open the safe"


@pytest.fixture
def connection(kafka: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Give topics of their own, and commands an environment that names them."""
    make_topics(kafka.bootstrap, {f"{prefix}{name}": 2 for name in ("turns", NAME)})
    monkeypatch.setenv("REPRISE_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("REPRISE_PREFIX", prefix)
    return Connection(bootstrap=kafka.bootstrap, prefix=prefix)


def reject(connection: Connection, reason: str, value: bytes = SECRET, replayed: int = 0) -> None:
    """Write a rejected record the way a worker does."""
    about = {
        "reason": reason,
        "exception": "TurnEvent.turn: expected better",
        "topic": connection.topic("turns"),
        "partition": "1",
        "offset": "17",
        "stage": "detect",
    }
    headers = [("trace", b"\xff\x00"), *((f"reprise.{name}", text.encode()) for name, text in about.items())]
    if replayed:
        headers.insert(1, ("reprise.replayed", str(replayed).encode()))
    send(connection.bootstrap, connection.topic(NAME), [(b"demo|u7", value)], headers)


def sent_again(connection: Connection) -> list[bytes]:
    """Return the values in the source topic."""
    return [message.value() or b"" for message in received(connection.bootstrap, connection.topic("turns"))]


def test_the_list_says_where_and_why_but_not_what(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """Time, stage, place, reason, message and size are shown; text and user only when asked for."""
    reject(connection, "undecodable")
    assert main(["rejected", "list"]) == 0
    shown = capsys.readouterr().out
    for part in ("detect", f"{connection.topic('turns')}/1/17", "undecodable", "expected better", "20 bytes"):
        assert part in shown
    assert SECRET.decode() not in shown
    assert "u7" not in shown
    assert main(["rejected", "list", "--show-value"]) == 0
    assert SECRET.decode() in capsys.readouterr().out


def test_the_list_can_be_narrowed_and_read_by_programs(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reason, time and number select; --json gives one object a line."""
    for number in range(5):
        reject(connection, "late" if number % 2 else "undecodable", b"%d" % number)
    assert main(["rejected", "list", "--json", "--reason", "undecodable", "--limit", "2", "--show-value"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["value"]["value"] for row in rows] == ["2", "4"]
    assert {row["reason"] for row in rows} == {"undecodable"}
    assert main(["rejected", "list", "--json", "--from", "2100-01-01"]) == 0
    assert capsys.readouterr().out == ""


def test_a_record_goes_back_as_it_was(connection: Connection) -> None:
    """Key, value and own headers are the original ones; what the worker added is gone, a count has come."""
    reject(connection, "undecodable", b"\x00\xff raw")
    assert main(["rejected", "replay"]) == 0
    (message,) = received(connection.bootstrap, connection.topic("turns"))
    assert (message.key(), message.value()) == (b"demo|u7", b"\x00\xff raw")
    headers = message.headers()
    assert headers is not None
    assert list(headers)[:2] == [("trace", b"\xff\x00"), ("reprise.replayed", b"1")]
    assert len(headers) == 3


def test_the_same_record_is_sent_again_once(connection: Connection) -> None:
    """A second replay sends only what was rejected since; --again sends all."""
    reject(connection, "late", b"one")
    assert main(["rejected", "replay"]) == 0
    reject(connection, "late", b"two")
    assert main(["rejected", "replay"]) == 0
    assert sorted(sent_again(connection)) == [b"one", b"two"]
    assert main(["rejected", "replay", "--again"]) == 0
    assert sorted(sent_again(connection)) == [b"one", b"one", b"two", b"two"]


def test_a_record_that_keeps_coming_back_is_left_out(connection: Connection) -> None:
    """Rejected again after so many replays, it needs a person's decision."""
    reject(connection, "undecodable", b"often", replayed=REPLAYS_MAX)
    reject(connection, "undecodable", b"seldom", replayed=REPLAYS_MAX - 1)
    done = replay(connection, NAME, Choice())
    assert (done.sent, done.came_back_too_often) == (1, 1)
    assert sent_again(connection) == [b"seldom"]


def test_a_dry_run_sends_nothing(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many it would send."""
    reject(connection, "late")
    assert main(["rejected", "replay", "--dry-run"]) == 0
    assert re.search(r"would be sent to \S+ +1", capsys.readouterr().out)
    assert sent_again(connection) == []


def test_a_replay_takes_a_reason_and_a_span_of_time(connection: Connection) -> None:
    """What was rejected before, after or for another reason stays."""
    reject(connection, "late", b"before")
    time.sleep(0.005)  # so that the next millisecond has begun
    since = datetime.now(UTC).isoformat(timespec="milliseconds")
    reject(connection, "late", b"within")
    reject(connection, "undecodable", b"another")
    time.sleep(0.005)
    until = datetime.now(UTC).isoformat(timespec="milliseconds")
    reject(connection, "late", b"after")
    assert main(["rejected", "replay", "--reason", "late", "--since", since, "--until", until]) == 0
    assert sent_again(connection) == [b"within"]
