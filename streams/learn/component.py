"""Solves one piece of the absorbing chain and keeps it solved, event by event. Knows no text, no user and no row store.

The words and formulas are in ``streams.learn.transitions``. One more event changes one row of ``Q``, so the solution
follows by one rank-one step (Sherman and Morrison, 1950) instead of a new solve.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dger

from streams.learn.transitions import FAILURE, GIVE_UP, NODES_MAX, PRIOR, SUCCESS, Counts, Prior, Solved

SOLVE_EVERY: Final = 65_536
"""Updates between two fresh solves. A million updates without one stay within 1e-11 (tests/bench/bench_chain.py), so
this forgets rounding long before it shows. Not oftener: a solve that finds its BLAS threads asleep can take 100 ms."""

UPDATE_ELEMENTS_MAX: Final = 8_192
"""Elements of ``N`` that one call of BLAS changes. OpenBLAS starts threads for more (seen as twice the processor time),
which wait for a core longer than they work: 256 nodes in one call took 10 us alone, but 690 us on a busy machine."""

CANCELLATION_MIN: Final = 1e-5
"""Part of the divisor that must survive its subtraction; below it the step would keep fewer than 11 digits."""


class ComponentFullError(ValueError):
    """A new node would not fit; the caller drops the component and lets the weakest edges be cut."""


class Component:
    """A piece of the chain that no edge leaves, solved.

    Rows are the caller's and remain the truth; this is a cache of their solution, fed the same events.

    Args:
        counts: node -> its row. Targets without a row of their own become nodes that have the prior alone.
        prior: pseudo-counts of nodes without a row.
        nodes_max: the most nodes.
        solve_every: updates between fresh solves.

    Raises:
        ComponentFullError: more nodes than ``nodes_max``.
        ValueError: a row without weight, or a weight that is negative or not finite.
    """

    def __init__(
        self,
        counts: Mapping[str, Counts],
        *,
        prior: Prior = PRIOR,
        nodes_max: int = NODES_MAX,
        solve_every: int = SOLVE_EVERY,
    ) -> None:
        self.prior = prior
        self.nodes_max = nodes_max
        self.solve_every = solve_every
        self._updates = 0
        self._names: list[str] = []
        self._places: dict[str, int] = {}
        self._weights: NDArray[np.float64] = np.zeros((0, 0))  # c(i, k) between nodes
        self._visits: NDArray[np.float64] = np.zeros((0, 0))  # N
        self._totals: NDArray[np.float64] = np.zeros(0)  # n
        self._successes: NDArray[np.float64] = np.zeros(0)  # c(i, +)
        self._success: NDArray[np.float64] = np.zeros(0)  # b
        names = dict.fromkeys((*counts, *(k for row in counts.values() for k in row if k not in (SUCCESS, FAILURE))))
        self._allocate(max(1, len(names)))
        for name in names:
            self._append(name)
        for name, row in counts.items():
            self._set_row(name, row)
        self.solve()

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self._names)

    def __contains__(self, node: str) -> bool:
        """Say whether a node is part of this component."""
        return node in self._places

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in the order they came."""
        return tuple(self._names)

    def observe(self, node: str, target: str, weight: float) -> None:
        """Take one event of ``node`` going to ``target``, adding nodes that are new.

        Args:
            node: where the walk was.
            target: where it went: a node, ``SUCCESS`` or ``FAILURE``.
            weight: of the event, in units of the row's landmark.

        Raises:
            ValueError: the weight is not a positive finite number.
            ComponentFullError: a new node would not fit. Nothing has changed then.
        """
        if not 0.0 < weight < math.inf:
            msg = f"weight must be positive and finite, not {weight!r}"
            raise ValueError(msg)
        absorbed = target in (SUCCESS, FAILURE)
        self._admit((node,) if absorbed else (node, target))
        row = self._places[node]
        column = -1 if absorbed else self._places[target]
        total = self._totals[row]
        self._count(row, target, column, weight)
        self._updates += 1
        if self._updates >= self.solve_every or not self._step(row, target, column, weight, total):
            self.solve()

    def rescale(self, node: str, factor: float) -> None:
        """Follow a row to a new landmark: its weights were all multiplied by ``factor``. The solution is unchanged."""
        row = self._places[node]
        self._weights[row] *= factor
        self._successes[row] *= factor
        self._totals[row] *= factor

    def absorption(self, node: str) -> float:
        """Return ``b`` of a node: the chance of ending in success from there."""
        return float(self._success[self._places[node]])

    def last_before_success(self, node: str) -> dict[str, float]:
        """Return ``g`` of a node: for each node it can reach, the chance of being the last before success."""
        size = len(self._names)
        mass = self._visits[self._places[node], :size] * (self._successes[:size] / self._totals[:size])
        return {self._names[place]: float(mass[place]) for place in np.flatnonzero(mass)}

    def answer(self, node: str) -> Solved:
        """Return both for one node."""
        return Solved(node, self.absorption(node), self.last_before_success(node))

    def fundamental(self) -> NDArray[np.float64]:
        """Return a copy of ``N``, shape (nodes, nodes): expected visits to the column's node from the row's."""
        size = len(self._names)
        return self._visits[:size, :size].copy()

    def solve(self) -> None:
        """Solve afresh from the counts, which sheds the rounding of the steps since the last time."""
        size = len(self._names)
        shares = self._weights[:size, :size] * ((GIVE_UP - 1.0) / self._totals[:size, None])
        shares.flat[:: size + 1] += 1.0
        visits = np.linalg.inv(shares)
        self._visits[:size, :size] = visits
        self._success[:size] = visits @ (self._successes[:size] / self._totals[:size])
        self._updates = 0

    def _step(self, row: int, target: str, column: int, weight: float, total: float) -> bool:
        """Make the rank-one step; False, with nothing changed, when it would lose too many digits."""
        visits = self._visits
        here = visits[row, row]
        change = visits[row] * -weight
        change[row] += weight
        reward = 1.0 if target == SUCCESS else 0.0
        back = 0.0
        if column >= 0:
            keep = 1.0 - GIVE_UP
            change += visits[column] * (weight * keep)
            reward = keep * self._success[column]
            back = keep * visits[column, row]
        divisor = total + weight * (here - back)
        if not divisor > CANCELLATION_MIN * (total + weight * here):
            return False
        reaching = visits[:, row] / divisor
        self._success += reaching * (weight * (reward - self._success[row]))
        # In place: the array is Fortran-ordered, and BLAS touches it once where an outer product would three times.
        columns = max(1, UPDATE_ELEMENTS_MAX // len(change))
        for start in range(0, len(change), columns):
            part = slice(start, start + columns)
            dger(1.0, reaching, change[part], a=visits[:, part], overwrite_a=1)
        return True

    def _count(self, row: int, target: str, column: int, weight: float) -> None:
        self._totals[row] += weight
        if column >= 0:
            self._weights[row, column] += weight
        elif target == SUCCESS:
            self._successes[row] += weight

    def _set_row(self, name: str, row: Counts) -> None:
        total = math.fsum(row.values())
        if not 0.0 < total < math.inf or min(row.values()) < 0.0:
            msg = f"the row of {name!r} needs finite weights that are not negative and not all zero"
            raise ValueError(msg)
        place = self._places[name]
        self._totals[place] = total
        self._successes[place] = row.get(SUCCESS, 0.0)
        for target, weight in row.items():
            if target not in (SUCCESS, FAILURE):
                self._weights[place, self._places[target]] = weight

    def _admit(self, names: tuple[str, ...]) -> None:
        new = [name for name in dict.fromkeys(names) if name not in self._places]
        if len(self._names) + len(new) > self.nodes_max:
            msg = f"{len(self._names)} nodes and {len(new)} new ones are more than {self.nodes_max}"
            raise ComponentFullError(msg)
        for name in new:
            if len(self._names) == len(self._totals):
                self._allocate(2 * len(self._names))
            self._append(name)

    def _append(self, name: str) -> None:
        """Add a node that nothing leads to yet: on its own it is visited once and ends by the prior."""
        place = self._places[name] = len(self._names)
        self._names.append(name)
        self._totals[place] = self.prior.success + self.prior.failure
        self._successes[place] = self.prior.success
        self._success[place] = self.prior.success / self._totals[place]
        self._visits[place, place] = 1.0

    def _allocate(self, capacity: int) -> None:
        """Make room; what is known moves over. Doubling makes a node cost the same however many there are."""
        size = len(self._names)
        if capacity > self.nodes_max:
            if size >= self.nodes_max or size == 0:
                msg = f"{capacity} nodes are more than {self.nodes_max}"
                raise ComponentFullError(msg)
            capacity = self.nodes_max
        matrices = np.zeros((capacity, capacity)), np.zeros((capacity, capacity), order="F")
        vectors = np.ones(capacity), np.zeros(capacity), np.zeros(capacity)
        if size:
            matrices[0][:size, :size], matrices[1][:size, :size] = self._weights, self._visits
            vectors[0][:size], vectors[1][:size], vectors[2][:size] = self._totals, self._successes, self._success
        self._weights, self._visits = matrices
        self._totals, self._successes, self._success = vectors
