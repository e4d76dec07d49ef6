"""Lines through the in-memory driver into a folder of results, batch by batch. Knows no option of a command."""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import msgspec

from schemas.records import Policy, Rewrite
from streams.commands.reading import Line
from streams.commands.recorded_orders import at_their_time
from streams.commands.writing import Results
from streams.driver import Driver, RejectedRecord, Withdrawn
from streams.driver import Results as Batch

LINES_PER_BATCH = 2_000
"""Enough that the model is asked about many pairs at once; batch size changes no result."""

FILES = ("rewrites", "decisions", "feedback", "rejected")
TRAILS_FILE = "trails"

Item = TypeVar("Item")


@dataclass(slots=True)
class Counts:
    """What a replay saw and did."""

    lines: int = 0
    trails: int = 0
    feedback: Counter[str] = field(default_factory=Counter)
    published: int = 0
    withdrawn: int = 0
    orders: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def usable(self) -> int:
        """Lines that were taken in."""
        return self.lines - self.rejected.total()


def run(
    lines: Iterable[Line],
    driver: Driver,
    results: Results,
    *,
    orders: Iterable[Policy] = (),
    trails: bool = False,
    after: Callable[[], None] | None = None,
) -> Counts:
    """Feed every line, then close what is open; write all results as they come.

    Args:
        lines: turn events as JSON.
        driver: a fresh driver.
        results: where to write, open for ``FILES`` and, with ``trails``, for the trails.
        orders: what people ordered, each put in force when the turns reach its time.
        trails: whether to write the trails.
        after: called after each batch, such as to move a progress bar.
    """
    counts = Counts()
    for batch, due in at_their_time(lines, orders, LINES_PER_BATCH):
        done = driver.feed_lines([line.value for line in batch])
        places = {counts.lines + index: line for index, line in enumerate(batch)}
        counts.lines += len(batch)
        keep(done, places, results, counts, trails=trails)
        if due:
            counts.orders += len(due)
            keep(driver.order(due), {}, results, counts, trails=trails)
        if after is not None:
            after()
    keep(driver.finish(), {}, results, counts, trails=trails)
    return counts


def summary(counts: Counts, driver: Driver, seconds: float) -> dict[str, Any]:
    """Return what a run did, for ``summary.json`` and its readers."""
    turns = int(driver.facts.get("turns", 0))
    return {
        "lines": counts.lines,
        "turns": turns,
        "trails": counts.trails,
        "feedback": dict(counts.feedback),
        "rewrites": {"published": counts.published, "withdrawn": counts.withdrawn, "live": len(driver.live)},
        "decisions": dict(counts.decisions),
        "rejected": dict(counts.rejected),
        "orders": counts.orders,
        "seconds": round(seconds, 3),
        "turns_per_second": round(turns / seconds) if seconds else None,
        "scorer": driver.models.current().name,
        "settings": driver.settings.public(),
        "facts": driver.facts,
    }


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items in lists of ``LINES_PER_BATCH``, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, LINES_PER_BATCH)):
        yield batch


def keep(done: Batch, places: dict[int, Line], results: Results, counts: Counts, *, trails: bool) -> None:
    """Write what a batch gave, and count it.

    Args:
        done: what the batch gave.
        places: the lines it was made from, by offset, as far as they are known.
        results: where to write.
        counts: what was seen so far.
        trails: whether to write the trails.
    """
    results.write("feedback", done.feedback)
    results.write("decisions", done.decisions)
    results.write("rewrites", (_rewrite_row(change) for _, change in done.rewrites))
    results.write("rejected", (_rejected_row(record, places.get(record.offset)) for record in done.rejected))
    if trails:
        results.write(TRAILS_FILE, (trail for record in done.trails for trail in record.trails))
    counts.published += sum(isinstance(change, Rewrite) for _, change in done.rewrites)
    counts.withdrawn += sum(isinstance(change, Withdrawn) for _, change in done.rewrites)
    counts.trails += sum(len(record.trails) for record in done.trails)
    counts.feedback.update(item.kind for item in done.feedback)
    counts.decisions.update(decision.to_stage for decision in done.decisions)
    counts.rejected.update(record.reason for record in done.rejected)


def _rewrite_row(change: Rewrite | Withdrawn) -> Rewrite | dict[str, Any]:
    """Return a publication as it is, and a withdrawal as what was published last, marked and with its own time."""
    if isinstance(change, Rewrite):
        return change
    return {**msgspec.structs.asdict(change.rewrite), "withdrawn": True, "decided_at": change.decided_at}


def _rejected_row(record: RejectedRecord, line: Line | None) -> dict[str, Any]:
    """Return a rejected line with its place and its bytes: as text where they are text, else as base64."""
    place = {"file": line.file, "line": line.number} if line else {"topic": record.topic, "offset": record.offset}
    value = line.value if line else record.value
    try:
        original = {"value": value.decode("utf-8"), "encoding": "utf-8"}
    except UnicodeDecodeError:
        original = {"value": base64.b64encode(value).decode("ascii"), "encoding": "base64"}
    return {**place, "reason": record.reason, "message": record.message, **original}
