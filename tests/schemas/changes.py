"""Changes to a schema, some that every reader survives and some that break one. Knows no test."""

import json
from collections.abc import Callable
from typing import Any

Change = Callable[[Any], None]


def _field(schema: Any, name: str) -> Any:
    return next(field for field in schema["fields"] if field["name"] == name)


def remove_a_field_without_default(schema: Any) -> None:
    """Old readers miss it."""
    schema["fields"].remove(_field(schema, "feedback_id"))


def add_a_field_without_default(schema: Any) -> None:
    """New readers miss it in old values."""
    schema["fields"].append({"name": "added", "type": "string", "doc": "New."})


def rename_a_field(schema: Any) -> None:
    """Old readers miss the old name, new ones the new name."""
    _field(schema, "cause_turn_id")["name"] = "because_of"


def add_a_symbol_without_default(schema: Any) -> None:
    """Old readers do not know it, and have nothing to take instead."""
    _field(schema, "kind")["type"]["symbols"].append("sighed")


def remove_a_symbol_without_default(schema: Any) -> None:
    """New readers do not know it any more."""
    _field(schema, "kind")["type"]["symbols"].remove("repeat")


def change_a_type(schema: Any) -> None:
    """A number is no text."""
    _field(schema, "score")["type"] = "string"


def narrow_a_type(schema: Any) -> None:
    """A long is read as a double, but not the other way round."""
    _field(schema, "occurred_at")["type"] = "double"


def allow_null(schema: Any) -> None:
    """Old readers take no null."""
    _field(schema, "turn_id")["type"] = ["null", "string"]


def add_a_field_with_default(schema: Any) -> None:
    """Those who do not know it pass it over; in old values it has its default."""
    schema["fields"].insert(2, {"name": "added", "type": ["null", "string"], "default": None, "doc": "New."})


def remove_a_field_with_default(schema: Any) -> None:
    """Old readers take its default."""
    schema["fields"].remove(_field(schema, "late"))


BREAKING: tuple[Change, ...] = (
    remove_a_field_without_default,
    add_a_field_without_default,
    rename_a_field,
    add_a_symbol_without_default,
    remove_a_symbol_without_default,
    change_a_type,
    narrow_a_type,
    allow_null,
)
"""Changes to the schema of Feedback that some reader, old or new, does not survive."""

HARMLESS: tuple[Change, ...] = (add_a_field_with_default, remove_a_field_with_default)
"""Changes to it that all survive."""


def changed(schema: Any, change: Change) -> Any:
    """Return a schema after a change; the given one stays as it is."""
    copy = json.loads(json.dumps(schema))
    change(copy)
    return copy
