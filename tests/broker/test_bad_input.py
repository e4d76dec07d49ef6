"""Bad input over Kafka: every record is taken in or is in `turns.rejected` as it came, once, and the worker goes on.

`FUZZ_RECORDS` says how many mutated records are sent.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message

from infra.kafka.broker import Broker
from schemas.codec import encode_avro, project
from schemas.errors import DecodeError
from schemas.records import BargeIn, Interpretation, Reply, Signal, Slot, Tick, Turn, TurnEvent
from streams import topology
from streams.driver import Driver
from streams.engine.errors import EngineError
from streams.kafka.provisioning import record_bytes_max
from streams.stage import Record
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving, headers_of

pytestmark = pytest.mark.kafka

FUZZED = int(os.environ.get("FUZZ_RECORDS", "5000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SENT_AT_ONCE = 20_000
PARTITIONS = 2
DAY_MS = 86_400_000
BATCH_BYTES = 512
"""What Kafka may add to one record."""

COUNTED = {"turns", "signals", "ticks", "duplicates", "trails", "late_signals"}
ABOUT = {"reason", "exception", "topic", "partition", "offset", "stage"}


@pytest.fixture
def service(kafka: Broker, prefix: str, tmp_path: Path) -> Service:
    """Give a service that rejects whatever share of records it must."""
    return Service(kafka.bootstrap, prefix, tmp_path, turns=PARTITIONS, rejected_ratio_max=1.0).create_topics()


def now_ms() -> int:
    """Return the time."""
    return round(time.time() * 1_000)


def event(number: int, at_ms: int) -> TurnEvent:
    """Return a valid event, of each kind in turn, with most fields in use."""
    header = ("demo", "en-US", f"u{number % 50}", f"s{number}", at_ms, "kitchen")
    if number % 10 == 8:
        return TurnEvent(*header, signal=Signal(f"t{number - 1}", "denied", 3))
    if number % 10 == 9:
        return TurnEvent(*header, tick=Tick())
    turn = Turn(
        f"t{number}",
        "play the wrong song",
        speech_started_at=at_ms - 1_000,
        interpretation=Interpretation("music", "play", (Slot("song", "naïve"), Slot("artist", "Ünder"))),
        reply=Reply("answered", "playing", at_ms, at_ms + 900),
        barge_in=BargeIn("speech", 400),
    )
    return TurnEvent(*header, turn=turn)


# -- mutations -------------------------------------------------------------------------------------------------------


def flipped(value: bytes, chance: random.Random) -> bytes:
    """Change some bits."""
    changed = bytearray(value)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(value: bytes, chance: random.Random) -> bytes:
    """Leave out the end."""
    return value[: chance.randrange(len(value))]


def longer(value: bytes, chance: random.Random) -> bytes:
    """Put bytes in somewhere."""
    place = chance.randrange(len(value) + 1)
    return value[:place] + chance.randbytes(chance.randint(1, 30)) + value[place:]


def shorter(value: bytes, chance: random.Random) -> bytes:
    """Leave bytes out in the middle."""
    start = chance.randrange(len(value))
    return value[:start] + value[start + chance.randint(1, 10) :]


def spliced(value: bytes, chance: random.Random) -> bytes:
    """Go on with a part of another record."""
    other = encode_avro(event(chance.randrange(1_000), now_ms()))
    return value[: chance.randrange(len(value))] + other[chance.randrange(len(other)) :]


MUTATIONS = (flipped, cut, longer, shorter, spliced)


def mutated(number: int, seed: int) -> Iterator[Arriving]:
    """Yield so many broken records, with keys and headers that are whole."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - a test
    for place in range(number):
        value = chance.choice(MUTATIONS)(encode_avro(event(place, now_ms())), chance)
        yield Arriving(f"demo|u{place % 50}".encode(), value, [("trace", str(place).encode()), ("none", None)])


# -- what must hold ---------------------------------------------------------------------------------------------------


def place_of(message: Message) -> tuple[int, int]:
    """Return where a record is."""
    return message.partition() or 0, message.offset() or 0


def origin_of(message: Message) -> tuple[int, int]:
    """Return where a rejected record was."""
    about = headers_of(message)
    return int(about["reprise.partition"]), int(about["reprise.offset"])


def check_accounted(service: Service, facts: dict[str, float], decide: Any) -> None:
    """Check that each record of turns was taken in, or is among the rejected as it was, once.

    Args:
        service: where.
        facts: what workers counted.
        decide: a decoder of turns that says independently whether bytes are a record.
    """
    received = {place_of(message): message for message in service.messages("turns")}
    rejected = {origin_of(message): message for message in service.messages("turns.rejected")}
    assert len(rejected) == len(service.messages("turns.rejected")), "some were rejected twice"
    assert rejected.keys() <= received.keys()
    for place, message in rejected.items():
        check_rejection(service, received[place], message)
    for place, message in received.items():
        if is_record(decide, message.value()):
            assert place not in rejected or headers_of(rejected[place])["reprise.reason"] != b"undecodable"
        else:
            assert headers_of(rejected[place])["reprise.reason"] == b"undecodable"
    counted = {name.removeprefix("detect."): amount for name, amount in facts.items()}
    assert counted.pop("records") == len(received)
    wanted = in_memory(received)
    assert {name: counted.get(name, 0) for name in wanted} == wanted
    assert sum(amount for name, amount in wanted.items() if name.startswith("rejected.")) == len(rejected)


