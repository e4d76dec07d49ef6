"""Durations in rules, and the pace at which they pass. Knows no rule and no query language.

A rule marks its durations: ``<10m>`` becomes ``10m``, and ``<10m in seconds>`` becomes ``600``. At pace 60 both are a
sixtieth, so that a trial sees in a second what takes a minute in service. Some things are no faster in a trial, such as
the start of a worker, or how often Kafka is asked: ``<1m in seconds, at least 10s>`` says so.
"""

import re
from typing import Final

UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
"""Units of Prometheus, largest first, in milliseconds."""

MARKED: Final = re.compile(
    r"<(?P<number>\d+)(?P<unit>d|h|m|s)(?P<in_seconds> in seconds)?(, at least (?P<least_s>\d+)s)?>"
)


def paced(text: str, pace: float) -> str:
    """Return a text with each marked duration divided by the pace.

    Args:
        text: part of a rule, such as ``increase(x[<10m>])``.
        pace: how much faster time is to pass; 1 for service.
    """
    return MARKED.sub(lambda found: _written(found, pace), text)


def seconds(marked: str, pace: float = 1.0) -> float:
    """Return one marked duration, such as ``<10m>``, in seconds."""
    return _milliseconds(_whole(marked), pace) / 1_000


def _whole(marked: str) -> re.Match[str]:
    found = MARKED.fullmatch(marked)
    if found is None:
        message = f"{marked!r} is no duration; write it as <10m>"
        raise ValueError(message)
    return found


def _milliseconds(found: re.Match[str], pace: float) -> int:
    whole_ms = int(found["number"]) * UNITS_MS[found["unit"]]
    least_ms = int(found["least_s"] or 0) * UNITS_MS["s"]
    return max(1, least_ms, round(whole_ms / pace)) if whole_ms else 0


def _written(found: re.Match[str], pace: float) -> str:
    ms = _milliseconds(found, pace)
    if found["in_seconds"]:
        return f"{ms / 1_000:g}"
    if ms == 0:
        return "0s"
    unit = next(unit for unit, size in UNITS_MS.items() if ms % size == 0)
    return f"{ms // UNITS_MS[unit]}{unit}"
