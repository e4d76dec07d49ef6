"""A turn event as it is held, and which of two comes first. Knows no trails."""

from schemas.limits import SAID_LENGTH_MAX
from schemas.records import Turn, TurnEvent
from streams.detect.rows import HeldTurn
from streams.text import normalise


def held_turn(event: TurnEvent, turn: Turn, traceparent: str = "") -> HeldTurn:
    """Return what is remembered of a turn event, which came with a traceparent or with none."""
    reply, barge_in = turn.reply, turn.barge_in
    return HeldTurn(
        turn.turn_id,
        event.device,
        event.occurred_at,
        event.occurred_at if reply.ended_at is None else max(reply.ended_at, event.occurred_at),
        event.session_id,
        event.locale,
        turn.expecting,
        normalise(turn.said, event.locale)[:SAID_LENGTH_MAX],
        turn.said,
        turn.interpretation,
        reply.status,
        reply.text,
        reply.started_at,
        reply.ended_at,
        turn.speech_started_at,
        "" if barge_in is None else barge_in.kind,
        None if barge_in is None else barge_in.at_ms,
        barge_in is not None and barge_in.resumed,
        turn.rewrite,
        turn.failure_point,
        traceparent=traceparent,
    )


def is_before(first: HeldTurn, second: HeldTurn) -> bool:
    """Return whether a turn comes before another in event order; ids break ties."""
    return (first.occurred_at, first.turn_id) < (second.occurred_at, second.turn_id)
