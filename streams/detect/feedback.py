"""Feedback records, sent at once and in arrival order. Knows two turns or a signal, nothing of trails' ends."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from schemas.records import Feedback, FeedbackKind
from streams.detect import reactions
from streams.detect.rows import HeldSignal, HeldTurn, Person
from streams.detect.settings import DetectSettings

INFERRED_SCORE = 0.7
"""Score of a barge-in that was inferred from times: clocks of recogniser and player differ by some 100 ms."""

UNKNOWN_KIND_SCORE = 0.5
"""Score of a barge-in whose kind the producer does not know."""

RULES = "rules-1"
"""Detector of everything but rephrases."""

SIGNAL_KINDS: dict[str, FeedbackKind] = {
    "confirmed": "explicit_yes",
    "thumbs_up": "explicit_yes",
    "denied": "explicit_no",
    "thumbs_down": "explicit_no",
    "barge_in": "barge_in",
    "cancelled": "cancelled",
    "played": "playback",
}


def feedback_id(turn_id: str, cause_turn_id: str, kind: str, occurred_at: int) -> str:
    """Return an id that is the same whenever the same thing is detected again."""
    text = f"{turn_id}\x1f{cause_turn_id}\x1f{kind}\x1f{occurred_at}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def make(
    *,
    tenant: str,
    locale: str,
    turn_id: str,
    cause_turn_id: str,
    kind: FeedbackKind,
    score: float,
    occurred_at: int,
    detected_at: int,
    detector: str = RULES,
    late: bool = False,
) -> Feedback:
    """Return a feedback record; its id follows from what it is about."""
    return Feedback(
        feedback_id=feedback_id(turn_id, cause_turn_id, kind, occurred_at),
        tenant=tenant,
        locale=locale,
        turn_id=turn_id,
        cause_turn_id=cause_turn_id,
        kind=kind,
        score=score,
        detector=detector,
        occurred_at=occurred_at,
        detected_at=detected_at,
        late=late,
    )


def of_turn(
    person: Person, turn: HeldTurn, before: HeldTurn | None, settings: DetectSettings, *, detector: str, now: int
) -> Iterator[Feedback]:
    """Yield what a new turn says about itself, about the turn before it on the device, and about what it joins."""
    for about, kind, score, by in _seen(turn, before, settings, detector):
        yield make(
            tenant=person.tenant,
            locale=turn.locale,
            turn_id=about,
            cause_turn_id=turn.turn_id,
            kind=kind,
            score=score,
            occurred_at=turn.occurred_at,
            detected_at=now,
            detector=by,
        )


def _seen(
    turn: HeldTurn, before: HeldTurn | None, settings: DetectSettings, detector: str
) -> Iterator[tuple[str, FeedbackKind, float, str]]:
    if turn.status == "asked_again":
        yield turn.turn_id, "asked_again", 1.0, RULES
    if before is not None:
        yield from _about_before(turn, before, settings)
    if turn.joined_by == "rephrase":
        yield turn.joined_to, "rephrase", turn.score, detector
    elif turn.joined_by == "repeat":
        yield turn.joined_to, "repeat", turn.score, RULES


def _about_before(
    turn: HeldTurn, before: HeldTurn, settings: DetectSettings
) -> Iterator[tuple[str, FeedbackKind, float, str]]:
    near = turn.occurred_at - before.ended_at <= settings.gap_ms
    kind = reactions.barge_in_kind(before, turn) if near else ""
    if kind:
        yield before.turn_id, "barge_in", _barge_in_score(turn, kind), RULES
    undone = reactions.undoes(before, turn, settings)
    if undone or (near and reactions.denies(before, turn, settings)):
        yield before.turn_id, "explicit_no", 1.0, RULES
    elif near and reactions.affirms(before, turn, settings):
        yield before.turn_id, "explicit_yes", 1.0, RULES
    if not undone and reactions.cancels(before, turn, settings):
        yield before.turn_id, "cancelled", 1.0, RULES


def _barge_in_score(turn: HeldTurn, kind: str) -> float:
    if not turn.barge_in:
        return INFERRED_SCORE
    return UNKNOWN_KIND_SCORE if kind == "unknown" else 1.0


def of_signal(person: Person, signal: HeldSignal, settings: DetectSettings, *, late: bool, now: int) -> Feedback:
    """Return what a signal says about its turn."""
    return make(
        tenant=person.tenant,
        locale=signal.locale,
        turn_id=signal.turn_id,
        cause_turn_id="",
        kind=SIGNAL_KINDS[signal.kind],
        score=_signal_score(signal.kind, signal.value, settings),
        occurred_at=signal.occurred_at,
        detected_at=now,
        late=late,
    )


def delay_ms(item: Feedback, turns: Sequence[HeldTurn], said_at: int | None = None) -> int | None:
    """Return how long after its turn feedback was given; None when nobody knows any more when that was said.

    Args:
        item: the feedback.
        turns: those held of the person.
        said_at: when its turn was said, in milliseconds, for a turn that need not be among them.
    """
    if said_at is None:
        said_at = next((turn.occurred_at for turn in reversed(turns) if turn.turn_id == item.turn_id), None)
    return None if said_at is None else max(0, item.occurred_at - said_at)


def traceparent_of(turn_id: str, turns: Sequence[HeldTurn]) -> str:
    """Return the traceparent of a turn, "" for one that came without or is not held any more."""
    return next((turn.traceparent for turn in turns if turn.turn_id == turn_id), "")


def _signal_score(kind: str, value: int, settings: DetectSettings) -> float:
    """Return the score of a signal: the share of long playback, else certain."""
    if kind != "played" or not settings.playback_long_ms:
        return 1.0
    return min(1.0, value / settings.playback_long_ms)
