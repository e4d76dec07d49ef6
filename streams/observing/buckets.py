"""A histogram that takes many values at once, for Prometheus. Knows no metric in particular.

The library's own takes one value at a time, through a lock and a loop over its buckets: that took two hundredths of a
worker's time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from math import inf, isinf

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from streams.metrics import Metric


class Series:
    """The values of one combination of labels: how many fell under each bound, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, *values: float) -> None:
        """Enter values; from one thread at a time, while others may read."""
        counts, bounds = self._counts, self._bounds
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self._sum += sum(values)

    def shown(self) -> tuple[list[tuple[str, float]], float]:
        """Return how many values are at most each bound, the last one being infinity, and the sum of all."""
        below, shown = 0, []
        for bound, count in zip((*self._bounds, inf), list(self._counts), strict=True):
            below += count
            shown.append(("+Inf" if isinf(bound) else str(float(bound)), float(below)))
        return shown, self._sum


class Buckets(Collector):
    """A histogram of the catalogue, with a series for each combination of labels that was asked for."""

    def __init__(self, metric: Metric, registry: CollectorRegistry) -> None:
        self._metric = metric
        self._series: dict[tuple[str, ...], Series] = {}
        registry.register(self)

    def labels(self, *labels: str) -> Series:
        """Return the series of some labels, empty at first.

        Raises:
            ValueError: there are not as many values as labels.
        """
        if len(labels) != len(self._metric.labels):
            message = f"{self._metric.name} has {len(self._metric.labels)} labels, not {len(labels)}"
            raise ValueError(message)
        return self._series.setdefault(labels, Series(self._metric.buckets))

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Yield what a scrape shows."""
        names = [label.name for label in self._metric.labels]
        family = HistogramMetricFamily(self._metric.name, self._metric.help, labels=names)
        for labels, series in list(self._series.items()):
            buckets, total = series.shown()
            family.add_metric(labels, buckets, total)
        yield family

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """Return the name alone, so that no other metric takes it."""
        return [HistogramMetricFamily(self._metric.name, self._metric.help)]
