"""Asks one question again and again in a thread of its own, and remembers when it was answered. Knows no question."""

import threading
import time
from collections.abc import Callable
from typing import Self

import structlog

log = structlog.get_logger(__name__)


class Repeating:
    """A question that is asked for as long as somebody may want to know.

    Attributes:
        answered_s: when it was answered last, in monotonic seconds; None before it first was.
        answered_at: the same in epoch seconds.
    """

    def __init__(self, name: str, ask: Callable[[], object], unanswered: type[Exception], every_s: float) -> None:
        """Prepare it; ``start`` begins.

        Args:
            name: who is asked, for the log.
            ask: asks, and returns when it was answered.
            unanswered: what it raises when it was not.
            every_s: the rest between an answer, or the lack of one, and the next question.
        """
        self.answered_s: float | None = None
        self.answered_at: float | None = None
        self._name = name
        self._ask = ask
        self._unanswered = unanswered
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Self:
        """Begin to ask."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask no more; an open question is left to itself."""
        self._stopping.set()

    def _run(self) -> None:
        silent = False
        while not self._stopping.is_set():
            try:
                self._ask()
            except self._unanswered as failure:
                if not silent:
                    log.warning("service.silent", service=self._name, error=str(failure))
                silent = True
            else:
                self.answered_s, self.answered_at = time.monotonic(), time.time()
                if silent:
                    log.info("service.answers", service=self._name)
                silent = False
            self._stopping.wait(self._every_s)
