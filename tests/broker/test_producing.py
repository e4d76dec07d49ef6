"""The producer of turn events, on real Kafka: what arrives, where, and what is told when it does not."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from infra.kafka.broker import Broker
from schemas.codec import decode_avro
from schemas.records import AppliedRewrite, TurnEvent
from streams.cli import main
from streams.kafka.connection import Connection
from streams.producing import (
    AsyncTurnProducer,
    Decided,
    DeliveryError,
    KafkaUnusableError,
    QueueFullError,
    TurnProducer,
)
from tests.broker.topics import make_topics, received
from tests.building import START_MS, said, signal
from tests.cli.traffic import repairs, turn, write

pytestmark = pytest.mark.kafka

PARTITIONS = 3
SMALL_QUEUE: dict[str, Any] = {"wait_s": 0.2, "delivery_timeout_s": 3.0, "queue_events_max": 100}
NOWHERE = Connection(bootstrap="127.0.0.1:1")


@pytest.fixture
def connection(kafka: Broker, prefix: str) -> Connection:
    """Give topics of their own."""
    make_topics(kafka.bootstrap, {f"{prefix}turns": PARTITIONS})
    return Connection(bootstrap=kafka.bootstrap, prefix=prefix)


def events(connection: Connection) -> list[TurnEvent]:
    """Return what arrived."""
    messages = received(connection.bootstrap, connection.topic("turns"))
    return [decode_avro(TurnEvent, message.value() or b"") for message in messages]


def turn_ids(connection: Connection) -> Counter[str]:
    """Return how often each turn arrived."""
    return Counter(event.turn.turn_id for event in events(connection) if event.turn is not None)


def test_every_form_of_an_event_arrives_as_the_same_record(connection: Connection) -> None:
    """A record, plain values and JSON are one event."""
    event = said("next", 1)
    plain: dict[str, Any] = turn("u1", "next", event.occurred_at, "answered")
    with TurnProducer(connection) as turns:
        turns.send(event)
        turns.send(plain)
        turns.send(b'{"tenant":"demo","locale":"en-US","user":"u1","session_id":"","occurred_at":5,"tick":{}}')
    assert turns.sent == turns.delivered == 3
    assert turns.failed == 0
    assert event in events(connection)
    assert sorted(arrived.occurred_at for arrived in events(connection)) == [5, event.occurred_at, event.occurred_at]


def test_a_turn_arrives_with_what_was_decided_about_it(connection: Connection) -> None:
    """Both producers set `turn.rewrite` from the decision, in every form of the event; a signal carries none."""
    treated, held_out = Decided("continue", "r1", 3, "treated"), Decided("next", "r1", 3, "held_out")

    async def speak() -> None:
        async with AsyncTurnProducer(connection) as turns:
            await turns.send(said("next", 1, turn_id="async"), treated)

    with TurnProducer(connection) as turns:
        turns.send(said("next", 1, turn_id="record"), treated)
        turns.send(turn("u2", "next", START_MS, "answered"), held_out)
        turns.send(signal("denied", "record", 2))
    asyncio.run(speak())
    arrived = {event.turn.turn_id: event.turn.rewrite for event in events(connection) if event.turn is not None}
    assert arrived == {
        "record": AppliedRewrite("r1", 3, "treated", "continue"),
        f"u2-{START_MS}": AppliedRewrite("r1", 3, "held_out", "next"),
        "async": AppliedRewrite("r1", 3, "treated", "continue"),
    }


def test_a_turn_that_contradicts_its_decision_is_not_sent() -> None:
    """It is refused before anything is queued."""
    turns = TurnProducer(NOWHERE)
    with pytest.raises(ValueError, match=r"TurnEvent\.turn\.said: expected"):
        turns.send(said("continue", 1), Decided("continue", "r1", 3, "treated"))
    assert turns.sent == 0
    turns.close()


def test_a_user_has_one_partition_in_order_as_java_clients_choose_it(connection: Connection) -> None:
    """Keys are `tenant|user`, spread by murmur2, and each user's events keep their order."""
    with TurnProducer(connection) as turns:
        for number in range(60):
            turns.send(said("next", number, user=f"u{number % 7}"))
    for message in received(connection.bootstrap, connection.topic("turns")):
        key = message.key() or b""
        assert message.partition() == confluent_kafka.murmur2(key, PARTITIONS)
        assert key == f"demo|{decode_avro(TurnEvent, message.value() or b'').user}".encode()
    by_user: dict[str, list[int]] = {}
    for event in events(connection):
        by_user.setdefault(event.user, []).append(event.occurred_at)
    assert all(times == sorted(times) for times in by_user.values())


