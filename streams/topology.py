"""The whole service as data: topics, stages, and what flows between them. The page to read first.

    turns --> [ detect ] --> trails --> [ learn ] --> rewrites, decisions
                  |
                  +--> feedback

Knows no interpreter: the in-memory driver and the Kafka engine both read this page and do what it says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas import limits
from schemas.codec import DETECT_FIELDS, LEARN_FIELDS
from schemas.records import Correction, Decision, Feedback, Policy, Rewrite, Trail, Trails, TurnEvent
from streams.detect import rows as detect_rows
from streams.detect import step as detect
from streams.learn import holdings
from streams.learn import rows as learn_rows
from streams.learn import step as learn
from streams.stage import Output, Rows, Step

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name before the prefix, its record, what its key is made of, and how it is cleaned up."""

    name: str
    record: type[msgspec.Struct] | None
    key: str
    cleanup: Literal["delete", "compact"]
    retention_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: the topic it reads, the pure step it takes, the rows it keeps, the topics it writes.

    ``fields`` are those of the source's record that it needs; ``time`` reads the event time it has reached, for a stage
    that tells its time to the next one; ``levels`` sums up what its rows hold, by name, in few reads.
    """

    name: str
    source: str
    step: Step
    rows: dict[str, type[msgspec.Struct]]
    outputs: tuple[str, ...]
    fields: frozenset[str]
    time: Callable[[Rows], int] | None = None
    levels: Callable[[Rows], Mapping[str, float]] | None = None


TOPICS = (
    Topic("turns", TurnEvent, "tenant|user", "delete", 28 * DAY_MS),
    Topic("feedback", Feedback, "tenant|user", "delete", 28 * DAY_MS),
    Topic("trails", Trails, "tenant|locale", "delete", 28 * DAY_MS),
    Topic("rewrites", Rewrite, "tenant|locale|state|source", "compact"),
    Topic("decisions", Decision, "tenant|locale", "delete", 365 * DAY_MS),
    Topic("policy", Policy, "scope", "compact"),
    Topic("turns.rejected", None, "as received", "delete", 28 * DAY_MS),
    Topic("trails.rejected", None, "as received", "delete", 28 * DAY_MS),
    Topic("detect.state", None, "row key", "compact"),
    Topic("learn.state", None, "row key", "compact"),
)

STAGES = (
    Stage(
        "detect", "turns", detect.step, detect_rows.ROWS, ("feedback", "trails"), DETECT_FIELDS, detect.partition_time
    ),
    Stage(
        "learn",
        "trails",
        learn.step,
        learn_rows.ROWS,
        ("rewrites", "decisions"),
        LEARN_FIELDS,
        levels=holdings.of_partition,
    ),
)

DETECT, LEARN = STAGES


def topic(name: str) -> Topic:
    """Return a topic by its name before the prefix.

    Raises:
        KeyError: there is no such topic.
    """
    return {known.name: known for known in TOPICS}[name]


def pack_trails(outputs: Iterable[Output], partition: int, partition_time: int) -> list[Output]:
    """Put the trails and corrections of one flush into one record a chain, in the order the chains first appear.

    Args:
        outputs: outputs of detect for ``trails``: values are ``Trail`` or ``Correction``.
        partition: the detect partition they come from.
        partition_time: its time after the flush, in milliseconds.

    Returns:
        Outputs whose values are ``Trails``, each no longer than a record may be.
    """
    trails: dict[str, list[Trail]] = {}
    corrections: dict[str, list[Correction]] = {}
    order: dict[str, None] = {}
    for output in outputs:
        order[output.key] = None
        if isinstance(output.value, Trail):
            trails.setdefault(output.key, []).append(output.value)
        elif isinstance(output.value, Correction):
            corrections.setdefault(output.key, []).append(output.value)
    packed = []
    for key in order:
        for part, fixes in _parts(trails.get(key, []), corrections.get(key, [])):
            tenant, _, locale = key.rpartition("|")
            value = Trails(tenant, locale, partition, partition_time, part, fixes)
            packed.append(Output("trails", key, value))
    return packed


def packed(outputs: Iterable[Output], partition: int, partition_time: int) -> list[Output]:
    """Return all outputs of a flush as they are sent: trails packed, after everything else."""
    everything = list(outputs)
    others = [output for output in everything if output.topic != "trails"]
    trails = [output for output in everything if output.topic == "trails"]
    return [*others, *pack_trails(trails, partition, partition_time)] if trails else others


def _parts(
    trails: list[Trail], corrections: list[Correction]
) -> Iterable[tuple[tuple[Trail, ...], tuple[Correction, ...]]]:
    size = limits.TRAILS_PER_RECORD_MAX
    for start in range(0, max(len(trails), len(corrections)), size):
        yield tuple(trails[start : start + size]), tuple(corrections[start : start + size])


def tick(partition: int, partition_time: int) -> Output:
    """Return the record that tells learn only that a detect partition has reached a time."""
    return Output("trails", "", Trails("", "", partition, partition_time))
