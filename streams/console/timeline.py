"""Decisions along the days: what kind each is, and where it stands in its day. Knows no page.

A kind has a colour and a shape of its own in the page's style, so that no kind is told by colour alone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

from streams.console.views import DecisionView
from streams.learn.stages import LIVE
from streams.pages.readable import number
from streams.topology import DAY_MS

DAYS_SHOWN_MAX: Final = 7

KINDS: Final[dict[str, str]] = {
    "published": "published on trial",
    "promoted": "won its trial",
    "pinned": "pinned by hand",
    "withdrawn": "taken back",
    "blocked": "blocked by hand",
    "watched": "no change to what is served",
}
"""What can happen, in the order of a legend."""


class Mark(NamedTuple):
    """A decision in its lane; ``across`` is its place from 0 at midnight to 100 at the next."""

    kind: str
    across: float
    decision: DecisionView


class Lane(NamedTuple):
    """One day (UTC) with its decisions, and the same in words."""

    day: datetime
    words: str
    marks: tuple[Mark, ...]


def kind_of(decision: DecisionView) -> str:
    """Return which of `KINDS` a decision is."""
    if decision.to_stage == "blocked":
        return "blocked"
    if decision.from_stage in LIVE and decision.to_stage not in LIVE:
        return "withdrawn"
    return {"trial": "published", "promoted": "promoted", "pinned": "pinned"}.get(decision.to_stage, "watched")


def takes_back(decision: DecisionView) -> bool:
    """Return whether it ended something that was served."""
    return decision.from_stage in LIVE and decision.to_stage not in LIVE


def lanes(decisions: Sequence[DecisionView]) -> tuple[Lane, ...]:
    """Return the newest days that have decisions, newest first."""
    newest = sorted(decisions, key=lambda decision: -decision.decided_at)
    days = [(day, tuple(found)) for day, found in groupby(newest, lambda decision: decision.decided_at // DAY_MS)]
    return tuple(_lane(day, found) for day, found in days[:DAYS_SHOWN_MAX])


def _lane(day: int, decisions: Sequence[DecisionView]) -> Lane:
    marks = [Mark(kind_of(one), 100 * (one.decided_at % DAY_MS) / DAY_MS, one) for one in decisions]
    # What matters is drawn last, over the rest.
    order = list(KINDS)
    marks.sort(key=lambda mark: (mark.kind == "withdrawn", -order.index(mark.kind), mark.across))
    counts = {kind: sum(mark.kind == kind for mark in marks) for kind in KINDS}
    words = ", ".join(f"{number(count)} {KINDS[kind]}" for kind, count in counts.items() if count)
    return Lane(datetime.fromtimestamp(day * DAY_MS / 1000, UTC), words, tuple(marks))
