"""A feeder delivers each record of its load once, at its pace, also when the broker is killed meanwhile."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AdminClient,
    NewTopic,
)

from infra.kafka.broker import Broker
from infra.kafka.jars import missing
from schemas.codec import decode_avro
from schemas.errors import DecodeError
from schemas.records import TurnEvent
from streams.kafka.embedded import EmbeddedBroker
from tests.broker.topics import received
from tests.chaos import ledger
from tests.chaos.feeder import FeederProcess
from tests.chaos.ledger import Place, check
from tests.chaos.load import Fed, prepare, read, spoilt
from tests.chaos.taken import Raw

TOPIC = "turns"
PARTITIONS = 3
LOAD = [Fed(b"a", b"1"), Fed(b"b", b"2"), Fed(b"b", b"2")]
RAWS = [Raw(0, number, 0, *record) for number, record in enumerate(LOAD)]
LEDGER = {number: Place(0, number) for number in range(len(LOAD))}


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a load of some thousand records, one of eleven bad."""
    file = tmp_path_factory.mktemp("load") / "load.msgpack"
    prepare(file, turns=4_000, users=50, seed=1, bad_every=10)
    return file


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[Broker]:
    """Give a broker of one's own, with the topic."""
    if missing() is not None:
        pytest.skip(f"no real Kafka here: {missing()}")
    with Broker(tmp_path / "kafka") as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
        yield broker


def is_good(record: Fed) -> bool:
    """Tell whether the record holds a turn event."""
    try:
        decode_avro(TurnEvent, record.value or b"")
    except DecodeError:
        return False
    return True


def there(bootstrap: str) -> list[Raw]:
    """Return what the topic holds."""
    return [
        Raw(message.partition() or 0, message.offset() or 0, 0, message.key(), message.value())
        for message in received(bootstrap, TOPIC)
    ]


def test_a_load_is_the_same_for_the_same_seed(load: Path, tmp_path: Path) -> None:
    """A run can be repeated."""
    again = tmp_path / "again"
    count = prepare(again, turns=4_000, users=50, seed=1, bad_every=10)
    assert again.read_bytes() == load.read_bytes()
    assert count == len(read(again))


def test_every_so_many_records_one_is_bad(load: Path) -> None:
    """And all others are good."""
    records = read(load)
    assert [number for number, record in enumerate(records, 1) if not is_good(record)] == list(
        range(11, len(records) + 1, 11)
    )


def test_a_spoilt_record_is_never_a_good_one(load: Path) -> None:
    """Whatever is done to it."""
    chance, record = random.Random(7), read(load)[0]  # noqa: S311 - a test
    made = [spoilt(record, chance) for _ in range(300)]
    assert len(set(made)) > 50
    assert not any(map(is_good, made))


def test_everything_is_delivered_and_noted(load: Path, tmp_path: Path) -> None:
    """Without a pace it is a matter of a moment."""
    with EmbeddedBroker({TOPIC: PARTITIONS}) as broker:
        with FeederProcess(load, broker.bootstrap, TOPIC, tmp_path, rate=0) as feeder:
            counts = feeder.done(60)
            assert feeder.wait() == 0
        records = read(load)
        assert (counts["delivered"], counts["failed"]) == (len(records), 0)
        noted = ledger.read(feeder.ledger)
        assert sorted(noted) == list(range(len(records)))
        assert check(records, noted, there(broker.bootstrap)).faults == []


def test_a_feeder_that_is_stopped_delivers_what_it_sent(load: Path, tmp_path: Path) -> None:
    """At its pace it is not done by then, and what it did is noted from the record it was told to begin with."""
    with EmbeddedBroker({TOPIC: PARTITIONS}) as broker:
        with FeederProcess(load, broker.bootstrap, TOPIC, tmp_path, rate=200, first=100) as feeder:
            feeder.wait_for("feeder.progress")
            assert feeder.stop() == 0
        noted = ledger.read(feeder.ledger)
        assert sorted(noted) == list(range(100, 100 + len(noted)))
        assert 0 < len(noted) == len(there(broker.bootstrap)) < len(read(load)) - 100


@pytest.mark.slow
@pytest.mark.kafka
def test_a_killed_broker_costs_no_record_and_doubles_none(load: Path, tmp_path: Path, killable: Broker) -> None:
    """Twice under load; the feeder sees it through."""
    with FeederProcess(load, killable.bootstrap, TOPIC, tmp_path, rate=400) as feeder:
        for times in (1, 2):
            feeder.wait_for("feeder.progress", times=times)
            killable.kill()
            killable.start()
        counts = feeder.done(120)
    records = read(load)
    assert counts["delivered"] == len(records)
    raws = there(killable.bootstrap)
    assert len(raws) == len(records)
    assert check(records, ledger.read(feeder.ledger), raws).faults == []


def test_records_that_are_all_there_are_no_fault() -> None:
    """A record may be fed twice on purpose, and others may write too."""
    found = check(LOAD, LEDGER, [*RAWS, Raw(1, 0, 0, None, b"tick")])
    assert found.faults == []
    assert found.amounts == {"turns acknowledged": 3, "turns fed and there": 3}


def test_an_acknowledged_record_that_is_gone_is_lost() -> None:
    """Also when another one lies in its place."""
    for raws in (RAWS[:2], [*RAWS[:2], Raw(0, 2, 0, b"b", b"other")]):
        assert [(fault.kind, fault.where) for fault in check(LOAD, LEDGER, raws).faults] == [("lost", "turns 0 2")]


def test_a_record_that_is_there_too_often_is_over() -> None:
    """As many times as it is too many."""
    found = check(LOAD, LEDGER, [*RAWS, Raw(0, 3, 0, b"b", b"2"), Raw(0, 4, 0, b"b", b"2")])
    assert [(fault.kind, fault.times) for fault in found.faults] == [("over", 2)]


def test_a_line_half_written_is_not_an_entry(tmp_path: Path) -> None:
    """A killed feeder leaves a ledger that can be read."""
    file = tmp_path / "ledger"
    file.write_text(ledger.entry(5, Place(1, 77)) + "6 1 7")
    assert ledger.read(file) == {5: Place(1, 77)}
