"""Writes, as Python source, readers that decode only the fields a stage needs. Knows layouts, no stage.

Why generated: decoding is most of the work of the detect stage. A reader that walks a schema spends its time finding
out, for each field of each record, what it has known since it started. A reader written out for one schema and one
set of fields is straight code without calls: numbers of one and two bytes are read in place, fields nobody wants
are passed over by adding their length. It is compiled once per set of fields, by ``exec`` of text made of nothing but
our own schemas and record classes; no byte of a record ever becomes source.

Why it may be careless: a generated reader only has to be right about ordinary valid records. On anything else it
raises whatever comes, and the record is handed to ``reading.py``, which reads it or says what is wrong with it.
Every check still has to be there: what the fast reader lets pass is never looked at again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from schemas import fast
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
)
from schemas.limits import EPOCH_MS_MAX
from schemas.reading import long_at
from schemas.source import Source

ONE_BYTE_TEXT = 63
"""Bytes of the longest text whose length takes one byte."""

COUNT_MAX = 65_535
"""Items of the longest list of a class without its own limit, or of a list passed over, that is read here."""


def generate(layout: Part, wire_header: bytes, otherwise: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Compile a reader for values that start with a header and lie as a layout says.

    Args:
        layout: what to read.
        wire_header: the bytes in front of such values.
        otherwise: called with all that the reader does not take; what it returns or raises is passed on.
    """
    writer = _Writer(wire_header, otherwise)
    compiled: Callable[[bytes], Any] = writer.source.function("read", writer.write(layout))
    return compiled


