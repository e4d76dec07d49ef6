"""Where benchmarks print. Knows no benchmark."""

import sys

from rich.console import Console

WIDTH = 150
"""Columns of a file or a pipe, which have no width of their own: wide enough that no table is folded."""


def screen() -> Console:
    """Return standard output as a console, not narrower than a table needs when nobody looks at it as it is written."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
