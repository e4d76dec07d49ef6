"""Reads Avro bytes by walking a layout, step by step. Knows what is wrong and where; does not know haste.

This is the reader that defines what is valid. The generated readers (``projection.py``) are its fast copies: they
turn to it whenever they meet something unusual, and it either reads it or says what is wrong with it.

Binary encoding: Apache Avro 1.11 specification, "Binary Encoding". Stricter than the specification in one point:
a number must be in its shortest form, so that equal records have equal bytes but for the blocks of lists.
"""

import math
import re
import struct
from functools import lru_cache
from typing import Any, Never

from schemas.errors import DecodeError
from schemas.layout import (
    Branches,
    Choice,
    Flag,
    Gap,
    Items,
    Maybe,
    Node,
    Number,
    Part,
    Sized,
    Text,
    Whole,
    expectation,
)

VARINT_BYTES_MAX = 10
"""Bytes of the longest 64-bit number, seven bits a byte."""

DOUBLE = struct.Struct("<d")
compiled = lru_cache(maxsize=64)(re.compile)


class Unreadable(Exception):  # noqa: N818 - not an error of its own: always turned into DecodeError
    """What was found instead of a value; the path is added on the way up."""

    def __init__(self, node: Node | str, found: str) -> None:
        super().__init__(node, found)
        self.expected = node if isinstance(node, str) else expectation(node)
        self.found = found
        self.path: list[str] = []


def read(layout: Part, data: bytes, start: int) -> Any:
    """Return the record in ``data`` from a position to the end.

    Raises:
        DecodeError: the bytes are not exactly one valid record.
    """
    reader = _Reader(data, start)
    try:
        record = reader.part(layout)
        if reader.position != len(data):
            _fail("the end of the record", f"{len(data) - reader.position} more bytes")
    except Unreadable as problem:
        name = layout.kind.__name__ if layout.kind else ""
        field = ".".join(reversed(problem.path)).replace(".[]", "[]")
        raise DecodeError(name, field, problem.expected, problem.found) from None
    return record


def long_at(data: bytes, position: int) -> tuple[int, int]:
    """Return the whole number at a position, and the position behind it.

    Raises:
        Unreadable: truncated, longer than ten bytes or 64 bits, or not in its shortest form.
    """
    end, raw, shift = position, 0, 0
    while end < len(data) and data[end] & 0x80 and end - position < VARINT_BYTES_MAX:
        raw |= (data[end] & 0x7F) << shift
        end, shift = end + 1, shift + 7
    if end >= len(data):
        _fail("a number", "the end of the bytes")
    raw |= (data[end] & 0x7F) << shift
    if end - position >= VARINT_BYTES_MAX or raw >> 64:
        _fail("a number", "more than 64 bits")
    if end > position and data[end] == 0:
        _fail("a number in its shortest form", "a longer form")
    return (raw >> 1) ^ -(raw & 1), end + 1


def _fail(expected: Node | str, found: str) -> Never:
    """Stop reading."""
    raise Unreadable(expected, found)


class _Reader:
    """Bytes and how far they have been read."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position

    def node(self, node: Node) -> Any:  # noqa: C901, PLR0911 - one case a kind of node
        """Read the value of any node."""
        match node:
            case Text():
                return self._text(node)
            case Whole(smallest, largest):
                value = self._long()
                return value if smallest <= value <= largest else _fail(node, "another number")
            case Number():
                return self._number(node)
            case Flag():
                return bool(self._index(2, node))
            case Choice(symbols):
                symbol = symbols[self._index(len(symbols), node)]
                return _fail(node, "another symbol") if symbol is None else symbol
            case Maybe(inner, null_branch):
                return None if self._index(2, "a branch of null and a value") == null_branch else self.node(inner)
            case Items():
                return self._items(node)
            case Sized():
                return self._bytes(self._size(node)) and None
            case Gap(count):
                return self._bytes(count) and None
            case Part():
                return self.part(node)
            case Branches():
                return _fail(node, "no field of a record")

    def part(self, part: Part) -> Any:
        """Read a record; None when it is passed over."""
        values = dict(part.absent)
        for member in part.members:
            if isinstance(member.node, Branches):
                branch = member.node.members[self._index(len(member.node.members), member.node)]
                values[branch.name] = self._member(branch.name, branch.node)
            else:
                value = self._member(member.name, member.node)
                if member.wanted:
                    values[member.name] = value
        return self._built(part, values)

    def _member(self, name: str, node: Node) -> Any:
        """Read a field, adding its name to the path of whatever is wrong in it."""
        try:
            return self.node(node)
        except Unreadable as problem:
            problem.path.append(name)
            raise

    def _built(self, part: Part, values: dict[str, Any]) -> Any:
        """Build a record, which may have rules of its own across fields."""
        if part.kind is None:
            return None
        try:
            return part.kind(**values)
        except ValueError as problem:
            return _fail(str(problem).removeprefix("expected "), "fields that contradict each other")

    def _long(self) -> int:
        """Read a whole number."""
        value, self.position = long_at(self._data, self.position)
        return value

    def _index(self, count: int, node: Node | str) -> int:
        """Read a number below a count: a place in a union, a list of symbols, or a truth value's single byte."""
        if isinstance(node, Flag):
            raw = self._bytes(1)[0]
            return raw if raw < count else _fail(node, "another byte")
        value = self._long()
        return value if 0 <= value < count else _fail(node, "a place that does not exist")

    def _bytes(self, count: int) -> bytes:
        """Read a number of bytes; the count is checked before anything is set aside for them."""
        end = self.position + count
        if end > len(self._data):
            _fail("more bytes", "the end of the bytes")
        raw = self._data[self.position : end]
        self.position = end
        return raw

    def _size(self, node: Node) -> int:
        """Read a number of bytes to come."""
        count = self._long()
        return count if count >= 0 else _fail(node, "a negative length")

    def _text(self, node: Text) -> str:
        """Read a string."""
        raw = self._bytes(self._size(node))
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return _fail(node, "bytes that are not UTF-8")
        if not node.length_min <= len(text) <= node.length_max:
            _fail(node, f"{len(text)} characters")
        if node.pattern is not None and not compiled(node.pattern).search(text):
            _fail(node, "text that does not match")
        return text

    def _number(self, node: Number) -> float:
        """Read a number."""
        value: float = DOUBLE.unpack(self._bytes(DOUBLE.size))[0]
        low = node.smallest is not None and (value <= node.smallest if node.above else value < node.smallest)
        if not math.isfinite(value) or low or (node.largest is not None and value > node.largest):
            _fail(node, "another number")
        return value

    def _items(self, node: Items) -> tuple[Any, ...]:
        """Read a list block by block; never sets aside space for a count it was told.

        An item takes a byte at least (no list here holds empty records), so more items than bytes are a lie.
        """
        items: list[Any] = []
        while count := self._long():
            size = self._long() if count < 0 else None
            if abs(count) > min(node.count_max - len(items), len(self._data) - self.position):
                _fail(node, "more items")
            start = self.position
            items.extend(self._member("[]", node.item) for _ in range(abs(count)))
            if size is not None and self.position - start != size:
                _fail(node, "a block of another size")
        if len(items) < node.count_min:
            _fail(node, f"{len(items)} items")
        return tuple(items)
