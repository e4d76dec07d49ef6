"""How a record lies in Avro bytes: its schema and its class, laid side by side. Knows no bytes.

A layout is a tree that follows the schema the bytes were **written** with, because that is the order they come in;
each node says what the record's class (``records.py``) allows there. Fields the class does not have are marked to be
skipped; fields the schema does not have take the class's default. All readers and writers walk this one tree, which
is why they agree on what is valid.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import inspect

from schemas.registry import Schema

INT64_MAX = 2**63 - 1
BODY = "body"
"""The union field of a schema that stands for several fields of its class, one a branch."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string, by its length in characters and a pattern it must match."""

    length_min: int = 0
    length_max: int = INT64_MAX
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in a range, both ends included."""

    smallest: int = -(2**63)
    largest: int = INT64_MAX


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number in a range; the lower end is excluded when ``above`` is set."""

    smallest: float | None = None
    largest: float | None = None
    above: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several symbols: for each symbol written, the symbol read, or None where there is none for it."""

    symbols: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """Null or a value; ``null_branch`` is the place of null in the union."""

    inner: "Node"
    null_branch: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    """A list, by the number of its items."""

    item: "Node"
    count_min: int = 0
    count_max: int = INT64_MAX


@dataclass(frozen=True, slots=True)
class Sized:
    """Bytes to pass over that start with their number."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A fixed number of bytes to pass over."""

    count: int


@dataclass(frozen=True, slots=True)
class Member:
    """One field as written. ``wanted`` is false where its bytes are to be passed over."""

    name: str
    node: "Node"
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A record: its fields in the order written. ``kind`` is None where the record is passed over."""

    kind: type[msgspec.Struct] | None
    members: tuple[Member, ...]
    absent: dict[str, Any] = field(default_factory=dict)
    """Values of the fields of ``kind`` that are not read."""


@dataclass(frozen=True, slots=True)
class Branches:
    """A union of records, each of them a field of the class under its own name."""

    members: tuple[Member, ...]


Node = Text | Whole | Number | Flag | Choice | Maybe | Items | Sized | Gap | Part | Branches


def expectation(node: Node) -> str:  # noqa: C901, PLR0911 - one case a kind of node
    """Return in words what may stand at a node."""
    match node:
        case Text(length_min, length_max, pattern):
            return f"text of {length_min} to {length_max} characters" + (f" matching {pattern}" if pattern else "")
        case Whole(smallest, largest):
            return f"a whole number from {smallest} to {largest}"
        case Number(smallest, largest, above):
            return _number_expectation(smallest, largest, above=above)
        case Flag():
            return "true or false"
        case Choice(symbols):
            return "one of " + ", ".join(symbol for symbol in symbols if symbol is not None)
        case Maybe(inner):
            return expectation(inner)
        case Items(_, count_min, count_max):
            return f"a list of {count_min} to {count_max} items"
        case Part(kind):
            return f"a record {kind.__name__}" if kind else "a record"
        case Sized() | Gap():
            return "bytes to pass over"
        case Branches(members):
            return "exactly one of " + ", ".join(member.name for member in members)


def _number_expectation(smallest: float | None, largest: float | None, *, above: bool) -> str:
    """Return in words what a number may be."""
    bounds = []
    if smallest is not None:
        bounds.append(f"above {smallest}" if above else f"at least {smallest}")
    if largest is not None:
        bounds.append(f"at most {largest}")
    return "a finite number" + (" " + " and ".join(bounds) if bounds else "")


def find(node: Node, path: str) -> Node | None:
    """Return the node at a field path such as ``turn.alternatives[].said``, or None when there is none."""
    for step in path.split(".") if path else ():
        while isinstance(node, Maybe | Items):
            node = node.inner if isinstance(node, Maybe) else node.item
        found = next((member.node for member in _fields(node) if member.name == step.removesuffix("[]")), None)
        if found is None:
            return None
        node = found
    return node


def _fields(node: Node) -> tuple[Member, ...]:
    """Return the fields of a record as its class has them: the branches of a body are fields."""
    if not isinstance(node, Part):
        return ()
    fields: list[Member] = []
    for member in node.members:
        fields.extend(member.node.members if isinstance(member.node, Branches) else [member])
    return tuple(fields)


def field_names(node: Node) -> tuple[str, ...]:
    """Return the names of a record's fields, as its class has them; none for anything else."""
    return tuple(member.name for member in _fields(node))


