"""Turn events in any of their forms to the bytes of a record, validated. Knows no producer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.codec import decode_json, encode_avro
from schemas.records import TurnEvent
from schemas.registry import SchemaTable
from streams.keys import user_key

Event = TurnEvent | Mapping[str, Any] | bytes
"""A turn event as a record, as plain values, or as JSON."""


def encode_event(event: Event, schemas: SchemaTable | None, size_max: int) -> tuple[bytes, bytes]:
    """Return the key and value of an event.

    Args:
        event: in any of its forms.
        schemas: the schema ids; the fixed ones when None.
        size_max: most bytes of key and value together.

    Raises:
        ValueError: the event is not valid or too large; the text names the field and what it may be.
    """
    record = event if isinstance(event, TurnEvent) else as_record(event)
    value = encode_avro(record, schemas)
    key = user_key(record.tenant, record.user).encode("utf-8")
    if len(key) + len(value) > size_max:
        raise ValueError(_too_large(record, len(key) + len(value), size_max))
    return key, value


def as_record(event: Event) -> TurnEvent:
    """Return an event as a record that is known to be valid.

    Raises:
        ValueError: it is not; the text names the field and what it may be.
    """
    if isinstance(event, TurnEvent):
        encode_avro(event)  # msgspec checks nothing when a program makes a record, and who reads its texts needs texts
        return event
    return decode_json(TurnEvent, _as_json(event))


def _as_json(event: Mapping[str, Any] | bytes) -> bytes:
    if isinstance(event, bytes):
        return event
    try:
        return msgspec.json.encode(event)
    except (TypeError, ValueError, UnicodeEncodeError, RecursionError):
        message = "TurnEvent: expected values that JSON has, found another kind of value"
        raise ValueError(message) from None


def _too_large(event: TurnEvent, size: int, size_max: int) -> str:
    """Say which field takes the most room, without showing what is in it."""
    body = "turn" if event.turn is not None else "signal"
    sizes = {name: len(msgspec.json.encode(value)) for name, value in _fields(event).items() if name != body}
    sizes |= {f"{body}.{name}": len(msgspec.json.encode(part)) for name, part in _fields(getattr(event, body)).items()}
    largest = max(sizes, key=sizes.__getitem__)
    return (
        f"TurnEvent: {size:,} bytes are more than the {size_max:,} that the topic takes; `{largest}` is the largest "
        f"field with {sizes[largest]:,} bytes: send less of it"
    )


def _fields(record: msgspec.Struct | None) -> dict[str, Any]:
    return {} if record is None else msgspec.structs.asdict(record)
