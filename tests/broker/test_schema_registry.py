"""Schema ids on a real Schema Registry (Apicurio's, through Confluent's interface and client)."""

import itertools
import json
import socket
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from schemas.codec import decode_avro, encode_avro
from schemas.errors import DecodeError
from schemas.records import RECORDS, Feedback
from schemas.registry import SchemaTable, current_schema, released_schema, releases, schema_id_of
from streams import topology
from streams.kafka.connection import Connection
from streams.kafka.schema_registry import (
    COMPATIBILITY,
    RegistryError,
    RegistryOutageError,
    registered,
    registry_client,
    schema_table,
)
from tests.broker import registry
from tests.schemas.changes import BREAKING, Change, add_a_field_with_default, changed
from tests.schemas.samples import FULL, as_avro, plain

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(registry.missing() is not None, reason=f"no Schema Registry: {registry.missing()}"),
    # The client leaves its connections to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

NAMES = itertools.count()


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running registry."""
    with registry.running(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def connection(url: str) -> Connection:
    """A connection with a prefix, and so with subjects, of its own."""
    return Connection(prefix=f"system{next(NAMES)}.", schema_registry_url=url)


@pytest.fixture
def client(connection: Connection) -> Iterator[SchemaRegistryClient]:
    """A client that remembers nothing of what another one did."""
    with registry_client(connection) as found:
        yield found


def avro(schema: Any) -> Schema:
    """Return a schema as the client takes it."""
    return Schema(json.dumps(schema), "AVRO")


def test_every_topic_with_a_record_has_its_schema(connection: Connection, client: SchemaRegistryClient) -> None:
    """The subject TOPIC-value holds what we write, and every version must be fully compatible with every other."""
    table = schema_table(connection)
    for topic in topology.TOPICS:
        if topic.record is not None:
            subject = f"{connection.prefix}{topic.name}-value"
            latest = client.get_latest_version(subject)
            assert latest.schema_id == table.written[topic.record.__name__]
            assert json.loads(str(latest.schema.schema_str)) == current_schema(topic.record.__name__)
            assert client.get_compatibility(subject) == COMPATIBILITY


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_records_travel_with_the_registrys_ids(connection: Connection, kind: type[msgspec.Struct]) -> None:
    """What one process writes with the registry's id, another reads with the same id."""
    data = encode_avro(FULL[kind], schema_table(connection))
    reader = schema_table(connection)
    assert schema_id_of(data) == reader.written[kind.__name__]
    assert decode_avro(kind, data, reader) == FULL[kind]


def test_registering_again_changes_nothing(connection: Connection, client: SchemaRegistryClient) -> None:
    """A restart gets the same ids and adds no version."""
    first, second = schema_table(connection), schema_table(connection)
    assert first.written == second.written
    assert client.get_versions(f"{connection.prefix}feedback-value") == [1]


def test_looking_up_registers_nothing(connection: Connection, client: SchemaRegistryClient) -> None:
    """A worker without the right to write says which subject lacks its schema, and works once it is there."""
    with pytest.raises(RegistryError, match=rf"{connection.prefix}turns-value lacks .*TurnEvent"):
        schema_table(connection, register=False)
    assert not [name for name in client.get_subjects() if name.startswith(connection.prefix)]
    assert schema_table(connection).written == schema_table(connection, register=False).written


def test_an_incompatible_schema_stops_the_start(connection: Connection, client: SchemaRegistryClient) -> None:
    """Where the subject already holds a schema that ours cannot replace, the error names it and says what differs."""
    old = changed(
        current_schema("Feedback"), lambda schema: schema["fields"].append({"name": "must", "type": "string"})
    )
    client.register_schema(f"{connection.prefix}feedback-value", avro(old))
    with pytest.raises(RegistryError, match=rf"{connection.prefix}feedback-value.*must"):
        schema_table(connection)


def test_a_later_version_is_fetched_once_and_read(connection: Connection, client: SchemaRegistryClient) -> None:
    """A worker that runs goes on when others begin to write a newer version of a schema."""
    table = schema_table(connection)
    newer = changed(current_schema("Feedback"), add_a_field_with_default)
    schema_id = client.register_schema(f"{connection.prefix}feedback-value", avro(newer))
    assert schema_id not in table.writers
    values = {**plain(FULL[Feedback]), "added": "more"}
    assert decode_avro(Feedback, as_avro(Feedback, values, newer, schema_id), table) == FULL[Feedback]
    assert table.writers[schema_id] == newer


def test_earlier_versions_are_known_from_the_start(connection: Connection, client: SchemaRegistryClient) -> None:
    """Values of every version of a subject are read without asking again."""
    older = changed(current_schema("Feedback"), add_a_field_with_default)
    schema_id = client.register_schema(f"{connection.prefix}feedback-value", avro(older))
    assert schema_table(connection).writers[schema_id] == older


def test_an_id_that_nobody_registered_is_a_bad_record(connection: Connection) -> None:
    """An id unknown to the registry is the record's fault."""
    data = as_avro(Feedback, plain(FULL[Feedback]), schema_id=999_999)
    with pytest.raises(DecodeError, match="a known schema id"):
        decode_avro(Feedback, data, schema_table(connection))


def test_a_registry_that_is_gone_is_nobodys_bad_record(connection: Connection, tmp_path_factory: Any) -> None:
    """While the registry is away, a record with a new id is not refused: reading it raises what stops the worker."""
    with registry.running(tmp_path_factory.mktemp("short")) as address:
        table = schema_table(connection.model_copy(update={"schema_registry_url": address}))
    data = as_avro(Feedback, plain(FULL[Feedback]), schema_id=999_999)
    with pytest.raises(RegistryOutageError, match=address):
        decode_avro(Feedback, data, table)


def test_a_registry_that_does_not_answer_stops_the_start() -> None:
    """The error names the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RegistryOutageError, match=address):
            schema_table(Connection(schema_registry_url=address))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_the_registry_takes_all_releases_in_order(client: SchemaRegistryClient, kind: type[msgspec.Struct]) -> None:
    """Its verdict on FULL_TRANSITIVE is ours: no release is refused after those before it."""
    subject = f"releases{next(NAMES)}-value"
    for release in releases():
        schema = released_schema(release, kind.__name__)
        if schema is not None:
            client.register_schema(subject, avro(schema))
            client.set_compatibility(subject, COMPATIBILITY)
    table = registered(client, [(subject, kind.__name__)])
    assert isinstance(table, SchemaTable)


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_the_registry_refuses_what_breaks_a_reader(client: SchemaRegistryClient, change: Change) -> None:
    """What our own check finds, the registry finds as well."""
    subject = f"breaking{next(NAMES)}-value"
    registered(client, [(subject, "Feedback")])
    newer = avro(changed(current_schema("Feedback"), change))
    assert not client.test_compatibility(subject, newer)
