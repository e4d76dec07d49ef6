"""What the client of a Schema Registry does by itself; what registries say stands in tests/broker.

Works on confluent-kafka's own registry in memory, which takes every schema.
"""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from schemas.codec import decode_avro
from schemas.errors import DecodeError
from schemas.records import Feedback
from schemas.registry import fixed_table
from streams.kafka.connection import Connection
from streams.kafka.schema_registry import (
    QUESTIONS_MAX,
    QUESTIONS_S,
    UNKNOWN_MAX,
    UNKNOWN_S,
    RegistryError,
    RegistryOutageError,
    fetching,
    registered,
    schema_table,
)
from tests.schemas.samples import FULL, as_avro, plain

GARBAGE = as_avro(Feedback, plain(FULL[Feedback]), schema_id=77)

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Asked:
    """A registry's client that notes which ids it was asked for."""

    def __init__(self) -> None:
        self.client = SchemaRegistryClient.new_client({"url": "mock://"})
        self.ids: list[int] = []
        answer = self.client.get_schema

        def noting(schema_id: int, *arguments: Any) -> Schema:
            self.ids.append(schema_id)
            return answer(schema_id, *arguments)

        self.client.get_schema = noting  # type: ignore[method-assign, assignment]


def test_without_a_registry_ids_are_fixed() -> None:
    """No address, no registry."""
    assert schema_table(Connection()) is fixed_table()


def test_a_known_id_is_not_asked_for() -> None:
    """The registry is left alone while schemas are known."""
    asked = Asked()
    table = fetching(fixed_table(), asked.client)
    assert [table.writers.get(schema_id) for schema_id in fixed_table().writers] == list(fixed_table().writers.values())
    assert asked.ids == []


def test_a_new_id_is_asked_for_once() -> None:
    """What was fetched is kept."""
    asked = Asked()
    schema_id = asked.client.register_schema("other-value", Schema('"string"', "AVRO"))
    table = fetching(registered(asked.client, []), asked.client)
    assert [table.writers.get(schema_id) for _ in range(3)] == ["string"] * 3
    assert asked.ids == [schema_id]


def test_an_unknown_id_is_asked_for_again_after_a_while() -> None:
    """A producer that is stuck costs one question in a while, and an id that comes to be is found."""
    clock, asked = Clock(), Asked()
    table = fetching(fixed_table(), asked.client, clock)
    for _ in range(50):
        with pytest.raises(DecodeError, match="a known schema id"):
            decode_avro(Feedback, GARBAGE, table)
    assert asked.ids == [77]
    clock.now += UNKNOWN_S
    with pytest.raises(DecodeError, match="a known schema id"):
        decode_avro(Feedback, GARBAGE, table)
    assert asked.ids == [77, 77]


def test_noise_asks_only_so_many_questions() -> None:
    """Random bytes name a new id each time; beyond a number of them, ids are refused unasked for the rest of a time."""
    clock, asked = Clock(), Asked()
    writers = fetching(fixed_table(), asked.client, clock).writers
    for schema_id in range(10_000, 10_000 + 2 * QUESTIONS_MAX):
        assert writers.get(schema_id) is None
    assert len(asked.ids) == QUESTIONS_MAX < UNKNOWN_MAX
    clock.now += QUESTIONS_S
    assert writers.get(9_000) is None
    assert asked.ids[-1] == 9_000


def test_a_schema_that_is_not_avro_is_an_unknown_one() -> None:
    """A registry is shared with others, whose schemas may be of another kind."""
    asked = Asked()
    schema_id = asked.client.register_schema("other-value", Schema('{"type": "object"}', "JSON"))
    assert fetching(registered(asked.client, []), asked.client).writers.get(schema_id) is None


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that answers every request with one HTTP status."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(request.param)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("answering", [401, 403], indirect=True)
def test_a_refused_login_names_the_settings_and_not_the_password(answering: str, tmp_path: Path) -> None:
    """The error says which settings to look at, and shows no secret."""
    password = tmp_path / "password"
    password.write_text("hush-hush\n")
    password.chmod(0o600)
    connection = Connection(
        schema_registry_url=answering, schema_registry_username="reprise", schema_registry_password_file=password
    )
    with pytest.raises(RegistryError, match="check schema_registry_username") as refused:
        schema_table(connection)
    assert "hush" not in str(refused.value)
    assert not isinstance(refused.value, RegistryOutageError)


@pytest.mark.parametrize("answering", [503], indirect=True)
def test_a_registry_in_trouble_is_an_outage(answering: str) -> None:
    """What the registry itself failed at says nothing about a schema; it is asked again a few times, then given up."""
    with pytest.raises(RegistryOutageError, match=answering):
        schema_table(Connection(schema_registry_url=answering))
