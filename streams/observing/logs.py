"""A worker's log: JSON lines that hold nothing but what is listed. Knows the list of events, no stage.

Own events keep their listed fields. An exception becomes its kind and the place it came from, as its text may quote a
record. Libraries' warnings keep their own words, and of the values in them only numbers, names and the like.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from streams.observing.events import ALWAYS, EVENTS, LIBRARY, THREAD_FAILED, UNLISTED

FRAMES_MAX: Final = 8
"""Innermost places of an exception that are told."""

SAID_LENGTH_MAX: Final = 300
"""Characters of a library's words."""

LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def logs_as_json(level: str = "info", file: TextIO | None = None) -> None:
    """Write one JSON object a line: own events of a level and worse, and warnings of the libraries.

    Args:
        level: info, warning or error.
        file: where to; standard error when None.
    """
    to = sys.stderr if file is None else file
    structlog.configure(
        processors=own_processors(),
        logger_factory=structlog.WriteLoggerFactory(to),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(to)
    handler.setFormatter(LibraryFormatter())
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, LEVELS[level]), force=True)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed


def own_processors() -> list[Processor]:
    """Return what makes a line of an own event."""
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_text,
        only_listed,
        structlog.processors.JSONRenderer(),
    ]


def without_text(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put the kind of an exception and its places in the stead of its text."""
    given = event.pop("exc_info", None)
    if given:
        problem = given if isinstance(given, BaseException) else sys.exc_info()[1]
        event.update(described(problem))
    return event


def only_listed(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Let only listed events and their listed fields pass, and name the fields that are dropped."""
    known = EVENTS.get(str(event.get("event")))
    if known is None:
        event["event"] = UNLISTED
    allowed = (*ALWAYS, *(() if known is None else known.fields))
    dropped = sorted(name for name in event if name not in allowed)
    kept = {name: value for name, value in event.items() if name in allowed}
    return {**kept, "dropped": dropped} if dropped else kept


def described(problem: BaseException | None) -> dict[str, Any]:
    """Return the kind of an exception and where it came from, without a word of its text or of the source."""
    if problem is None:
        return {}
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES_MAX:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"kind": type(problem).__name__, "where": where}


class LibraryFormatter(logging.Formatter):
    """Makes a JSON line of a library's record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        event: EventDict = {
            "event": LIBRARY,
            "logger": record.name,
            "said": _said(record),
            **described(record.exc_info[1] if record.exc_info else None),
            "level": record.levelname.lower(),
        }
        structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", event)
        return json.dumps(only_listed(None, "", event))


def _said(record: logging.LogRecord) -> str:
    """Return the first line of what a library said, before the first thing it shows as Python would."""
    arguments = record.args
    given: Any = {name: _plain(value) for name, value in arguments.items()} if isinstance(arguments, Mapping) else ()
    if isinstance(arguments, tuple):
        given = tuple(_plain(value) for value in arguments)
    try:
        said = str(record.msg) % given if given else str(record.msg)
    except (TypeError, ValueError):
        said = str(record.msg)
    first = said.strip().partition("\n")[0]
    if record.name == "asyncio":  # shows tasks, and with them the texts of what they raised
        first = first.partition("<")[0]
    return first[:SAID_LENGTH_MAX]


def _plain(value: Any) -> Any:
    """Return a value whose text holds no record: an exception is its kind, bytes and unknown things their type."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(item) for item in value]
    return type(value).__name__


def _thread_failed(given: threading.ExceptHookArgs) -> None:
    problem = given.exc_value
    name = "" if given.thread is None else given.thread.name
    structlog.get_logger(__name__).error(THREAD_FAILED, thread=name, **described(problem))
