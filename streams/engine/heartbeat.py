"""Tells when an event loop last came back, to any thread. Knows nothing of what runs on the loop."""

import asyncio
import time
from typing import Final

BEAT_S: Final = 0.25


class Heartbeat:
    """A task that does nothing but come back.

    Attributes:
        turned_s: when the loop last came back to it, in monotonic seconds.
    """

    def __init__(self) -> None:
        """Count from now on."""
        self.turned_s = time.monotonic()
        self._late_s = 0.0

    async def beat(self) -> None:
        """Come back for ever."""
        self.turned_s = time.monotonic()
        while True:
            await asyncio.sleep(BEAT_S)
            now_s = time.monotonic()
            self._late_s, self.turned_s = now_s - self.turned_s - BEAT_S, now_s

    def delay_s(self) -> float:
        """Return how late the loop last came back, or is by now."""
        return max(0.0, self._late_s, time.monotonic() - self.turned_s - BEAT_S)
