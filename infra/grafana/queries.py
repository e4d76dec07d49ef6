"""PromQL from names of the catalogue: what it does not hold cannot be asked. Knows no panel.

All questions are about the workers that the variable ``instance`` chooses. Counters are asked through ``rate`` and
``increase``, under the names that a scrape shows.
"""

from collections.abc import Sequence
from typing import Final

from streams.metrics import METRICS

EXPOSED: Final = {exposed: metric for metric in METRICS.values() for exposed in metric.exposed}
"""The catalogue by the names that a scrape shows."""

OTHERS: Final[dict[str, frozenset[str]]] = {
    "up": frozenset(),
    "process_start_time_seconds": frozenset(),
    "process_resident_memory_bytes": frozenset(),
    "process_cpu_seconds_total": frozenset(),
    "process_open_fds": frozenset(),
    "process_max_fds": frozenset(),
}
"""What a scrape has beside the catalogue: Prometheus's own, and the process's."""

SCRAPED: Final = frozenset({"instance"})
"""Labels that Prometheus gives to everything it scrapes."""

ANYWHERE: Final = 'instance=~"$instance"'

NOW: Final = "$__rate_interval"
"""The shortest window that always holds enough scrapes."""

SHOWN: Final = "$__range"
"""All that the dashboard shows."""

STEP: Final = "$__interval"
"""From one point of a panel to the next."""

Z: Final = 1.96
"""Bounds hold 95 % at one look."""


class UnknownMetricError(Exception):
    """A query names a metric or label that is not in the catalogue."""


def series(name: str, **labels: str) -> str:
    """Return a selector of an exposed name; a label's value with ``|`` in it stands for any of several.

    Raises:
        UnknownMetricError: the catalogue has no such name, or the metric no such label.
    """
    _check(name, labels)
    matchers = [f'{label}{"=~" if "|" in value else "="}"{value}"' for label, value in labels.items()]
    return f"{name}{{{', '.join([ANYWHERE, *matchers])}}}"


def total(name: str, *by: str, **labels: str) -> str:
    """Return the sum of a gauge."""
    return _over("sum", by, name, series(name, **labels))


def greatest(name: str, *by: str, **labels: str) -> str:
    """Return the greatest of a gauge."""
    return _over("max", by, name, series(name, **labels))


def least(name: str, *by: str, **labels: str) -> str:
    """Return the least of a gauge."""
    return _over("min", by, name, series(name, **labels))


def rate(name: str, *by: str, **labels: str) -> str:
    """Return how much a counter grows in a second."""
    return _over("sum", by, name, f"rate({series(name, **labels)}[{NOW}])")


def grown(name: str, *by: str, window: str = SHOWN, **labels: str) -> str:
    """Return how much a counter grew in a window."""
    return _over("sum", by, name, f"increase({series(name, **labels)}[{window}])")


def quantile(share: float, name: str, *by: str, window: str = NOW, **labels: str) -> str:
    """Return a quantile of a histogram; nothing where nothing was observed."""
    buckets = _over("sum", (*by, "le"), f"{name}_bucket", f"rate({series(f'{name}_bucket', **labels)}[{window}])")
    return f"histogram_quantile({share}, {buckets}) >= 0"


def buckets(name: str, **labels: str) -> str:
    """Return how many observations fell into each bucket of a histogram, for a heatmap."""
    return grown(f"{name}_bucket", "le", window=NOW, **labels)


def ratio(part: str, whole: str) -> str:
    """Return a part of a whole; nothing where the whole is 0."""
    return f"{part} / ({whole} > 0)"


def or_zero(expression: str) -> str:
    """Return 0 where an expression without labels gives nothing."""
    return f"{expression} or vector(0)"


def since(name: str, *by: str) -> str:
    """Return for how many seconds something has not happened, from a gauge that holds when it last did."""
    return f"time() - {least(name, *by)}"


class Share:
    """How many of two outcomes are of one kind, with bounds that hold however few there are (Wilson's score interval).

    Args:
        hits: a query that counts the outcomes asked for.
        misses: a query that counts the others.
    """

    def __init__(self, hits: str, misses: str) -> None:
        self._hits, self._misses = hits, misses
        self._both = f"({hits} + {misses} > 0)"
        self._doubt = f"{Z} * sqrt({hits} * {misses} / {self._both} + {Z**2 / 4:.4f})"

    @property
    def value(self) -> str:
        """The share itself."""
        return f"{self._hits} / {self._both}"

    @property
    def lower(self) -> str:
        """Its lower bound."""
        return f"({self._hits} + {Z**2 / 2:.4f} - {self._doubt}) / ({self._both} + {Z**2:.4f})"

    @property
    def upper(self) -> str:
        """Its upper bound."""
        return f"({self._hits} + {Z**2 / 2:.4f} + {self._doubt}) / ({self._both} + {Z**2:.4f})"

    @property
    def odds(self) -> str:
        """Hits for each miss."""
        return f"{self._hits} / ({self._misses} > 0)"

    @property
    def odds_lower(self) -> str:
        """The lower bound as hits for each miss; always finite."""
        return f"({self._hits} + {Z**2 / 2:.4f} - {self._doubt}) / ({self._misses} + {Z**2 / 2:.4f} + {self._doubt})"


def _over(how: str, by: Sequence[str], name: str, inner: str) -> str:
    _check(name, by)
    return f"{how} by ({', '.join(by)}) ({inner})" if by else f"{how}({inner})"


def _check(name: str, labels: Sequence[str] | dict[str, str]) -> None:
    metric = EXPOSED.get(name)
    if metric is None and name not in OTHERS:
        message = f"the catalogue in streams/metrics.py has no {name!r}; add it there, or use one of its exposed names"
        raise UnknownMetricError(message)
    own = {label.name for label in metric.labels} if metric else OTHERS[name]
    bucket = {"le"} if name.endswith("_bucket") else set()
    unknown = set(labels) - own - SCRAPED - bucket
    if unknown:
        message = f"{name!r} has no label {sorted(unknown)}; it has {sorted(own)}"
        raise UnknownMetricError(message)