def leaves(node: Node, path: str = "") -> frozenset[str]:
    """Return the paths of all fields of a record that are not records themselves, nor lists of them."""
    while isinstance(node, Maybe | Items):
        node = node.inner if isinstance(node, Maybe) else node.item
    members = _fields(node)
    if not members:
        return frozenset([path])
    below = (leaves(member.node, f"{path}.{member.name}" if path else member.name) for member in members)
    return frozenset().union(*below)


class Selection:
    """The fields a reader wants, as paths. Naming a field names all below it.

    Args:
        paths: field paths, or None for all.
    """

    def __init__(self, paths: frozenset[str] | None) -> None:
        """Remember the paths and every path above them."""
        self._paths = paths
        self._above = {path[:end] for path in paths or () for end, letter in enumerate(path) if letter == "."}

    def wants(self, path: str) -> bool:
        """Tell whether a field or something below it is wanted."""
        if self._paths is None or path in self._above:
            return True
        return any(path == chosen or path.startswith(f"{chosen}.") for chosen in self._paths)


def lay_out(kind: type[msgspec.Struct], writer: Schema, reader: Schema, paths: frozenset[str] | None = None) -> Part:
    """Lay a record class beside the schema its bytes were written with.

    A field without a default is read even when it is not among the paths, unless it is text, which is left "".

    Args:
        kind: the record class, which says what is valid.
        writer: the schema of the bytes.
        reader: the class's own schema, for the defaults of its enums.
        paths: the fields to read, all when None.

    Raises:
        ValueError: the class cannot be read from bytes of that schema.
    """
    builder = _Builder(_named(writer, {}), _named(reader, {}), Selection(paths))
    return builder.part(writer, inspect.type_info(kind), "")


def _named(schema: Schema, names: dict[str, Schema]) -> dict[str, Schema]:
    """Collect the named types of a schema by their names without namespace."""
    if isinstance(schema, list):
        for branch in schema:
            _named(branch, names)
    elif isinstance(schema, dict):
        if "name" in schema:
            names[schema["name"].rpartition(".")[2]] = schema
        for part in (*(entry["type"] for entry in schema.get("fields", ())), schema.get("items"), schema.get("type")):
            if not isinstance(part, str | None):
                _named(part, names)
    return names


