"""What all plots of pages share: colours, layout, and a table that says the same. Knows no result.

Colours are told apart by people with any kind of colour vision (after Okabe and Ito 2008), and each stands out by at
least 3 to 1 from a white and from a dark page. What has a colour also has a dash or a shape of its own. Colours of
words and grids are left to the page's style, which knows whether it is day or night.
"""

import html
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
import plotly.graph_objects as go  # type: ignore[import-untyped]
from plotly.subplots import make_subplots  # type: ignore[import-untyped]

BLUE: Final = "#2f83c9"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
GREY: Final = "#7f8790"

BAND_OPACITY: Final = 0.2
"""How strongly an interval is filled: the grid stays visible through it."""

Dash = Literal["solid", "dash", "dot"]


class Table(msgspec.Struct, frozen=True):
    """Rows of words under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Plot(msgspec.Struct, frozen=True):
    """A figure for the page.

    Attributes:
        key: names it on the page.
        figure: data and layout as JSON that cannot end a script.
        summary: what it shows, in one sentence for somebody who does not see it.
        table: the same figures.
        height_px: room it takes.
    """

    key: str
    figure: str
    summary: str
    table: Table
    height_px: int


def canvas(*, rows: int = 1, heights: Sequence[float] | None = None) -> Any:
    """Return an empty figure of stacked parts that share their horizontal axis, in the house's quiet layout."""
    figure = make_subplots(
        rows=rows, cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.1 if rows > 1 else 0
    )
    figure.update_layout(
        template=go.layout.Template(),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 13}},
        hoverlabel={"bgcolor": "#20252b", "bordercolor": "#20252b", "font": {"color": "#ffffff"}},
        dragmode=False,
        hovermode="closest",
    )
    title = {"font": {"size": 13}}
    figure.update_xaxes(title=title, fixedrange=True, automargin=True, showgrid=False, ticks="outside", zeroline=False)
    figure.update_yaxes(title=title, fixedrange=True, automargin=True, gridcolor=GREY, zeroline=False)
    return figure


def line(
    x: Iterable[float],
    y: Iterable[float | None],
    *,
    name: str,
    colour: str,
    dash: Dash = "solid",
    unit: str = "",
    along: str = "day %{x}",
) -> Any:
    """Return a line; where there is no value it has a gap.

    ``unit`` is how a value reads on touch, as d3 formats, and ``along`` how its place on the horizontal axis does.
    """
    return go.Scatter(
        x=list(x),
        y=list(y),
        name=marked(name),
        mode="lines",
        line={"color": colour, "width": 2.5, "dash": dash},
        hovertemplate=f"{marked(name)}: %{{y:{unit}}}<br>{along}<extra></extra>",
    )


def finished(key: str, figure: Any, summary: str, table: Table, *, height_px: int = 320) -> Plot:
    """Return the figure as the page takes it."""
    figure.update_layout(height=height_px)
    return Plot(key, unbreakable(str(figure.to_json())), summary, table, height_px)


def unbreakable(json: str) -> str:
    """Return JSON of the same value that can stand in a page: no text in it ends a script or begins a comment."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def marked(text: str) -> str:
    """Return a text such that a plot shows it as it is: plots read a few HTML tags and template marks."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")
