"""Keeps the hot pieces of the chain solved between questions. Knows nothing that the rows could not tell again.

Dropping any piece at any time changes no answer, only what the next one costs; so nothing here is state, and a restart
with an empty cache decides the same.
"""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from streams.learn.chain import explore, solve_reached
from streams.learn.component import Component
from streams.learn.transitions import FAILURE, NODES_MAX, PRIOR, SUCCESS, CountsOf, Prior, Solved, new_row

NODES_TOTAL_MAX: Final = 4_096
"""Nodes in all kept components: at most 64 MiB when they are as large as they may be."""

KEEP_NODES_MIN: Final = 12
"""Smaller pieces are solved again each time: that costs no more than keeping them up to date (bench_chain.py)."""


class ComponentCache:
    """A bounded set of solved components, the least recently asked dropped first.

    A node is in at most one component, and no edge leaves a component: what is reachable from a node in it is in it.
    A chain too large for ``nodes_max`` is never kept, because which edges are cut depends on where the walk starts.

    Args:
        nodes_max: the most nodes of one component.
        nodes_total_max: the most nodes of all.
        keep_nodes_min: the fewest nodes worth keeping.
        prior: pseudo-counts of nodes without a row.

    Attributes:
        hits: questions answered from a kept component.
        misses: questions that had to solve.
        dropped: components given up: for room, because two grew together, or by ``forget``.
    """

    def __init__(
        self,
        *,
        nodes_max: int = NODES_MAX,
        nodes_total_max: int = NODES_TOTAL_MAX,
        keep_nodes_min: int = KEEP_NODES_MIN,
        prior: Prior = PRIOR,
    ) -> None:
        self.nodes_max = nodes_max
        self.nodes_total_max = nodes_total_max
        self.keep_nodes_min = keep_nodes_min
        self.prior = prior
        self.hits = self.misses = self.dropped = 0
        self._kept: OrderedDict[int, Component] = OrderedDict()
        self._home: dict[str, int] = {}
        self._next = 0

    def __len__(self) -> int:
        """Return the number of nodes in all kept components."""
        return len(self._home)

    def observe(self, node: str, target: str, weight: float) -> None:
        """Tell the cache of an event that was added to a row, if it happens to hold that row.

        Args:
            node: the row.
            target: a node, ``SUCCESS`` or ``FAILURE``.
            weight: what was added, in units of the row's landmark; 0 does nothing.
        """
        number = self._home.get(node)
        if number is None or weight == 0.0:
            return
        if target in (SUCCESS, FAILURE) or self._home.get(target) == number:
            self._kept[number].observe(node, target, weight)
        else:  # an edge to the outside: what lies behind it is the rows' to say
            self._drop(number)

    def rescale(self, node: str, factor: float) -> None:
        """Tell the cache that a row moved to a new landmark; a factor of 0 leaves nothing to go on."""
        number = self._home.get(node)
        if number is None:
            return
        if factor == 0.0:
            self._drop(number)
        else:
            self._kept[number].rescale(node, factor)

    def forget(self, node: str) -> None:
        """Drop what is known of a node, after its row was changed in any other way (erased, pruned)."""
        number = self._home.get(node)
        if number is not None:
            self._drop(number)

    def query(self, node: str, counts_of: CountsOf) -> Solved:
        """Return what the chain says about a node: the same as ``chain.solve``, up to rounding below 1e-9."""
        number = self._home.get(node)
        if number is not None:
            self.hits += 1
            self._kept.move_to_end(number)
            return self._kept[number].answer(node)
        self.misses += 1
        reached = explore(counts_of, node, self.nodes_max, prior=self.prior)
        if reached.cut or not self.keep_nodes_min <= len(reached.rows) <= self.nodes_total_max:
            return solve_reached(reached, node)
        return self._keep(reached.rows, counts_of).answer(node)

    def _keep(self, rows: Collection[str], counts_of: CountsOf) -> Component:
        """Solve and keep rows, together with the components they run into where all of that still fits."""
        touched = sorted({self._home[name] for name in rows if name in self._home})
        others = [name for number in touched for name in self._kept[number].nodes]
        for number in touched:
            self._drop(number)
        names = dict.fromkeys((*rows, *others))
        if len(names) > min(self.nodes_max, self.nodes_total_max):
            names = dict.fromkeys(rows)
        counts = {name: counts_of(name) or new_row(self.prior) for name in names}
        component = Component(counts, prior=self.prior, nodes_max=self.nodes_max)
        while len(self._home) + len(names) > self.nodes_total_max:
            self._drop(next(iter(self._kept)))
        self._kept[self._next] = component
        self._home.update(dict.fromkeys(component.nodes, self._next))
        self._next += 1
        return component

    def _drop(self, number: int) -> None:
        self.dropped += 1
        for name in self._kept.pop(number).nodes:
            del self._home[name]
