"""Records to bytes and back: JSON lines, Avro, and Avro in part. Knows records and schemas; no topic, no network.

Three faces, one truth: what one refuses the others refuse, for the reasons in ``records.py`` and ``limits.py``.

* ``encode_json`` / ``decode_json``: one JSON object, times in epoch milliseconds, the body of a TurnEvent a key
  named after its branch. Fields with a default may be left out; unknown fields are refused.
* ``encode_avro`` / ``decode_avro``: the Confluent wire format, a zero byte and the schema id before the value.
* ``project``: Avro again, but only the fields that a stage needs.
"""

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any, TypeVar, cast

import msgspec

from schemas import faults, projection, reading, writing
from schemas.errors import DecodeError
from schemas.layout import Part, find, lay_out, leaves
from schemas.records import Trails, TurnEvent
from schemas.registry import HEADER_BYTES, SchemaTable, current_schema, fixed_table, header, schema_id_of

__all__ = [
    "DETECT_FIELDS",
    "LEARN_FIELDS",
    "DecodeError",
    "decode_avro",
    "decode_json",
    "encode_avro",
    "encode_json",
    "fields_but",
    "project",
]

R = TypeVar("R", bound=msgspec.Struct)


def fields_but(kind: type[msgspec.Struct], *unneeded: str) -> frozenset[str]:
    """Return the paths of all fields of a record but those named and those below them.

    Raises:
        ValueError: the record has no such field.
    """
    _check_fields(kind, unneeded)
    return frozenset(leaf for leaf in leaves(_layout(kind)) if not any(_is_below(leaf, path) for path in unneeded))


def _is_below(leaf: str, path: str) -> bool:
    """Tell whether a field is the one at a path or part of it."""
    return leaf == path or leaf.startswith(f"{path}.")


def _check_fields(kind: type[msgspec.Struct], paths: Iterable[str]) -> None:
    """Raise ValueError when a record has no field of one of the paths."""
    unknown = sorted(path for path in paths if find(_layout(kind), path) is None)
    if unknown:
        message = f"{kind.__name__} has no field {', '.join(unknown)}"
        raise ValueError(message)


@cache
def _layout(kind: type[msgspec.Struct]) -> Part:
    """Return a record's layout in its current schema."""
    schema = current_schema(kind.__name__)
    return lay_out(kind, schema, schema)


@cache
def _json_decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    """Return the one JSON decoder of a kind."""
    return msgspec.json.Decoder(kind)


def decode_json(kind: type[R], data: bytes) -> R:
    """Return the record in a JSON text.

    Raises:
        DecodeError: the text is not exactly one valid record.
    """
    try:
        return cast("R", _json_decoder(kind).decode(data))
    except (ValueError, RecursionError, MemoryError) as problem:
        raise faults.translated(_layout(kind), problem) from None


def encode_json(record: msgspec.Struct) -> bytes:
    """Return a record as one JSON text without line breaks.

    Raises:
        ValueError: the record is not valid.
    """
    encode_avro(record)  # msgspec checks nothing when it encodes, and would write NaN as null
    return msgspec.json.encode(record)


@cache
def _writer(kind: type[msgspec.Struct], schema_id: int) -> Callable[[Any], bytes]:
    """Return the compiled writer of a kind."""
    return writing.generate(_layout(kind), header(schema_id))


def encode_avro(record: msgspec.Struct, table: SchemaTable | None = None) -> bytes:
    """Return a record as Avro with its schema id in front.

    Args:
        record: one of ``records.RECORDS``.
        table: the schema ids; the fixed ones when None.

    Raises:
        ValueError: the record is not valid.
    """
    kind = type(record)
    write = _writer(kind, (table or fixed_table()).written[kind.__name__])
    try:
        return write(record)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError):
        raise faults.invalid(_layout(kind), record) from None  # the cause may quote what somebody said


def decode_avro(kind: type[R], data: bytes, table: SchemaTable | None = None) -> R:
    """Return the record in Avro bytes with a schema id in front.

    Bytes written with an older or newer schema are read by Avro's rules for schema resolution: unknown fields are
    passed over, missing ones take their defaults, unknown symbols become their enum's default.

    Raises:
        DecodeError: the bytes are not exactly one valid record.
    """
    return _reader(kind, table)(data)


