"""Keeps the metrics of one worker for Prometheus. Knows the catalogue and the tables of facts, no stage's rules.

Nothing is defined here: names, labels and buckets come from ``streams.metrics``, and what a stage counts is shown where
``streams.observing.facts`` says. No text and no user ever gets here.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)

from streams.metrics import METRICS, OWNED, PLACE, Metric
from streams.observing.buckets import Buckets, Series
from streams.observing.facts import CAUSED, FACTS, FIRST_ZEROS, LEVELS, OBSERVATIONS, Route
from streams.rephrasing.timing import Scoring

log = structlog.get_logger(__name__)

AnyMetric = Counter | Gauge | Buckets
AnySeries = Counter | Gauge | Series
Made = TypeVar("Made", Counter, Gauge, Series)
KINDS: Final = {Counter: "counter", Gauge: "gauge", Series: "histogram"}
Place = tuple[str, int]
"""A stage and a partition of its source."""

OWNER_OF_LEVELS: Final = "learn"
"""The stage whose partitions the gauges without a stage speak of."""


class Metrics:
    """The metrics of one worker, in a registry of their own so that several workers can live in one process.

    Attributes:
        registry: what Prometheus is shown.
        facts: everything that stages counted, by stage and name, for whoever runs in the same process.
        fences: the next offset of each partition that was ever open, as committed.
        open: the partitions that are open.
        strict: whether a fact that no table knows raises an error, as in tests, or is logged once, as in service.
    """

    def __init__(self, *, strict: bool = False) -> None:
        """Make everything the catalogue lists; counters begin at zero, gauges without a value are not shown."""
        disable_created_metrics()  # type: ignore[no-untyped-call] # else every counter is shown twice, for nothing
        self.registry = CollectorRegistry()
        self.facts: dict[tuple[str, str], float] = {}
        self.fences: dict[Place, int] = {}
        self.open: set[Place] = set()
        self.strict = strict
        self._made: dict[str, AnyMetric] = {name: self._make(metric) for name, metric in METRICS.items()}
        self._children: dict[tuple[str, tuple[str, ...]], AnySeries] = {}
        self._shown: set[str] = set()
        self._placed: dict[tuple[str, str], set[tuple[str, tuple[str, ...]]]] = {}
        self._models: dict[str, str] = {}
        self._unknown: set[tuple[str, str]] = set()
        self._changing = threading.Lock()
        self._begin()
        ProcessCollector(registry=self.registry)

    def _make(self, metric: Metric) -> AnyMetric:
        labels = [label.name for label in metric.labels]
        if metric.kind == "counter":
            return Counter(metric.name, metric.help, labels, registry=self.registry)
        if metric.kind == "histogram":
            return Buckets(metric, self.registry)
        # One without labels would be shown as zero before anybody has said anything.
        return Gauge(metric.name, metric.help, labels, registry=self.registry if labels else None)

    def _begin(self) -> None:
        """Show what is known to come as zero: what appears with its first value hides its first step."""
        for route in (*FACTS.values(), *OBSERVATIONS.values(), *CAUSED.values(), *FIRST_ZEROS):
            if route is not None:
                self._child(route.metric, route.labels)

    def _child(self, name: str, labels: tuple[str, ...]) -> AnySeries:
        """Return one series; looking it up in the library costs more than counting."""
        child = self._children.get((name, labels))
        if child is None:
            made = self._made[name]
            child = made.labels(*labels) if labels or isinstance(made, Buckets) else made
            self._children[name, labels] = child
        return child

    def _series(self, kind: type[Made], name: str, labels: tuple[str, ...]) -> Made:
        child = self._child(name, labels)
        if not isinstance(child, kind):
            message = f"{name} is a {METRICS[name].kind}, not a {KINDS[kind]}"
            raise TypeError(message)
        return child

    # -- one metric of the catalogue ---------------------------------------------------------------------------------

    def add(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Add to a counter.

        Args:
            name: as the catalogue has it.
            labels: one value for each of its labels, in their order.
            amount: what to add.

        Raises:
            KeyError: the catalogue has no such metric.
            TypeError: it is of another kind.
            ValueError: there are not as many values as labels.
        """
        self._series(Counter, name, labels).inc(amount)

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Enter a value into a histogram; arguments and errors as ``add``."""
        self._series(Series, name, labels).observe(value)

    def set(self, name: str, *labels: str, value: float) -> None:
        """Set a gauge, and show it from now on; arguments and errors as ``add``.

        The gauges of a partition go when it closes. From any thread.
        """
        with self._changing:
            child = self._series(Gauge, name, labels)
            if not labels and name not in self._shown:
                self._shown.add(name)
                self.registry.register(child)
            owner = _owner(METRICS[name], labels)
            if owner is not None:
                self._placed.setdefault(owner, set()).add((name, labels))
            child.set(value)

    # -- batches -----------------------------------------------------------------------------------------------------

    def flushed(self, stage: str, records: int, seconds: float, facts: Mapping[str, float]) -> None:
        """Count one committed batch.

        Args:
            stage: whose batch.
            records: how many it had.
            seconds: from its begin to its commit.
            facts: what was counted on the way.

        Raises:
            KeyError: no table knows a fact, and the recorder is strict.
        """
        self.add("reprise_records", stage, amount=records)
        self.observe("reprise_flush_seconds", stage, value=seconds)
        self.observe("reprise_flush_records", stage, value=records)
        for fact, amount in facts.items():
            self._count((stage, fact), amount)

    def _count(self, fact: tuple[str, str], amount: float) -> None:
        self.facts[fact] = self.facts.get(fact, 0.0) + amount
        try:
            route = FACTS[fact]
        except KeyError:
            self._unknown_fact(fact)
            return
        if route is not None:
            self.add(route.metric, *route.labels, amount=amount)

    def _unknown_fact(self, fact: tuple[str, str]) -> None:
        """Say once that a fact has no metric; its batch is committed, and a worker must not end over it."""
        if self.strict:
            raise KeyError(fact)
        if fact not in self._unknown:
            self._unknown.add(fact)
            log.warning("metrics.unknown_fact", stage=fact[0], fact=fact[1])

    def observed(self, stage: str, values: Mapping[str, Sequence[float]]) -> None:
        """Enter what a committed batch observed, by name.

        Raises:
            KeyError: as ``flushed``.
        """
        for name, each in values.items():
            self._enter((stage, name), OBSERVATIONS.get(name), each)

    def delayed(self, stage: str, caused_at: Mapping[str, Sequence[int]], committed_at: int) -> None:
        """Enter how long a committed batch took to say what its records were the cause of.

        Args:
            stage: whose batch.
            caused_at: by what was caused, when each record that caused it came to Kafka, in milliseconds.
            committed_at: when the batch was committed, in milliseconds.

        Raises:
            KeyError: as ``flushed``.
        """
        for name, each in caused_at.items():
            self._enter((stage, name), CAUSED.get(name), [max(0, committed_at - at_ms) for at_ms in each])

    def _enter(self, fact: tuple[str, str], route: Route | None, values: Iterable[float]) -> None:
        if route is None:
            self._unknown_fact(fact)
            return
        self._series(Series, route.metric, route.labels).observe(*(value * route.scale for value in values))

    def scored(self, scorings: Iterable[Scoring]) -> None:
        """Count what one committed batch asked the rephrase model."""
        for scoring in scorings:
            self.add("reprise_rephrase_pairs", amount=scoring.pairs)
            self.observe("reprise_rephrase_batch_pairs", value=scoring.pairs)
            self.observe("reprise_rephrase_seconds", value=scoring.seconds)

    def models(self, names: Mapping[str, str]) -> None:
        """Say which models are in use, by role."""
        if names == self._models:
            return
        for role, name in self._models.items():
            self._remove("reprise_model_info", (role, name))
        self._models = dict(names)
        for role, name in names.items():
            self.set("reprise_model_info", role, name, value=1)

    # -- partitions --------------------------------------------------------------------------------------------------

    def at(self, stage: str, partition: int, fence: int, waiting: int) -> None:
        """Say how far a partition has come."""
        self.fences[stage, partition] = fence
        self.set("reprise_fence_offset", stage, str(partition), value=fence)
        self.set("reprise_waiting_records", stage, str(partition), value=waiting)

    def levels(self, stage: str, partition: int, levels: Mapping[str, float]) -> None:
        """Say what a partition's state holds, by the names of ``facts.LEVELS``.

        Raises:
            KeyError: as ``flushed``.
        """
        for name, value in levels.items():
            route = LEVELS.get(name)
            if route is None:
                self._unknown_fact((stage, name))
            else:
                self.set(route.metric, str(partition), *route.labels, value=value)

    def failed(self, stage: str, kind: str) -> None:
        """Count a transaction that did not come through."""
        self.add("reprise_transaction_failures", stage, kind)

    def restoring(self, stage: str, partition: int, done: int, total: int) -> None:
        """Say how far a restore is."""
        self.set("reprise_restore_rows_done", stage, str(partition), value=done)
        self.set("reprise_restore_rows_total", stage, str(partition), value=total)

    def restored(self, stage: str, partition: int, rows: int, seconds: float) -> None:
        """Say what a restore took."""
        self.restoring(stage, partition, rows, rows)
        self.set("reprise_restore_seconds", stage, str(partition), value=seconds)

    def opened(self, stage: str, partition: int, *, is_open: bool) -> None:
        """Say whether a partition is open here; of one that is not, nothing is shown any more."""
        if is_open:
            self.open.add((stage, partition))
            self.set("reprise_open", stage, str(partition), value=1)
            return
        self.open.discard((stage, partition))
        self.forget(stage, partition)

    def forget(self, stage: str, partition: int) -> None:
        """Show nothing any more of a partition, unless it is open."""
        with self._changing:
            if (stage, partition) in self.open:
                return
            for name, labels in self._placed.pop((stage, str(partition)), set()):
                self._remove(name, labels)

    def _remove(self, name: str, labels: tuple[str, ...]) -> None:
        made = self._made[name]
        if self._children.pop((name, labels), None) is not None and isinstance(made, Gauge):
            made.remove(*labels)

    def rebalanced(self) -> None:
        """Count a rebalance."""
        self.add("reprise_rebalances")


def _owner(metric: Metric, labels: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the stage and partition that a series speaks of, None when it speaks of no partition."""
    if metric.labels[: len(PLACE)] == PLACE:
        return labels[0], labels[1]
    return (OWNER_OF_LEVELS, labels[0]) if metric.labels[: len(OWNED)] == OWNED else None
