"""Held turns to trail records. Knows when a trail is complete and what it says, not when that is looked at."""

from collections.abc import Sequence

from schemas.records import ClosedBy, Trail, TrailTurn
from streams.detect.meaning import meaning_of
from streams.detect.outcome import Ending, ending_of, failure_point_of, trail_outcome
from streams.detect.rows import HeldTurn, Person
from streams.detect.settings import DetectSettings
from streams.text import NORMALISER


def open_trails(turns: Sequence[HeldTurn]) -> dict[str, list[HeldTurn]]:
    """Return the turns of each trail not yet emitted, in event order."""
    trails: dict[str, list[HeldTurn]] = {}
    for turn in turns:
        if not turn.emitted:
            trails.setdefault(turn.trail, []).append(turn)
    return trails


def complete(turns: list[HeldTurn], complete_by: int) -> list[list[HeldTurn]]:
    """Return the trails that end by a time, so that nothing can join them any more, oldest end first."""
    if len(turns) == 1:
        return [turns] if not turns[0].emitted and turns[0].ended_at <= complete_by else []
    ready = [members for members in open_trails(turns).values() if members[-1].ended_at <= complete_by]
    ready.sort(key=lambda members: (members[-1].ended_at, members[0].trail))
    return ready


def following(turns: Sequence[HeldTurn]) -> dict[str, HeldTurn]:
    """Return, by turn id, the next turn of the same device."""
    if len(turns) < 2:  # noqa: PLR2004 - one turn has none after it
        return {}
    after: dict[str, HeldTurn] = {}
    latest: dict[str, HeldTurn] = {}
    for turn in turns:
        before = latest.get(turn.device)
        if before is not None:
            after[before.turn_id] = turn
        latest[turn.device] = turn
    return after


def trail_of(
    person: Person,
    members: Sequence[HeldTurn],
    after: dict[str, HeldTurn],
    settings: DetectSettings,
    *,
    detector: str,
    settled_at: int,
    at_end: bool = False,
) -> Trail:
    """Return the record of a complete trail."""
    turns = []
    ending: Ending | None = None
    for index, turn in enumerate(members):
        joined = members[index + 1] if index + 1 < len(members) else None
        ending = ending_of(turn, _near(turn, after.get(turn.turn_id), settings), joined, settings)
        turns.append(_trail_turn(turn, ending))
    first, last = members[0], members[-1]
    return Trail(
        trail_id=first.turn_id,
        tenant=person.tenant,
        locale=last.locale,
        user=person.user,
        started_at=first.occurred_at,
        ended_at=last.ended_at,
        settled_at=settled_at,
        closed_by=_closed_by(last, at_end=at_end),
        outcome=trail_outcome(last, ending) if ending is not None else "unknown",
        normaliser=NORMALISER,
        detector=detector,
        turns=tuple(turns),
    )


def _near(turn: HeldTurn, after: HeldTurn | None, settings: DetectSettings) -> HeldTurn | None:
    if after is None or after.occurred_at - turn.ended_at > settings.gap_ms:
        return None
    return after


def _closed_by(last: HeldTurn, *, at_end: bool) -> ClosedBy:
    if last.pushed_out:
        return "pushed_out"
    return "end" if at_end else "gap"


def _trail_turn(turn: HeldTurn, ending: Ending) -> TrailTurn:
    meant = turn.interpretation
    accepted = ending.outcome == "success"
    return TrailTurn(
        turn.turn_id,
        turn.occurred_at,
        turn.session_id,
        turn.state,
        turn.said,
        turn.heard,
        "" if meant is None else meant.domain,
        "" if meant is None else meant.intent,
        meaning_of(turn.said, turn.state, turn.locale, meant) if accepted else None,
        ending.outcome,
        ending.weight,
        turn.joined_to or None,
        turn.joined_by,
        turn.score,
        turn.rewrite,
        failure_point_of(turn),
        ending.silent,
        turn.traceparent,
    )
