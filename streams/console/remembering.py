"""Keeps a costly answer for a while, and finds it for all who wait at once. Knows no question."""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

REST: Final = 4
"""An answer is kept at least so many times as long as finding it took: who looks on must not slow down who works."""

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """An answer that is found anew when somebody asks and the last one is too old; may be asked by several threads."""

    def __init__(
        self, find: Callable[[], Answer], same_for_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Find nothing yet.

        Args:
            find: finds the answer; what it raises goes to who asks, and nothing is kept.
            same_for_s: how old an answer may always be.
            clock: seconds that never go back.
        """
        self._find = find
        self._same_for_s = same_for_s
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[Answer, float] | None = None

    def get(self) -> Answer:
        """Return the answer; whoever asks while it is being found waits for the same one."""
        with self._lock:
            if self._held is None or self._clock() >= self._held[1]:
                began_s = self._clock()
                answer, ended_s = self._find(), self._clock()
                self._held = answer, ended_s + max(self._same_for_s, REST * (ended_s - began_s))
            return self._held[0]

    def latest(self) -> Answer | None:
        """Return the last answer, however old, None before the first."""
        held = self._held
        return None if held is None else held[0]
