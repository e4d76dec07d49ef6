"""What an alert and a recording are. Knows none of them, and neither Prometheus' files nor Grafana's."""

from typing import Final, Literal, NamedTuple

Severity = Literal["page", "ticket"]
"""page: somebody is woken, because users feel it or soon will. ticket: somebody looks in working hours."""

Dashboard = Literal["Service health", "Learning", "Rewrites and feedback", "Kafka and state"]

DASHBOARDS: Final[dict[Dashboard, str]] = {
    "Service health": "/d/reprise-health",
    "Learning": "/d/reprise-learning",
    "Rewrites and feedback": "/d/reprise-rewrites",
    "Kafka and state": "/d/reprise-kafka",
}
"""Where each lies in any Grafana that has them."""


class Recording(NamedTuple):
    """A name for a query, so that alerts can be read; durations are marked."""

    name: str
    query: str
    help: str


class Alert(NamedTuple):
    """One alert: a figure, and when it is too large or too small.

    Attributes:
        name: in the words of somebody who is woken by it.
        severity: what it is worth.
        value: query of the figure, one series for each thing that may be wrong; durations are marked.
        fires: on which side of the limit the figure is wrong; a figure at the limit is right.
        limit: a number, or a marked duration in seconds.
        lasting: how long the figure must be wrong, as a marked duration.
        meaning: what is wrong, in one sentence. ``$labels`` are those of the series.
        figure: the figure in words. ``$value`` stands for it.
        dashboard: where to look first.
    """

    name: str
    severity: Severity
    value: str
    fires: Literal[">", "<"]
    limit: float | str
    lasting: str
    meaning: str
    figure: str
    dashboard: Dashboard


class Group(NamedTuple):
    """Alerts about one subject; they are looked at together, every ``every``."""

    name: str
    alerts: tuple[Alert, ...]
    every: str = "<30s, at least 1s>"
