"""A little traffic as files: people who say "next", are asked again, and say "continue". Knows no command."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000


def turn(user: str, said: str, at_ms: int, status: str, expecting: str = "step") -> dict[str, Any]:
    """Return a turn event as a JSON value."""
    body = {"turn_id": f"{user}-{at_ms}", "said": said, "expecting": expecting, "reply": {"status": status}}
    header = {"tenant": "demo", "locale": "en-US", "user": user, "session_id": f"{user}-s", "occurred_at": at_ms}
    return {**header, "turn": body}


def repairs(people: int) -> list[dict[str, Any]]:
    """Return the turns of people who each repair "next" to "continue", one a minute, and of as many who need not."""
    events = []
    for number in range(people):
        at_ms = START_MS + number * 60_000
        events += [
            turn(f"u{number}", "next", at_ms, "asked_again"),
            turn(f"u{number}", "continue", at_ms + 8_000, "answered"),
            turn(f"v{number}", "continue", at_ms + 9_000, "answered"),
        ]
    return events


def write(path: Path, events: Iterable[dict[str, Any]]) -> str:
    """Write events as JSON lines and return the file's name."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return str(path)


def rows(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
