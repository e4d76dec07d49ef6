"""What becomes of held scores when another rephrase model scores. Knows turns of one person, no model."""

from collections.abc import Sequence

from streams.detect.rows import HeldTurn


def scored_pairs(turns: Sequence[HeldTurn], complete_by: int) -> list[tuple[HeldTurn, HeldTurn]]:
    """Forget the scores of a person's turns, and return the pairs they were of: thresholds hold for one model.

    Turns whose trails are complete by a time are left as they were joined: nothing when that is all of them.
    """
    if all(turn.emitted or turn.ended_at <= complete_by for turn in turns):
        return []
    by_id = {turn.turn_id: turn for turn in turns}
    pairs = []
    for second in turns:
        pairs += [(by_id[name], second) for name in second.scores if name in by_id]
        second.scores = {}
    return pairs
