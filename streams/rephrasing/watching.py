"""A student's file that may be exchanged while programs run. Knows files and a clock, not who scores with it.

A file is looked at at most once a second, and only when somebody asks which model to use, so between batches. One that
has changed, whether it was replaced or written over, is read when it looks the same twice: then nobody is writing it
any more. If it cannot be read, the old model stays until the file changes again.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from models.model_files import ModelFileError
from streams.detect.scorer import Scorer
from streams.rephrasing.telling import REFUSED, Tally

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0


class _Mark(NamedTuple):
    """What tells one state of a file from the next."""

    modified_ns: int
    size: int
    inode: int


class WatchedFile:
    """The model in a file, as it is now."""

    def __init__(
        self, path: Path, read: Callable[[Path], Scorer], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Read the file for the first time.

        Args:
            path: the file.
            read: makes a model of it; raises ``ModelFileError`` when it cannot.
            clock_s: seconds that only grow.

        Raises:
            OSError, ModelFileError: it cannot be read now; there is no old model to keep.
        """
        self._path = path
        self._read = read
        self._clock_s = clock_s
        self._looked_s = clock_s()
        self._tally = Tally()
        self._mark = self._seen = _mark(path)  # before reading: what is written meanwhile is then a change
        self._model = read(path)

    def current(self) -> Scorer:
        """Return the model to use from here on; the same object as long as the file is."""
        now_s = self._clock_s()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._look()
        return self._model

    def take_facts(self) -> dict[str, float]:
        """Return how many changed files were refused since the last call."""
        return self._tally.take()

    def _look(self) -> None:
        before, self._seen = self._seen, _mark(self._path)
        if self._seen == self._mark or self._seen != before:
            return
        self._mark = self._seen
        try:
            model = self._read(self._path)
        except (OSError, ModelFileError) as fault:
            self._tally.add(REFUSED)
            log.error("model.refused", file=str(self._path), kept=self._model.name, fault=str(fault))  # noqa: TRY400 - the message says all
            return
        log.info("model.changed", file=str(self._path), before=self._model.name, now=model.name)
        self._model = model


def _mark(path: Path) -> _Mark | None:
    """Return the state of a file, None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _Mark(found.st_mtime_ns, found.st_size, found.st_ino)
