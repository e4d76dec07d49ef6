"""Turns msgspec's complaints into ours. Knows msgspec's wording; passes on no value from a record.

msgspec quotes unknown field names and enum symbols in its messages, and those can be what somebody said. Only the
path is taken from a message, and only when it names a field of ours; what is expected there comes from the layout.
"""

import re
from typing import Any

import msgspec

from schemas.errors import DecodeError
from schemas.layout import Items, Maybe, Node, Part, expectation, field_names, find

PATH = re.compile(r" - at `\$((?:\.[a-z_]+|\[(?:\d+|\.\.\.)\])*)`$")
PLACE = re.compile(r"\[(?:\d+|\.\.\.)\]")
MISSING = re.compile(r"^Object missing required field `([a-z_]+)`")
GOT = re.compile(r"got `([a-z]+)`")
OWN_RULE = "expected "
"""How the messages of rules across fields begin (``TurnEvent.__post_init__``)."""


def translated(layout: Part, problem: BaseException) -> DecodeError:
    """Return our error for what msgspec raised while it decoded a record."""
    name = layout.kind.__name__ if layout.kind else ""
    if not isinstance(problem, msgspec.ValidationError):
        return DecodeError(name, "", "one JSON object in UTF-8", "something else")
    message = str(problem)
    path = _path(layout, message)
    node: Node = find(layout, path) or layout
    if missing := MISSING.match(message):
        field = f"{path}.{missing[1]}".lstrip(".")
        return DecodeError(name, field, expectation(find(layout, field) or node), "nothing")
    if message.startswith("Object contains unknown field"):
        return DecodeError(name, path, f"no fields but {', '.join(field_names(_inside(node)))}", "another field")
    if message.startswith(OWN_RULE):
        rule = PATH.sub("", message).removeprefix(OWN_RULE)
        return DecodeError(name, path, rule, "fields that contradict each other")
    got = GOT.search(message)
    return DecodeError(name, path, expectation(node), got[1] if got else "another value")


def invalid(layout: Part, record: Any) -> ValueError:
    """Return the error for a record that could not be encoded, with the field at fault where msgspec finds it."""
    name = layout.kind.__name__ if layout.kind else ""
    try:
        msgspec.convert(msgspec.to_builtins(record), type(record))
    except msgspec.ValidationError as problem:
        return ValueError(str(translated(layout, problem)))
    except (ValueError, TypeError):
        pass
    return ValueError(f"{name}: a field holds what its schema does not allow: NaN, infinity or half a surrogate pair")


def _path(layout: Part, message: str) -> str:
    """Return the path at the end of a message, as ours, or "" when it is no path of the record."""
    found = PATH.search(message)
    path = PLACE.sub("[]", found[1]).removeprefix(".") if found else ""
    return path if path and find(layout, path) else ""


def _inside(node: Node) -> Node:
    """Return what is within a nullable value or a list."""
    while isinstance(node, Maybe | Items):
        node = node.inner if isinstance(node, Maybe) else node.item
    return node
