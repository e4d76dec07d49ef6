"""What a worker counts, for Prometheus. Knows no stage's rules, no text and no user: labels name parts."""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from streams.rephrasing import telling
from streams.rephrasing.timing import Scoring

SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RECORDS_BUCKETS: Final = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536)
SCORING_SECONDS_BUCKETS: Final = (0.0001, 0.00025, 0.0005, *SECONDS_BUCKETS)
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
        self._define_models()

    def _define_models(self) -> None:
        """Define what is counted of rephrase models; some of it stages tell as facts, by name."""
        registry = self.registry
        self._names: dict[str, str] = {}
        self._info = Gauge("reprise_model_info", "1: this model has this role.", ("role", "name"), registry=registry)
        self._pairs = Counter("reprise_rephrase_pairs", "Pairs of turns scored.", registry=registry)
        self._batch_pairs = Histogram(
            "reprise_rephrase_batch_pairs", "Pairs scored at once.", buckets=RECORDS_BUCKETS, registry=registry
        )
        self._scoring_seconds = Histogram(
            "reprise_rephrase_seconds", "Scoring of one batch.", buckets=SCORING_SECONDS_BUCKETS, registry=registry
        )
        shadow = Counter(
            "reprise_shadow_pairs", "Pairs by who calls them a rephrase.", ("called_by",), registry=registry
        )
        self._own = {
            telling.REFUSED: Counter("reprise_model_refused", "Changed model files refused.", registry=registry),
            telling.SHADOW_BOTH: shadow.labels("both"),
            telling.SHADOW_NEITHER: shadow.labels("neither"),
            telling.SHADOW_ONLY_ACTING: shadow.labels("only_acting"),
            telling.SHADOW_ONLY_SHADOW: shadow.labels("only_shadow"),
            telling.SHADOW_DIFFERENCE: Counter(
                "reprise_shadow_difference", "Sum of the differences of both probabilities.", registry=registry
            ),
            telling.SHADOW_FAILED: Counter(
                "reprise_shadow_failures", "Batches that the shadow could not score.", registry=registry
            ),
            telling.OPINION_PAIRS: Counter(
                "reprise_second_opinion_pairs", "Pairs scored while a teacher stood by.", registry=registry
            ),
            telling.OPINION_ASKED: Counter(
                "reprise_second_opinion_asked", "Pairs that the teacher was asked about.", registry=registry
            ),
        }

    def serve(self, port: int, host: str) -> None:
        """Offer the metrics over HTTP."""
        start_http_server(port, host, self.registry)

    def flushed(self, stage: str, records: int, seconds: float, facts: Mapping[str, float]) -> None:
        """Count one committed batch."""
        self._records.labels(stage).inc(records)
        self._flushes.labels(stage).observe(seconds)
        self._sizes.labels(stage).observe(records)
        for fact, amount in facts.items():
            counter = self._own.get(fact) or self._facts.labels(stage, fact)
            counter.inc(amount)

    def scored(self, scorings: Iterable[Scoring]) -> None:
        """Count what one committed batch asked the rephrase model."""
        for scoring in scorings:
            self._pairs.inc(scoring.pairs)
            self._batch_pairs.observe(scoring.pairs)
            self._scoring_seconds.observe(scoring.seconds)

    def models(self, names: Mapping[str, str]) -> None:
        """Say which models are in use, by role."""
        if names == self._names:
            return
        for role, name in self._names.items():
            self._info.remove(role, name)
        self._names = dict(names)
        for role, name in names.items():
            self._info.labels(role, name).set(1)

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
