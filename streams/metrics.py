"""Every metric of a worker, defined once: name, kind, help, unit, labels, buckets. Knows no value and no library.

The recorder makes them from this list, the reference for operators is printed from it, and dashboards and alerts may
name nothing else. Labels name parts of the service and reasons from tables; what a label may say is bounded, and no
label ever holds a text, a user, a tenant or a domain.
"""

from typing import Final, Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal["", "seconds", "bytes", "ratio"]


class Label(NamedTuple):
    """A label: what it says, and how many different values it can have in one worker."""

    name: str
    help: str
    most: int


class Metric(NamedTuple):
    """A metric. ``name`` is as the recorder registers it: counters get ``_total`` in a scrape, as Prometheus wants."""

    name: str
    kind: Kind
    help: str
    unit: Unit = ""
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def exposed(self) -> tuple[str, ...]:
        """The names that a scrape shows, and queries use."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        return (self.name,)


PARTITIONS: Final = 64
"""Partitions that one worker usually has at most; series of a partition go when it leaves."""

STAGE: Final = Label("stage", "Stage of the service: detect or learn.", 2)
PARTITION: Final = Label("partition", "Partition of the stage's source.", PARTITIONS)
PLACE: Final = (STAGE, PARTITION)
OWNED: Final = (PARTITION,)
REASON: Final = Label("reason", "Reason from a table of the product.", 48)
KIND: Final = Label("kind", "Kind of feedback.", 8)
ARM: Final = Label("arm", "treated: the rewrite was run; held_out: it was not, to compare.", 2)
ENDED: Final = Label("outcome", "How it ended: success, failure, or unknown.", 3)
CLOCK: Final = Label(
    "clock",
    "event: by the times in the records; processing: from when the record that caused it came to Kafka, in the stage's "
    "own source, to the commit.",
    2,
)

FAST_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LONG_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)
RECORDS: Final = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536)

INTAKE: Final = (
    Metric("reprise_records", "counter", "Records taken in, of every kind.", labels=(STAGE,)),
    Metric("reprise_turns", "counter", "Turns taken in; rejected ones and duplicates are not among them."),
    Metric("reprise_signals", "counter", "Late facts about turns taken in."),
    Metric("reprise_ticks", "counter", "Ticks taken in: nothing but the passing of time."),
    Metric("reprise_duplicates", "counter", "Turns and signals that came again and were dropped."),
    Metric("reprise_out_of_order", "counter", "Turns that came after a later one of the same person."),
    Metric("reprise_late_signals", "counter", "Signals about a turn whose trail had left."),
    Metric("reprise_rejected", "counter", "Records rejected, by reason.", labels=(STAGE, REASON)),
    Metric("reprise_turns_erased", "counter", "Turns dropped because a person was erased."),
    Metric("reprise_traceparents_malformed", "counter", "Trace contexts that were malformed, and so not carried on."),
)

DETECTING: Final = (
    Metric("reprise_feedback", "counter", "Reactions noticed, by kind.", labels=(KIND,)),
    Metric(
        "reprise_trails",
        "counter",
        "Trails that left, by how the attempt ended and what closed it.",
        labels=(ENDED, Label("closed_by", "What closed it: gap, pushed_out or end.", 3)),
    ),
    Metric("reprise_corrections", "counter", "Late complaints about served rewrites.", labels=(STAGE,)),
    Metric(
        "reprise_detection_delay_seconds",
        "histogram",
        "From a turn to the reaction to it; by processing time, from that reaction to the feedback that tells it.",
        "seconds",
        (CLOCK,),
        LONG_SECONDS,
    ),
)

LEARNING: Final = (
    Metric("reprise_trails_booked", "counter", "Trails learned from."),
    Metric(
        "reprise_decisions",
        "counter",
        "Changes of a pair's stage, by reason.",
        labels=(Label("to_stage", "Stage that the pair came to.", 9), REASON),
    ),
    Metric("reprise_rewrites_published", "counter", "Versions of rewrites published."),
    Metric("reprise_rewrites_withdrawn", "counter", "Rewrites taken back."),
    Metric(
        "reprise_pairs",
        "gauge",
        "Pairs by stage.",
        labels=(PARTITION, Label("pair_stage", "Stage of a pair, from candidate to blocked.", 8)),
    ),
    Metric("reprise_live_rewrites", "gauge", "Rewrites that are published now.", labels=OWNED),
    Metric(
        "reprise_live_decided",
        "gauge",
        "Decisive pairs of a treated and a held-out outcome of what is published now: wins and losses.",
        labels=(PARTITION, Label("result", "won or lost.", 2)),
    ),
    Metric(
        "reprise_live_outcomes",
        "gauge",
        "Outcomes of what is published now, since its version began; one for each user, arm and day.",
        labels=(PARTITION, ARM, ENDED),
    ),
    Metric("reprise_win_loss_floor", "gauge", "The win/loss a rewrite must beat: the setting win_loss_min.", "ratio"),
    Metric("reprise_served_turns", "counter", "Turns reported with a rewrite, by arm.", labels=(ARM,)),
    Metric("reprise_served_outcomes", "counter", "Outcomes of served turns that were booked.", labels=(ARM, ENDED)),
    Metric(
        "reprise_served_decided",
        "counter",
        "Decisive pairs of a treated and a held-out outcome as they are booked.",
        labels=(Label("result", "won or lost.", 2),),
    ),
    Metric("reprise_texts_released", "counter", "Texts that the release rule let out."),
    Metric(
        "reprise_release_refusals",
        "counter",
        "Judgements of proven pairs that the release rule held back, by reason.",
        labels=(REASON,),
    ),
    Metric(
        "reprise_decision_delay_seconds",
        "histogram",
        "From the end of the trail that tipped a decision to the decision; those of time and orders are left out.",
        "seconds",
        (CLOCK,),
        LONG_SECONDS,
    ),
    Metric(
        "reprise_component_nodes",
        "histogram",
        "Texts in the part of the chain that a question was asked of.",
        buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    ),
    Metric(
        "reprise_limits_reached",
        "counter",
        "What was left out because a bounded row was full.",
        labels=(Label("limit", "Which bound.", 8),),
    ),
    Metric("reprise_epochs", "counter", "Texts that broke, so that their counts began anew."),
    Metric("reprise_rows_forgotten", "counter", "Rows let go because nothing had touched them for long."),
    Metric("reprise_rows_erased", "counter", "Rows that changed because a person was erased."),
)

MODELS: Final = (
    Metric(
        "reprise_model_info",
        "gauge",
        "1: this model has this role.",
        labels=(Label("role", "acting, shadow or second_opinion.", 3), Label("name", "Name and version.", 2)),
    ),
    Metric("reprise_model_refused", "counter", "Changed model files that were refused."),
    Metric("reprise_rephrase_pairs", "counter", "Pairs of turns scored."),
    Metric("reprise_rephrase_batch_pairs", "histogram", "Pairs scored at once.", buckets=RECORDS),
    Metric("reprise_rephrase_seconds", "histogram", "Scoring of one batch.", "seconds", (), FAST_SECONDS),
    Metric(
        "reprise_shadow_pairs",
        "counter",
        "Pairs by who calls them a rephrase.",
        labels=(Label("called_by", "both, neither, only_acting or only_shadow.", 4),),
    ),
    Metric("reprise_shadow_difference", "counter", "Sum of the differences of both probabilities."),
    Metric("reprise_shadow_failures", "counter", "Batches that the shadow could not score."),
    Metric("reprise_second_opinion_pairs", "counter", "Pairs scored while a teacher stood by."),
    Metric("reprise_second_opinion_asked", "counter", "Pairs that the teacher was asked about."),
)

STATE: Final = (
    Metric("reprise_flush_seconds", "histogram", "From a batch to its commit.", "seconds", (STAGE,), SECONDS),
    Metric("reprise_compute_seconds", "histogram", "The step of one batch alone.", "seconds", (STAGE,), SECONDS),
    Metric("reprise_flush_records", "histogram", "Records of a batch.", labels=(STAGE,), buckets=RECORDS),
    Metric(
        "reprise_transaction_failures",
        "counter",
        "Transactions that did not come through.",
        labels=(STAGE, Label("kind", "fenced: another worker took over; failed: Kafka refused.", 2)),
    ),
    Metric("reprise_open", "gauge", "1 while the partition is open here.", labels=PLACE),
    Metric("reprise_fence_offset", "gauge", "Next offset of the source, as committed.", labels=PLACE),
    Metric("reprise_fence_age_seconds", "gauge", "Since the fence last moved, or was opened.", "seconds", PLACE),
    Metric("reprise_waiting_records", "gauge", "Records fetched and not yet taken in.", labels=PLACE),
    Metric("reprise_lag_records", "gauge", "Records of the source not yet committed.", labels=PLACE),
    Metric("reprise_lag_seconds", "gauge", "How long the oldest of them has been in Kafka.", "seconds", PLACE),
    Metric("reprise_behind_seconds", "gauge", "Event time behind the clock, as last committed.", "seconds", PLACE),
    Metric("reprise_restoring", "gauge", "1 while the partition is being restored.", labels=PLACE),
    Metric("reprise_restore_rows_done", "gauge", "Rows restored so far.", labels=PLACE),
    Metric("reprise_restore_rows_total", "gauge", "Rows to restore, about.", labels=PLACE),
    Metric("reprise_restore_seconds", "gauge", "Duration of the last restore.", "seconds", PLACE),
    Metric("reprise_store_bytes", "gauge", "Size of the partition's store on disk.", "bytes", PLACE),
    Metric("reprise_disk_free_bytes", "gauge", "Free space where the stores lie.", "bytes"),
    Metric("reprise_disk_size_bytes", "gauge", "Size of the disk where the stores lie.", "bytes"),
    Metric("reprise_rebalances", "counter", "Rebalances that the worker went through."),
)

WORKER: Final = (
    Metric("reprise_info", "gauge", "1: version of the product.", labels=(Label("version", "Its version.", 1),)),
    Metric("reprise_ready", "gauge", "1 while the worker is ready: all its partitions open, tables fresh."),
    Metric("reprise_loop_delay_seconds", "gauge", "How late the event loop last came back.", "seconds"),
    Metric("reprise_kafka_answered_seconds", "gauge", "Unix time at which Kafka last answered.", "seconds"),
    Metric(
        "reprise_registry_answered_seconds",
        "gauge",
        "Unix time at which the Schema Registry last answered; absent without one.",
        "seconds",
    ),
    Metric(
        "reprise_spans",
        "counter",
        "Spans of sampled traces, by what became of them.",
        labels=(Label("result", "sent, or dropped: the collector is away or too slow.", 2),),
    ),
    Metric(
        "reprise_console_orders",
        "counter",
        "Orders given in the console.",
        labels=(Label("action", "pin, block, kill or allow.", 4),),
    ),
)

GROUPS: Final[dict[str, tuple[Metric, ...]]] = {
    "Taking in": INTAKE,
    "Detecting": DETECTING,
    "Learning": LEARNING,
    "Rephrase models": MODELS,
    "State and Kafka": STATE,
    "The worker": WORKER,
}
"""All metrics by what they are about. Beside them a scrape has the process's own: ``process_*``."""

METRICS: Final[dict[str, Metric]] = {metric.name: metric for group in GROUPS.values() for metric in group}
"""All metrics by name."""
