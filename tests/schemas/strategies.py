"""Hypothesis strategies for every record, made from the record classes themselves. Knows no test.

``records(Trails)`` gives valid trails; ``broken(data)`` gives bytes that are nearly right.
"""

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from schemas import limits
from schemas.limits import REPLY_DURATION_MS_MAX
from schemas.records import Signal, Tick, Turn, TurnEvent

LOCALES = st.sampled_from(["en-US", "de", "tr-TR", "zh-Hant-TW", "sr-Latn", "abcdefgh"])
LETTERS = st.characters(exclude_categories=["Cs"])
NAME_LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|")
SHORT = 12
"""Characters of most texts; long ones come in whole sizes, because drawing them letter by letter is slow."""


def texts(shape: inspect.StrType) -> st.SearchStrategy[str]:
    """Return texts of a field: short ones in any script, and some of exactly the largest size."""
    if shape.pattern is not None and shape.max_length == limits.IDENTIFIER_LENGTH_MAX:
        return st.text(NAME_LETTERS, min_size=shape.min_length or 0, max_size=SHORT)
    if shape.pattern is not None:
        return LOCALES if shape.min_length else st.one_of(st.just(""), LOCALES)
    longest = shape.max_length or SHORT
    short = st.text(LETTERS, min_size=shape.min_length or 0, max_size=min(SHORT, longest))
    whole = st.tuples(LETTERS, st.sampled_from([63, 64, 200, longest])).map(
        lambda pair: pair[0] * min(pair[1], longest)
    )
    return st.one_of(short, short, short, whole)


def numbers(shape: inspect.FloatType) -> st.SearchStrategy[float]:
    """Return numbers of a field."""
    smallest = shape.ge if shape.gt is None else shape.gt
    return st.floats(smallest, shape.le, allow_nan=False, allow_infinity=False, exclude_min=shape.gt is not None)


def whole_numbers(shape: inspect.IntType) -> st.SearchStrategy[int]:
    """Return whole numbers of a field, those of every length in bytes among them."""
    smallest, largest = shape.ge or 0, shape.le or 0
    lengths = [2**bits for bits in (6, 7, 13, 14, 20, 34, 40, 41) if 2**bits <= largest]
    return st.one_of(st.integers(smallest, largest), st.sampled_from([smallest, largest, *lengths]))


def values(shape: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one case a type
    """Return values of any field."""
    match shape:
        case inspect.StrType():
            return texts(shape)
        case inspect.IntType():
            return whole_numbers(shape)
        case inspect.FloatType():
            return numbers(shape)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType():
            return st.sampled_from(shape.values)
        case inspect.UnionType():
            return st.one_of(*(values(branch) for branch in shape.types))
        case inspect.VarTupleType():
            smallest = shape.min_length or 0
            return st.lists(values(shape.item_type), min_size=smallest, max_size=smallest + 2).map(tuple)
        case inspect.StructType():
            return records(shape.cls)
    raise AssertionError(shape)


def records(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return valid records of a class."""
    if kind is TurnEvent:
        return turn_events()
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return st.builds(kind, **{entry.name: values(entry.type) for entry in info.fields})


@st.composite
def turn_events(draw: st.DrawFn) -> TurnEvent:
    """Return valid turn events of all three kinds."""
    info = inspect.type_info(TurnEvent)
    assert isinstance(info, inspect.StructType)
    header = {entry.name: draw(values(entry.type)) for entry in info.fields if entry.name not in BODIES}
    name = draw(st.sampled_from(sorted(BODIES)))
    body = draw(records(BODIES[name]))
    ended_at = body.reply.ended_at if isinstance(body, Turn) else None
    if ended_at is not None:
        header["occurred_at"] = max(header["occurred_at"], ended_at - REPLY_DURATION_MS_MAX)
    return TurnEvent(**header, **{name: body})


BODIES: dict[str, type[msgspec.Struct]] = {"turn": Turn, "signal": Signal, "tick": Tick}


@st.composite
def broken(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes with a piece cut off, taken out, put in or changed."""
    start = draw(st.integers(0, max(0, len(data) - 1)))
    end = draw(st.sampled_from([start, start + 1, start + 2, len(data)]))
    put_in = draw(st.one_of(st.binary(max_size=3), st.sampled_from([b"\x80", b"\xff" * 9, b"\x01", b"\xfe\xff\x7f"])))
    return data[:start] + put_in + data[end:]