def _reader(kind: type[R], table: SchemaTable | None) -> Callable[[bytes], R]:
    """Return the reader of all fields, compiled once for each table."""
    key = (kind, id(table))
    if key not in _READERS:
        _READERS[key] = (table, project(kind, None, table))
    return cast("Callable[[bytes], R]", _READERS[key][1])


_READERS: dict[tuple[type[msgspec.Struct], int], tuple[SchemaTable | None, Callable[[bytes], Any]]] = {}
"""Compiled readers; each keeps its table, so that the table's ``id`` stays its own. A process has one or two."""


def project(
    kind: type[R], fields: Iterable[str] | None = None, table: SchemaTable | None = None
) -> Callable[[bytes], R]:
    """Compile a function that decodes only some fields of a record from Avro bytes with a schema id in front.

    The others keep their defaults, and text without a default is ""; other fields without a default are always
    decoded. Bytes of fields that are not decoded are passed over unseen: nothing in them is checked but their length.

    Args:
        kind: the record class.
        fields: field paths such as ``turn.reply.status``; naming a field names all below it; None names all.
        table: the schema ids; the fixed ones when None. Its ``writers`` may grow later.

    Returns:
        A function that raises DecodeError and nothing else, whatever bytes it is given.

    Raises:
        ValueError: the record has no such field.
    """
    used = table or fixed_table()
    chosen = None if fields is None else frozenset(fields)
    _check_fields(kind, chosen or ())
    other = _Others(kind, chosen, used)
    schema_id = used.written[kind.__name__]
    return projection.generate(other.layout(schema_id), header(schema_id), other.read)


class _Others:
    """Reads the bytes that the compiled reader did not take: other schemas, rare encodings, and what is not valid."""

    def __init__(self, kind: type[msgspec.Struct], fields: frozenset[str] | None, table: SchemaTable) -> None:
        self._kind = kind
        self._fields = fields
        self._table = table
        self._layouts: dict[int, Part] = {}
        self._compiled: dict[int, Callable[[bytes], Any]] = {}

    def layout(self, schema_id: int) -> Part:
        """Return the layout of bytes with a schema id.

        Raises:
            DecodeError: the id is unknown, or its schema is not one of this record.
        """
        if schema_id not in self._layouts:
            schema = self._table.writers.get(schema_id)
            if schema is None:
                raise DecodeError(self._kind.__name__, "", "a known schema id", "another schema id")
            name = self._kind.__name__
            try:
                self._layouts[schema_id] = lay_out(self._kind, schema, current_schema(name), self._fields)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                raise DecodeError(name, "", "a schema this record can be read with", "another schema") from None
        return self._layouts[schema_id]

    def read(self, data: bytes) -> Any:
        """Read bytes with care.

        Raises:
            DecodeError: the bytes are not exactly one valid record.
        """
        name = self._kind.__name__
        if not isinstance(data, bytes):
            raise DecodeError(name, "", "bytes", type(data).__name__)
        schema_id = schema_id_of(data)
        if schema_id is None:
            raise DecodeError(name, "", "a zero byte and a schema id", "other bytes")
        layout = self.layout(schema_id)
        if schema_id == self._table.written[name]:
            return _read_carefully(layout, data)
        if schema_id not in self._compiled:
            careful = partial(_read_carefully, layout)
            self._compiled[schema_id] = projection.generate(layout, header(schema_id), careful)
        return self._compiled[schema_id](data)


def _read_carefully(layout: Part, data: bytes) -> Any:
    """Read what a compiled reader did not take."""
    return reading.read(layout, data, HEADER_BYTES)


DETECT_FIELDS = fields_but(TurnEvent, "turn.said_confidence", "turn.alternatives", "turn.interpretation.confidence")
"""What the detect stage needs of a TurnEvent."""

LEARN_FIELDS = fields_but(Trails, "trails.normaliser", "trails.turns.session_id")
"""What the learn stage needs of Trails."""
