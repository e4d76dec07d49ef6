"""Plots over days: learning, the two arms, the promoted set, attribution. Knows a result's days, no pair."""

from collections.abc import Callable, Iterable
from typing import Final

from streams.pages import readable
from streams.pages.drawing import BLUE, GREEN, GREY, VERMILION, Plot, Table, canvas, finished, line
from streams.simulate.loop_result import Day, LoopResult, Window

SMOOTHED_DAYS: Final = 7
"""Days of a moving share: one day of a small run holds too few turns of an arm to compare."""

TABLE_ROWS_MAX: Final = 100
"""Rows of a table of days; longer runs show every n-th day."""


def learning(result: LoopResult) -> Plot | None:
    """Draw the share of defects with and without rewriting over what is live; None without a turn."""
    days = [day for day in result.days if day.turns]
    if not days:
        return None
    numbers = [day.day for day in days]
    figure = canvas(rows=2, heights=(0.64, 0.36))
    without = [day.without / day.turns for day in days]
    with_rewriting = [day.defects / day.turns for day in days]
    live, promoted = [day.live for day in days], [day.promoted for day in days]
    upper = (
        line(numbers, without, name="without rewriting", colour=GREY, dash="dash", unit=".1%"),
        line(numbers, with_rewriting, name="with rewriting", colour=BLUE, unit=".1%"),
    )
    lower = (
        line(numbers, live, name="rewrites live", colour=GREEN, dash="dot"),
        line(numbers, promoted, name="rewrites promoted", colour=GREEN),
    )
    figure.add_traces(upper, rows=1, cols=1)
    figure.add_traces(lower, rows=2, cols=1)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text="defects", tickformat=".0%", row=1, col=1)
    figure.update_yaxes(title_text="rewrites", row=2, col=1)
    figure.update_xaxes(title_text="day", row=2, col=1)
    rows = _rows(days, lambda day: (_defects(day.without, day), _defects(day.defects, day), *_set_size(day)))
    table = Table(("day", "defects without rewriting", "defects with it", "live", "promoted"), rows)
    summary = (
        f"Share of turns that are defects, by day: {readable.percent(with_rewriting[0])} on the first day and "
        f"{readable.percent(with_rewriting[-1])} on the last one with rewriting, where it would be "
        f"{readable.percent(without[-1])} without. {readable.many(live[-1], 'rewrite')} live at the end."
    )
    return finished("learning", figure, summary, table, height_px=460)


def arms(result: LoopResult) -> Plot | None:
    """Draw the defect share of treated and of held-out turns over time; None where nothing was served."""
    days = result.days
    treated = _moving(days, lambda day: (day.treated_defects, day.treated))
    held_out = _moving(days, lambda day: (day.held_out_defects, day.held_out))
    if not any(share is not None for share in (*treated, *held_out)):
        return None
    numbers = [day.day for day in days]
    figure = canvas()
    figure.add_traces(
        (
            line(numbers, held_out, name="held out", colour=GREY, dash="dash", unit=".1%"),
            line(numbers, treated, name="treated", colour=BLUE, unit=".1%"),
        )
    )
    figure.update_yaxes(title_text="defects", tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(title_text="day")
    shares = dict(zip(numbers, zip(treated, held_out, strict=True), strict=True))
    rows = _rows(days, lambda day: tuple(readable.percent(share) for share in shares[day.day]))
    table = Table(("day", f"treated, last {SMOOTHED_DAYS} days", f"held out, last {SMOOTHED_DAYS} days"), rows)
    summary = (
        f"Share of defects over the last {SMOOTHED_DAYS} days. At the end {readable.percent(treated[-1])} of treated "
        f"turns and {readable.percent(held_out[-1])} of held-out turns."
    )
    return finished("arms", figure, summary, table)


def promoted_set(result: LoopResult) -> Plot | None:
    """Draw how many promoted rewrites were right and wrong on each day; None where none ever was promoted."""
    days = result.days
    if not any(day.right or day.wrong for day in days):
        return None
    numbers = [day.day for day in days]
    right, wrong = [day.right for day in days], [day.wrong for day in days]
    figure = canvas(rows=2, heights=(0.62, 0.38))
    figure.add_traces((line(numbers, right, name="right", colour=GREEN),), rows=1, cols=1)
    figure.add_traces((line(numbers, wrong, name="wrong", colour=VERMILION, dash="dot"),), rows=2, cols=1)
    figure.update_traces(line_shape="hv")
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text="right", row=1, col=1)
    figure.update_yaxes(title_text="wrong", range=[0, max(4, *wrong) * 1.1], row=2, col=1)
    figure.update_xaxes(title_text="day", row=2, col=1)
    rows = _rows(
        days, lambda day: tuple(map(readable.number, (day.right, day.wrong, day.trial_right, day.trial_wrong)))
    )
    table = Table(("day", "promoted, right", "promoted, wrong", "on trial, right", "on trial, wrong"), rows)
    summary = (
        f"Promoted rewrites by day. At the end {readable.number(right[-1])} are right and {readable.number(wrong[-1])} "
        f"wrong; at most {readable.number(max(wrong))} were wrong on one day."
    )
    return finished("promoted_set", figure, summary, table, height_px=380)


