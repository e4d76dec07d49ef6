"""Orders from a file among recorded turns, each at its time. Knows lines and times, not what an order means."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from schemas.codec import decode_json
from schemas.records import Policy
from streams.commands.reading import Line, Lines
from streams.commands.usage import UnusableError
from streams.order_values import prepared


class When(msgspec.Struct):
    """The one field of a turn event that says when an order is due."""

    occurred_at: int


def read_orders(file: str) -> list[Policy]:
    """Read policy records, one JSON object a line; `scope` may be left out, and is then what the order is about.

    Raises:
        UnusableError: the file cannot be read, or a line is no order that makes sense.
    """
    return [_order(line) for line in Lines([file])] if file else []


def at_their_time(
    lines: Iterable[Line], orders: Iterable[Policy], lines_max: int
) -> Iterator[tuple[list[Line], list[Policy]]]:
    """Yield lines in lists of at most `lines_max`, each with the orders that are due after them.

    An order is due before the first line that occurred at its time or later; one later than all lines is never due.
    """
    waiting = deque(sorted(orders, key=lambda order: order.issued_at))
    batch: list[Line] = []
    for line in lines:
        due = list(_due(waiting, line)) if waiting else []
        if due or len(batch) == lines_max:
            yield batch, due
            batch = []
        batch.append(line)
    if batch:
        yield batch, []


def _due(waiting: deque[Policy], line: Line) -> Iterator[Policy]:
    try:
        at_ms = msgspec.json.decode(line.value, type=When).occurred_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        return  # the stages reject the line, and say why
    while waiting and waiting[0].issued_at <= at_ms:
        yield waiting.popleft()


def _order(line: Line) -> Policy:
    try:
        values = msgspec.json.decode(line.value, type=dict[str, Any])
        order = decode_json(Policy, msgspec.json.encode({"scope": "any"} | values))
        return order if "scope" in values else prepared(order, everything=True)
    except ValueError as error:
        message = f"{line.file}:{line.number}: {error}"
        raise UnusableError(message) from None
