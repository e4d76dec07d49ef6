"""Makes old events count less, without touching what was stored. Knows no clock: the event says when it happened.

Forward decay (Cormode, Shkapenyuk, Srivastava, Xu, "Forward decay: a practical time decay model for streaming
systems", ICDE 2009): an event at ``t`` enters a row with the weight ``g(t - L)`` of a landmark ``L`` in the past, and
reading at ``now`` would divide by ``g(now - L)``. The chain reads only ratios within a row (``Q = c/n``, ``r = c/n``),
where that divisor cancels; so it is never computed, and every row may have a landmark of its own.
"""

from collections.abc import MutableMapping
from typing import Final, NamedTuple

HALF_LIVES_MAX: Final = 512
"""Half-lives a row may run past its landmark. A float ends at 2**1024: this leaves room for 2**511 events."""


class Entered(NamedTuple):
    """What entering one event did to a row.

    Attributes:
        weight: what was added, in units of the landmark below; 0 for an event too old to be seen in a float.
        landmark_ms: the row's landmark from now on.
        factor: what the row's other weights were multiplied by; 1 unless the landmark moved.
    """

    weight: float
    landmark_ms: int
    factor: float


def decayed_weight(at_ms: int, landmark_ms: int, half_life_ms: int) -> float:
    """Return ``2 ** ((at - landmark) / half_life)``.

    Raises:
        OverflowError: more than 1,023 half-lives past the landmark; see ``needs_new_landmark``.
    """
    return float(2.0 ** ((at_ms - landmark_ms) / half_life_ms))


def needs_new_landmark(at_ms: int, landmark_ms: int, half_life_ms: int) -> bool:
    """Say whether a row must be rescaled before it takes an event of this time."""
    return at_ms - landmark_ms > HALF_LIVES_MAX * half_life_ms


def rescale_factor(landmark_ms: int, new_landmark_ms: int, half_life_ms: int) -> float:
    """Return what a row's weights are multiplied by when its landmark moves; 0 when nothing of them is left."""
    return float(2.0 ** max(-1_100.0, (landmark_ms - new_landmark_ms) / half_life_ms))


def enter(
    weights: MutableMapping[str, float],
    target: str,
    at_ms: int,
    *,
    landmark_ms: int,
    half_life_ms: int,
    amount: float = 1.0,
) -> Entered:
    """Add one event to a row in place, moving the row's landmark to the event first where a float would overflow.

    Args:
        weights: the row, target -> decayed weight.
        target: where the event went.
        at_ms: when.
        landmark_ms: the row's landmark so far.
        half_life_ms: age at which an event counts half.
        amount: weight of the event before decay.
    """
    factor = 1.0
    if needs_new_landmark(at_ms, landmark_ms, half_life_ms):
        factor = rescale_factor(landmark_ms, at_ms, half_life_ms)
        landmark_ms = at_ms
        for name in weights:
            weights[name] *= factor
    weight = amount * decayed_weight(at_ms, landmark_ms, half_life_ms)
    weights[target] = weights.get(target, 0.0) + weight
    return Entered(weight, landmark_ms, factor)
