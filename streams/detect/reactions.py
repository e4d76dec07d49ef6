"""How a person reacted to a reply: interruptions, denials, cancellations, repeats. Knows two turns, no trails.

Rules of "failure by behaviour": a turn is interrupted, denied, cancelled or repeated by a *later* turn of the same
person on the same device, or by a signal about it. Back-channels ("uh-huh") and false alarms are not interruptions.
"""

from streams import phrases
from streams.detect.rows import HeldTurn
from streams.detect.settings import DetectSettings

DISRUPTIVE = frozenset({"speech", "keyword", "button"})
"""Kinds of barge-in that mean the reply was not wanted any more."""

HARMLESS = frozenset({"backchannel", "false_alarm"})
"""Kinds that are no barge-in at all."""

ASKING_AGAIN = frozenset({"asked_again", "not_understood", "failed"})
"""Reply statuses after which the same open question is still open."""


def barge_in_kind(first: HeldTurn, second: HeldTurn) -> str:
    """Return how the second turn interrupted the reply to the first, "" if it did not.

    What the producer says counts; otherwise it is inferred from speech that started while the reply ran.
    """
    if second.barge_in:
        return "" if second.resumed or second.barge_in in HARMLESS else second.barge_in
    started_at, ended_at = second.speech_started_at, first.reply_ended_at
    if started_at is None or ended_at is None or started_at >= ended_at:
        return ""
    if first.reply_started_at is not None and started_at < first.reply_started_at:
        return ""
    return "" if phrases.is_backchannel(second.said, second.locale) else "speech"


def barge_in_at_ms(first: HeldTurn, second: HeldTurn) -> int | None:
    """Return how far into the reply the interruption came, in milliseconds, None when unknown."""
    if second.barge_in_at_ms is not None:
        return second.barge_in_at_ms
    if second.speech_started_at is None or first.reply_started_at is None:
        return None
    return max(0, second.speech_started_at - first.reply_started_at)


def denies(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn answers "no" to a question that confirms the first."""
    return (
        _confirms(second, settings) and not _confirms(first, settings) and phrases.is_denial(second.said, second.locale)
    )


def affirms(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn answers "yes" to a question that confirms the first."""
    if not _confirms(second, settings) or _confirms(first, settings):
        return False
    return second.status == "answered" and phrases.is_confirmation(second.said, second.locale)


def answers_confirmation(turn: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether a turn says yes or no to a confirming question, and was understood: that has no other wording."""
    if turn.status in ASKING_AGAIN or not _confirms(turn, settings):
        return False
    return phrases.is_denial(turn.said, turn.locale) or phrases.is_confirmation(turn.said, turn.locale)


def _confirms(turn: HeldTurn, settings: DetectSettings) -> bool:
    return bool(turn.state) and turn.state.startswith(settings.confirmation_states)


def cancels(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn stops what the first started, at once."""
    if second.occurred_at - first.ended_at > settings.cancel_within_ms:
        return False
    return phrases.is_cancellation(second.said, second.locale)


def is_treated(turn: HeldTurn) -> bool:
    """Return whether the assistant ran a rewrite instead of what it heard."""
    return turn.rewrite is not None and turn.rewrite.arm == "treated"


def undoes(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn takes back what was made of the first, which a rewrite was meant for.

    A turn that was held out is judged alike: a sign that counts in one arm only would tilt their comparison.
    """
    if first.rewrite is None or second.occurred_at - first.ended_at > settings.undo_within_ms:
        return False
    return phrases.is_undo(second.said, second.locale, understood=second.status == "answered")


def repeat_means(turn: HeldTurn, settings: DetectSettings) -> str:
    """Return what saying this again means: failure, or approval for what is enjoyed again."""
    means, meant = settings.repeat_means, turn.interpretation
    if not means or meant is None:
        return "failure"
    return means.get(meant.intent) or means.get(f"{meant.domain}.{meant.intent}") or "failure"


def same_question_open(first: HeldTurn, second: HeldTurn) -> bool:
    """Return whether the second turn answers the question that the first failed to answer."""
    return bool(first.state) and first.state == second.state and first.status in ASKING_AGAIN


def answers_anew(first: HeldTurn, second: HeldTurn) -> bool:
    """Return whether the second turn answers another question, or the same on a new occasion ("next?" - "yes")."""
    if not first.state or not second.state:
        return False
    return first.state != second.state or first.status not in ASKING_AGAIN
