"""How long it took to find a rewrite, and to take a broken one back. Knows times and counts, no page."""

from statistics import median, quantiles
from typing import Final

import plotly.graph_objects as go  # type: ignore[import-untyped]

from streams.pages import readable
from streams.pages.drawing import BLUE, VERMILION, Plot, Table, canvas, finished, marked
from streams.simulate.loop_result import LoopResult, Withdrawal
from streams.simulate.report import words

KINDS: Final[dict[str, str]] = {
    "fixed": "source works",
    "broken": "target fails",
    "flipped": "heard otherwise",
    "preferred": "meant otherwise",
}
"""What a drift is called beside a plot."""

BARS: Final = 24
"""Bars of a distribution: enough to see its shape, few enough to read."""


def found(result: LoopResult) -> Plot | None:
    """Draw the days until a right rewrite was published; None where none was."""
    days = sorted(hours / 24 for hours in result.found_hours)
    if not days:
        return None
    figure = canvas()
    figure.add_trace(
        go.Histogram(x=days, nbinsx=BARS, marker={"color": BLUE}, hovertemplate="%{x} days: %{y}<extra></extra>")
    )
    figure.add_vline(x=median(days), line={"color": VERMILION, "width": 2.5, "dash": "dash"})
    figure.update_xaxes(title_text="days until published", rangemode="tozero")
    figure.update_yaxes(title_text="rewrites")
    figure.update_layout(bargap=0.06, showlegend=False)
    low, middle, high = _tenths([24 * day for day in days])
    rows = (
        ("a tenth sooner than", readable.duration(low)),
        ("half sooner than", readable.duration(middle)),
        ("nine tenths sooner than", readable.duration(high)),
        ("rewrites", readable.number(len(days))),
    )
    summary = f"Time from enough repairs to the first publication: half within {readable.duration(middle)}."
    return finished("found", figure, summary, Table(("right rewrites published", "time"), rows), height_px=280)


def withdrawn(result: LoopResult) -> Plot | None:
    """Draw the outcomes until a broken rewrite was taken back, by what broke it; None where nothing broke."""
    if not result.withdrawals:
        return None
    figure = canvas()
    texts = _texts(result)
    groups = _groups(result)
    for name, group in groups.items():
        figure.add_trace(_strip(name, [one for one in group if one.at_ms is not None], texts, ended=True))
        figure.add_trace(_strip(name, [one for one in group if one.at_ms is None], texts, ended=False))
    figure.update_xaxes(title_text="outcomes since it broke", rangemode="tozero")
    figure.update_yaxes(showgrid=False, type="category")
    figure.update_layout(showlegend=False, boxgap=0.4)
    columns = ("what changed, and for which", "taken back", "median outcomes", "nine tenths within", "still served")
    rows = tuple(_row(name, group) for name, group in groups.items())
    summary = "Outcomes between the change of the world and the withdrawal: " + "; ".join(
        f"{row[0]}: median {row[2]}, {row[4]} still served" for row in rows
    )
    return finished("withdrawn", figure, f"{summary}.", Table(columns, rows), height_px=100 + 64 * len(groups))


def _groups(result: LoopResult) -> dict[str, list[Withdrawal]]:
    """Return withdrawals by what changed and by the stage a pair had then."""
    groups: dict[str, list[Withdrawal]] = {}
    for one in sorted(result.withdrawals, key=lambda one: (one.stage, one.drift)):
        name = f"{KINDS.get(one.drift, one.drift or 'other')}, {words.STAGES[one.stage]}"
        groups.setdefault(name, []).append(one)
    return groups


def _strip(name: str, withdrawals: list[Withdrawal], texts: dict[str, str], *, ended: bool) -> object:
    """Return all points of a group over their box; those never taken back as open points without one."""
    shown = [f"{texts.get(one.rewrite_id, '')}{one.outcomes} outcomes" for one in withdrawals]
    if not ended:
        shown = [f"{text}, still served" for text in shown]
    colour = BLUE if ended else VERMILION
    return go.Box(
        x=[one.outcomes for one in withdrawals],
        y=[marked(name).replace(", ", "<br>")] * len(withdrawals),
        orientation="h",
        boxpoints="all",
        jitter=0.5,
        pointpos=0,
        fillcolor="rgba(0,0,0,0)",
        line={"color": colour if ended else "rgba(0,0,0,0)", "width": 1.5},
        marker={
            "color": colour,
            "size": 8,
            "symbol": "circle" if ended else "diamond-open",
            "line": {"color": colour, "width": 2},
        },
        hoveron="points",
        hoverinfo="text",
        hovertext=shown,
    )


def _row(name: str, withdrawals: list[Withdrawal]) -> tuple[str, ...]:
    ended = [float(one.outcomes) for one in withdrawals if one.at_ms is not None]
    _, middle, high = _tenths(ended) if ended else (None, None, None)
    numbers = ["–" if value is None else readable.number(round(value, 1)) for value in (middle, high)]
    return name, readable.number(len(ended)), *numbers, readable.number(len(withdrawals) - len(ended))


def _texts(result: LoopResult) -> dict[str, str]:
    """Return the texts that may be shown by rewrite, ready for a plot."""
    return {story.rewrite_id: marked(f"{story.source} → {story.target}: ") for story in result.stories if story.example}


def _tenths(values: list[float]) -> tuple[float, float, float]:
    """Return the first tenth, the middle and the last tenth; one value is all three."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    cuts = quantiles(values, n=10, method="inclusive")
    return cuts[0], cuts[4], cuts[8]
