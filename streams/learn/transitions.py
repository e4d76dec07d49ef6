"""The words of the absorbing chain: rows, their ends, and what an answer holds. Knows no way of solving.

Trails are walks on a chain that ends in success or failure. With ``c(i,k)`` the weight seen from node ``i`` to ``k``
and ``n_i`` the sum of a row (Kemeny and Snell, "Finite Markov Chains", 1960, chapter 3):

    Q_ik = c(i,k)/n_i     r_i = c(i,+)/n_i     N = (I - Q)^-1     b = N r     g_ij = N_ij r_j

``N`` (the fundamental matrix) holds expected visits, ``b_i`` the chance of ending in success from ``i``, and ``g_ij``
the chance that ``j`` is the last node before success.

A walk is given up with chance ``GIVE_UP`` at every step. That makes every set of counts solvable, even two nodes that
only ever lead to each other, and it is linear in the counts, so that one more event remains a rank-one change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

Counts = Mapping[str, float]
"""One row: target (a node, ``SUCCESS`` or ``FAILURE``) -> weight, in units of the row's own landmark."""

CountsOf = Callable[[str], Counts | None]
"""Reads a node's row; None when it has none yet."""

SUCCESS: Final = "+"
"""Target of a walk that ended well. Never a node: normalised text has letters, marks, digits and spaces only."""

FAILURE: Final = "-"
"""Target of a walk that ended badly."""

GIVE_UP: Final = 2.0**-20
"""Chance that a walk is given up at a step. Trails have at most 32 turns, so this moves ``b`` by less than 4e-5."""

NODES_MAX: Final = 256
"""Nodes solved together: 0.5 MiB of ``N``, a few milliseconds for a fresh solve."""


class Prior(NamedTuple):
    """Pseudo-counts of a new row: a fifth of one event, so that the first real one already outweighs it.

    They belong to the row from its first event on and are decayed with it; only so does moving a row's landmark change
    nothing. A node without a row has these alone.
    """

    success: float = 0.1
    failure: float = 0.1


PRIOR: Final = Prior()


def new_row(prior: Prior = PRIOR) -> dict[str, float]:
    """Return the weights of a row before its first event, which also sets its landmark."""
    return {SUCCESS: prior.success, FAILURE: prior.failure}


@dataclass(frozen=True, slots=True)
class Solved:
    """What the chain says about one node.

    Attributes:
        start: the node asked about.
        absorption: ``b`` of it, 0..1.
        last_before_success: ``g`` of it: node -> chance of being the last before success; sums to ``absorption``.
        cut: transitions left out to stay within the bound. Their walks count as lost, so that every number is at most
            what the whole chain would give.
    """

    start: str
    absorption: float
    last_before_success: Mapping[str, float]
    cut: int = 0
