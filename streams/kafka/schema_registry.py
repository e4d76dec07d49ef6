"""Schema ids from a Schema Registry: registers what we write, fetches what others wrote. Knows no records' bytes.

Every topic with a record has a subject, ``TOPIC-value`` with the topic's full name, whose compatibility is
FULL_TRANSITIVE: whoever reads may be older or newer than whoever writes. Without a registry the ids are fixed ones.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, TypeVar

import msgspec
from confluent_kafka.schema_registry import Schema as RegistrySchema
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.registry import Schema, SchemaTable, current_schema, fixed_table
from streams import topology
from streams.kafka.connection import Connection

COMPATIBILITY: Final = "FULL_TRANSITIVE"
"""Every version of a schema reads every other: topics keep old values, and upgrades go worker by worker."""

TIMEOUT_S: Final = 10.0
"""How long one request may take: a registry answers in milliseconds, and a worker that waits processes nothing."""

RETRIES_MAX: Final = 3
RETRY_WAIT_MS: Final = 200
RETRY_WAIT_MS_MAX: Final = 2_000
"""Requests that fail for a passing reason are sent again so often, after such times; a restart takes about as long."""

UNKNOWN_MAX: Final = 1_000
"""Ids remembered as unknown: broken producers write few different ones, and hostile ones shall not fill the memory."""

UNKNOWN_S: Final = 30.0
"""How long an id stays unknown: long enough that a stuck producer costs no request a record."""

QUESTIONS_MAX: Final = 300
QUESTIONS_S: Final = 60.0
"""Unknown ids asked about in one such time. More differing ids than this are noise, and are refused unasked."""

NOT_FOUND: Final = 404
LOGIN_REFUSED: Final = frozenset({401, 403})
SERVER_FAULTS: Final = 500
TOO_SOON: Final = frozenset({408, 429})

T = TypeVar("T")


class RegistryError(Exception):
    """The Schema Registry refuses what we need of it; the text names the subject and what to do."""


class RegistryOutageError(RegistryError):
    """The Schema Registry does not answer: nothing is known about the schema, so no record may be judged by it."""


def schema_table(connection: Connection, *, register: bool = True) -> SchemaTable:
    """Return the schema ids to write and read with: a Schema Registry's where one is set, else the fixed ones.

    Args:
        connection: says where the registry is, and the names of topics.
        register: whether to register the current schemas and to set their subjects' compatibility; otherwise they
            are only looked up, which needs no right to write.

    Returns:
        A table that asks for ids it does not know once (``fetching``).

    Raises:
        RegistryError: a schema is incompatible with its subject's earlier ones, missing, or the login is refused.
        RegistryOutageError: the registry does not answer.
        streams.configuring.refusal.SettingsError: a file that a setting names cannot be read.
    """
    if not connection.schema_registry_url:
        return fixed_table()
    client = registry_client(connection)
    subjects = [
        (f"{connection.topic(topic.name)}-value", topic.record.__name__)
        for topic in topology.TOPICS
        if topic.record is not None
    ]
    return fetching(registered(client, subjects, register=register), client)


def registry_client(connection: Connection) -> SchemaRegistryClient:
    """Return a client of the Schema Registry that is set; it connects when it is first asked.

    Raises:
        streams.configuring.refusal.SettingsError: a file that a setting names cannot be read.
    """
    limits = {
        "timeout": TIMEOUT_S,
        "max.retries": RETRIES_MAX,
        "retries.wait.ms": RETRY_WAIT_MS,
        "retries.max.wait.ms": RETRY_WAIT_MS_MAX,
    }
    return SchemaRegistryClient(connection.registry() | limits)


def ask_registry(client: SchemaRegistryClient, connection: Connection) -> None:
    """Ask the Schema Registry for something that costs it little; a refusal is an answer too.

    Raises:
        RegistryOutageError: it does not answer.
    """
    subject = f"{connection.topic(topology.DETECT.source)}-value"
    try:
        _answered(client, f"subject {subject}", lambda: client.get_versions(subject))
    except RegistryOutageError:
        raise
    except RegistryError:
        return


def registered(
    client: SchemaRegistryClient, subjects: Iterable[tuple[str, str]], *, register: bool = True
) -> SchemaTable:
    """Return the ids of current schemas, and all schemas ever written, of each subject.

    Args:
        client: the registry's client.
        subjects: each subject's name and the name of its record.
        register: whether to register a schema that its subject lacks, and to set the subject's compatibility.

    Raises:
        RegistryError: a schema is incompatible with its subject's earlier ones, missing, or the login is refused.
        RegistryOutageError: the registry does not answer.
    """
    table = SchemaTable(written={}, writers={})
    for subject, record in subjects:
        asking = _Asking(client, subject)
        schema = current_schema(record)
        schema_id = asking.id_of(schema)
        if register:
            schema_id = asking.hold(schema, schema_id)
        if schema_id is None:
            message = (
                f"schema registry: subject {subject} lacks the schema that {record} is written with; "
                "have somebody register it who may write there"
            )
            raise RegistryError(message)
        table.written[record] = schema_id
        table.writers.update(asking.versions())
        table.writers[schema_id] = schema
    return table


class _Asking:
    """What one subject is asked and told."""

    def __init__(self, client: SchemaRegistryClient, subject: str) -> None:
        self._client = client
        self._subject = subject

    def id_of(self, schema: Schema) -> int | None:
        """Return the id of a schema under this subject, None when it is not there."""
        found = self._answer(lambda: self._client.lookup_schema(self._subject, _sent(schema)))
        return None if found is None else found.schema_id

    def hold(self, schema: Schema, known: int | None) -> int:
        """Register a schema where it is not known, under the compatibility that all versions must have.

        A registry may ignore what is set on a subject before its first version, so a first version goes before it.
        """
        if known is None and self._numbers():
            self._keep_compatible()
        schema_id = self._register(schema) if known is None else known
        self._keep_compatible()
        return schema_id

    def versions(self) -> dict[int, Schema]:
        """Return all versions of this subject by their ids."""
        found = {}
        for number in self._numbers():
            version = self._answer(partial(self._client.get_version, self._subject, number))
            schema = None if version is None else _parsed(version.schema)
            if version is not None and version.schema_id is not None and schema is not None:
                found[version.schema_id] = schema
        return found

    def _numbers(self) -> list[int]:
        return self._answer(lambda: self._client.get_versions(self._subject)) or []

    def _keep_compatible(self) -> None:
        if self._answer(lambda: self._client.get_compatibility(self._subject)) != COMPATIBILITY:
            self._answer(lambda: self._client.set_compatibility(self._subject, COMPATIBILITY))

    def _register(self, schema: Schema) -> int:
        schema_id = self._answer(lambda: self._client.register_schema(self._subject, _sent(schema)))
        if schema_id is None:
            message = f"schema registry: subject {self._subject} takes no new schema"
            raise RegistryError(message)
        return schema_id

    def _answer(self, ask: Callable[[], T]) -> T | None:
        return _answered(self._client, f"subject {self._subject}", ask)


def fetching(
    table: SchemaTable, client: SchemaRegistryClient, clock: Callable[[], float] = time.monotonic
) -> SchemaTable:
    """Return a table that asks the registry for ids it does not have, once each.

    Args:
        table: the ids known so far.
        client: the registry's client.
        clock: seconds that never run back.

    Returns:
        A table whose ``writers.get`` raises RegistryOutageError when the registry does not answer, and RegistryError
        when it refuses; a record whose schema nobody could look up is neither good nor bad.
    """
    return SchemaTable(written=table.written, writers=_Writers(table.writers, client, clock))


class _Writers(dict[int, Schema]):
    """Schemas by id, which grow by what the registry knows. Ids that it does not know are remembered for a while."""

    def __init__(self, known: dict[int, Schema], client: SchemaRegistryClient, clock: Callable[[], float]) -> None:
        super().__init__(known)
        self._client = client
        self._clock = clock
        self._asking = threading.Lock()
        self._unknown: OrderedDict[int, float] = OrderedDict()
        self._asked_since = clock()
        self._asked = 0

    def get(self, schema_id: int, default: Schema = None) -> Schema:
        """Return the schema with an id, from here or from the registry, or the default when there is none."""
        known = super().get(schema_id)
        if known is not None:
            return known
        with self._asking:
            return self._fetch(schema_id) or default

    def _fetch(self, schema_id: int) -> Schema:
        if schema_id in self:  # another thread was first
            return self[schema_id]
        if not self._worth_asking(schema_id):
            return None
        found = _answered(self._client, f"schema id {schema_id}", lambda: self._client.get_schema(schema_id))
        schema = None if found is None else _parsed(found)
        if schema is None:
            self._unknown[schema_id] = self._clock() + UNKNOWN_S
            if len(self._unknown) > UNKNOWN_MAX:
                self._unknown.popitem(last=False)
        else:
            self[schema_id] = schema
        return schema

    def _worth_asking(self, schema_id: int) -> bool:
        now = self._clock()
        if self._unknown.get(schema_id, now) > now:
            return False
        self._unknown.pop(schema_id, None)
        if now - self._asked_since >= QUESTIONS_S:
            self._asked_since, self._asked = now, 0
        self._asked += 1
        return self._asked <= QUESTIONS_MAX


def _answered(client: SchemaRegistryClient, about: str, ask: Callable[[], T]) -> T | None:
    """Return what the registry answers, None when it does not have it; every other answer is an error that says why."""
    try:
        return ask()
    except SchemaRegistryError as error:
        if error.http_status_code == NOT_FOUND:
            return None
        raise _refusal(client, about, error) from None
    except Exception as error:  # noqa: BLE001 - the client lets through what its HTTP library raises, whichever that is
        message = (
            f"schema registry at {_address(client)} does not answer about {about}: {type(error).__name__}: {error}"
        )
        raise RegistryOutageError(message) from None


def _refusal(client: SchemaRegistryClient, about: str, error: SchemaRegistryError) -> RegistryError:
    status = error.http_status_code
    if status >= SERVER_FAULTS or status in TOO_SOON:
        return RegistryOutageError(f"schema registry at {_address(client)} fails about {about}: HTTP status {status}")
    if status in LOGIN_REFUSED:
        return RegistryError(
            f"schema registry at {_address(client)} refuses us about {about} (HTTP status {status}); "
            "check schema_registry_username, its password file, and what it may do"
        )
    return RegistryError(f"schema registry refuses {about}: {error.error_message} (HTTP status {status})")


def _address(client: SchemaRegistryClient) -> str:
    return str(client.config()["url"])  # type: ignore[no-untyped-call]


def _sent(schema: Schema) -> RegistrySchema:
    return RegistrySchema(msgspec.json.encode(schema).decode(), "AVRO")


def _parsed(schema: RegistrySchema) -> Schema | None:
    """Return a schema's JSON values, None when it is no Avro schema: other products' ids mean nothing here."""
    if schema.schema_type not in {None, "AVRO"} or schema.schema_str is None:
        return None
    parsed: Schema = msgspec.json.decode(schema.schema_str)
    return parsed