def test_a_recording_begins_and_ends_in_every_partition(connection: Connection) -> None:
    """Ticks at the first time come first everywhere, and those after the horizon come last."""
    with TurnProducer(connection) as turns:
        turns.start_at(START_MS)
        turns.send(said("next", 60))
        turns.finish_at(START_MS + 60_000, horizon_ms=50_000)
    messages = received(connection.bootstrap, connection.topic("turns"))
    for partition in range(PARTITIONS):
        inside = [decode_avro(TurnEvent, item.value() or b"") for item in messages if item.partition() == partition]
        assert (inside[0].tick, inside[0].occurred_at) == (inside[-1].tick, START_MS)
        assert inside[-1].occurred_at == START_MS + 110_001


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (b"no JSON", "JSON object"),
        ({"tenant": "demo"}, "locale"),
        (turn("u1", "x" * 2_000, 1, "answered"), "turn.said"),
        (turn("u1", "hello", 1, "shrugged"), "turn.reply.status: expected one of"),
    ],
    ids=["not JSON", "missing", "too long", "unknown symbol"],
)
def test_an_event_that_is_not_valid_is_refused_with_its_field(event: dict[str, Any] | bytes, expected: str) -> None:
    """The error names what is wrong and what it may be, and needs no Kafka for that."""
    with pytest.raises(ValueError, match=expected), TurnProducer(NOWHERE) as turns:
        turns.send(event)


def test_an_event_too_large_for_the_topic_is_refused_with_its_largest_field() -> None:
    """It never gets as far as Kafka, which would only say that something is too large."""
    event = said("where is the " + "very " * 100 + "small cat", 1)
    with TurnProducer(NOWHERE, event_bytes_max=300) as turns, pytest.raises(ValueError, match=r"`turn\.said`.*bytes"):
        turns.send(event)


def test_a_full_queue_makes_sending_wait_and_then_says_so() -> None:
    """While Kafka is away the queue fills up; sending then ends with the reason, and nothing waits forever."""
    told: list[str] = []
    turns = TurnProducer(NOWHERE, **SMALL_QUEUE, on_failure=lambda _, reason: told.append(reason))
    with pytest.raises(QueueFullError, match="100 records wait"):
        fill(turns)
    with pytest.raises(DeliveryError, match="100 failed"):
        turns.close()
    assert (len(told), turns.sent, turns.failed, turns.delivered) == (100, 100, 100, 0)


def fill(turns: TurnProducer) -> None:
    """Send the same event until the producer complains."""
    event = said("next", 1)
    while True:
        turns.send(event)


def test_what_failed_is_raised_by_the_next_call_once() -> None:
    """Failures come with their number and reason, and are not raised again."""
    turns = TurnProducer(NOWHERE, delivery_timeout_s=1.0)
    for number in range(3):
        turns.send(said("next", number))
    with pytest.raises(DeliveryError, match="3 failed"):
        turns.flush()
    assert turns.failed == 3
    turns.close()
    with pytest.raises(RuntimeError, match="closed"):
        turns.send(said("next", 9))


def break_off(turns: TurnProducer) -> None:
    """Fail in a block after something was sent."""
    with turns:
        turns.send(said("next", 1))
        _ = 1 / 0


def test_an_error_in_the_block_is_not_hidden_by_lost_events() -> None:
    """The block's own error comes out, with a note about the events."""
    with pytest.raises(ZeroDivisionError) as caught:
        break_off(TurnProducer(NOWHERE, delivery_timeout_s=1.0))
    assert any("1 failed" in note for note in caught.value.__notes__)


def test_a_missing_topic_is_told_with_its_cure(kafka: Broker, prefix: str) -> None:
    """Whoever forgot to make the topics reads how to."""
    turns = TurnProducer(Connection(bootstrap=kafka.bootstrap, prefix=prefix))
    with pytest.raises(KafkaUnusableError, match=f"`{prefix}turns` does not exist.*topics create"):
        turns.partitions()
    turns.close()


