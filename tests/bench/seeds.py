"""One seed of simulated traffic through the pipeline and before the judge. Knows no table and no option."""

from collections.abc import Callable, Iterable
from itertools import chain
from statistics import median
from time import process_time
from typing import Any

import msgspec

from schemas.records import Decision, Rewrite
from streams.commands.run import batches
from streams.driver import Driver, Withdrawn
from streams.settings import settings_from
from streams.simulate.judge import Verdict, judge
from streams.simulate.traffic import simulate


class Task(msgspec.Struct, frozen=True):
    """What to run: the traffic, and settings as ``NAME=VALUE``."""

    seed: int
    turns: int
    users: int
    worthless: bool
    sets: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What one seed gave.

    Attributes:
        candidates: pairs that ever became a candidate.
        verdict: what was published, against the truth.
        evidence: medians over publications, at the moment of publication: ``outcomes`` of the deciding question, which
            is the one with the smallest e-value, ``users`` who said the source, ``repairs`` of it.
        driver_seconds: processor time of the pipeline, without making the traffic.
        facts: everything the driver counted.
    """

    task: Task
    release: str
    users_min: int
    alpha: float
    candidates: int
    verdict: Verdict
    evidence: dict[str, float]
    driver_seconds: float
    facts: dict[str, float]


def run_seed(task: Task, after: Callable[[int], None] | None = None) -> Outcome:
    """Simulate, learn and judge; deterministic but for the time it took.

    Args:
        task: what to run.
        after: called after each batch with the events taken in so far.

    Raises:
        SettingsError: a setting of the task cannot be used.
    """
    settings = settings_from(task.sets)
    traffic = simulate(task.turns, task.users, task.seed, worthless=task.worthless)
    driver = Driver(settings)
    driver.models.current()  # read now: no file's reading belongs to what a turn costs
    rows: list[dict[str, Any]] = []
    candidates = events = 0
    seconds = 0.0
    for batch in chain(batches(traffic), (None,)):
        started = process_time()
        results = driver.finish() if batch is None else driver.feed(batch)
        seconds += process_time() - started
        rows += (row_of(change) for _, change in results.rewrites)
        candidates += sum(map(is_new_candidate, results.decisions))
        events += len(batch or ())
        if after is not None:
            after(events)
    return Outcome(
        task=task,
        release=settings.release,
        users_min=settings.users_min,
        alpha=settings.alpha,
        candidates=candidates,
        verdict=judge(rows, traffic.truth(settings.users_min)),
        evidence=evidence_of(rows),
        driver_seconds=seconds,
        facts=driver.facts,
    )


def row_of(change: Rewrite | Withdrawn) -> dict[str, Any]:
    """Return a change as a row of ``rewrites.jsonl``."""
    if isinstance(change, Rewrite):
        return dict(msgspec.to_builtins(change))
    return {**msgspec.to_builtins(change.rewrite), "withdrawn": True, "decided_at": change.decided_at}


def is_new_candidate(decision: Decision) -> bool:
    """Say whether a pair became a candidate for the first time."""
    return decision.from_stage == "none" and decision.to_stage == "candidate"


def evidence_of(rows: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Return medians of the evidence of each publication, later versions of a live pair left out."""
    live: set[tuple[str, str, str]] = set()
    columns: dict[str, list[float]] = {"outcomes": [], "users": [], "repairs": []}
    for row in rows:
        pair = row["state"], row["source"], row["target"]
        if row.get("withdrawn"):
            live.discard(pair)
        elif pair not in live:
            live.add(pair)
            held = row["evidence"]
            columns["outcomes"].append(held["wins"] + held["losses"])
            columns["users"].append(held["users"])
            columns["repairs"].append(held["repairs"])
    return {name: float(median(values)) for name, values in columns.items() if values}
