"""What all dashboards have in common: variables, links, marks on the time axis, and how rows become a page.

Knows no metric but those that choose a worker and mark events.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from infra.grafana.panels import GREY, SOURCE, VERMILION, Panel
from infra.grafana.queries import grown, series

TAG: Final = "reprise"
CONSOLE: Final = "http://127.0.0.1:8470"
"""Where a worker's console is looked for unless the variable ``console`` says otherwise."""

MINUTE: Final = "1m"


class Row(NamedTuple):
    """Some panels under a heading. Their widths fill lines of 24."""

    title: str
    panels: Sequence[Panel]


class Board(NamedTuple):
    """A dashboard. ``uid`` is its address for ever."""

    uid: str
    title: str
    description: str
    rows: Sequence[Row]

    def build(self) -> dashboard.Dashboard:
        """Return it as Grafana reads it."""
        board = (
            build.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags([TAG])
            .readonly()
            .timezone("browser")
            .time("now-6h", "now")
            .refresh("30s")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .variables(list(_variables()))
            .annotations([_Built(mark) for mark in _marks()])
            .links(list(_links()))
        )
        for row in self.rows:
            board.with_row(build.Row(row.title))
            for panel in row.panels:
                board.with_panel(panel)
        return _numbered(board.build())


class Mark(dashboard.AnnotationQuery):
    """An event on the time axis. Grafana's own model of it lacks the step and the text; it is written here."""

    def __init__(self, name: str, expr: str, colour: str, text: str) -> None:
        super().__init__(name=name, datasource=SOURCE, icon_color=colour, expr=expr, built_in=None)
        self.text = text

    def to_json(self) -> dict[str, object]:
        """Return it as Grafana reads it."""
        return {**super().to_json(), "step": MINUTE, "titleFormat": self.name, "textFormat": self.text}


class _Built(Builder[dashboard.AnnotationQuery]):
    """A value where the library wants a builder of it."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark

    def build(self) -> dashboard.AnnotationQuery:
        return self._mark


def _marks() -> Iterator[Mark]:
    withdrawn = f"{grown('reprise_rewrites_withdrawn_total', window=MINUTE)} > 0"
    yield Mark("Withdrawals", withdrawn, VERMILION, "Rewrites were taken back; the console's decisions say why.")
    started = f"time() - {series('process_start_time_seconds')} < 60"
    yield Mark("Starts of workers", started, GREY, "{{instance}} was started.")


def _variables() -> Iterator[build.DatasourceVariable | build.QueryVariable | build.TextBoxVariable]:
    yield (
        build.DatasourceVariable("datasource")
        .label("Prometheus")
        .description("Where the figures come from.")
        .type("prometheus")
    )
    yield (
        build.QueryVariable("instance")
        .label("Worker")
        .description("Workers that are looked at.")
        .datasource(SOURCE)
        .query({"query": "label_values(reprise_info, instance)", "refId": "instance"})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
    yield (
        build.TextBoxVariable("console")
        .label("Console")
        .description("Address of a worker's console, for the link above.")
        .default_value(CONSOLE)
        .current(dashboard.VariableOption(selected=True, text=CONSOLE, value=CONSOLE))
    )


def _links() -> Iterator[build.DashboardLink]:
    yield (
        build.DashboardLink("Reprise")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .tooltip("The other dashboards, with the same time and workers.")
        .keep_time(keep_time=True)
        .include_vars(include_vars=True)
    )
    yield (
        build.DashboardLink("Console")
        .type(dashboard.DashboardLinkType.LINK)
        .icon("external link")
        .url("${console}")
        .tooltip("What is live and why, and the operator's hand.")
        .target_blank(target_blank=True)
    )


def _numbered(board: dashboard.Dashboard) -> dashboard.Dashboard:
    """Number the panels from 1, so that each can be linked to."""
    for number, panel in enumerate(board.panels or [], 1):
        panel.id_val = number
    return board