def test_the_asynchronous_producer_lets_the_loop_run(connection: Connection) -> None:
    """Other tasks go on while events are sent and flushed, and all events arrive."""
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    async def speak() -> int:
        beating = asyncio.create_task(beat())
        async with AsyncTurnProducer(connection) as turns:
            await asyncio.gather(*(turns.send(said("next", number, turn_id=str(number))) for number in range(100)))
            await turns.flush()
        beating.cancel()
        return turns.turns.delivered

    assert asyncio.run(speak()) == 100
    assert turn_ids(connection) == Counter({str(number): 1 for number in range(100)})
    assert beats > 1


def test_a_full_queue_does_not_block_the_loop() -> None:
    """While one task waits for room, others run."""

    async def speak() -> int:
        turns = AsyncTurnProducer(NOWHERE, **SMALL_QUEUE)
        beats = 0
        filling = asyncio.create_task(fill_async(turns))
        while not filling.done():
            beats += 1
            await asyncio.sleep(0.01)
        with pytest.raises(QueueFullError):
            await filling
        with pytest.raises(DeliveryError):
            await turns.close()
        return beats

    assert asyncio.run(speak()) > 1


async def fill_async(turns: AsyncTurnProducer) -> None:
    """Send the same event until the producer complains."""
    event = said("next", 1)
    while True:
        await turns.send(event)


FORGETFUL = """
import sys
from streams.kafka.connection import Connection
from streams.producing import TurnProducer
from tests.building import said
turns = TurnProducer(Connection(bootstrap=sys.argv[1], prefix=sys.argv[2]))
for number in range(500):
    turns.send(said("next", number, turn_id=str(number)))
"""


def test_a_program_that_ends_without_flushing_loses_nothing(connection: Connection) -> None:
    """What was sent leaves before the interpreter does."""
    command = [sys.executable, "-c", FORGETFUL, connection.bootstrap, connection.prefix]
    subprocess.run(command, check=True, timeout=60, cwd=Path(__file__).parents[2])
    assert turn_ids(connection) == Counter({str(number): 1 for number in range(500)})


@pytest.mark.slow
def test_a_broker_that_goes_and_comes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Events sent before, while and after the broker was killed arrive once each."""
    with Broker(tmp_path / "kafka") as broker:
        make_topics(broker.bootstrap, {"turns": PARTITIONS})
        connection = Connection(bootstrap=broker.bootstrap)
        with TurnProducer(connection) as turns:
            for number in range(3_000):
                turns.send(said("next", number, turn_id=str(number)))
                if number == 1_000:
                    broker.kill()
                if number == 2_000:
                    broker.start()
        assert turn_ids(connection) == Counter({str(number): 1 for number in range(3_000)})


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the tests' own variables out of what a command reads as settings."""
    for name in [name for name in os.environ if name.startswith("REPRISE_")]:
        monkeypatch.delenv(name)


# -- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clean_environment")
def test_files_are_produced_between_ticks(
    connection: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every usable line arrives, bad ones are told with file and line, and ticks stand at both ends."""
    file = write(tmp_path / "turns.jsonl", repairs(5))
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write('{"tenant": "demo"}\n')
    options = ["--bootstrap", connection.bootstrap, "--prefix", connection.prefix, "--set", "gap_ms=30000"]
    assert main(["produce", file, *options]) == 0
    shown = capsys.readouterr()
    assert f"{file}:16: TurnEvent.locale" in shown.err
    arrived = events(connection)
    ticks = sorted(event.occurred_at for event in arrived if event.tick is not None)
    last = max(event.occurred_at for event in arrived if event.tick is None)
    assert len(arrived) == 15 + 2 * PARTITIONS
    assert ticks == [START_MS] * PARTITIONS + [last + 35_001] * PARTITIONS


@pytest.mark.usefixtures("clean_environment")
def test_the_rate_is_not_exceeded(connection: Connection, tmp_path: Path) -> None:
    """Fifteen events at thirty a second take at least half a second less one event."""
    started_s = time.monotonic()
    file = write(tmp_path / "turns.jsonl", repairs(5))
    options = ["--bootstrap", connection.bootstrap, "--prefix", connection.prefix, "--rate", "30", "--no-finish"]
    assert main(["produce", file, *options]) == 0
    assert time.monotonic() - started_s >= 14 / 30
    assert len(events(connection)) == 15 + PARTITIONS
