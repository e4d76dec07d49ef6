"""Waiting for what a broker or a worker does in its own time. Knows neither."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

POLL_S = 0.05


def eventually(check: Callable[[], Seen], timeout_s: float = 30) -> Seen:
    """Ask again and again until the answer is true, and return it.

    Raises:
        AssertionError: it was not within ``timeout_s`` seconds; says what the last answer was.
    """
    deadline = time.monotonic() + timeout_s
    while not (seen := check()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s; the last answer was {seen!r}"
        time.sleep(POLL_S)
    return seen
