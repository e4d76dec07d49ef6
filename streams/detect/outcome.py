"""How a turn and a trail ended. Knows the turns of one person in event order, no thresholds but its settings.

The signs are tried strongest first: an explicit no or undo, an explicit yes, a reply that says it failed, being
rephrased or repeated, a disruptive barge-in, being cancelled. An answer without any of these succeeded. Anything else
is unknown, which is evidence of nothing: a person who hangs up in a failing run says nothing about what would have
worked.
"""

from typing import NamedTuple

from schemas.records import FailurePoint, Outcome
from streams.detect import reactions
from streams.detect.rows import HeldTurn
from streams.detect.settings import DetectSettings

EXPLICIT_NO = frozenset({"denied", "thumbs_down"})
EXPLICIT_YES = frozenset({"confirmed", "thumbs_up"})


class Ending(NamedTuple):
    """How a turn ended, with what weight, and whether the person said or did so (not only the reply).

    ``silent``: the reply claimed success, and only what the person did next shows the failure.
    """

    outcome: Outcome
    weight: float
    by_person: bool
    silent: bool = False


def ending_of(turn: HeldTurn, after: HeldTurn | None, joined: HeldTurn | None, settings: DetectSettings) -> Ending:
    """Judge a turn by the next turn on the device and the turn that joined it, either None when there is none."""
    ending = _ending(turn, after, joined, settings)
    if ending.outcome == "failure" and turn.status == "answered":
        return ending._replace(silent=True)
    return ending


def _ending(  # noqa: PLR0911 - one sign after the other, strongest first
    turn: HeldTurn, after: HeldTurn | None, joined: HeldTurn | None, settings: DetectSettings
) -> Ending:
    if not EXPLICIT_NO.isdisjoint(turn.signals) or (after is not None and _taken_back(turn, after, settings)):
        return Ending("failure", settings.weight_explicit, by_person=True)
    if _approved(turn, after, settings):
        return Ending("success", settings.weight_success, by_person=True)
    if turn.status in reactions.ASKING_AGAIN or turn.status == "unsupported":
        return Ending("failure", settings.weight_status, by_person=False)
    if joined is not None:
        return Ending("failure", settings.weight_rephrase, by_person=True)
    if _interrupted(turn, after, settings):
        return Ending("failure", settings.weight_barge_in, by_person=True)
    if "cancelled" in turn.signals or (after is not None and reactions.cancels(turn, after, settings)):
        return Ending("failure", settings.weight_cancel, by_person=True)
    if turn.status == "answered" and not _doubted(turn, after, settings):
        return Ending("success", settings.weight_success, by_person=False)
    return Ending("unknown", 1.0, by_person=False)


def _taken_back(turn: HeldTurn, after: HeldTurn, settings: DetectSettings) -> bool:
    return reactions.denies(turn, after, settings) or reactions.undoes(turn, after, settings)


def _doubted(turn: HeldTurn, after: HeldTurn | None, settings: DetectSettings) -> bool:
    """Return whether the next turn may well have been a rephrase: then silence about the answer says nothing."""
    return after is not None and after.scores.get(turn.turn_id, 0.0) >= settings.doubt_score


def _approved(turn: HeldTurn, after: HeldTurn | None, settings: DetectSettings) -> bool:
    signals = turn.signals
    if signals and (not EXPLICIT_YES.isdisjoint(signals) or signals.get("played", -1) >= settings.playback_long_ms):
        return True
    if after is None:
        return False
    if reactions.affirms(turn, after, settings):
        return True
    enjoyed = after.said == turn.said and after.state == turn.state and turn.status == "answered"
    return enjoyed and reactions.repeat_means(turn, settings) == "approval"


def _interrupted(turn: HeldTurn, after: HeldTurn | None, settings: DetectSettings) -> bool:
    """Return whether a disruptive barge-in cut the reply early, or was followed by leaving or by something else."""
    if after is None:
        return "barge_in" in turn.signals
    if reactions.barge_in_kind(turn, after) not in reactions.DISRUPTIVE:
        return False
    at_ms = reactions.barge_in_at_ms(turn, after)
    if at_ms is not None and at_ms < settings.barge_in_early_ms:
        return True
    return not after.state  # an answer to the question just asked goes on with the subject


def trail_outcome(last: HeldTurn, ending: Ending) -> Outcome:
    """Return how the goal attempt ended: only what the person shows makes a failure of the whole."""
    if ending.outcome == "success":
        return "success"
    failed = ending.outcome == "failure" and ending.by_person and last.status != "unsupported"
    return "failure" if failed else "unknown"


def failure_point_of(turn: HeldTurn) -> FailurePoint | None:
    """Return where the assistant failed, when known; a request that is not offered has a bad result, not a bad text."""
    if turn.failure_point is None and turn.status == "unsupported":
        return "result"
    return turn.failure_point
