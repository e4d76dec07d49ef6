"""What a trail says about texts, nodes and pairs. Knows trails, neither rows nor tests.

Treated turns of a served rewrite count for that rewrite alone, held-out ones for what was said. False wakes are
dropped, bad results and unsupported requests are nobody's mishearing: they end the walk, and are repaired by nothing.
"""

from itertools import pairwise
from typing import NamedTuple

from schemas.records import Trail, TrailTurn
from streams.text import similarity

NOT_MISHEARD = frozenset({"false_wake", "result"})
"""Failure points that no other wording would have avoided."""


SCORE_MIN = 0.01
"""A join weighs at least this: evidence has a positive weight."""


class Transition(NamedTuple):
    """One step of the walk: from a turn to the next, or to success or failure when ``to`` is None."""

    turn: TrailTurn
    to: TrailTurn | None
    succeeded: bool
    weight: float


class Meaning(NamedTuple):
    """That a turn's text meant something; ``repaired_by`` is the turn that got it, None if it was accepted itself."""

    turn: TrailTurn
    meaning: str
    weight: float
    repaired_by: TrailTurn | None


class Reading(NamedTuple):
    """Everything one trail says, in order.

    ``attempts`` did not work out: they show what was meant, not that it works.
    """

    outcomes: tuple[TrailTurn, ...]
    transitions: tuple[Transition, ...]
    meanings: tuple[Meaning, ...]
    attempts: tuple[tuple[TrailTurn, TrailTurn], ...]
    served: tuple[TrailTurn, ...]


NOTHING = Reading((), (), (), (), ())


def read(trail: Trail, explains_similarity: float) -> Reading:
    """Return what a trail says about its texts."""
    turns = trail.turns
    if len(turns) == 1 and turns[0].rewrite is None:
        return _read_single(trail, turns[0])
    served = tuple(turn for turn in turns if turn.rewrite is not None)
    counted = tuple(turn for turn in turns if counts(turn))
    return Reading(
        outcomes=tuple(turn for turn in counted if turn.outcome != "unknown"),
        transitions=_transitions(trail, counted),
        meanings=_meanings(trail, counted, explains_similarity),
        attempts=_attempts(trail, counted),
        served=served,
    )


def _read_single(trail: Trail, turn: TrailTurn) -> Reading:
    """Read the commonest trail, a single turn, without building what it cannot have."""
    if not counts(turn) or turn.outcome == "unknown":
        return NOTHING
    transitions: tuple[Transition, ...] = ()
    if trail.outcome != "unknown":
        transitions = (Transition(turn, None, trail.outcome == "success", turn.weight),)
    meanings: tuple[Meaning, ...] = ()
    if trail.outcome == "success" and turn.meaning is not None:
        meanings = (Meaning(turn, turn.meaning, turn.weight, None),)
    return Reading((turn,), transitions, meanings, (), ())


def counts(turn: TrailTurn) -> bool:
    """Return whether a turn is evidence about its own words."""
    treated = turn.rewrite is not None and turn.rewrite.arm == "treated"
    return bool(turn.said) and not treated and turn.failure_point not in NOT_MISHEARD


def _transitions(trail: Trail, counted: tuple[TrailTurn, ...]) -> tuple[Transition, ...]:
    if not counted:
        return ()
    steps = [Transition(turn, to, succeeded=False, weight=turn.weight) for turn, to in pairwise(counted)]
    last = counted[-1]
    if last is trail.turns[-1] and trail.outcome != "unknown":
        steps.append(Transition(last, None, succeeded=trail.outcome == "success", weight=last.weight))
    return tuple(steps)


def _meanings(trail: Trail, counted: tuple[TrailTurn, ...], explains_similarity: float) -> tuple[Meaning, ...]:
    last = trail.turns[-1]
    if trail.outcome != "success" or last.meaning is None or not counted or counted[-1] is not last:
        return ()
    failed = [turn for turn in counted[:-1] if turn.outcome == "failure"]
    sureness = _sureness(trail)
    found = [
        Meaning(turn, last.meaning, min(turn.weight, last.weight) * sureness[turn.turn_id], last)
        for turn in failed
        if len(failed) == 1 or not _explained(turn, failed, last, explains_similarity)
    ]
    found.append(Meaning(last, last.meaning, last.weight, None))
    return tuple(found)


def _attempts(trail: Trail, counted: tuple[TrailTurn, ...]) -> tuple[tuple[TrailTurn, TrailTurn], ...]:
    """Return the pairs of a failed turn and the next one said instead, of a trail that did not end well."""
    if trail.outcome == "success":
        return ()
    return tuple((turn, to) for turn, to in pairwise(counted) if turn.outcome == "failure" and turn.said != to.said)


def _sureness(trail: Trail) -> dict[str, float]:
    """Return, by turn, how sure it is that it and the last one pursue one goal: the product of the joins between."""
    sure = 1.0
    found: dict[str, float] = {}
    for turn in reversed(trail.turns):
        found[turn.turn_id] = sure
        if turn.joined_by == "rephrase":
            sure *= max(turn.score, SCORE_MIN)
    return found


def _explained(turn: TrailTurn, failed: list[TrailTurn], last: TrailTurn, least: float) -> bool:
    """Return whether another failed text resembles what worked and this one does not: then that one was repaired."""
    if similarity(turn.said, last.said) >= least:
        return False
    return any(other.said != turn.said and similarity(other.said, last.said) >= least for other in failed)
