"""Values of every shape a schema allows, made from its JSON alone, and what another schema makes of them.

Shares nothing with the product's codec: fastavro writes and reads. What it reads depends on the values it is given, so
they take every symbol of every enum, every branch of every union, and lists with and without items.
"""

import io
from collections.abc import Iterator
from typing import Any

import fastavro

PRIMITIVES: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (True, False),
    "int": (7,),
    "long": (1_565_000_000_123,),
    "float": (0.5,),
    "double": (0.25,),
    "string": ("día",),
    "bytes": (b"\xff\x00",),
}


def shapes(schema: Any) -> list[Any]:
    """Return values that between them take every shape of a schema."""
    return _shapes(schema, {}, "")


def _shapes(schema: Any, named: dict[str, Any], space: str) -> list[Any]:
    if isinstance(schema, list):
        return [value for branch in schema for value in _branch(branch, named, space)]
    if isinstance(schema, str):
        return list(PRIMITIVES[schema]) if schema in PRIMITIVES else _shapes(named[schema], named, space)
    kind = schema["type"]
    if kind in ("record", "enum"):
        space = schema.get("namespace", space)
        named[schema["name"]] = named[f"{space}.{schema['name']}"] = schema
    if kind == "enum":
        return list(schema["symbols"])
    if kind == "record":
        return _records(schema, named, space)
    if kind == "array":
        return [[], *([value] for value in _shapes(schema["items"], named, space))]
    return _shapes(kind, named, space)


def _branch(branch: Any, named: dict[str, Any], space: str) -> Iterator[Any]:
    """Yield the values of one branch of a union; fastavro is told which one where it could be in doubt."""
    values = _shapes(branch, named, space)
    definition = named.get(branch, branch) if isinstance(branch, str) else branch
    is_record = isinstance(definition, dict) and definition["type"] == "record"
    for value in values:
        yield (f"{definition.get('namespace', space)}.{definition['name']}", value) if is_record else value


def _records(schema: Any, named: dict[str, Any], space: str) -> list[Any]:
    columns = {field["name"]: _shapes(field["type"], named, space) for field in schema["fields"]}
    rows = max(map(len, columns.values()), default=1)
    return [{name: values[row % len(values)] for name, values in columns.items()} for row in range(rows)]


def unreadable(written: Any, read: Any) -> str | None:
    """Return why values written with one schema cannot all be read with another, None when they can."""
    writer, reader = fastavro.parse_schema(written), fastavro.parse_schema(read)
    for value in shapes(written):
        data = io.BytesIO()
        fastavro.schemaless_writer(data, writer, value)
        size = data.tell()
        data.seek(0)
        try:
            fastavro.schemaless_reader(data, writer, reader)
        except (fastavro.read.SchemaResolutionError, ValueError, KeyError, TypeError) as problem:
            return f"{type(problem).__name__}: {problem}"
        if data.tell() != size:
            return f"{size - data.tell()} bytes are left over"
    return None
