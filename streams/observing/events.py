"""Every event that a worker's log can hold, defined once: name, level, fields, meaning. Knows no library and no value.

The log lets nothing else through: a field that is not listed is dropped, and named in ``dropped``. No field may hold
what people said or who they are; texts in ``error`` are this product's own, or Kafka's about itself.
"""

from typing import Final, Literal, NamedTuple

Level = Literal["info", "warning", "error"]


class Event(NamedTuple):
    """An event: how bad it is, what its line tells beside time and level, what it means for who runs the worker."""

    name: str
    level: Level
    fields: tuple[str, ...]
    meaning: str


PLACE: Final = ("stage", "topic", "partition", "offset")
"""Where a record or a fence is: ``offset`` is the next one to be processed."""

LIBRARY: Final = "library.said"
FAILED: Final = "worker.failed"
THREAD_FAILED: Final = "thread.failed"
UNLISTED: Final = "log.unlisted"

ALWAYS: Final = ("event", "level", "timestamp", "dropped")
"""Fields that any line may have."""

EVENTS: Final[dict[str, Event]] = {
    event.name: event
    for event in (
        Event("worker.started", "info", ("member", "group", "stages"), "The worker joins its group."),
        Event("worker.stopped", "info", (), "It was asked to end, and everything in flight is committed."),
        Event("worker.overdue", "error", ("shutdown_ms",), "A stop took too long; what was in flight is done again."),
        Event(
            FAILED,
            "error",
            ("error", "kind", "where"),
            "The worker ends with exit code 1. `error` says what to do; without it something unexpected happened, "
            "of `kind`, at `where`: tell the maintainers both.",
        ),
        Event(
            THREAD_FAILED,
            "error",
            ("thread", "kind", "where"),
            "Something unexpected ended a thread: tell the maintainers `kind` and `where`.",
        ),
        Event("settings.concern", "warning", ("concern",), "A setting that works, and that may surprise."),
        Event("partitions.open", "info", ("parts", "generation"), "A rebalance is complete; these are open here."),
        Event("partition.opened", "info", PLACE, "The state is restored, and reading goes on at the offset."),
        Event("partition.closed", "info", PLACE, "The worker let go of the partition."),
        Event(
            "partition.opening_failed",
            "warning",
            (*PLACE, "error"),
            "Kafka refused while the partition was opened; it is tried again.",
        ),
        Event(
            "partition.reopening",
            "warning",
            (*PLACE, "kind", "error"),
            "A transaction did not come through; the partition starts afresh from what was committed. "
            "`kind` fenced: another worker had taken over.",
        ),
        Event(
            "records.rejected",
            "warning",
            ("stage", "topic", "partition", "reason", "count", "first_offset", "last_offset"),
            "Records of one batch went to the topic of the rejected ones; `reprise rejected list` shows them.",
        ),
        Event(
            "group.offsets_not_told", "info", ("error",), "Kafka did not take the group's offsets: only lag is late."
        ),
        Event(
            "service.silent",
            "warning",
            ("service", "error"),
            "Kafka or the Schema Registry does not answer; it is asked again; `service.answers` tells when it does.",
        ),
        Event("service.answers", "info", ("service",), "A service that was silent answers again."),
        Event("policy.unreadable", "warning", ("topic", "error"), "Orders could not be read; it is tried again."),
        Event(
            "policy.undecodable",
            "error",
            ("topic", "partition", "offset", "problem"),
            "An order that no worker understands; the one before it stays in force.",
        ),
        Event(
            "console.failed",
            "error",
            ("error", "place"),
            "The console could not answer: tell the maintainers the kind of `error` and its `place`.",
        ),
        Event(
            "console.ordered",
            "info",
            ("action", "scope", "rewrite_id", "issued_by"),
            "Somebody gave an order in the console; `scope` is its name there, and its texts are in the topic alone.",
        ),
        Event(
            "console.unreadable", "warning", ("error",), "The console cannot read what is published; it tries again."
        ),
        Event(
            "console.undecodable",
            "error",
            ("topic", "partition", "offset", "problem"),
            "A rewrite or decision that the console does not understand and does not show.",
        ),
        Event(
            "metrics.unknown_fact",
            "warning",
            ("stage", "fact"),
            "A stage counted what no metric shows: tell the maintainers.",
        ),
        Event("model.changed", "info", ("file", "before", "now"), "A new model acts from this batch on."),
        Event(
            "model.refused", "error", ("file", "kept", "fault"), "A changed model file is no good; the old model acts."
        ),
        Event("shadow.failed", "error", ("model", "kind"), "The model that looks on could not score a batch."),
        Event(
            LIBRARY,
            "warning",
            ("logger", "said", "kind", "where"),
            "A warning of a library, of this level or a worse one, without what its arguments may hold.",
        ),
        Event(UNLISTED, "error", (), "An event that this table does not have: tell the maintainers."),
    )
}
"""All events by name."""


def as_markdown() -> str:
    """Return the table for readers."""
    lines = ["| event | level | fields | meaning |", "| --- | --- | --- | --- |"]
    for event in EVENTS.values():
        fields = ", ".join(f"`{name}`" for name in event.fields)
        lines.append(f"| `{event.name}` | {event.level} | {fields} | {event.meaning} |")
    return "\n".join(lines)
