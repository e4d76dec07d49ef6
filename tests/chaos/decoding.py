"""Avro values to plain ones, with fastavro and the schema files, and whether they keep the limits of their record.

Shares the schema files and the record classes with the product, and none of its readers. A stage does not read every
field of its source: what it passes over unseen cannot make a record bad for it, so it is not looked at here either.
"""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fastavro
import msgspec

import schemas
from schemas.records import Decision, Feedback, Policy, Rewrite, Trails, TurnEvent

FOLDER = Path(schemas.__file__).parent
FILES = ("turn_event", "feedback", "trails", "rewrite", "decision", "policy")
"""In the order of the fixed schema ids, from 1; each later release adds a thousand."""

RECORDS: dict[str, type[msgspec.Struct]] = {
    "turn_event": TurnEvent, "feedback": Feedback, "trails": Trails, "rewrite": Rewrite, "decision": Decision,
    "policy": Policy,
}  # fmt: skip

PASSED_OVER = {
    "turn_event": {"Turn": {"said_confidence", "alternatives"}, "Interpretation": {"confidence"}},
}
"""Fields that no stage reads of its source, by record."""

HEADER_BYTES = 5


class UnreadableError(Exception):
    """Bytes that are not one valid record."""


def fixed(schema_id: int) -> Any:
    """Return the schema with a fixed id.

    Raises:
        UnreadableError: there is none.
    """
    release, place = divmod(schema_id, 1_000)
    path = FOLDER / "released" / f"{release + 1:03}" / f"{FILES[place - 1]}.avsc" if 0 < place <= len(FILES) else None
    if path is None or not path.is_file():
        raise UnreadableError
    return json.loads(path.read_text())


class Reader:
    """Reads values of one record, whichever version of its schema they were written with."""

    def __init__(self, name: str, schema_of: Callable[[int], Any] = fixed) -> None:
        """Read values of a schema file's record; ``schema_of`` gives the schema of an id or raises UnreadableError."""
        self._kind = RECORDS[name]
        self._schema_of = schema_of
        current = json.loads((FOLDER / f"{name}.avsc").read_text())
        self._current = current
        self._wanted = fastavro.parse_schema(_without(current, PASSED_OVER.get(name, {})))
        self._written: dict[int, tuple[Any, bool]] = {}

    def read(self, data: bytes | None) -> dict[str, Any]:
        """Return a value's fields.

        Raises:
            UnreadableError: the bytes are not exactly one value, or it breaks a limit of its record.
        """
        schema, is_current = self._writer(data)
        if is_current:
            try:
                return self._valid(self._values(data, schema, None))
            except UnreadableError:
                pass  # perhaps for a field that is passed over; reading around those takes far longer
        return self._valid(self._values(data, schema, self._wanted))

    def canonical(self, data: bytes | None) -> bool:
        """Return whether bytes are what any writer makes of their value: a reader may refuse other bytes."""
        try:
            schema, _ = self._writer(data)
            value = fastavro.schemaless_reader(
                io.BytesIO((data or b"")[HEADER_BYTES:]), schema, None, return_record_name=True
            )
            again = io.BytesIO()
            fastavro.schemaless_writer(again, schema, value)
        except Exception:  # noqa: BLE001 - whatever it is, these bytes are not canonical
            return False
        return again.getvalue() == (data or b"")[HEADER_BYTES:]

    def _values(self, data: bytes | None, written: Any, wanted: Any) -> dict[str, Any]:
        body = io.BytesIO((data or b"")[HEADER_BYTES:])
        try:
            values: Any = fastavro.schemaless_reader(
                body, written, wanted, return_record_name=True, return_record_name_override=True
            )
        except Exception as problem:  # broken bytes make fastavro raise anything
            raise UnreadableError from problem
        if body.read(1) or not isinstance(values, dict):
            raise UnreadableError
        return values

    def _valid(self, values: dict[str, Any]) -> dict[str, Any]:
        if "body" in values:
            branch, body = values.pop("body")
            values[branch.rpartition(".")[2].lower()] = body
        try:
            msgspec.convert(values, self._kind)
        except (msgspec.ValidationError, ValueError) as problem:
            raise UnreadableError from problem
        return values

    def _writer(self, data: bytes | None) -> tuple[Any, bool]:
        """Return the schema that a value was written with, and whether it is the current one."""
        if data is None or len(data) < HEADER_BYTES or data[0] != 0:
            raise UnreadableError
        schema_id = int.from_bytes(data[1:HEADER_BYTES], "big", signed=True)
        if schema_id not in self._written:
            schema = self._schema_of(schema_id)
            if not isinstance(schema, dict) or schema.get("name") != self._current["name"]:
                raise UnreadableError
            is_current = schema == self._current  # before fastavro parses it, which adds to it
            self._written[schema_id] = fastavro.parse_schema(schema), is_current
        return self._written[schema_id]


def _without(schema: Any, fields: Mapping[str, set[str]]) -> Any:
    """Return a schema without some fields of the records in it, by the records' names."""
    if isinstance(schema, list):
        return [_without(part, fields) for part in schema]
    if not isinstance(schema, dict):
        return schema
    gone = fields.get(schema.get("name", ""), set())
    return {
        key: [_without(entry, fields) for entry in value if entry["name"] not in gone]
        if key == "fields"
        else _without(value, fields)
        for key, value in schema.items()
    }
