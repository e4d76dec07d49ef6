"""What a setting takes, in words, read off its type and bounds. Knows no setting and no place."""

import typing
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal

from pydantic.fields import FieldInfo

BOUND_WORDS: Final = {
    "ge": "from {}",
    "gt": "above {}",
    "le": "to {}",
    "lt": "below {}",
    "min_length": "of at least {} characters",
    "max_length": "of at most {} characters",
}
"""How each kind of limit is said."""

KINDS: Final[dict[Any, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
}


def takes(field: FieldInfo) -> str:
    """Say in words which values a setting takes."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "takes" in extra:
        return str(extra["takes"])
    bounds = [] if typing.get_origin(field.annotation) is tuple else field.metadata
    return kind(field.annotation) + _range(bounds)


def kind(annotation: Any) -> str:
    """Say in words what kind of value a type is."""
    if typing.get_origin(annotation) is Annotated:
        inner, *constraints = typing.get_args(annotation)
        return kind(inner) + _range(_constraints(constraints))
    arguments = typing.get_args(annotation)
    if isinstance(annotation, UnionType):
        return " or ".join(kind(argument) for argument in arguments if argument is not NoneType)
    if typing.get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(choice) for choice in arguments)
    if typing.get_origin(annotation) is dict:
        return f"pairs a=b, joined by commas, each b {kind(arguments[1])}"
    if typing.get_origin(annotation) is tuple:
        return _kind_of_list(arguments)
    return KINDS.get(annotation, str(annotation))


def _kind_of_list(arguments: tuple[Any, ...]) -> str:
    if Ellipsis not in arguments:
        return f"{len(arguments)} whole numbers with a comma between"
    if arguments[0] is str:
        return "texts, joined by commas"
    return f"{kind(arguments[0]).replace('one of', 'some of')}, joined by commas"


def _constraints(metadata: Iterable[Any]) -> list[Any]:
    """Return the bounds themselves, also those still wrapped in a ``Field``."""
    return [bound for item in metadata for bound in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _range(metadata: Iterable[Any]) -> str:
    bounds = [
        BOUND_WORDS[bound].format(f"{limit:,}" if isinstance(limit, int) else limit)
        for constraint in metadata
        for bound in BOUND_WORDS
        if (limit := getattr(constraint, bound, None)) is not None
    ]
    return " " + " ".join(bounds) if bounds else ""