class _Builder:
    """Builds a layout. Holds the named types of both schemas, because Avro lets a schema refer back to them."""

    def __init__(self, names: dict[str, Schema], reader_names: dict[str, Schema], selection: Selection) -> None:
        self._names = names
        self._reader_names = reader_names
        self._selection = selection

    def _resolve(self, schema: Schema) -> Schema:
        """Return the definition behind a name, and primitives as their name."""
        if isinstance(schema, str):
            return self._names.get(schema.rpartition(".")[2], schema)
        if isinstance(schema, dict) and isinstance(schema["type"], dict | list):
            return self._resolve(schema["type"])
        return schema

    def node(  # noqa: C901, PLR0911 - one case a type
        self, schema: Schema, shape: inspect.Type | None, path: str
    ) -> Node:
        """Return the node of one type; a shape of None means that its bytes are passed over."""
        schema = self._resolve(schema)
        nullable, shape = _without_null(shape)
        if isinstance(schema, list):
            return self._maybe(schema, shape, path, nullable=nullable)
        name = schema if isinstance(schema, str) else schema["type"]
        match name, shape:
            case "string" | "bytes", None:
                return Sized()
            case "float" | "double" | "fixed", None:
                return Gap({"float": 4, "double": 8}.get(name) or schema["size"])
            case "string", inspect.StrType():
                return _text(shape)
            case "int" | "long", inspect.IntType() | None:
                return _whole(shape)
            case "double", inspect.FloatType():
                return _number(shape)
            case "boolean", inspect.BoolType() | None:
                return Flag()
            case "enum", inspect.LiteralType() | None:
                return self._choice(schema, shape)
            case "array", inspect.VarTupleType() | None:
                return self._items(schema, shape, path)
            case "record", inspect.StructType() | None:
                return self.part(schema, shape, path)
        raise _incompatible(path, name)

    def _maybe(self, union: list[Schema], shape: inspect.Type | None, path: str, *, nullable: bool) -> Node:
        """Return the node of a union of null and something."""
        others = [branch for branch in union if branch != "null"]
        if len(union) != 2 or len(others) != 1 or (shape is not None and not nullable):  # noqa: PLR2004 - a pair
            raise _incompatible(path, "union")
        return Maybe(self.node(others[0], shape, path), union.index("null"))

    def _choice(self, schema: Schema, shape: inspect.LiteralType | None) -> Choice:
        """Return the node of an enum; symbols the class does not know are read as the reader's default."""
        if shape is None:
            return Choice(tuple(schema["symbols"]))
        reader = self._reader_names.get(schema["name"].rpartition(".")[2], {})
        fallback = reader.get("default")
        return Choice(tuple(symbol if symbol in shape.values else fallback for symbol in schema["symbols"]))

    def _items(self, schema: Schema, shape: inspect.VarTupleType | None, path: str) -> Items:
        """Return the node of a list."""
        if shape is None:
            return Items(self.node(schema["items"], None, path))
        item = self.node(schema["items"], shape.item_type, path)
        largest = INT64_MAX if shape.max_length is None else shape.max_length
        return Items(item, shape.min_length or 0, largest)

    def part(self, schema: Schema, shape: inspect.Type | None, path: str) -> Part:
        """Return the node of a record."""
        fields = {entry.name: entry for entry in shape.fields} if isinstance(shape, inspect.StructType) else {}
        members = tuple(self._member(entry, fields, path) for entry in schema["fields"])
        if not isinstance(shape, inspect.StructType):
            return Part(None, members)
        part = Part(shape.cls, members)
        read = {member.name for member in _fields(part) if member.wanted}
        absent = {name: _default(entry, path) for name, entry in fields.items() if name not in read}
        missing = {entry.name for entry in fields.values() if entry.required} - {m.name for m in _fields(part)}
        if missing:
            raise _incompatible(path, f"record without {', '.join(sorted(missing))}")
        return Part(shape.cls, members, absent)

    def _member(self, entry: Schema, fields: dict[str, inspect.Field], path: str) -> Member:
        """Return one field of a record, wanted or passed over."""
        name = entry["name"]
        if name == BODY and isinstance(self._resolve(entry["type"]), list):
            return Member(name, self._branches(self._resolve(entry["type"]), fields, path))
        below = f"{path}.{name}" if path else name
        known = fields.get(name)
        if known is None or not (self._selection.wants(below) or _indispensable(known)):
            node = self.node(entry["type"], None, below)
            return Member(name, node, wanted=False)
        return Member(name, self.node(entry["type"], known.type, below))

    def _branches(self, union: list[Schema], fields: dict[str, inspect.Field], path: str) -> Branches:
        """Return a body: the branch ``Turn`` is the field ``turn``."""
        members = []
        for branch in union:
            schema = self._resolve(branch)
            name = schema["name"].rpartition(".")[2].lower()
            if name not in fields:
                raise _incompatible(path, f"union with a branch {name}")
            _, shape = _without_null(fields[name].type)
            members.append(Member(name, self.part(schema, shape, f"{path}.{name}" if path else name)))
        return Branches(tuple(members))


def _incompatible(path: str, found: str) -> ValueError:
    """Return the error of a schema that the class cannot be read from."""
    return ValueError(f"schema field {path or 'as a whole'}: a {found} does not fit the record class")


def _without_null(shape: inspect.Type | None) -> tuple[bool, inspect.Type | None]:
    """Return whether a shape allows null, and what else it is."""
    if not isinstance(shape, inspect.UnionType):
        return False, shape
    return True, next(branch for branch in shape.types if not isinstance(branch, inspect.NoneType))


def _indispensable(entry: inspect.Field) -> bool:
    """Tell whether a record cannot be built without reading a field: no default, and no text to leave empty."""
    return entry.required and not isinstance(entry.type, inspect.StrType)


def _default(entry: inspect.Field, path: str) -> Any:
    """Return the value of a field that is not read."""
    if entry.required:
        return ""
    if entry.default_factory is not msgspec.NODEFAULT:
        raise _incompatible(path, "default made by a function")
    return entry.default


def _text(shape: inspect.StrType) -> Text:
    """Return the node of a string."""
    return Text(shape.min_length or 0, INT64_MAX if shape.max_length is None else shape.max_length, shape.pattern)


def _whole(shape: inspect.IntType | None) -> Whole:
    """Return the node of a whole number."""
    if shape is None:
        return Whole()
    return Whole(-(2**63) if shape.ge is None else shape.ge, INT64_MAX if shape.le is None else shape.le)


def _number(shape: inspect.FloatType) -> Number:
    """Return the node of a number."""
    return Number(shape.ge if shape.gt is None else shape.gt, shape.le, above=shape.gt is not None)
