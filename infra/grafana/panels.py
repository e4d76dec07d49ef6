"""Kinds of panels, each drawn one way, in colours that colour-blind people tell apart. Knows no metric."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from string import ascii_uppercase
from typing import Final, NamedTuple

from grafana_foundation_sdk.builders import bargauge, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
YELLOW: Final = "#F0E442"
GREY: Final = "#999999"
PALETTE: Final = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY)
"""The palette of Okabe and Ito, with grey for its black, which a dark page swallows."""

Step = tuple[float | None, str]
PLAIN: Final[tuple[Step, ...]] = ((None, BLUE),)
BARS_MOST: Final = 100
"""Bars that a ranking shows at most."""

SOURCE: Final = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
LINES_WIDTH: Final = 12
LINES_HEIGHT: Final = 8
STAT_WIDTH: Final = 3
STAT_HEIGHT: Final = 4


class Query(NamedTuple):
    """What is asked, and how its series are called.

    Attributes:
        expr: PromQL.
        legend: a name, or a pattern such as ``{{stage}}``.
        values: what a pattern with one label can give; each gets a colour of its own. Without, series are shades.
    """

    expr: str
    legend: str
    values: tuple[str, ...] = ()


Panel = Builder[dashboard.Panel]
"""What a row is made of."""


def low_is_good(*limits: float) -> tuple[Step, ...]:
    """Return the colours of a figure that should stay low: orange from the first limit, vermilion from the last."""
    return ((None, GREEN), *zip(limits, (ORANGE, VERMILION)[-len(limits) :], strict=True))


def high_is_good(*limits: float) -> tuple[Step, ...]:
    """Return the colours of a figure that should stay high: vermilion below the first limit, orange below the last."""
    return tuple(zip((None, *limits), (VERMILION, *(ORANGE,) * (len(limits) - 1), GREEN), strict=True))


def words(meanings: Mapping[str, str]) -> list[dashboard.ValueMapping]:
    """Return what stands for values."""
    return [dashboard.ValueMap({value: dashboard.ValueMappingResult(text=text) for value, text in meanings.items()})]


def figure(
    title: str, description: str, expr: str, *, unit: str, steps: Sequence[Step] = PLAIN,
    none: str = "none yet", decimals: int | None = None, meanings: Mapping[str, str] | None = None,
) -> stat.Panel:  # fmt: skip
    """Return one large figure, with its course behind it."""
    panel = (
        stat.Panel()
        .title(title).description(description).datasource(SOURCE).span(STAT_WIDTH).height(STAT_HEIGHT)
        .with_target(_asked(Query(expr, title), "A"))
        .unit(unit).no_value(none).thresholds(_thresholds(steps))
        .color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID if len(steps) > 1 else common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.AREA).text_mode(common.BigValueTextMode.VALUE)
        .reduce_options(build.ReduceDataOptions().calcs(["lastNotNull"]))
    )  # fmt: skip
    if decimals is not None:
        panel.decimals(decimals)
    return panel.mappings(words(meanings)) if meanings else panel


def lines(
    title: str, description: str, *queries: Query, unit: str, width: int = LINES_WIDTH, stacked: bool = False,
    least: float | None = 0, most: float | None = None,
) -> timeseries.Panel:  # fmt: skip
    """Return values over time."""
    panel = (
        timeseries.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(LINES_HEIGHT)
        .unit(unit).no_value("nothing yet").line_width(2).fill_opacity(30 if stacked else 0)
        .show_points(common.VisibilityMode.NEVER).span_nulls(span_nulls=False)
        .tooltip(build.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
        .legend(_legend("lastNotNull", "max"))
    )  # fmt: skip
    if least is not None:
        panel.axis_soft_min(least)
    if most is not None:
        panel.axis_soft_max(most)
    if stacked:
        panel.stacking(build.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    return _coloured(panel, queries)


def bars(title: str, description: str, *queries: Query, width: int = LINES_WIDTH) -> timeseries.Panel:
    """Return what happened in each minute or longer, one on top of the other; queries grow over ``$__interval``."""
    panel = lines(title, description, *queries, unit="short", width=width, stacked=True)
    return (
        panel.draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(80)
        .line_width(0)
        .decimals(0)
        .interval("1m")
        .legend(_legend("sum"))
    )


def ranking(title: str, description: str, query: Query, *, unit: str = "short", width: int = 8) -> bargauge.Panel:
    """Return one bar a name, over all that is shown; told apart by their names, so that one colour is enough."""
    return (
        bargauge.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(LINES_HEIGHT)
        .with_target(_asked(query, "A", instant=True))
        .unit(unit).no_value("none in this time").decimals(0).min(0)
        .thresholds(_thresholds(PLAIN)).color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
        .display_mode(common.BarGaugeDisplayMode.BASIC).orientation(common.VizOrientation.HORIZONTAL)
        .reduce_options(build.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False).limit(BARS_MOST))
    )  # fmt: skip


def heat(title: str, description: str, expr: str, *, unit: str, width: int = LINES_WIDTH) -> heatmap.Panel:
    """Return how observations spread over a histogram's buckets, in time."""
    return (
        heatmap.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(LINES_HEIGHT)
        .with_target(_asked(Query(expr, "{{le}}"), "A").format(PromQueryFormat.HEATMAP))
        .unit("short").no_value("nothing yet").interval("1m")
        .calculate(calculate=False).color(_brightness()).show_legend().cell_gap(1)
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(common.AxisPlacement.LEFT))
        .cell_values(heatmap.CellValues().unit("short").decimals(0))
        .mode(common.TooltipDisplayMode.SINGLE).hide_y_histogram()
    )  # fmt: skip


