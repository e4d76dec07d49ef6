"""Finds the part of the chain that matters to one node, and solves it. Knows how to read a row, not where rows live.

The words and formulas are in ``streams.learn.transitions``, how old events fade in ``streams.learn.decay``.
Only nodes that can be reached from ``i`` take part in row ``i`` of the fundamental matrix, so a question about one
source needs no component: a search along the likeliest walks, one linear system, and nothing kept.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

import numpy as np

from streams.learn.decay import Entered, decayed_weight, enter, needs_new_landmark, rescale_factor
from streams.learn.transitions import (
    FAILURE,
    GIVE_UP,
    NODES_MAX,
    PRIOR,
    SUCCESS,
    Counts,
    CountsOf,
    Prior,
    Solved,
    new_row,
)

__all__ = [
    "FAILURE",
    "NODES_MAX",
    "PRIOR",
    "SUCCESS",
    "Counts",
    "CountsOf",
    "Entered",
    "Partition",
    "Prior",
    "Reached",
    "Solved",
    "components",
    "decayed_weight",
    "enter",
    "explore",
    "leading",
    "needs_new_landmark",
    "new_row",
    "rescale_factor",
    "solve",
    "solve_reached",
]

Step = tuple[int, int, float]
"""To, from and share of one transition between explored nodes."""

SMALL_NODES: Final = 6
"""Systems up to this size are eliminated in plain Python, which is faster than calling LAPACK (bench_chain.py)."""

TOLERANCE: Final = 1e-9
"""Masses closer than this are equal. A step and a fresh solve differ in the last digits, and which of two equal
targets wins must not depend on which of them was at hand."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The rows within reach of a node, likeliest first, and the transitions left out to stay within the bound."""

    rows: Mapping[str, Counts]
    cut: int


class Partition(NamedTuple):
    """Nodes that are solved together, and how many transitions were cut to keep each group within the bound."""

    components: list[list[str]]
    cut: int


def explore(counts_of: CountsOf, start: str, nodes_max: int = NODES_MAX, *, prior: Prior = PRIOR) -> Reached:
    """Collect the rows that walks from ``start`` can come to, the likeliest walks first.

    Nodes are admitted by the probability of the likeliest walk to them (Dijkstra's search on products), ties by name,
    so that the answer depends on the counts alone. Reads at most ``nodes_max`` rows.
    """
    rows: dict[str, Counts] = {}
    ahead: list[tuple[float, str]] = [(-1.0, start)]
    while ahead and len(rows) < nodes_max:
        likelihood, node = heapq.heappop(ahead)
        if node in rows:
            continue
        row = rows[node] = counts_of(node) or new_row(prior)
        scale = likelihood / sum(row.values())
        for target, weight in row.items():
            if target not in rows and target not in (SUCCESS, FAILURE):
                heapq.heappush(ahead, (weight * scale, target))
    if not ahead:  # the search ran dry: nothing was left out
        return Reached(rows, 0)
    cut = sum(target not in rows and target not in (SUCCESS, FAILURE) for row in rows.values() for target in row)
    return Reached(rows, cut)


def solve(counts_of: CountsOf, start: str, nodes_max: int = NODES_MAX, *, prior: Prior = PRIOR) -> Solved:
    """Return what the chain says about ``start``: the same as the full component's solution, as long as it fits.

    Beyond ``nodes_max`` the walks that leave the explored part count as lost: every number is then a lower bound.

    Args:
        counts_of: reads a row; called once for each node.
        start: the node asked about.
        nodes_max: the most rows to read.
        prior: stands for rows that do not exist.
    """
    return solve_reached(explore(counts_of, start, nodes_max, prior=prior), start)


def solve_reached(reached: Reached, start: str) -> Solved:
    """Solve the explored part for its start: ``visits = e_start + (1 - GIVE_UP) Q' visits``, then ``g = visits r``."""
    names = list(reached.rows)
    totals = [sum(row.values()) for row in reached.rows.values()]
    successes = [row.get(SUCCESS, 0.0) / total for row, total in zip(reached.rows.values(), totals, strict=True)]
    places = {name: place for place, name in enumerate(names)}
    steps = [
        (places[target], column, weight * (1.0 - GIVE_UP) / total)  # transposed: row = to, column = from
        for column, (row, total) in enumerate(zip(reached.rows.values(), totals, strict=True))
        for target, weight in row.items()
        if target in places
    ]
    visits = _visits_small(len(names), steps) if len(names) <= SMALL_NODES else _visits_large(len(names), steps)
    mass = {
        name: visit * share for name, visit, share in zip(names, visits, successes, strict=True) if visit * share > 0.0
    }
    return Solved(start, min(1.0, sum(mass.values())), mass, reached.cut)


def leading(mass: Mapping[str, float], tolerance: float = TOLERANCE) -> str | None:
    """Return the key with the largest value; of those within ``tolerance`` of it, the first in code point order."""
    if not mass:
        return None
    bar = max(mass.values()) - tolerance
    return min(key for key, value in mass.items() if value >= bar)


def components(counts: Mapping[str, Counts], nodes_max: int = NODES_MAX) -> Partition:
    """Group nodes that transitions join, cutting the weakest ones where a group would pass ``nodes_max``.

    Transitions are taken strongest first, by their share of their row (rows have landmarks of their own, so weights of
    two rows do not compare), ties by name; one that would join two groups to more than ``nodes_max`` is cut.
    """
    edges = sorted(
        (-weight / sum(row.values()), node, target)
        for node, row in counts.items()
        for target, weight in row.items()
        if target not in (SUCCESS, FAILURE)
    )
    names = dict.fromkeys((*counts, *(target for _, _, target in edges)))
    groups = {name: [name] for name in names}
    cut = 0
    for _, node, target in edges:
        one, other = groups[node], groups[target]
        if one is other:
            continue
        if len(one) + len(other) > nodes_max:
            cut += 1
            continue
        larger, smaller = (one, other) if len(one) >= len(other) else (other, one)
        larger.extend(smaller)
        for name in smaller:
            groups[name] = larger
    unique = {id(group): group for group in groups.values()}
    return Partition(sorted(sorted(group) for group in unique.values()), cut)


def _visits_large(size: int, steps: Sequence[Step]) -> list[float]:
    rows, columns, shares = zip(*steps, strict=True) if steps else ((), (), ())
    matrix = np.eye(size)
    matrix[list(rows), list(columns)] -= shares
    first = np.zeros(size)
    first[0] = 1.0
    return cast("list[float]", np.linalg.solve(matrix, first).tolist())


def _visits_small(size: int, steps: Sequence[Step]) -> list[float]:
    """Eliminate without pivoting, safe because every column is diagonally dominant."""
    matrix = [[float(row == column) for column in range(size)] for row in range(size)]
    for row, column, share in steps:
        matrix[row][column] -= share
    right = [float(row == 0) for row in range(size)]
    for pivot in range(size):
        top = matrix[pivot]
        for below in range(pivot + 1, size):
            line = matrix[below]
            if line[pivot] == 0.0:
                continue
            scale = line[pivot] / top[pivot]
            for column in range(pivot + 1, size):
                line[column] -= scale * top[column]
            right[below] -= scale * right[pivot]
    for place in range(size - 1, -1, -1):
        line = matrix[place]
        rest = sum(line[column] * right[column] for column in range(place + 1, size))
        right[place] = (right[place] - rest) / line[place]
    return right