class _Writer:
    """Writes the source of one reader. In it, ``data`` are the bytes and ``at`` is how far they have been read."""

    def __init__(self, wire_header: bytes, otherwise: Callable[[bytes], Any]) -> None:
        self.source = Source()
        self._header = self.source.constant("header", wire_header)
        self._start = len(wire_header)
        self._otherwise = self.source.constant("otherwise", otherwise)
        self._long = self.source.constant("long_at", long_at)
        self._refused = self.source.constant("Refused", fast.Refused)
        self._caches: dict[Text, str] = {}

    def write(self, layout: Part) -> str:
        """Write the whole reader."""
        line, source = self.source.line, self.source
        line("def read(data):")
        with source.block("try:"):
            self._refuse_if(f"not data.startswith({self._header})")
            line(f"at = {self._start}")
            record = self._part(layout)
            self._refuse_if("at != len(data)")
            line(f"return {record}")
        with source.block("except Exception:"):
            line(f"return {self._otherwise}(data)")
        return source.text()

    def _refuse_if(self, condition: str) -> None:
        """Write a check."""
        with self.source.block(f"if {condition}:"):
            self.source.line(f"raise {self._refused}")

    def _value(self, node: Node, target: str) -> None:
        """Write what reads a node into a variable."""
        match node:
            case Text():
                self._text(node, target)
            case Whole():
                self._whole(node, target)
            case Number():
                self._number(node, target)
            case Flag():
                self._looked_up({0: False, 1: True}, target)
            case Choice(symbols):
                self._looked_up({2 * place: symbol for place, symbol in enumerate(symbols) if symbol}, target)
            case Maybe():
                self._maybe(node, target)
            case Items():
                self._items(node, target)
            case Part():
                self.source.line(f"{target} = {self._part(node)}")
            case _:
                self._skip(node)

    def _part(self, part: Part) -> str:
        """Write what reads a record, and return the expression that builds it."""
        values: dict[str, str] = {name: self.source.constant(name, value) for name, value in part.absent.items()}
        for member in part.members:
            if isinstance(member.node, Branches):
                values |= self._branches(member.node)
            elif member.wanted:
                values[member.name] = self.source.variable(member.name)
                self._value(member.node, values[member.name])
            else:
                self._skip(member.node)
        assert part.kind is not None  # noqa: S101 - parts passed over are written by _skip
        kind = self.source.constant(part.kind.__name__, part.kind)
        return f"{kind}({', '.join(values[name] for name in part.kind.__struct_fields__)})"

    def _branches(self, node: Branches) -> dict[str, str]:
        """Write what reads a body: one of several fields."""
        line, source = self.source.line, self.source
        targets = {member.name: source.variable(member.name) for member in node.members}
        chosen = source.variable("branch")
        line(f"{' = '.join(targets.values())} = None")
        line(f"{chosen} = data[at]")
        line("at += 1")
        for place, member in enumerate(node.members):
            with source.block(f"{'elif' if place else 'if'} {chosen} == {2 * place}:"):
                self._value(member.node, targets[member.name])
        with source.block("else:"):
            line(f"raise {self._refused}")
        return targets

    def _text(self, node: Text, target: str) -> None:
        """Write what reads a string.

        A string has no more characters than bytes, so characters are counted only when there are too many bytes.
        """
        line, source = self.source.line, self.source
        kept = node.pattern is not None
        span = f"data[at + 1:(at := at + {self._span_read()})]"
        with source.block("if span > 1:"):
            line(f"{target} = {self._cache(node)}[{span}]" if kept else f"{target} = {span}.decode()")
            if not kept and (node.length_min > 1 or node.length_max < ONE_BYTE_TEXT):
                self._refuse_if(f"not {node.length_min} <= len({target}) <= {node.length_max}")
        with source.block("elif span:"):
            line("at += 1")
            line(f"{target} = ''" if node.length_min == 0 else f"raise {self._refused}")
        with source.block("else:"):
            self._longer_count()
            longer = "data[at:(at := at + count)]"
            line(f"{target} = {self._cache(node)}[{longer}]" if kept else f"{target} = {longer}.decode()")
            if not kept:
                self._refuse_if(f"count > {node.length_max} and len({target}) > {node.length_max}")

    def _span_read(self) -> str:
        """Write what reads the length in front of a string as bytes to go on, 0 when it takes more than a byte."""
        self.source.line(f"span = {self.source.constant('spans', fast.SPANS)}[data[at]]")
        return "span"

    def _cache(self, node: Text) -> str:
        """Return the name of the cache of a kind of text; kinds alike share one."""
        if node not in self._caches:
            self._caches[node] = self.source.constant("known", fast.texts(node))
        return self._caches[node]

    def _longer_count(self) -> None:
        """Write what reads a count of two bytes in place, and any other by a call; no count is negative."""
        line, source = self.source.line, self.source
        line("count = data[at]")
        line("more = data[at + 1]")
        with source.block("if 0 < more < 128 <= count and not count & 1:"):
            line("count = (count & 126 | more << 7) >> 1")
            line("at += 2")
        with source.block("else:"):
            line(f"count, at = {self._long}(data, at)")
            self._refuse_if("count < 0")

    def _whole(self, node: Whole, target: str) -> None:
        """Write what reads a whole number; times have their own way, because they take six bytes."""
        line, source = self.source.line, self.source
        if node.largest == EPOCH_MS_MAX:
            self._time(target)
            return
        line(f"{target} = data[at]")
        with source.block(f"if {target} & 129:"):
            line(f"{target}, at = {self._long}(data, at)")
            self._refuse_if(f"not {node.smallest} <= {target} <= {node.largest}")
        with source.block("else:"):
            line(f"{target} >>= 1")
            line("at += 1")

    def _time(self, target: str) -> None:
        """Write what reads a time: six bytes at once, the slow half looked up, or else by a call."""
        line, source = self.source.line, self.source
        line(f"low, middle, upper, high, highest = {source.constant('unpack_time', fast.UNPACK_TIME)}(data, at)")
        line(f"{target} = {source.constant('high_part', fast.times_high().get)}(high | highest << 16)")
        with source.block(f"if {target} is None or low & 1 or low & middle & upper < {fast.MORE}:"):
            line(f"{target}, at = {source.constant('time_at', fast.time_at)}(data, at)")
        with source.block("else:"):
            line(f"{target} += (low & 127) >> 1 | (middle & 127) << 6 | (upper & 127) << 13")
            line("at += 6")

    def _number(self, node: Number, target: str) -> None:
        """Write what reads a number. Written so that NaN fails every check."""
        unpack = self.source.constant("unpack", fast.UNPACK)
        self.source.line(f"{target}, = {unpack}(data, at)")
        self.source.line("at += 8")
        if node.smallest is not None and node.largest is not None:
            self._refuse_if(f"not {node.smallest} {'<' if node.above else '<='} {target} <= {node.largest}")
            return
        self._refuse_if(f"{target} - {target} != 0.0")
        if node.smallest is not None:
            self._refuse_if(f"not {node.smallest} {'<' if node.above else '<='} {target}")
        if node.largest is not None:
            self._refuse_if(f"{target} > {node.largest}")

    def _looked_up(self, meanings: dict[int, Any], target: str) -> None:
        """Write what reads a byte by what it means; a byte without meaning is a KeyError."""
        self.source.line(f"{target} = {self.source.constant('meanings', meanings)}[data[at]]")
        self.source.line("at += 1")

    def _maybe(self, node: Maybe, target: str) -> None:
        """Write what reads null or a value."""
        null, line, source = 2 * node.null_branch, self.source.line, self.source
        line("branch = data[at]")
        line("at += 1")
        with source.block(f"if branch == {null}:" if null else "if not branch:"):
            line(f"{target} = None")
        with source.block(f"elif branch == {2 - null}:"):
            self._value(node.inner, target)
        with source.block("else:"):
            line(f"raise {self._refused}")

    def _items(self, node: Items, target: str) -> None:
        """Write what reads a list of one block; more blocks, or one with its size, are left to the careful reader.

        An empty list takes one byte and no loop, and a single item, the commonest after none, no loop either.
        """
        line, source = self.source.line, self.source
        item = source.variable("item")
        span = self._span_read()
        with source.block(f"if {span} == 1:"):
            line(f"{target} = ()" if node.count_min == 0 else f"raise {self._refused}")
            line("at += 1")
        if node.count_min <= 1 <= node.count_max and not _holds_list(node.item):
            with source.block(f"elif {span} == 2:"):
                line("at += 1")
                self._value(node.item, item)
                line(f"{target} = ({item},)")
                self._end_of_list()
        with source.block("else:"):
            listed = source.variable("items")
            line(f"{listed} = []")
            with self._block(node):
                self._value(node.item, item)
                line(f"{listed}.append({item})")
            line(f"{target} = tuple({listed})")
            self._end_of_list()

    @contextmanager
    def _block(self, node: Items) -> Iterator[None]:
        """Write the loop over the items of a block; the body is one item."""
        line, source = self.source.line, self.source
        with source.block("if span:"):
            line("at += 1")
            line("count = span - 1")
        with source.block("else:"):
            self._longer_count()
        self._refuse_if(f"not {node.count_min} <= count <= {min(node.count_max, COUNT_MAX)}")
        with source.block("for _ in range(count):"):
            yield

    def _end_of_list(self) -> None:
        """Write the check that no other block follows."""
        self._refuse_if("data[at]")
        self.source.line("at += 1")

    def _skip(self, node: Node) -> None:
        """Write what passes over a node without looking into it."""
        line, source = self.source.line, self.source
        match node:
            case Sized():
                self._span_read()
                with source.block("if span:"):
                    line("at += span")
                with source.block("else:"):
                    self._longer_count()
                    line("at += count")
            case Gap(count):
                line(f"at += {count}")
            case Part(_, members):
                for member in members:
                    self._skip(member.node)
            case Maybe(inner, null_branch):
                self._skip_maybe(inner, 2 * null_branch)
            case Items(item):
                self._span_read()
                with source.block("if span != 1:"), self._block(node):
                    self._skip(item)
                self._end_of_list()
            case _:
                self._value(node, source.variable("skipped"))

    def _skip_maybe(self, inner: Node, null: int) -> None:
        """Write what passes over null or a value."""
        line, source = self.source.line, self.source
        line("branch = data[at]")
        line("at += 1")
        with source.block(f"if branch == {2 - null}:"):
            self._skip(inner)
            line("pass")
        with source.block(f"elif branch != {null}:"):
            line(f"raise {self._refused}")


def _holds_list(node: Node) -> bool:
    """Tell whether a list is somewhere below a node: writing its source twice would double with each level."""
    match node:
        case Items():
            return True
        case Part(_, members):
            return any(_holds_list(member.node) for member in members)
        case Maybe(inner):
            return _holds_list(inner)
    return False
