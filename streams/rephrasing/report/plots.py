"""Plots of how good a model is: order, calibration, scores, parts. Knows what was measured, no page."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

import plotly.graph_objects as go  # type: ignore[import-untyped]

from models.measuring import Interval
from models.recipes.results import Compared, Measured, Slice, spread
from streams.pages import readable
from streams.pages.drawing import BLUE, GREEN, GREY, VERMILION, Plot, Table, canvas, finished, line, marked

MODEL_COLOURS: Final = (BLUE, VERMILION, GREEN)
MODEL_SYMBOLS: Final = ("circle", "square", "diamond")

SLICE_HEIGHT_PX: Final = 26


def precision_recall(measured: Measured) -> Plot:
    """Draw precision along recall, with the model's threshold as a mark."""
    figure = canvas()
    recall = [point.recall for point in measured.curve]
    precision = [point.precision for point in measured.curve]
    drawn = line(recall, precision, name="any threshold", colour=BLUE, unit=".3f", along="recall %{x:.3f}")
    chosen = measured.chosen
    mark = go.Scatter(
        x=[chosen.recall],
        y=[chosen.precision],
        name=f"its threshold, {chosen.threshold:.3f}",
        mode="markers",
        marker={"color": VERMILION, "size": 13, "symbol": "diamond"},
        hovertemplate="precision %{y:.3f}<br>recall %{x:.3f}<extra></extra>",
    )
    figure.add_traces([drawn, mark])
    figure.update_xaxes(title_text="recall: share of rewordings found", range=[0, 1.02])
    figure.update_yaxes(title_text="precision", range=[0, 1.04])
    rows = tuple((f"{each.threshold:.3f}", f"{each.precision:.3f}", f"{each.recall:.3f}") for each in measured.curve)
    summary = (
        f"Precision along recall; at the threshold {chosen.threshold:.3f} precision is {chosen.precision:.3f} and "
        f"recall {chosen.recall:.3f}."
    )
    table = Table(("from probability", "precision", "recall"), rows)
    return finished(f"order-{measured.key}", figure, summary, table)


def calibration(measured: Measured) -> Plot:
    """Draw what came of each span of probabilities; on the dashed line what was said is what came."""
    figure = canvas()
    largest = max(each.count for each in measured.reliability)
    figure.add_trace(
        line([0, 1], [0, 1], name="said is what came", colour=GREY, dash="dash", unit=".2f", along="said %{x:.2f}")
    )
    figure.add_trace(
        go.Scatter(
            x=[each.probability for each in measured.reliability],
            y=[each.share for each in measured.reliability],
            name="the model; larger marks stand for more pairs",
            mode="markers+lines",
            line={"color": BLUE, "width": 1.5},
            marker={"color": BLUE, "size": [8 + 16 * (each.count / largest) ** 0.5 for each in measured.reliability]},
            hovertext=[readable.many(each.count, "pair") for each in measured.reliability],
            hovertemplate="said %{x:.2f}, came %{y:.2f}<br>%{hovertext}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="probability said", range=[-0.03, 1.03])
    figure.update_yaxes(title_text="share that came", range=[-0.05, 1.05])
    rows = tuple((f"{each.probability:.3f}", f"{each.share:.3f}", f"{each.count:,}") for each in measured.reliability)
    summary = f"Share of rewordings by probability; off by {measured.calibration_error:.3f} on average over pairs."
    table = Table(("probability said", "share that came", "pairs"), rows)
    return finished(f"calibration-{measured.key}", figure, summary, table)


def histogram(measured: Measured) -> Plot:
    """Draw how many pairs got which probability, rewordings and others apart."""
    others, rewordings = measured.histogram
    width = 1.0 / len(others)
    places = [width * (index + 0.5) for index in range(len(others))]
    figure = canvas()
    figure.add_traces(
        [
            _bars(places, others, "other requests", GREY, ""),
            _bars(places, rewordings, "rewordings", BLUE, "/"),
        ]
    )
    figure.add_vline(x=measured.threshold, line={"color": VERMILION, "width": 2, "dash": "dash"})
    figure.update_layout(barmode="group", bargap=0.08)
    figure.update_xaxes(title_text="probability said; the dashed line is the threshold", range=[0, 1])
    # Most pairs are easy: on a plain scale the hard ones between would not be seen.
    figure.update_yaxes(title_text="pairs", type="log", dtick=1)
    rows = tuple(
        (f"{place - width / 2:.2f} to {place + width / 2:.2f}", f"{other:,}", f"{reword:,}")
        for place, other, reword in zip(places, others, rewordings, strict=True)
    )
    summary = f"Pairs by probability: {sum(rewordings):,} rewordings and {sum(others):,} other requests."
    table = Table(("probability", "other requests", "rewordings"), rows)
    return finished(f"scores-{measured.key}", figure, summary, table)


def _bars(places: Sequence[float], counts: Sequence[int], name: str, colour: str, pattern: str) -> Any:
    return go.Bar(
        x=list(places),
        y=list(counts),
        name=name,
        marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "#ffffff", "size": 5}},
        hovertemplate=f"{name}: %{{y:,}}<br>about %{{x:.2f}}<extra></extra>",
    )


