"""Where benchmarks print, and how measures look there. Knows no benchmark."""

import math
import sys

from rich.console import Console

from models.measuring import Interval

WIDTH = 150
"""Columns of a file or a pipe, which have no width of their own: wide enough that no table is folded."""


def screen() -> Console:
    """Return standard output as a console, not narrower than a table needs when nobody looks at it as it is written."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def three(value: float | None) -> str:
    """Return a share or a measure with three digits, "-" where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def both(found: Interval) -> tuple[str, str]:
    """Return a measure and its interval as two cells."""
    return three(found.value), f"{three(found.low)}-{three(found.high)}"
