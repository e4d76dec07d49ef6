"""Win share of single rewrites with its confidence sequence over time. Knows stories, no truth about them."""

from typing import Any, Final

import msgspec
import plotly.graph_objects as go  # type: ignore[import-untyped]

from streams.pages import readable
from streams.pages.drawing import BAND_OPACITY, BLUE, GREEN, GREY, VERMILION, Plot, Table, canvas, finished
from streams.simulate.loop_result import LoopResult, Point, Story
from streams.simulate.report import words
from streams.simulate.report.outcomes import PUBLISHED, best_evidence, day_of, taken_back

PAIRS_MAX: Final = 6
"""Rewrites drawn one by one; half of the places are kept for those that were taken back."""

MARKS: Final = {"trial": ("circle-open", GREY), "promoted": ("triangle-up", GREEN), "pinned": ("square", GREEN)}
"""Mark and colour of a stage on top of a plot; any other one ends a publication."""

ENDED: Final = ("triangle-down", VERMILION)


class PairPlot(msgspec.Struct, frozen=True):
    """A rewrite with its plot."""

    story: Story
    plot: Plot


def curves(result: LoopResult) -> tuple[PairPlot, ...]:
    """Draw the rewrites with most evidence, those that were taken back among them."""
    return tuple(PairPlot(story, _plot(result, story, place)) for place, story in enumerate(_chosen(result)))


def share_to_beat(result: LoopResult) -> float | None:
    """Return the win share that a trial must beat, ``R/(1+R)``; None where the settings do not say."""
    try:
        least = float(result.settings["win_loss_min"])
    except (KeyError, ValueError):
        return None
    return least / (1 + least)


def _chosen(result: LoopResult) -> list[Story]:
    by_evidence = sorted((story for story in result.stories if story.curve), key=_evidence, reverse=True)
    ended = [story for story in by_evidence if taken_back(story)][: PAIRS_MAX // 2]
    others = [story for story in by_evidence if story not in ended][: PAIRS_MAX - len(ended)]
    return sorted([*ended, *others], key=_evidence, reverse=True)


def _evidence(story: Story) -> tuple[float, str]:
    best = best_evidence(story)
    return (0.0 if best is None else best.wins + best.losses), story.rewrite_id


def _plot(result: LoopResult, story: Story, place: int) -> Plot:
    figure = canvas()
    for version in sorted({point.version for point in story.curve}):
        points = sorted((point for point in story.curve if point.version == version), key=lambda point: point.day)
        figure.add_traces(_band(points))
    _mark_stages(figure, result, story)
    beaten = share_to_beat(result)
    if beaten is not None:
        figure.add_hline(y=beaten, line={"color": GREY, "width": 1.5, "dash": "dash"})
    figure.update_yaxes(range=[-0.03, 1.12], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], title_text="wins")
    figure.update_xaxes(title_text="day", range=_span(result))
    figure.update_layout(showlegend=False)
    rows = tuple(_row(point) for point in story.curve)
    table = Table(("day", "version", "wins", "losses", "share of wins", "interval"), rows)
    return finished(f"pair_{place}", figure, _summary(result, story), table, height_px=260)


def _band(points: list[Point]) -> tuple[Any, ...]:
    """Return the interval as a filled band and the share as a line; one point alone gets a mark."""
    days = [point.day for point in points]
    edge = {"mode": "lines", "line": {"color": BLUE, "width": 0}, "hoverinfo": "skip"}
    shown = [f"day {row[0]}: {row[2]} wins, {row[3]} losses; {row[4]} ({row[5]})" for row in map(_row, points)]
    return (
        go.Scatter(x=days, y=[point.lower for point in points], **edge),
        go.Scatter(
            x=days,
            y=[point.upper for point in points],
            fill="tonexty",
            fillcolor=f"rgba(47,131,201,{BAND_OPACITY})",
            **edge,
        ),
        go.Scatter(
            x=days,
            y=[_share(point) for point in points],
            mode="lines+markers" if len(points) == 1 else "lines",
            line={"color": BLUE, "width": 2.5},
            hoverinfo="text",
            hovertext=shown,
        ),
    )


def _mark_stages(figure: Any, result: LoopResult, story: Story) -> None:
    """Put a mark above the day of each publication and withdrawal."""
    steps = [step for step in story.steps if PUBLISHED.intersection((step.from_stage, step.to_stage))]
    marks = [MARKS.get(step.to_stage, ENDED) for step in steps]
    days = [day_of(result, step.at_ms) for step in steps]
    for day, (_, colour) in zip(days, marks, strict=True):
        figure.add_shape(type="line", x0=day, x1=day, y0=0, y1=1.05, line={"color": colour, "width": 1, "dash": "dot"})
    figure.add_trace(
        go.Scatter(
            x=days,
            y=[1.06] * len(days),
            mode="markers",
            marker={"symbol": [mark for mark, _ in marks], "color": [colour for _, colour in marks], "size": 11},
            cliponaxis=False,
            hoverinfo="text",
            hovertext=[f"day {day:.0f}: {words.STAGES[step.to_stage]}" for day, step in zip(days, steps, strict=True)],
        )
    )


def _summary(result: LoopResult, story: Story) -> str:
    last = story.curve[-1]
    stages = ", ".join(f"{words.STAGES[step.to_stage]} on day {day_of(result, step.at_ms):.0f}" for step in story.steps)
    return f"At the end {_row(last)[4]} wins among decisive pairs, interval {_row(last)[5]}. Stages: {stages}."


def _span(result: LoopResult) -> list[float]:
    """Return the days of the run, so that all rewrites are drawn on one scale."""
    last = max((day.day for day in result.days), default=0)
    return [-0.02 * last - 0.5, 1.02 * last + 0.5]


def _share(point: Point) -> float | None:
    return readable.share_of(point.wins, point.wins + point.losses)


def _row(point: Point) -> tuple[str, ...]:
    return (
        str(point.day),
        str(point.version),
        readable.number(point.wins),
        readable.number(point.losses),
        readable.percent(_share(point), 0),
        f"{readable.percent(point.lower, 0)} to {readable.percent(point.upper, 0)}",
    )