def parts(name: str, measured: Measured, kinds: Sequence[str], key: str) -> Plot | None:
    """Draw average precision by part of the pairs, with intervals, for all models; None where there is no such part."""
    drawn = [part for part in measured.slices if part.kind in kinds]
    if not drawn:
        return None
    models = (Compared(name, measured.threshold, measured.slices), *measured.others)
    figure = canvas()
    for index, model in enumerate(models):
        figure.add_trace(_marks(model, drawn, index, len(models)))
    figure.update_xaxes(title_text="average precision", range=[0, 1.03])
    figure.update_yaxes(
        showgrid=False,
        range=[len(drawn) - 0.4, -0.6],
        tickvals=list(range(len(drawn))),
        ticktext=[marked(part.name) for part in drawn],
    )
    rows = tuple(_row(model, part) for part in drawn for model in models if _same(model, part))
    summary = "Average precision: " + "; ".join(f"{part.name} {spread(part.average_precision)}" for part in drawn)
    columns = ("part", "model", "pairs", "reword", "average precision", "F1", "false alarms")
    height_px = 110 + SLICE_HEIGHT_PX * len(models) * len(drawn)
    return finished(f"{key}-{measured.key}", figure, f"{summary}.", Table(columns, rows), height_px=height_px)


def _marks(model: Compared, drawn: Sequence[Slice], index: int, count: int) -> Any:
    found = [(place, _same(model, part)) for place, part in enumerate(drawn)]
    known = [(place, part) for place, part in found if part and isfinite(part.average_precision.value)]
    ends = [_ends(part.average_precision) for _, part in known]
    colour = MODEL_COLOURS[index % len(MODEL_COLOURS)]
    return go.Scatter(
        x=[part.average_precision.value for _, part in known],
        y=[place + (index - (count - 1) / 2) * 0.26 for place, _ in known],
        name=marked(model.name),
        mode="markers",
        marker={"color": colour, "size": 10, "symbol": MODEL_SYMBOLS[index % len(MODEL_SYMBOLS)]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [up for _, up in ends],
            "arrayminus": [down for down, _ in ends],
            "color": colour,
            "thickness": 2,
        },
        hovertext=[f"{marked(part.name)}: {spread(part.average_precision)}" for _, part in known],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _ends(interval: Interval) -> tuple[float, float]:
    """Return how far an interval reaches down and up; nowhere where there is none."""
    if not isfinite(interval.low):
        return 0.0, 0.0
    return max(0.0, interval.value - interval.low), max(0.0, interval.high - interval.value)


def _same(model: Compared, part: Slice) -> Slice | None:
    return next((own for own in model.slices if (own.kind, own.name) == (part.kind, part.name)), None)


def _row(model: Compared, part: Slice) -> tuple[str, ...]:
    own = _same(model, part) or part
    return (
        own.name,
        model.name,
        f"{own.pairs:,}",
        f"{own.positives:,}",
        spread(own.average_precision),
        spread(own.f1),
        readable.percent(own.false_alarms) if isfinite(own.false_alarms) else "–",
    )