def windows(result: LoopResult) -> Table | None:
    """Return right and wrong promotions by span of days; None without one."""
    if not result.windows:
        return None
    columns = (
        "days",
        "right : wrong",
        "per wrong one",
        "needless",
        "days right : wrong",
        "per wrong day",
        "needless days",
    )
    return Table(columns, tuple(_window(window) for window in result.windows))


def attribution(result: LoopResult) -> Plot | None:
    """Draw how well right rewrites rank before wrong ones, aware of rewriting and not; None where it was not judged."""
    judged = [entry for entry in result.attribution if entry.aware is not None or entry.unaware is not None]
    if not judged:
        return None
    numbers = [entry.day for entry in judged]
    figure = canvas()
    figure.add_traces(
        (
            line(numbers, [entry.unaware for entry in judged], name="unaware", colour=GREY, dash="dash", unit=".3f"),
            line(numbers, [entry.aware for entry in judged], name="aware", colour=BLUE, unit=".3f"),
        )
    )
    figure.update_yaxes(title_text="PR-AUC", range=[0, 1.03])
    figure.update_xaxes(title_text="day")
    rows = tuple(
        (
            str(entry.day),
            _plain(entry.aware),
            _plain(entry.unaware),
            readable.number(entry.pairs),
            readable.number(entry.wrong),
        )
        for entry in judged
    )
    last = judged[-1]
    summary = (
        "Area under the precision-recall curve of the belief in served rewrites. On the last day "
        f"{_plain(last.aware)} for the learner that knows which turns were rewritten, {_plain(last.unaware)} for the "
        "one that does not."
    )
    return finished("attribution", figure, summary, Table(("day", "aware", "unaware", "pairs", "of them wrong"), rows))


def _moving(days: Iterable[Day], counts: Callable[[Day], tuple[int, int]]) -> list[float | None]:
    """Return for each day the share over the last days, None where they hold nothing."""
    counted = [counts(day) for day in days]
    spans = [counted[max(0, end - SMOOTHED_DAYS) : end] for end in range(1, len(counted) + 1)]
    return [readable.share_of(sum(part for part, _ in span), sum(whole for _, whole in span)) for span in spans]


def _rows(days: Iterable[Day], cells: Callable[[Day], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return a row for each day, for every n-th one where there are many, and always for the last."""
    held = list(days)
    every = -(-len(held) // TABLE_ROWS_MAX)
    last = len(held) - 1
    return tuple((str(day.day), *cells(day)) for place, day in enumerate(held) if (last - place) % every == 0)


def _window(window: Window) -> tuple[str, ...]:
    return (
        f"{window.from_day}\u00a0to\u00a0{window.to_day}",
        readable.ratio(window.valid, window.invalid),
        _per(window.valid, window.invalid),
        readable.number(window.needless),
        readable.ratio(window.right_days, window.wrong_days),
        _per(window.right_days, window.wrong_days),
        readable.number(window.needless_days),
    )


def _per(right: int, wrong: int) -> str:
    """Return how many right ones there are to a wrong one."""
    return readable.number(round(right / wrong, 1)) if wrong else "none wrong" if right else "–"


def _defects(defects: float, day: Day) -> str:
    return readable.percent(readable.share_of(defects, day.turns))


def _set_size(day: Day) -> tuple[str, str]:
    return readable.number(day.live), readable.number(day.promoted)


def _plain(area: float | None) -> str:
    return "–" if area is None else f"{area:.3f}"
