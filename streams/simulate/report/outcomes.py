"""What became of a pair, read from its changes of stage. Knows no words and no page."""

from typing import Final, Literal

from schemas.records import Stage
from streams.simulate.loop_result import LoopResult, Point, Step, Story

DAY_MS: Final = 86_400_000

PUBLISHED: Final[frozenset[Stage]] = frozenset({"trial", "promoted", "pinned"})
"""Stages in which consumers serve a rewrite."""

Outcome = Literal["promoted", "trial", "withdrawn", "refused"]


def outcome(story: Story) -> Outcome:
    """Return what a pair was at the end; refused is one that was never published."""
    stages = [step.to_stage for step in story.steps]
    if not PUBLISHED.intersection(stages):
        return "refused"
    if stages[-1] in PUBLISHED:
        return "trial" if stages[-1] == "trial" else "promoted"
    return "withdrawn"


def ever(story: Story, stage: Stage) -> bool:
    """Say whether a pair ever reached a stage."""
    return any(step.to_stage == stage for step in story.steps)


def went_wrong(story: Story) -> bool:
    """Say whether drift made a pair wrong."""
    return story.wrong_from_ms is not None


def day_of(result: LoopResult, at_ms: int) -> float:
    """Return a moment in days since the run began."""
    return (at_ms - result.starts_ms) / DAY_MS


def taken_back(story: Story) -> tuple[Step, ...]:
    """Return the changes that ended a publication."""
    return tuple(step for step in story.steps if step.from_stage in PUBLISHED and step.to_stage not in PUBLISHED)


def best_evidence(story: Story) -> Point | None:
    """Return the point with the most decisive pairs; the later one where two have as many."""
    return max(story.curve, key=lambda point: (point.wins + point.losses, point.day), default=None)
