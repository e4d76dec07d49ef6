"""The Avro files are the published contract: documented, the same as the classes, and compatible with every release."""

import io
import itertools
import json
import typing
from collections.abc import Iterator
from typing import Any

import fastavro
import msgspec
import pytest

from schemas import records
from schemas.codec import decode_avro
from schemas.layout import BODY, lay_out
from schemas.records import RECORDS, TurnEvent
from schemas.registry import SchemaTable, current_schema, header, released_schema, releases
from tests.schemas.samples import FULL, as_avro, plain

EVERY_RECORD = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)


def named_types(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every record and enum defined in a schema."""
    if isinstance(schema, list):
        for branch in schema:
            yield from named_types(branch)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "enum"):
            yield schema
        for inner in (*(entry["type"] for entry in schema.get("fields", ())), schema.get("items")):
            yield from named_types(inner)


@EVERY_RECORD
def test_everything_is_documented(kind: type[msgspec.Struct]) -> None:
    """Each record, enum and field says in a sentence what it is."""
    for schema in named_types(current_schema(kind.__name__)):
        for entry in (schema, *schema.get("fields", ())):
            assert entry.get("doc", "").endswith("."), f"{schema['name']}.{entry['name']}"
            assert len(entry["doc"]) > 10


def default_in(entry: Any) -> Any:
    """Return the default of a class's field as JSON has it."""
    default = entry.default_factory() if entry.default is msgspec.NODEFAULT else entry.default
    return json.loads(msgspec.json.encode(default))


@EVERY_RECORD
def test_files_and_classes_have_the_same_fields_and_defaults(kind: type[msgspec.Struct]) -> None:
    """Names, order and defaults are the same in both; only the body of a TurnEvent is one union in Avro."""
    for schema in named_types(current_schema(kind.__name__)):
        if schema["type"] != "record":
            continue
        fields = {entry.name: entry for entry in msgspec.structs.fields(getattr(records, schema["name"]))}
        names = [entry["name"] for entry in schema["fields"]]
        if schema["name"] == "TurnEvent":
            names = [*(name for name in names if name != BODY), "turn", "signal", "tick"]
        assert names == list(fields)
        for entry in schema["fields"]:
            if entry["name"] != BODY:
                assert ("default" in entry) == (not fields[entry["name"]].required), entry["name"]
                if "default" in entry:
                    assert entry["default"] == default_in(fields[entry["name"]])


@EVERY_RECORD
def test_enums_have_the_symbols_of_the_classes(kind: type[msgspec.Struct]) -> None:
    """Symbols and their order are those of the Literal of the same name; a default is one of them."""
    for schema in named_types(current_schema(kind.__name__)):
        if schema["type"] == "enum" and schema["name"] != "ServedStage":
            assert schema["symbols"] == list(typing.get_args(getattr(records, schema["name"])))
            assert schema.get("default", "unknown") in [*schema["symbols"], "unknown"]


@EVERY_RECORD
def test_nullable_fields_are_null_by_default(kind: type[msgspec.Struct]) -> None:
    """A field that may be null is left out as null: null is the union's first branch and the default."""
    for schema in named_types(current_schema(kind.__name__)):
        for entry in schema.get("fields", ()):
            if isinstance(entry["type"], list) and entry["name"] != BODY:
                assert entry["type"][0] == "null"
                assert entry["default"] is None


def test_types_of_the_same_name_are_the_same() -> None:
    """Evidence and the like stand in several files, because each file is complete; they do not drift apart."""
    seen: dict[str, Any] = {}
    for kind in RECORDS:
        for schema in named_types(current_schema(kind.__name__)):
            seen.setdefault(schema["name"], schema)
            same = {key: value for key, value in schema.items() if key != "namespace"}
            assert same == {key: value for key, value in seen[schema["name"]].items() if key != "namespace"}


@EVERY_RECORD
def test_what_is_written_has_been_released(kind: type[msgspec.Struct]) -> None:
    """The newest release that holds a record has its current schema: nobody writes what no reader will ever know."""
    schemas = [schema for release in releases() if (schema := released_schema(release, kind.__name__)) is not None]
    assert schemas[-1] == current_schema(kind.__name__)


PAIRS = [pair for pair in itertools.product(releases(), repeat=2) if pair[0] <= pair[1]]


@pytest.mark.parametrize(("old", "new"), PAIRS)
@EVERY_RECORD
def test_every_release_reads_every_other(kind: type[msgspec.Struct], old: str, new: str) -> None:
    """FULL_TRANSITIVE: an independent library resolves old values with new schemas and new ones with old."""
    for writer, reader in ((old, new), (new, old)):
        written, wanted = released_schema(writer, kind.__name__), released_schema(reader, kind.__name__)
        if written is not None and wanted is not None:
            raw = io.BytesIO(as_avro(kind, plain(FULL[kind]), written)[5:])
            fastavro.schemaless_reader(raw, fastavro.parse_schema(written), fastavro.parse_schema(wanted))


@pytest.mark.parametrize("release", releases())
@EVERY_RECORD
def test_the_classes_can_be_read_from_every_release(kind: type[msgspec.Struct], release: str) -> None:
    """Our own reader resolves every schema ever released."""
    written = released_schema(release, kind.__name__)
    if written is not None:
        lay_out(kind, written, current_schema(kind.__name__))


def changed(schema: Any) -> Any:
    """Return a TurnEvent schema of the future: fields more and fewer, and a new symbol."""
    text = json.dumps(schema)
    text = text.replace('"failed", "unsupported"', '"failed", "refused", "unsupported"')
    future = json.loads(text)
    gone = next(entry for entry in future["fields"] if entry["name"] == "device")
    future["fields"].remove(gone)
    for number, kind in enumerate(
        (["null", "string"], {"type": "array", "items": ["null", "long"]}, "double", "bytes")
    ):
        added = {"name": f"added_{number}", "type": kind, "doc": "New."}
        future["fields"].insert(2 * number, added)
    return future


@pytest.mark.parametrize(("written_status", "read_status"), [("refused", "unknown"), ("unsupported", "unsupported")])
def test_a_newer_schema_is_read_by_the_rules_of_resolution(written_status: str, read_status: str) -> None:
    """Unknown fields are passed over, missing ones have their default, an unknown symbol is the enum's default."""
    schema = changed(current_schema("TurnEvent"))
    table = SchemaTable({"TurnEvent": 1}, {1: current_schema("TurnEvent"), 500: schema})
    values = plain(FULL[TurnEvent])
    values["turn"]["reply"]["status"] = written_status
    added = {"added_0": "secret", "added_1": [None, 5, -(2**60)], "added_2": 1.5, "added_3": b"\xff\xff"}
    data = as_avro(TurnEvent, {**values, **added}, schema, 500)
    values["turn"]["reply"]["status"] = read_status
    del values["device"]
    assert decode_avro(TurnEvent, data, table) == msgspec.convert(values, TurnEvent)
    with pytest.raises(ValueError, match="TurnEvent"):
        decode_avro(TurnEvent, data[:-1], table)
    assert data.startswith(header(500))