def in_memory(received: dict[tuple[int, int], Message]) -> dict[str, float]:
    """Return what the in-memory interpreter counts for the same records."""
    facts: Counter[str] = Counter()
    for number in range(PARTITIONS):
        driver = Driver(decode=project(TurnEvent, topology.DETECT.fields))
        driver.feed_records(
            [
                Record(offset, message.value() or b"", message.timestamp()[1])
                for (partition, offset), message in received.items()
                if partition == number
            ]
        )
        facts.update(driver.facts)
    return {name: amount for name, amount in facts.items() if name in COUNTED or name.startswith("rejected.")}


def check_rejection(service: Service, original: Message, message: Message) -> None:
    """Check that a rejected record is the original one, and says about itself what it must."""
    assert (message.key(), message.value()) == (original.key(), original.value())
    given: Any = message.headers() or []
    before: Any = original.headers() or []
    assert given[: len(before)] == before
    about = {name.removeprefix("reprise."): value.decode() for name, value in given[len(before) :]}
    assert about.keys() == ABOUT
    assert about["topic"] == service.topic("turns")
    assert about["stage"] == "detect"
    assert about["reason"] in {"undecodable", "late", "clock_ahead", "too_many_turns"}
    assert about["exception"]


def is_record(decide: Any, value: bytes | None) -> bool:
    """Tell whether bytes are a record."""
    try:
        decide(value or b"")
    except DecodeError:
        return False
    return True


def test_whatever_arrives_is_taken_in_or_kept_as_it_came(service: Service) -> None:
    """Mutated records, thousands of them: nothing is unaccounted, and no good record suffers from its neighbours."""
    with Running(service.settings()) as worker:
        for start in range(0, FUZZED, SENT_AT_ONCE):
            service.send(mutated(min(SENT_AT_ONCE, FUZZED - start), SEED + start))
            eventually(service.is_done, 120)
        service.send(arriving(event(number, now_ms())) for number in range(100))
        eventually(service.is_done)
        facts = worker.facts()
    check_accounted(service, facts, project(TurnEvent, topology.DETECT.fields))
    assert len(service.messages("turns.rejected")) > FUZZED / 2


def known_bad() -> Iterator[tuple[str, Arriving]]:
    """Yield bad records with the reason that each is to be rejected for."""
    good, key = event(0, now_ms()), b"demo|u0"
    value = encode_avro(good)
    room = record_bytes_max("turns") - BATCH_BYTES
    status = value.index(b"playing") - 2
    yield "undecodable", Arriving(key, None, [("trace", b"null")])
    yield "undecodable", Arriving(None, b"", partition=1)
    yield "undecodable", Arriving(key, value[5:])  # no header
    yield "undecodable", Arriving(key, b"\x00" + (7_777).to_bytes(4, "big") + value[5:])  # a schema id nobody knows
    yield "undecodable", Arriving(key, b"\x00" + (2).to_bytes(4, "big") + value[5:])  # the schema of another record
    yield "undecodable", Arriving(key, value[:-1])  # a field is missing
    yield "undecodable", Arriving(key, value + b"\x00")
    yield "undecodable", Arriving(key, value[:status] + b"\x40" + value[status + 1 :])  # a symbol nobody knows
    yield "undecodable", Arriving(key, b'{"tenant":"demo"}')
    yield "undecodable", Arriving(key, random.Random(SEED).randbytes(room))  # noqa: S311 - a test
    yield "undecodable", Arriving(key, value + b"\x00" * (32 * 1024 * 1024))  # small only while it is compressed
    yield "clock_ahead", arriving(event(0, now_ms() + 3 * DAY_MS))
    yield "clock_ahead", arriving(event(0, 2**42))
    yield "late", arriving(event(0, now_ms() - 40 * DAY_MS))
    yield "late", arriving(event(0, 1_000))


def test_each_kind_of_bad_record_is_rejected_for_its_reason(service: Service) -> None:
    """Empty, huge, of another schema, incomplete, from another time: all in `turns.rejected`, and good ones pass."""
    bad = list(known_bad())
    with Running(service.settings()) as worker:
        service.tick(now_ms())
        service.send(record for _, record in bad)
        service.send([arriving(event(1, now_ms()))])
        eventually(service.is_done)
        facts = worker.facts()
    check_accounted(service, facts, project(TurnEvent, topology.DETECT.fields))
    reasons = {
        message.value(): headers_of(message)["reprise.reason"].decode()
        for message in service.messages("turns.rejected")
    }
    assert [reasons[record.value] for _, record in bad] == [reason for reason, _ in bad]
    assert facts["detect.turns"] == 1


def test_too_many_bad_records_stop_the_worker(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    """Nothing of that batch is committed; the message says what to do, and a raised setting passes them all."""
    service = Service(kafka.bootstrap, prefix, tmp_path, rejected_window=100, rejected_ratio_max=0.5).create_topics()
    service.send(arriving(event(0, now_ms())) for _ in range(50))
    service.send(Arriving(b"demo|u0", b"bad") for _ in range(100))
    problem = Running(service.settings()).start().ended()
    assert isinstance(problem, EngineError)
    assert "had to be rejected" in str(problem)
    assert "`rejected_ratio_max` (0.5)" in str(problem)
    done = service.fences("detect")[0].next if service.fences("detect") else 0
    assert len(service.messages("turns.rejected")) == max(0, done - 50)
    with Running(service.settings(rejected_ratio_max=1.0)):
        eventually(service.is_done)
    assert len(service.messages("turns.rejected")) == 100
