"""Writes, as Python source, functions that encode a record in Avro. Knows layouts; why source is in projection.py.

A generated writer builds the pieces of a record and joins them once. It checks all that the readers check, so that
what is written can be read: a record that breaks a limit is its maker's error and never reaches a topic.
"""

from collections.abc import Callable
from typing import Any

from schemas import fast
from schemas.layout import Branches, Choice, Flag, Items, Maybe, Node, Number, Part, Text, Whole
from schemas.limits import EPOCH_MS_MAX
from schemas.source import Source


def generate(layout: Part, wire_header: bytes) -> Callable[[Any], bytes]:
    """Compile a writer that puts a header in front of a record laid out as told.

    The writer raises whatever comes when the record is not valid (``ValueError``, ``TypeError``, ...).
    """
    writer = _Writer()
    compiled: Callable[[Any], bytes] = writer.source.function("write", writer.write(layout, wire_header))
    return compiled


class _Writer:
    """Writes the source of one writer. Each method returns the expressions of the pieces of a value, in order."""

    def __init__(self) -> None:
        self.source = Source()
        self._refused = self.source.constant("Refused", fast.Refused)
        self._varints = self.source.constant("varints", fast.VARINTS)

    def write(self, layout: Part, wire_header: bytes) -> str:
        """Write the whole writer."""
        self.source.line("def write(record):")
        pieces = [self.source.constant("header", wire_header), *self._part(layout, "record")]
        self.source.line(f"return {_joined(pieces)}")
        return self.source.text()

    def _refuse_if(self, condition: str) -> None:
        """Write a check."""
        with self.source.block(f"if {condition}:"):
            self.source.line(f"raise {self._refused}")

    def _pieces(self, node: Node, value: str) -> list[str]:  # noqa: PLR0911 - one case a kind of node
        """Write what encodes the value of an expression, and return its pieces."""
        match node:
            case Text():
                return self._text(node, value)
            case Whole():
                return self._whole(node, value)
            case Number():
                return self._number(node, value)
            case Flag():
                flags = self.source.constant("flags", {False: b"\x00", True: b"\x01"})
                return [f"{flags}[{value}]"]
            case Choice(symbols):
                places = {symbol: fast.varint(place) for place, symbol in enumerate(symbols)}
                return [f"{self.source.constant('places', places)}[{value}]"]
            case Maybe(inner):
                return [self._maybe(inner, value)]
            case Items():
                return [self._items(node, value)]
            case Part():
                return self._part(node, value)
        message = f"records are written with their own schema, which has no {node}"
        raise TypeError(message)

    def _named(self, hint: str, expression: str) -> str:
        """Write an assignment to a new variable, and return its name."""
        name = self.source.variable(hint)
        self.source.line(f"{name} = {expression}")
        return name

    def _part(self, part: Part, value: str) -> list[str]:
        """Write what encodes a record."""
        pieces: list[str] = []
        for member in part.members:
            if isinstance(member.node, Branches):
                pieces.append(self._branches(member.node, value))
            else:
                pieces += self._pieces(member.node, self._named(member.name, f"{value}.{member.name}"))
        return pieces

    def _branches(self, node: Branches, value: str) -> str:
        """Write what encodes a body; that there is exactly one is the class's own rule."""
        body, source = self.source.variable("body"), self.source
        for place, member in enumerate(node.members):
            with source.block(f"{'elif' if place else 'if'} {value}.{member.name} is not None:"):
                index = source.constant("place", fast.varint(place))
                inner = self._pieces(member.node, self._named(member.name, f"{value}.{member.name}"))
                source.line(f"{body} = {_joined([index, *inner])}")
        return body

    def _text(self, node: Text, value: str) -> list[str]:
        """Write what encodes a string; texts with a pattern are few, and kept encoded."""
        if node.pattern is not None:
            return [f"{self.source.constant('known', fast.encoded_texts(node))}[{value}]"]
        raw = self._named("raw", f"{value}.encode()")
        count = self._named("count", f"len({raw})")
        if node.length_min == 1:
            self._refuse_if(f"not {count}")
        self._refuse_if(f"{count} > {node.length_max} and len({value}) > {node.length_max}")
        return [f"{self._varints}[{count}]", raw]

    def _whole(self, node: Whole, value: str) -> list[str]:
        """Write what encodes a whole number; times have their own way, because they take six bytes."""
        self._refuse_if(f"not {node.smallest} <= {value} <= {node.largest}")
        if node.largest != EPOCH_MS_MAX:
            return [f"{self._varints}[{value}]"]
        low = self.source.constant("time_low", fast.TIMES_WRITTEN_LOW)
        high = self.source.constant("time_high", fast.TIMES_WRITTEN_HIGH)
        low_mask, low_bits = (1 << fast.TIME_BITS_LOW) - 1, fast.TIME_BITS_LOW
        long_form = f"{low}[{value} & {low_mask}] + {high}[{value} >> {low_bits}]"
        return [f"({long_form} if {value} > {low_mask} else {self._varints}[{value}])"]

    def _number(self, node: Number, value: str) -> list[str]:
        """Write what encodes a number. Written so that NaN fails every check."""
        lower = "" if node.smallest is None else f"{node.smallest} {'<' if node.above else '<='} "
        upper = "" if node.largest is None else f" <= {node.largest}"
        if lower or upper:
            self._refuse_if(f"not {lower}{value}{upper}")
        self._refuse_if(f"{value} - {value} != 0.0")
        return [f"{self.source.constant('pack', fast.PACK)}({value})"]

    def _maybe(self, inner: Node, value: str) -> str:
        """Write what encodes null or a value; null is the first branch of all our unions."""
        piece, source = self.source.variable("maybe"), self.source
        with source.block(f"if {value} is None:"):
            source.line(f"{piece} = {source.constant('null', fast.varint(0))}")
        with source.block("else:"):
            source.line(f"{piece} = {_joined([source.constant('given', fast.varint(1)), *self._pieces(inner, value)])}")
        return piece

    def _items(self, node: Items, value: str) -> str:
        """Write what encodes a list, as one block."""
        piece, listed, item, source = (
            *(self.source.variable(hint) for hint in ("list", "pieces", "item")),
            self.source,
        )
        self._refuse_if(f"not {node.count_min} <= len({value}) <= {node.count_max}")
        with source.block(f"if not {value}:"):
            source.line(f"{piece} = {source.constant('null', fast.varint(0))}")
        with source.block("else:"):
            source.line(f"{listed} = [{self._varints}[len({value})]]")
            with source.block(f"for {item} in {value}:"):
                source.line(f"{listed} += {', '.join(self._pieces(node.item, item))},")
            source.line(f"{listed}.append({source.constant('null', fast.varint(0))})")
            source.line(f'{piece} = b"".join({listed})')
        return piece


def _joined(pieces: list[str]) -> str:
    """Return the expression of pieces joined."""
    return f'b"".join(({", ".join(pieces)},))'
