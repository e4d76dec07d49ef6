"""Where a worker's log goes while a command has the terminal to itself. Knows no event."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from streams.observing.logs import LibraryFormatter, own_processors


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Write own events and the libraries' warnings to a file, one a line, and leave logging as it was."""
    before = structlog.get_config()
    root = logging.getLogger()
    with path.open("w", encoding="utf-8") as file:
        handler = logging.StreamHandler(file)
        handler.setFormatter(LibraryFormatter())
        structlog.configure(
            processors=own_processors(),
            logger_factory=structlog.WriteLoggerFactory(file),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=False,
        )
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            structlog.configure(**before)
