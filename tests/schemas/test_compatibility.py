"""FULL_TRANSITIVE: every version of a schema ever released reads every value of every other, and so does today's."""

import itertools
from typing import Any

import msgspec
import pytest

from schemas.records import RECORDS, Feedback
from schemas.registry import current_schema, released_schema, releases
from tests.schemas.changes import BREAKING, HARMLESS, Change, changed
from tests.schemas.shapes import shapes, unreadable


def versions(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schemas of a record by release, today's among them."""
    released = {release: released_schema(release, kind.__name__) for release in releases()}
    known = {release: schema for release, schema in released.items() if schema is not None}
    return {**known, "today": current_schema(kind.__name__)}


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_version_reads_every_other(kind: type[msgspec.Struct]) -> None:
    """Whatever shape a value takes, and whichever version wrote it, every version reads it to its last byte."""
    for writer, reader in itertools.permutations(versions(kind).items(), 2):
        assert unreadable(writer[1], reader[1]) is None, f"{kind.__name__}: {writer[0]} read with {reader[0]}"


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_the_values_take_every_shape(kind: type[msgspec.Struct]) -> None:
    """No symbol of an enum is missing from the values, or a reader that lacks it would pass unseen."""
    schema = current_schema(kind.__name__)
    said = str(shapes(schema))
    assert [symbol for symbol in symbols(schema) if f"'{symbol}'" not in said] == []


def symbols(schema: Any) -> list[str]:
    """Return all symbols of all enums in a schema."""
    if isinstance(schema, dict) and schema.get("type") == "enum":
        return list(schema["symbols"])
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return [symbol for part in inner for symbol in symbols(part)]


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_the_check_finds_what_breaks_a_reader(change: Change) -> None:
    """A change that some reader does not survive is seen, in the direction in which it breaks."""
    old = current_schema(Feedback.__name__)
    new = changed(old, change)
    assert unreadable(old, new) is not None or unreadable(new, old) is not None


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_the_check_passes_what_breaks_nobody(change: Change) -> None:
    """A change that fields with defaults make possible is not refused."""
    old = current_schema(Feedback.__name__)
    new = changed(old, change)
    assert unreadable(old, new) is None
    assert unreadable(new, old) is None
