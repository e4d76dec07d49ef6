"""The exact law of the first time a rule on (wins, losses) passes. Knows no rule: it is given one."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rule = Callable[[int, int], bool]
"""Says whether so many wins and losses pass; with the total fixed, more wins never pass less."""


def first_passing(rule: Rule, win_share: float, looks: int) -> NDArray[np.float64]:
    """Return, shape (looks,), the chance that the rule passes for the first time after 1, 2, ... outcomes.

    Outcomes are independent with the given win share and the rule is asked after each. The chance of every number of
    wins without having passed is carried from outcome to outcome, so nothing is sampled.
    """
    alive = np.zeros(looks + 2)  # alive[w]: w wins so far and never passed
    alive[0] = 1.0
    law = np.zeros(looks)
    for total, bar in enumerate(bars(rule, looks)[1:], start=1):
        alive[1:] = alive[1:] * (1.0 - win_share) + alive[:-1] * win_share
        alive[0] *= 1.0 - win_share
        law[total - 1] = alive[bar : total + 1].sum()
        alive[bar : total + 1] = 0.0
    return law


def bars(rule: Rule, looks: int) -> list[int]:
    """Return the fewest wins that pass after 0, 1, ..., ``looks`` outcomes; one more than there are when none do."""
    lowest = [0 if rule(0, 0) else 1]
    for total in range(1, looks + 1):
        lowest.append(_bar(rule, total, lowest[-1]))
    return lowest


def outcomes_needed(law: NDArray[np.float64], share: float) -> int:
    """Return after how many outcomes this share of all runs has passed."""
    return int(np.searchsorted(np.cumsum(law), share)) + 1


def _bar(rule: Rule, total: int, near: int) -> int:
    """Return the fewest wins that pass, ``total + 1`` when none do, searching from the last bar."""
    bar = min(near, total)
    while bar > 0 and rule(bar - 1, total - bar + 1):
        bar -= 1
    while bar <= total and not rule(bar, total - bar):
        bar += 1
    return bar
