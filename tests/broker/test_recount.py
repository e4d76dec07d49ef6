"""The recount on a real Kafka counts what was committed, and nothing else. What it finds stands in tests/chaos."""

import json
from collections.abc import Iterable

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.kafka.broker import Broker
from tests.broker.topics import make_topics
from tests.chaos.recount import as_json, main, recount
from tests.chaos.rules import Rules
from tests.chaos.scene import scene
from tests.chaos.taken import Raw, Taken
from tests.chaos.taking import TOPICS

pytestmark = pytest.mark.kafka


def write(producer: Producer, taken: Taken, topics: Iterable[str], *, commit: bool) -> None:
    """Send the records of some topics in one transaction."""
    producer.begin_transaction()
    for topic in topics:
        for raw in taken.of(topic):
            headers: list[tuple[str, str | bytes | None]] = list(raw.headers)
            name = taken.prefix + topic
            producer.produce(name, raw.value, raw.key, raw.partition, timestamp=raw.timestamp, headers=headers)
    producer.flush(60)
    if commit:
        producer.commit_transaction(60)
    else:
        producer.abort_transaction(60)


@pytest.fixture
def taken(kafka: Broker, prefix: str) -> Taken:
    """What a sound system wrote, in topics of its own."""
    found = scene(gaps=False, prefix=prefix).work_off(50).taken
    make_topics(kafka.bootstrap, {prefix + topic: 2 for topic in TOPICS}, **{"retention.ms": "-1"})
    return found


@pytest.fixture
def producer(kafka: Broker, prefix: str) -> Producer:
    """A producer that writes in transactions."""
    found = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": f"{prefix}recount"})
    found.init_transactions(60)
    return found


def verdict(kafka: Broker, taken: Taken, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    """Run the program; return its exit status and what it printed."""
    status = main(["--bootstrap", kafka.bootstrap, "--prefix", taken.prefix, "--json"])
    return status, json.loads(capsys.readouterr().out or "{}")


def test_committed_records_are_recounted(
    kafka: Broker, taken: Taken, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program finds in Kafka what a recount of the same records finds, and nothing wrong; aborted ones are none."""
    write(producer, taken, TOPICS, commit=True)
    write(producer, taken, ("trails", "feedback", "turns.rejected"), commit=False)
    status, found = verdict(kafka, taken, capsys)
    assert status == 0
    assert found == json.loads(as_json(recount(taken, Rules())))


def test_what_was_sent_twice_ends_the_program_with_1(
    kafka: Broker, taken: Taken, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outputs committed a second time are over."""
    write(producer, taken, TOPICS, commit=True)
    write(producer, taken, ("trails",), commit=True)
    status, found = verdict(kafka, taken, capsys)
    assert (status, found["over"] != 0, found["under"], found["lost"]) == (1, True, 0, 0)


def test_a_topic_that_lost_its_beginning_cannot_be_recounted(
    kafka: Broker, taken: Taken, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where retention has taken records away the program says so and ends with 2, rather than count what is left."""
    write(producer, taken, TOPICS, commit=True)
    first = TopicPartition(f"{taken.prefix}turns", 1, 5)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for deleted in admin.delete_records([first]).values():
        deleted.result(30)
    assert main(["--bootstrap", kafka.bootstrap, "--prefix", taken.prefix]) == 2
    assert f"{taken.prefix}turns[1] has lost its beginning" in capsys.readouterr().err


def test_a_missing_topic_is_named(kafka: Broker, taken: Taken, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong prefix ends the program with 2."""
    assert main(["--bootstrap", kafka.bootstrap, "--prefix", f"{taken.prefix}other-"]) == 2
    assert f"no topic {taken.prefix}other-turns" in capsys.readouterr().err


def test_records_keep_their_places(taken: Taken) -> None:
    """What is put into Kafka is numbered as Kafka numbers it, or fences and rejected records would name others."""
    offsets: dict[tuple[str, int], list[Raw]] = {}
    for topic in TOPICS:
        for raw in taken.of(topic):
            offsets.setdefault((topic, raw.partition), []).append(raw)
    assert all([raw.offset for raw in raws] == list(range(len(raws))) for raws in offsets.values())
