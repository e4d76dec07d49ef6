"""How results look in a terminal. Knows columns and words, not where the values come from."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from streams.wording import printable, short

Cell = str | int | float
"""What a table shows: texts to the left, numbers to the right with their thousands marked."""


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    """Lay out rows under a title; numbers are aligned as such, and columns of single words are never broken."""
    held = [tuple(row) for row in rows]
    laid_out = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for index, column in enumerate(columns):
        cells = [row[index] for row in held]
        numeric = bool(cells) and all(isinstance(cell, int | float) for cell in cells)
        words = any(isinstance(cell, str) and " " in cell for cell in cells)
        laid_out.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=not words)
    for row in held:
        laid_out.add_row(*(Text(cell_text(cell)) for cell in row))
    return laid_out


def cell_text(cell: Cell) -> str:
    """Return a cell as shown."""
    if isinstance(cell, str):
        return printable(cell)
    return f"{cell:,}" if isinstance(cell, int) else short(cell)
