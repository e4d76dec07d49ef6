"""`reprise topics` on a real Kafka: makes what is missing, changes nothing, names what contradicts."""

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from infra.kafka.broker import Broker
from streams.cli import main
from streams.engine.settings import EngineSettings
from streams.kafka.connection import Connection
from streams.kafka.provisioning import ContradictionError, check, create
from streams.kafka.topic_admin import ProvisioningError
from streams.topology import TOPICS

pytestmark = pytest.mark.kafka

SETTINGS = EngineSettings(turns_partitions=3, trails_partitions=2, replication=1)


@pytest.fixture
def connection(kafka: Broker, prefix: str) -> Connection:
    """Reach the broker under names of this test's own."""
    return Connection(bootstrap=kafka.bootstrap, prefix=prefix)


def made_by_hand(connection: Connection, name: str, partitions: int, **configuration: str) -> None:
    """Make a topic as somebody else would."""
    settings = {key.replace("_", "."): value for key, value in configuration.items()}
    topic = NewTopic(connection.topic(name), num_partitions=partitions, replication_factor=1, config=settings)
    admin = AdminClient(connection.client())  # must live until the answer is there
    for future in admin.create_topics([topic]).values():
        future.result(30)
    while topic.topic not in admin.list_topics(timeout=30).topics:
        pass  # each question waits for its answer


def setting(connection: Connection, topic: str, name: str) -> str:
    """Return a topic's setting as Kafka tells it."""
    resource = ConfigResource(ResourceType.TOPIC, connection.topic(topic))
    admin = AdminClient(connection.client())  # must live until the answer is there
    (future,) = admin.describe_configs([resource]).values()
    return str(future.result(30)[name].value)


def options(connection: Connection) -> list[str]:
    """Return how a person says it to the program."""
    values = ("turns_partitions=3", "trails_partitions=2", "replication=1")
    sets = [word for value in values for word in ("--set", value)]
    return ["--bootstrap", connection.bootstrap, "--prefix", connection.prefix, *sets]


def test_what_create_makes_check_finds_in_order(connection: Connection) -> None:
    """After create nothing differs, and a second create makes nothing."""
    made, differences = create(connection, SETTINGS)
    assert (made, differences) == (sorted(connection.topic(topic.name) for topic in TOPICS), [])
    assert check(connection, SETTINGS) == []
    assert create(connection, SETTINGS) == ([], [])


def test_check_tells_of_missing_topics(connection: Connection) -> None:
    """An empty cluster differs in every topic."""
    assert {difference.topic for difference in check(connection, SETTINGS)} == {
        connection.topic(topic.name) for topic in TOPICS
    }


def test_create_makes_nothing_when_a_topic_contradicts(connection: Connection) -> None:
    """Each contradiction is one line with its topic, and no other topic appears."""
    made_by_hand(connection, "turns", 5)
    with pytest.raises(ContradictionError) as refused:
        create(connection, SETTINGS)
    lines = str(refused.value).splitlines()
    assert [line.split(" is ")[0] for line in lines] == [
        f"{connection.topic('turns')}: number of partitions",
        f"{connection.topic('turns')}: message.timestamp.type",
    ]
    assert len(check(connection, SETTINGS)) == len(TOPICS) - 1 + len(lines) + 1  # and its short retention


def test_create_leaves_what_an_operator_chose(connection: Connection) -> None:
    """A topic that fits stays as it is, shorter retention is told and left."""
    made_by_hand(
        connection, "turns", 3, message_timestamp_type="LogAppendTime", retention_ms="1000", segment_bytes="2000000"
    )
    made, differences = create(connection, SETTINGS)
    assert connection.topic("turns") not in made
    assert [(difference.topic, difference.what) for difference in differences] == [
        (connection.topic("turns"), "retention.ms")
    ]
    assert setting(connection, "turns", "retention.ms") == "1000"
    assert setting(connection, "turns", "segment.bytes") == "2000000"


def test_the_program_ends_with_2_where_anything_differs(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check says what is missing and fails, create mends it, check is content."""
    assert main(["topics", "check", *options(connection)]) == 2
    assert connection.topic("policy") in capsys.readouterr().out.replace("\n", "")
    assert main(["topics", "create", *options(connection)]) == 0
    assert main(["topics", "check", *options(connection)]) == 0
    assert main(["topics", "check", *options(connection), "--set", "turns_partitions=4"]) == 2
    assert main(["topics", "create", *options(connection), "--set", "turns_partitions=4"]) == 2
    complaint = capsys.readouterr().err.splitlines()
    assert len(complaint) == 2
    assert all("set `turns_partitions` to the one there" in line for line in complaint)


def test_more_copies_than_brokers_is_said_with_kafkas_own_words(connection: Connection) -> None:
    """One broker cannot hold three copies."""
    with pytest.raises(ProvisioningError, match=r"would not make .*[Rr]eplication"):
        create(connection, SETTINGS.model_copy(update={"replication": 3}))