def _brightness() -> heatmap.HeatmapColorOptions:
    """Return a scale that goes from dark to bright, whatever colours one sees."""
    return (
        heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Cividis").steps(64).reverse(reverse=False)
    )


def rows(
    title: str, description: str, columns: Sequence[Query], *, names: Mapping[str, str],
    units: Mapping[str, str] | None = None, width: int = 24,
) -> table.Panel:  # fmt: skip
    """Return a table of what is now: one row for equal labels, one column a query, called by its legend.

    Args:
        title: of the panel.
        description: of the panel.
        columns: what is asked.
        names: labels that are shown, and what they are called.
        units: of columns that have one of their own, by legend.
        width: of 24.
    """
    panel = (
        table.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(LINES_HEIGHT)
        .unit("short").no_value("none").filterable(filterable=True)
    )  # fmt: skip
    for letter, column in zip(ascii_uppercase, columns, strict=False):
        panel.with_target(_asked(column, letter, instant=True).format(PromQueryFormat.TABLE))
    for name, unit in (units or {}).items():
        panel.override_by_name(name, [dashboard.DynamicConfigValue("unit", unit)])
    for step in _table_steps(columns, names):
        panel.with_transformation(step)
    return panel


def _table_steps(columns: Sequence[Query], names: Mapping[str, str]) -> Iterator[dashboard.DataTransformerConfig]:
    """Yield what makes one table of several answers."""
    values = [f"Value #{letter}" for letter, _ in zip(ascii_uppercase, columns, strict=False)]
    if len(columns) == 1:
        values = ["Value"]
    else:
        yield dashboard.DataTransformerConfig("merge", options={})
    shown = [*names, *values]
    renamed = {**names, **{value: column.legend for value, column in zip(values, columns, strict=True)}}
    yield dashboard.DataTransformerConfig("filterFieldsByName", options={"include": {"names": shown}})
    order = {name: number for number, name in enumerate(shown)}
    yield dashboard.DataTransformerConfig("organize", options={"indexByName": order, "renameByName": renamed})


def _asked(query: Query, letter: str, *, instant: bool = False) -> prometheus.Dataquery:
    asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter).datasource(SOURCE)
    return asked.instant() if instant else asked.range()


def _coloured(panel: timeseries.Panel, queries: Sequence[Query]) -> timeseries.Panel:
    """Ask the queries; what has names gets colours by name, the rest shades of one."""
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(_asked(query, letter))
    names = list(chain.from_iterable(query.values or (query.legend,) for query in queries if not _is_open(query)))
    for name, colour in zip(names, PALETTE, strict=False):
        fixed = {"mode": "fixed", "fixedColor": colour}
        panel.override_by_name(name, [
            dashboard.DynamicConfigValue("color", fixed),
            dashboard.DynamicConfigValue("displayName", name.replace("_", " ")),
        ])  # fmt: skip
    return panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.SHADES).fixed_color(BLUE))


def _is_open(query: Query) -> bool:
    """Tell whether nobody knows beforehand what the series will be called."""
    return "{{" in query.legend and not query.values


def _legend(*figures: str) -> build.VizLegendOptions:
    return (
        build.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(common.LegendDisplayMode.TABLE)
        .placement(common.LegendPlacement.BOTTOM)
        .calcs(list(figures))
    )


def _thresholds(steps: Sequence[Step]) -> ThresholdsConfig:
    return (
        ThresholdsConfig()
        .mode(dashboard.ThresholdsMode.ABSOLUTE)
        .steps([dashboard.Threshold(value, colour) for value, colour in steps])
    )
