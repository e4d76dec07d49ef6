"""What a worker counts, for Prometheus. Knows no stage's rules, no text and no user: labels name parts."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RECORDS_BUCKETS: Final = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536)
STAGE: Final = ("stage",)
PLACE: Final = ("stage", "partition")


class Metrics:
    """The metrics of one worker, in a registry of their own so that several workers can live in one process."""

    def __init__(self) -> None:
        """Define them all."""
        self.registry = CollectorRegistry()
        registry = self.registry
        self._records = Counter("reprise_records", "Records taken in.", STAGE, registry=registry)
        self._facts = Counter(
            "reprise_facts", "What the stages counted, by name.", ("stage", "fact"), registry=registry
        )
        self._flushes = Histogram(
            "reprise_flush_seconds", "From a batch to its commit.", STAGE, buckets=SECONDS_BUCKETS, registry=registry
        )
        self._sizes = Histogram(
            "reprise_flush_records", "Records of a batch.", STAGE, buckets=RECORDS_BUCKETS, registry=registry
        )
        self._failures = Counter(
            "reprise_transaction_failures",
            "Transactions that did not come through.",
            ("stage", "kind"),
            registry=registry,
        )
        self._fence = Gauge("reprise_fence_offset", "Next source offset.", PLACE, registry=registry)
        self._waiting = Gauge("reprise_waiting_records", "Records fetched, not yet taken in.", PLACE, registry=registry)
        self._open = Gauge("reprise_open", "1 when the partition is open here.", PLACE, registry=registry)
        self._restore_done = Gauge("reprise_restore_rows_done", "Rows restored so far.", PLACE, registry=registry)
        self._restore_total = Gauge("reprise_restore_rows_total", "Rows to restore, about.", PLACE, registry=registry)
        self._restore_seconds = Gauge(
            "reprise_restore_seconds", "Duration of the last restore.", PLACE, registry=registry
        )
        self._rebalances = Counter("reprise_rebalances", "Rebalances this worker went through.", registry=registry)

    def serve(self, port: int, host: str) -> None:
        """Offer the metrics over HTTP."""
        start_http_server(port, host, self.registry)

    def flushed(self, stage: str, records: int, seconds: float, facts: Mapping[str, float]) -> None:
        """Count one committed batch."""
        self._records.labels(stage).inc(records)
        self._flushes.labels(stage).observe(seconds)
        self._sizes.labels(stage).observe(records)
        for fact, amount in facts.items():
            self._facts.labels(stage, fact).inc(amount)

    def at(self, stage: str, partition: int, fence: int, waiting: int) -> None:
        """Say how far a partition has come."""
        self._fence.labels(stage, partition).set(fence)
        self._waiting.labels(stage, partition).set(waiting)

    def failed(self, stage: str, kind: str) -> None:
        """Count a transaction that did not come through."""
        self._failures.labels(stage, kind).inc()

    def restoring(self, stage: str, partition: int, done: int, total: int) -> None:
        """Say how far a restore is."""
        self._restore_done.labels(stage, partition).set(done)
        self._restore_total.labels(stage, partition).set(total)

    def restored(self, stage: str, partition: int, rows: int, seconds: float) -> None:
        """Say what a restore took."""
        self.restoring(stage, partition, rows, rows)
        self._restore_seconds.labels(stage, partition).set(seconds)

    def opened(self, stage: str, partition: int, *, is_open: bool) -> None:
        """Say whether a partition is open here."""
        self._open.labels(stage, partition).set(1 if is_open else 0)

    def rebalanced(self) -> None:
        """Count a rebalance."""
        self._rebalances.inc()
