"""What became of alerts, as a table for people and as a page. Knows no fault."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from infra.prometheus.alerts import ALERTS
from tests.faults.fault import Fault
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


def show_faults(faults: Iterable[Fault], console: Console) -> None:
    """Print what each fault does."""
    table = Table("alerts", "what is done", "what repairs it")
    for fault in faults:
        table.add_row("\n".join(fault.alerts), fault.done, fault.repaired)
    console.print(table)


def cells(row: Row) -> tuple[str, ...]:
    """Return what a table says about an alert."""
    if row.left_out:
        return row.alert, f"not tried here: {row.left_out}", "", "", "", ""
    fired, resolved = seconds(row.fired_s), seconds(row.resolved_s)
    return row.alert, row.done, fired, row.repaired, resolved, f"{row.pace:g}"


def page(rows: Sequence[Row], pace: float, before: str = "") -> str:
    """Return the page; alerts that are not among the rows stand as they did before."""
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in before.splitlines() if line.startswith("| R")}
    lines |= {row.alert: _line(cells(row)) for row in rows}
    head = [_line(COLUMNS), _line(("---",) * len(COLUMNS))]
    told = [*head, *(lines[name] for name in ALERTS if name in lines)]
    return HEAD.format(command=f"python -m tests.faults.run --faster {pace:g} --write") + "".join(
        f"{line}\n" for line in told
    )


def write(rows: Sequence[Row], pace: float) -> None:
    """Write the page."""
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(rows, pace, before), encoding="utf-8")


def _line(parts: Iterable[str]) -> str:
    return f"| {' | '.join(parts)} |"
