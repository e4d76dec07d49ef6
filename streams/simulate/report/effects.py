"""Treated against held-out turns by domain, as a forest plot. Knows counts, no page."""

import math
from typing import Final

import plotly.graph_objects as go  # type: ignore[import-untyped]

from streams.pages import readable
from streams.pages.drawing import BLUE, GREY, VERMILION, Plot, Table, canvas, finished, marked
from streams.simulate.loop_result import Effect, LoopResult

WORST_SHOWN: Final = -1.0
"""Left edge: an interval that reaches beyond twice the defects is cut there, or it would squeeze all others."""

NAME_LENGTH_MAX: Final = 18
"""Letters of a domain that the plot shows; the table has the whole name."""

ALL_DOMAINS: Final = "all domains"


def forest(result: LoopResult) -> Plot | None:
    """Draw the reduction of defects by domain, all domains first; None where nothing can be compared."""
    effects = sorted(result.effects, key=lambda effect: (bool(effect.domain), -effect.treated, effect.domain))
    drawn = [effect for effect in effects if effect.reduction is not None]
    if not drawn:
        return None
    figure = canvas()
    places = range(len(drawn))
    figure.add_traces([_interval(effect, place) for place, effect in zip(places, drawn, strict=True)])
    figure.add_trace(_truths(drawn))
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text="reduction of defects", tickformat=".0%", range=[WORST_SHOWN - 0.03, 1.03])
    figure.update_yaxes(
        showgrid=False,
        range=[len(drawn) - 0.4, -0.6],
        tickvals=list(places),
        ticktext=[marked(_short(effect.domain or ALL_DOMAINS)) for effect in drawn],
    )
    figure.update_layout(showlegend=False)
    table = Table(
        ("domain", "treated", "of them defects", "held out", "of them defects", "reduction", "interval", "in truth"),
        tuple(_row(effect) for effect in effects),
    )
    summary = "Reduction of defects, with its interval: " + "; ".join(
        f"{effect.domain or ALL_DOMAINS} {readable.percent(effect.reduction)} ({_interval_words(effect)})"
        for effect in drawn
    )
    return finished("forest", figure, f"{summary}.", table, height_px=90 + 34 * len(drawn))


def _interval(effect: Effect, place: int) -> object:
    """Return the line from end to end, with the estimate as a mark; dotted from edge to edge where no end is known."""
    reduction = effect.reduction if effect.reduction is not None else 0.0
    ends = [_within(effect.lower, WORST_SHOWN), _within(reduction, reduction), _within(effect.upper, 1.0)]
    shown = f"{marked(effect.domain or ALL_DOMAINS)}: {readable.percent(reduction)}, {_interval_words(effect)}"
    return go.Scatter(
        x=ends,
        y=[place] * 3,
        mode="lines+markers",
        line={"color": BLUE, "width": 2.5, "dash": "dot" if effect.lower is None else "solid"},
        marker={
            "color": BLUE,
            "opacity": 1,
            "line": {"color": BLUE, "width": 2.5},
            "size": [9, 9 if effect.domain else 13, 9],
            "symbol": ["line-ns-open", "square" if effect.domain else "diamond", "line-ns-open"],
        },
        hoverinfo="text",
        hovertext=[shown] * 3,
    )


def _truths(effects: list[Effect]) -> object:
    """Return the true reduction of each domain that has one, as an open circle."""
    known = [(place, effect.true_reduction) for place, effect in enumerate(effects)]
    places = [place for place, reduction in known if reduction is not None]
    reductions = [reduction for _, reduction in known if reduction is not None]
    return go.Scatter(
        x=[_within(reduction, reduction) for reduction in reductions],
        y=places,
        mode="markers",
        marker={"color": VERMILION, "size": 14, "symbol": "circle-open", "line": {"width": 2}},
        hoverinfo="text",
        hovertext=[f"in truth {readable.percent(reduction)}" for reduction in reductions],
    )


def _within(value: float | None, otherwise: float) -> float:
    """Return a value cut to what is shown, something else where there is none."""
    if value is None or math.isnan(value):
        return otherwise
    return min(1.0, max(WORST_SHOWN, value))


def _interval_words(effect: Effect) -> str:
    """Return both ends in words; an unknown one is open."""
    if effect.lower is None or effect.upper is None:
        return "no interval yet"
    lower = readable.percent(effect.lower) if math.isfinite(effect.lower) else "no lower end"
    return f"{lower} to {readable.percent(effect.upper)}"


def _row(effect: Effect) -> tuple[str, ...]:
    return (
        effect.domain or ALL_DOMAINS,
        readable.number(effect.treated),
        readable.percent(readable.share_of(effect.treated_defects, effect.treated)),
        readable.number(effect.held_out),
        readable.percent(readable.share_of(effect.held_out_defects, effect.held_out)),
        readable.percent(effect.reduction),
        _interval_words(effect),
        readable.percent(effect.true_reduction),
    )


def _short(domain: str) -> str:
    return domain if len(domain) <= NAME_LENGTH_MAX else f"{domain[: NAME_LENGTH_MAX - 1]}…"
