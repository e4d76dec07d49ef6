"""What became of alerts, as a table for people and as a page. Knows no fault."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.faults.trial import Row, seconds

PAGE: Final = Path(__file__).parent.parent.parent / "infra" / "prometheus" / "FAULTS.md"
COLUMNS: Final = ("alert", "what was done", "fired after", "what repaired it", "over after", "pace")

HEAD: Final = """\
# Alerts, each made to fire

Made by `{command}`. Do not edit.

Each alert was silent on a healthy service, a real worker with a real Kafka and a real Prometheus; then something was
broken until the alert fired, and repaired until it was over, with the worker seen and ready. At pace 60 every window
and wait of the rules is a sixtieth of what it is in service, but for what no pace makes faster, such as the start of a
worker. Where a window is of hours or days the pace is higher. Times are seconds as they passed, by the clock of the
machine that it ran on.

"""


def show(rows: Iterable[Row], console: Console) -> None:
    """Print a table, and what went wrong."""
    rows = list(rows)
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    for row in rows:
        if row.problem:
            console.print(f"{row.alert}: {row.problem}", markup=False)


def cells(row: Row) -> tuple[str, ...]:
    """Return what a table says about an alert."""
    if row.left_out:
        return row.alert, f"not tried here: {row.left_out}", "", "", "", ""
    fired, resolved = seconds(row.fired_s), seconds(row.resolved_s)
    return row.alert, row.done, fired, row.repaired, resolved, f"{row.pace:g}"


def page(rows: Sequence[Row], command: str) -> str:
    """Return the page."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, rows)]
    return HEAD.format(command=command) + "".join(f"| {' | '.join(line)} |\n" for line in lines)
