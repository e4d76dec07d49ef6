"""A log holds what is listed and nothing else: no word that anybody said, and nobody's name."""

import ast
import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from streams.observing import events
from streams.observing.events import EVENTS
from streams.observing.logs import logs_as_json

ROOT = Path(__file__).parents[2]
WORDS = "play my jazz"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
WRITTEN_BY_ITSELF = {events.LIBRARY, events.UNLISTED}


@pytest.fixture
def lines() -> Iterator[Any]:
    """Give a way to read what was logged since the start of the test, and leave logging as it was."""
    root = logging.getLogger()
    before, handlers, level, hook = structlog.get_config(), root.handlers[:], root.level, threading.excepthook
    file = io.StringIO()
    logs_as_json(file=file)
    yield lambda: [json.loads(line) for line in file.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    structlog.configure(**before)
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def calls() -> list[tuple[str, ast.Call]]:
    """Return every call of the product that logs an event, with its place."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for path in sorted((ROOT / "streams").rglob("*.py"))
        if "structlog" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and logs(node.func)
    ]


def logs(function: ast.expr) -> bool:
    """Return whether a call of this is one of a structlog logger; modules call theirs ``log``."""
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    return ast.unparse(function.value).startswith(("log", "structlog.get_logger("))


def name_of(node: ast.expr) -> str:
    """Return the event that an argument names: a text, or one of the list's own constants."""
    if isinstance(node, ast.Name):
        return str(getattr(events, node.id))
    assert isinstance(node, ast.Constant)
    return str(node.value)


def fail() -> None:
    """Raise an exception whose text, and that of the one before it, hold words.

    Raises:
        ValueError: always.
    """
    try:
        int(WORDS)
    except ValueError as problem:
        raise ValueError(WORDS) from problem


def test_every_call_is_listed() -> None:
    """Name, level and fields of each are in the list, written out, so that nothing else can get into a line."""
    for place, call in calls():
        event = EVENTS[name_of(call.args[0])]
        level = call.func.attr.replace("exception", "error")  # type: ignore[attr-defined]
        assert (len(call.args), level) == (1, event.level), place
        assert {keyword.arg for keyword in call.keywords if keyword.arg} <= set(event.fields), place


def test_every_event_is_logged_somewhere() -> None:
    """The list has nothing that no operator will ever see."""
    assert {name_of(call.args[0]) for _, call in calls()} == set(EVENTS) - WRITTEN_BY_ITSELF


def test_the_documentation_shows_this_list() -> None:
    """Operators read the same list: `python -m infra.log_reference` writes it."""
    assert events.as_markdown() in (ROOT / "infra" / "LOGS.md").read_text(encoding="utf-8")


def test_a_field_that_is_not_listed_is_dropped(lines: Any) -> None:
    """Its name is told, its value is not."""
    structlog.get_logger().info("worker.stopped", said=WORDS)
    (line,) = lines()
    assert line.pop("timestamp")
    assert line == {"event": "worker.stopped", "level": "info", "dropped": ["said"]}


def test_an_event_that_is_not_listed_is_not_told(lines: Any) -> None:
    """A name made of what was said would be a leak as well."""
    structlog.get_logger().info(WORDS, user=WORDS)
    (line,) = lines()
    assert (line["event"], line["dropped"]) == ("log.unlisted", ["user"])
    assert WORDS not in str(line)


def test_an_exception_is_told_by_kind_and_place(lines: Any) -> None:
    """Its text may quote a record, and so may that of the one before it."""
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("worker.failed")
    (line,) = lines()
    assert line["kind"] == "ValueError"
    assert line["where"][-1].startswith("test_logs.py:")
    assert WORDS not in str(line)


def test_a_thread_that_fails_is_told_without_its_text(lines: Any) -> None:
    """What Python would print by itself holds the text of the exception."""
    thread = threading.Thread(target=fail, name="policy")
    thread.start()
    thread.join()
    (line,) = lines()
    assert (line["event"], line["thread"], line["kind"]) == ("thread.failed", "policy", "ValueError")
    assert WORDS not in str(line)


@pytest.mark.parametrize(
    ("logger", "message", "arguments", "said"),
    [
        ("aiokafka", "Heartbeat failed for group %s: %s", ("reprise", ValueError(WORDS)), "reprise: ValueError"),
        ("aiokafka", "Could not decode %r at %d", (WORDS.encode(), 7), "'bytes' at 7"),
        ("faust", "Crashed: %(reason)r", ({"reason": KeyError(WORDS)},), "Crashed: 'KeyError'"),
        ("asyncio", f"Task exception was never retrieved\nfuture: <Task {WORDS}>", (), "never retrieved"),
        ("asyncio", f"Exception in callback <Handle {WORDS}>", (), "Exception in callback"),
    ],
)
def test_libraries_warn_without_what_they_were_given(
    lines: Any, logger: str, message: str, arguments: tuple[Any, ...], said: str
) -> None:
    """Their words stay, numbers and names stay, exceptions and bytes do not."""
    logging.getLogger(logger).warning(message, *arguments)
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("library.said", logger)
    assert said in line["said"]
    assert WORDS not in str(line)


def test_a_library_s_exception_is_told_by_kind_and_place(lines: Any) -> None:
    """As an own one; and what is no warning is not told."""
    try:
        fail()
    except ValueError:
        logging.getLogger("faust").exception("it failed")
    logging.getLogger("faust").info(WORDS)
    (line,) = lines()
    assert (line["kind"], line["level"]) == ("ValueError", "error")
    assert WORDS not in str(line)


def test_less_serious_events_can_be_left_out(lines: Any) -> None:
    """The setting `log_level` names the least serious ones that are logged."""
    file = io.StringIO()
    logs_as_json("warning", file)
    structlog.get_logger().info("worker.stopped")
    structlog.get_logger().warning("settings.concern", concern="none")
    assert [json.loads(line)["event"] for line in file.getvalue().splitlines()] == ["settings.concern"]
    assert lines() == []
