"""Where Kafka's client writes its log, each thing once a minute. Knows no message."""

import logging
import re
import time
from typing import Final

NAME: Final = "streams.kafka_client"

REPEAT_S: Final = 60.0
"""While Kafka is away, the client says so several times a second for each connection."""

TEXTS_MAX: Final = 1_000
"""Texts remembered; more different ones mean that something new happens all the time, and all of it is written."""

_CHANGING: Final = re.compile(r"rdkafka#\w+-\d+|\(after [^)]*\)|\d+ms|, \d+ identical error\(s\) suppressed")


class _OnceInAWhile(logging.Filter):
    """Passes a text again only after ``REPEAT_S``; times and counters in it make no difference."""

    def __init__(self) -> None:
        super().__init__()
        self._written_at_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        text = _CHANGING.sub("", record.getMessage())
        now_s = time.monotonic()
        if now_s - self._written_at_s.get(text, -REPEAT_S) < REPEAT_S:
            return False
        if len(self._written_at_s) >= TEXTS_MAX:
            self._written_at_s.clear()
        self._written_at_s[text] = now_s
        return True


def client_log() -> logging.Logger:
    """Return the log for clients: silent unless a program sets up logging, because what matters is also raised."""
    logger = logging.getLogger(NAME)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_OnceInAWhile())
    return logger
