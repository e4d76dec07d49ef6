"""How many fewer defects treated turns have than held-out ones, at all times at once. Knows outcomes only.

Trials hold half of their turns back, promoted rewrites a tenth. Adding both up would compare turns of one kind with
turns of another, so each is a stratum of its own: the shares of its arms are compared by chance alone. All strata
together are weighted by their treated turns, so that the comparison is about the turns that were rewritten.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from streams.learn.evidence import win_share_lower, win_share_upper
from streams.simulate.loop_result import Effect

ALPHA = 0.05
"""Chance that an interval ever misses the reduction it is about."""


class Arms(NamedTuple):
    """Outcomes of one stratum by arm."""

    treated: float
    treated_defects: float
    held_out: float
    held_out_defects: float


def effect(domain: str, strata: Sequence[Arms], true_reduction: float | None) -> Effect:
    """Return the effect over strata, with an interval that is right at all times at once but for ``ALPHA``.

    Held-out counts are weighted so that each stratum has the same part of them as of the treated. The interval takes
    the ends of two confidence sequences a stratum, each at an equal part of ``ALPHA`` (union bound).

    Args:
        domain: the domain, "" for all.
        strata: outcomes by stratum; one without treated outcomes says nothing and is left out.
        true_reduction: what the simulation knows.
    """
    used = [arms for arms in strata if arms.treated]
    treated = sum(arms.treated for arms in used)
    treated_defects = sum(arms.treated_defects for arms in used)
    held_out = sum(arms.held_out for arms in used)
    if not treated or not all(arms.held_out for arms in used):
        return Effect(domain, treated, treated_defects, held_out, sum(arms.held_out_defects for arms in used),
                      None, None, None, true_reduction)  # fmt: skip
    parts = [arms.treated / treated for arms in used]
    share = sum(part * arms.held_out_defects / arms.held_out for part, arms in zip(parts, used, strict=True))
    lower, upper = _interval(parts, used)
    reduction = 1.0 - (treated_defects / treated) / share if share else None
    return Effect(domain, treated, treated_defects, held_out, share * held_out, reduction, lower, upper, true_reduction)


def _interval(parts: Sequence[float], strata: Sequence[Arms]) -> tuple[float | None, float | None]:
    level = ALPHA / (2 * len(strata))
    fewest_treated = most_treated = fewest_held_out = most_held_out = 0.0
    for part, arms in zip(parts, strata, strict=True):
        treated = arms.treated_defects, arms.treated - arms.treated_defects
        held_out = arms.held_out_defects, arms.held_out - arms.held_out_defects
        fewest_treated += part * win_share_lower(*treated, level)
        most_treated += part * win_share_upper(*treated, level)
        fewest_held_out += part * win_share_lower(*held_out, level)
        most_held_out += part * win_share_upper(*held_out, level)
    lower = 1.0 - most_treated / fewest_held_out if fewest_held_out else -math.inf
    return (None if lower == -math.inf else lower), 1.0 - fewest_treated / most_held_out
