"""Which schema id stands for which Avro schema. Knows the schema files, nothing of records' bytes or a network.

Schema ids travel in front of every Avro value. With a Schema Registry the ids are the registry's; without one they
are fixed: the place of the record in ``RECORDS``, from 1, plus a thousand for every release after the first. A release
holds the schemas that changed, so that the others keep their ids.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from schemas.records import RECORDS

Schema = Any
"""An Avro schema as JSON values: a name, a list (union) or an object."""

RELEASE_STEP = 1_000
"""Distance of the fixed ids of two releases: no service has a thousand kinds of record."""

HEADER_BYTES = 5
"""A zero byte and the schema id as four bytes, big end first: the Confluent wire format."""

SCHEMA_FILES: Mapping[str, str] = {
    "TurnEvent": "turn_event.avsc",
    "Feedback": "feedback.avsc",
    "Trails": "trails.avsc",
    "Rewrite": "rewrite.avsc",
    "Decision": "decision.avsc",
    "Policy": "policy.avsc",
}
"""File of each record's schema in this package, and in every release."""


class SchemaTable(msgspec.Struct, frozen=True):
    """The schema ids in use.

    Attributes:
        written: the id each kind of record is written with, by the record's name.
        writers: every schema that values may have been written with, by id. May grow while in use: whoever
            speaks to a Schema Registry adds what it fetched, and must never change an entry.
    """

    written: dict[str, int]
    writers: dict[int, Schema]


def header(schema_id: int) -> bytes:
    """Return the five bytes in front of a value.

    Raises:
        ValueError: the id is not a 32-bit number from 0.
    """
    if not 0 <= schema_id < 1 << 31:
        message = f"schema id {schema_id}: expected 0 to {(1 << 31) - 1}"
        raise ValueError(message)
    return b"\x00" + schema_id.to_bytes(4, "big")


def schema_id_of(data: bytes) -> int | None:
    """Return the schema id in front of a value, or None when the value has no such header."""
    if len(data) < HEADER_BYTES or data[0] != 0:
        return None
    return int.from_bytes(data[1:HEADER_BYTES], "big", signed=True)


@cache
def current_schema(record: str) -> Schema:
    """Return the schema a record is written with now, read from this package."""
    return msgspec.json.decode(files("schemas").joinpath(SCHEMA_FILES[record]).read_bytes())


@cache
def releases() -> tuple[str, ...]:
    """Return the names of all releases of the schemas, oldest first: ``001``, ``002`` and so on."""
    return tuple(
        sorted(entry.name for entry in files("schemas").joinpath("released").iterdir() if entry.name.isdigit())
    )


@cache
def released_schema(release: str, record: str) -> Schema | None:
    """Return a record's schema as it was released, or None when that release did not have the record."""
    path = files("schemas").joinpath("released", release, SCHEMA_FILES[record])
    return msgspec.json.decode(path.read_bytes()) if path.is_file() else None


@cache
def fixed_table() -> SchemaTable:
    """Return the ids used without a Schema Registry; they never change once released."""
    written: dict[str, int] = {}
    writers: dict[int, Schema] = {}
    for number, release in enumerate(releases()):
        for place, kind in enumerate(RECORDS, start=1):
            schema = released_schema(release, kind.__name__)
            if schema is not None:
                written[kind.__name__] = number * RELEASE_STEP + place
                writers[number * RELEASE_STEP + place] = schema
    return SchemaTable(written=written, writers=writers)
