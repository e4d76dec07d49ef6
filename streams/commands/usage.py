"""What a person at the terminal is told: errors in one line, progress while waiting. Knows no command."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

UNUSABLE_EXIT_CODE = 2

SETTING_HELP = "A setting; may be given again. `reprise settings` lists them."
SETTINGS_FILE_HELP = "Settings as TOML; without it `reprise.toml` here, if there."

SettingOptions = Annotated[
    list[str], typer.Option("--set", metavar="NAME=VALUE", help=SETTING_HELP, show_default=False)
]
SettingsFile = Annotated[str, typer.Option("--settings", metavar="FILE", help=SETTINGS_FILE_HELP, show_default=False)]


class UnusableError(Exception):
    """What was given cannot be used; the text is one line for the person who gave it. Ends with exit code 2."""


def screen() -> Console:
    """Return where results are shown: standard output, as wide as the terminal is."""
    return Console(soft_wrap=False, highlight=False)


@contextmanager
def progresses() -> Iterator[Callable[[str, float, float], None]]:
    """Show how far several pieces of work are, each in a line that appears when it begins.

    Yields:
        A function to call with a piece's title, how much of it is done, and how much there is.
    """
    with _bars(transient=False) as bars:
        tasks: dict[str, TaskID] = {}

        def show(title: str, done: float, total: float) -> None:
            if title not in tasks:
                tasks[title] = bars.add_task(title, total=total)
            bars.update(tasks[title], completed=done, total=total)

        yield show


@contextmanager
def progress(title: str, total: float | None) -> Iterator[Callable[[float], None]]:
    """Show how far the work is, on standard error and only when that is a terminal.

    Yields:
        A function to call with the amount of work done so far, in the unit of ``total``.
    """
    with _bars(transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def _bars(*, transient: bool) -> Progress:
    words = TextColumn("{task.description}")
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=transient, disable=not sys.stderr.isatty())
