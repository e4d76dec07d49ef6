"""What a trained model came to, as tables in a terminal. Knows a result, no option and no step."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Final

from rich.console import RenderableType

from models.measuring import Interval
from models.recipes.results import Compared, Measured, Result, Slice
from streams.tables import Cell, table

COLUMNS: Final = ("pairs", "model", "count", "AP", "95 %", "F1", "95 %", "alarms")
SHOWN_KINDS: Final = ("all", "reply")
"""Parts that a terminal shows; the card and the report have the rest."""

THIS: Final = "this one"
"""Stands for the model that was made: its name may be long, and a narrow terminal would cut the numbers beside it."""

TITLES: Final = {"bundled": "On bundled pairs not learned from", "own": "On your own pairs, sessions held out"}


def measure_tables(result: Result) -> Iterator[RenderableType]:
    """Lay out how good a model is, one table a kind of pairs."""
    for measured in result.measured:
        yield table(TITLES.get(measured.key, measured.key), COLUMNS, _rows(measured))


def _rows(measured: Measured) -> Iterator[tuple[Cell, ...]]:
    models = (Compared(THIS, measured.threshold, measured.slices), *measured.others)
    for part in measured.slices:
        if part.kind in SHOWN_KINDS:
            for model in models:
                yield from (_row(model.name, own) for own in model.slices if own.name == part.name)


def _row(model: str, part: Slice) -> tuple[Cell, ...]:
    order, verdicts = part.average_precision, part.f1
    return (
        part.name.removeprefix("first "),
        model,
        part.pairs,
        _number(order.value),
        _ends(order),
        _number(verdicts.value),
        _ends(verdicts),
        _number(part.false_alarms),
    )


def _ends(interval: Interval) -> str:
    """Return an interval without a space, so that no terminal breaks it."""
    return f"{interval.low:.3f}-{interval.high:.3f}".replace("0.", ".") if isfinite(interval.low) else "-"


def _number(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "-"


def summary_table(result: Result, file: Path, seconds: float) -> RenderableType:
    """Lay out what was made, and how long it took."""
    learned = sum(source.learned for source in result.sources)
    rows: list[tuple[Cell, Cell]] = [
        ("model", result.name),
        ("teacher", result.teacher or "none"),
        ("pairs learned from", f"{learned:,}"),
        ("a rephrase from probability", f"{result.threshold:.3f}"),
        ("bytes", f"{file.stat().st_size:,}"),
        ("seconds", f"{seconds:,.0f}"),
    ]
    return table("The model", ("what", ""), rows)
