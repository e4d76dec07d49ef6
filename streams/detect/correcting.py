"""What a turn shows about a served one whose trail was sent before it. Knows turns in event order, no rows.

"I didn't say that" comes when the gap is over as well, and a turn may arrive late. What the trail has counted as a
failure already is no business of these rules: who calls them must know.
"""

from collections.abc import Sequence
from typing import Final

from schemas.records import CorrectionReason
from streams.detect import assembly, reactions
from streams.detect.holding import is_before
from streams.detect.rows import HeldTurn
from streams.detect.settings import DetectSettings

OF_SIGNALS: Final[dict[str, CorrectionReason]] = {
    "denied": "denied",
    "thumbs_down": "thumbs_down",
    "cancelled": "cancelled",
    "barge_in": "cancelled",
}
"""What a late signal says against the rewrite that was applied to its turn."""


def treated_before(turns: Sequence[HeldTurn], turn: HeldTurn) -> HeldTurn | None:
    """Return the turn before this one on its device, if a rewrite was applied to it and its trail was sent."""
    for other in reversed(turns):
        if other.device == turn.device and is_before(other, turn):
            return other if other.emitted and reactions.is_treated(other) else None
    return None


def reason_of(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> CorrectionReason | None:
    """Return what the second turn says against the rewrite applied to the first, None when nothing.

    An undo may come ``undo_within_ms`` later, as it cannot mean anything else; the same words only within the gap, as
    later they may well be a new wish.
    """
    if first.trail == second.trail:
        return None
    if reactions.undoes(first, second, settings):
        return "undone"
    return "repeated" if assembly.repeats(first, second, settings) else None


def kept_until(turn: HeldTurn, settings: DetectSettings) -> int:
    """Return until when a treated turn whose trail was sent may still be undone or repeated, by partition time.

    A turn within the gap is accepted for as long as another gap and the lateness.
    """
    return turn.ended_at + max(settings.undo_within_ms, 2 * settings.gap_ms) + settings.lateness_ms


def kept(turns: Sequence[HeldTurn], now_ms: int, settings: DetectSettings) -> set[str]:
    """Return the ids of the treated turns that a later turn may still speak against, at most one a device.

    A turn waits for the one after it on its device to come, and then for that one's trail.
    """
    if all(turn.rewrite is None for turn in turns):
        return set()
    found: set[str] = set()
    latest: dict[str, HeldTurn] = {}
    for turn in reversed(turns):
        after = latest.get(turn.device)
        if turn.emitted and reactions.is_treated(turn):
            waits = kept_until(turn, settings) >= now_ms if after is None else not after.emitted
            found.update([turn.turn_id] if waits else [])
        latest[turn.device] = turn
    return found
