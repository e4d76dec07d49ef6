"""Asks what is known in threads of its own, so that a slow answer stops no other. Knows no page and no address."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from streams.console.knowledge import Knowledge, UnavailableError

THREADS: Final = 4
WAITING_MAX: Final = 32
"""Questions that are being answered or wait for it; more are refused, as nobody is helped by a longer queue."""

ANSWER_S: Final = 15.0
"""How long somebody waits for an answer. It goes on being found, and counts as waiting until then."""

Answer = TypeVar("Answer")


class Asking:
    """Questions to one `Knowledge`, some at a time."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="console")
        self._waiting = 0

    async def ask(self, question: Callable[[Knowledge], Answer]) -> Answer:
        """Return the answer to a question that may block.

        Raises:
            UnavailableError: too many wait, or it took too long; else what the question raises.
        """
        if self._waiting >= WAITING_MAX:
            message = "too many questions at once; ask again in a moment"
            raise UnavailableError(message)
        self._waiting += 1
        found = asyncio.get_running_loop().run_in_executor(self._pool, question, self._knowledge)
        found.add_done_callback(self._answered)
        try:
            return await asyncio.wait_for(asyncio.shield(found), ANSWER_S)
        except TimeoutError:
            message = f"no answer within {ANSWER_S:.0f} s; ask again in a moment, and look at the worker's log"
            raise UnavailableError(message) from None

    def close(self) -> None:
        """Answer no more questions."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answered(self, found: "asyncio.Future[Answer]") -> None:
        self._waiting -= 1
        if not found.cancelled():
            found.exception()  # Looked at, so that nothing is said about an answer nobody waited for.
