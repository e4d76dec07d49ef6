"""Parts of what the console lists, and the figures it begins with. Knows records and views, not their place."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from schemas.records import Decision, Rewrite
from streams.console.knowledge import PAGE_MAX
from streams.console.views import DecisionView, Listing, Overview, PartitionView, RewriteView
from streams.learn.evidence import win_share_lower, win_share_upper
from streams.learn.stages import LIVE
from streams.learn.trial import Standing
from streams.topology import DAY_MS

Item = TypeVar("Item")


CANDIDATES_MAX: Final = 500
"""Pairs judged for one list: each asks three questions and the chain, a few milliseconds."""


def part(items: Sequence[Item], start: int, size: int, note: str = "") -> Listing[Item]:
    """Return some of many items; at most ``PAGE_MAX``."""
    begin = max(0, start)
    end = begin + max(1, min(size, PAGE_MAX))
    following = end if end < len(items) else None
    return Listing(tuple(items[begin:end]), len(items), following, note)


def looked_at(total: int) -> str:
    """Say so when not all candidates were looked at."""
    return f"The {CANDIDATES_MAX:,} that most people repaired, of {total:,}." if total > CANDIDATES_MAX else ""


def matching(rewrites: Iterable[RewriteView], search: str) -> list[RewriteView]:
    """Return the rewrites with a text in source, target, domain or id, the latest decided first."""
    wanted = search.strip().casefold()
    found = [
        rewrite
        for rewrite in rewrites
        if any(wanted in text.casefold() for text in (rewrite.source, rewrite.target, rewrite.domain))
        or wanted == rewrite.rewrite_id.casefold()[: len(wanted)]
    ]
    return sorted(found, key=lambda rewrite: (-rewrite.decided_at, rewrite.rewrite_id))


def earlier(
    decisions: Iterable[DecisionView], before_ms: int | None, size: int, rewrite_id: str, note: str = ""
) -> Listing[DecisionView]:
    """Return decisions before a time, given newest first.

    Those of one moment stay together, however many they are, so that the time says where the next part begins.
    """
    wanted = [decision for decision in decisions if rewrite_id in {"", decision.rewrite_id}]
    ahead = [decision for decision in wanted if before_ms is None or decision.decided_at < before_ms]
    end = max(1, min(size, PAGE_MAX))
    while 0 < end < len(ahead) and ahead[end].decided_at == ahead[end - 1].decided_at:
        end += 1
    shown = tuple(ahead[:end])
    return Listing(shown, len(wanted), shown[-1].decided_at if end < len(ahead) else None, note)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an overview is made of.

    Attributes:
        title: the service.
        now_ms: the time it is.
        rewrites: what is published.
        standings: what outcomes say of a published rewrite now, by id; where none is known its own evidence counts.
        candidates: pairs that are not published, by stage.
        decisions: at least those of the latest day.
        alpha: how often the bound of the wins may be wrong.
        concerns: what is not as it should be.
        healthy: whether the service is ready.
        partitions: where the stages run.
        can_order: whether orders can be given.
    """

    title: str
    now_ms: int
    rewrites: Sequence[Rewrite]
    standings: Mapping[str, Standing]
    candidates: Mapping[str, int]
    decisions: Iterable[Decision | DecisionView]
    alpha: float
    concerns: tuple[str, ...] = ()
    healthy: bool = True
    partitions: tuple[PartitionView, ...] = ()
    can_order: bool = False


@dataclass(slots=True)
class _Arms:
    """Outcomes of what is live, added up."""

    wins: float = 0.0
    losses: float = 0.0
    outcomes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    successes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, wins: float, losses: float, *arms: tuple[str, float, float | None]) -> None:
        self.wins += wins
        self.losses += losses
        for arm, outcomes, success in arms:
            self.outcomes[arm] += outcomes
            self.successes[arm] += outcomes * (success or 0.0)

    def success(self, arm: str) -> float | None:
        return self.successes[arm] / self.outcomes[arm] if self.outcomes[arm] else None


def overall(facts: Facts) -> Overview:
    """Return what to see first."""
    since_ms = facts.now_ms - DAY_MS
    recent = [decision for decision in facts.decisions if decision.decided_at > since_ms]
    arms = _arms(facts)
    return Overview(
        title=facts.title,
        healthy=facts.healthy,
        concerns=facts.concerns,
        live=dict(Counter(rewrite.stage for rewrite in facts.rewrites)),
        candidates={stage: number for stage, number in facts.candidates.items() if stage not in LIVE},
        since_ms=since_ms,
        published=sum(item.to_stage in LIVE and item.from_stage not in LIVE for item in recent),
        withdrawn=sum(item.from_stage in LIVE and item.to_stage not in LIVE for item in recent),
        wins=arms.wins,
        losses=arms.losses,
        lower=win_share_lower(arms.wins, arms.losses, facts.alpha),
        upper=win_share_upper(arms.wins, arms.losses, facts.alpha),
        treated_success=arms.success("treated"),
        held_out_success=arms.success("held_out"),
        treated=arms.outcomes["treated"],
        held_out=arms.outcomes["held_out"],
        partitions=facts.partitions,
        can_order=facts.can_order,
        now_ms=facts.now_ms,
    )


def _arms(facts: Facts) -> _Arms:
    arms = _Arms()
    for rewrite in facts.rewrites:
        known = facts.standings.get(rewrite.rewrite_id)
        told = rewrite.evidence
        if known is not None:
            pairs = known.pairs
            treated = ("treated", known.treated, known.treated_success)
            arms.add(pairs.wins, pairs.losses, treated, ("held_out", known.held_out, known.held_out_success))
        elif told.treated or told.held_out:
            treated = ("treated", told.treated, told.treated_success)
            arms.add(told.wins, told.losses, treated, ("held_out", told.held_out, told.held_out_success))
    return arms
