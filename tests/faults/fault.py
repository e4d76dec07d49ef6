"""What a fault is. Knows none of them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from tests.faults.stand import Stand
from tests.faults.talk import People


def nothing(_: Stand) -> None:
    """Do nothing."""


def at_once(_: Stand) -> bool:
    """Need no preparation."""
    return True


def bare(_: Stand) -> Mapping[str, Any]:
    """Need nothing beside Kafka."""
    return {}


class Fault(NamedTuple):
    """Something that goes wrong in a real service, and is repaired.

    Attributes:
        alerts: what must fire by it, and be gone after its repair.
        done: what is done, in words.
        repaired: what repairs it, in words.
        breaks: does it when the block begins, and repairs it when the block ends.
        prepared: asked again and again before; does what the healthy service needs, and tells when it is there.
        meanwhile: called again and again while the fault lasts.
        people: what is said in the healthy service, all the time.
        settings: how this worker is run, beside ``stand.SETTINGS``.
        equipped: makes what the worker needs beside Kafka before it starts, and returns the settings that name it.
        quicker: how much faster than in other faults time is to pass for the rules, where windows are of days.
        own_broker: whether it does something to the broker, so that nobody else may be there.
        impossible: returns why it cannot be done on this machine, None when it can.
    """

    alerts: tuple[str, ...]
    done: str
    repaired: str
    breaks: Callable[[Stand], AbstractContextManager[None]]
    prepared: Callable[[Stand], bool] = at_once
    meanwhile: Callable[[Stand], None] = nothing
    people: People = People()
    settings: Mapping[str, Any] = {}
    equipped: Callable[[Stand], Mapping[str, Any]] = bare
    quicker: float = 1.0
    own_broker: bool = False
    impossible: Callable[[], str | None] = lambda: None
