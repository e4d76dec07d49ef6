"""The part of a chain around one text, small enough to draw. Knows rows of one chain, neither pixels nor pages.

Texts that may not be shown are never named: all of one question are one spot, so that a picture tells how much goes
there and nothing else.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from streams.learn import judgement
from streams.learn.chain import explore
from streams.learn.component import Component
from streams.learn.ledger import Ledger, node_id
from streams.learn.rows import SEPARATOR
from streams.learn.transitions import FAILURE, SUCCESS, Counts

TEXTS_MAX: Final = 12
"""Texts in a picture: what a person still takes in, and a telephone can show."""

STEPS_MAX: Final = 3
"""Steps from the text: attempts are rarely longer."""

HIDDEN_MAX: Final = 64
"""Hidden texts that are followed: they are lumped together, so that more would only move figures a little."""

SHARE_MIN: Final = 0.005
"""A transition rarer than this is not drawn."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the picture: a text at a question, or all hidden texts of one question.

    Attributes:
        state: the question.
        said: the text, None for hidden ones.
        success: the chance that a walk from here ends in success.
        level: steps from the text in the middle.
    """

    state: str
    said: str | None
    success: float
    level: int


@dataclass(frozen=True, slots=True)
class Went:
    """Where people went from a spot: to another one by its index, or to an end; ``share`` of all counted there."""

    start: int
    end: int | str
    share: float


@dataclass(frozen=True, slots=True)
class Around:
    """The picture: its spots, the text itself first, and where people went between them."""

    spots: tuple[Spot, ...]
    went: tuple[Went, ...]


@dataclass(slots=True)
class _Lump:
    """The nodes of one spot while it is put together, each with how likely walks come to it."""

    state: str
    said: str | None
    level: int
    nodes: dict[str, float] = field(default_factory=dict)


def around(ledger: Ledger, state: str, said: str) -> Around:
    """Return the picture around a text at a question; the text itself must be one that may be shown."""
    start = node_id(state, said)
    rows = _closed(explore(ledger.counts_of, start, ledger.settings.component_nodes_max).rows)
    solved = Component(rows, nodes_max=len(rows))
    lumps = _lumps(ledger, start, rows)
    homes = {node: index for index, lump in enumerate(lumps) for node in lump.nodes}
    spots = tuple(Spot(lump.state, lump.said, _success(lump, solved), lump.level) for lump in lumps)
    went = tuple(step for index, lump in enumerate(lumps) for step in _went(index, lump, rows, homes))
    return Around(spots, went)


def _closed(rows: Mapping[str, Counts]) -> dict[str, Counts]:
    """Return rows that lead only to each other: what leaves them counts as lost, as it does for ``chain.solve``."""
    closed: dict[str, Counts] = {}
    for name, row in rows.items():
        kept = {target: weight for target, weight in row.items() if target in rows or target in (SUCCESS, FAILURE)}
        lost = sum(weight for target, weight in row.items() if target not in kept)
        closed[name] = kept | {FAILURE: kept.get(FAILURE, 0.0) + lost}
    return closed


def _lumps(ledger: Ledger, start: str, rows: Mapping[str, Counts]) -> list[_Lump]:
    """Choose the spots: the likeliest walks first, hidden texts of a question together."""
    lumps: dict[str, _Lump] = {}
    seen: set[str] = set()
    shown = hidden = 0
    ahead = [(-1.0, 0, start)]
    while ahead:
        likelihood, level, node = heapq.heappop(ahead)
        if node in seen:
            continue
        seen.add(node)
        state, _, said = node.rpartition(SEPARATOR)
        visible = judgement.may_be_shown(ledger, ledger.text(said))
        shown, hidden = shown + visible, hidden + (not visible)
        if (visible and shown > TEXTS_MAX) or (not visible and hidden > HIDDEN_MAX):
            continue
        key = node if visible else f"{SEPARATOR}{state}"
        lump = lumps.setdefault(key, _Lump(state, said if visible else None, level))
        lump.level = min(lump.level, level)
        lump.nodes[node] = -likelihood
        if level < STEPS_MAX:
            row = rows[node]
            scale = likelihood / sum(row.values())
            ends = (SUCCESS, FAILURE)
            for target, weight in row.items():
                if target not in seen and target not in ends and weight > 0.0:
                    heapq.heappush(ahead, (weight * scale, level + 1, target))
    return list(lumps.values())


def _success(lump: _Lump, solved: Component) -> float:
    """Return the chance of success from a spot: of hidden texts the mean, by how likely walks come to each."""
    total = sum(lump.nodes.values())
    return min(1.0, sum(weight * solved.absorption(node) for node, weight in lump.nodes.items()) / total)


def _went(index: int, lump: _Lump, rows: Mapping[str, Counts], homes: Mapping[str, int]) -> list[Went]:
    total = sum(lump.nodes.values())
    shares: dict[int | str, float] = {}
    for node, likelihood in lump.nodes.items():
        row = rows[node]
        counted = sum(row.values())
        for target, weight in row.items():
            end = _end_of(target) or homes.get(target, index)
            if end != index:
                shares[end] = shares.get(end, 0.0) + likelihood / total * weight / counted
    ranked = sorted(shares.items(), key=lambda item: (-item[1], str(item[0])))
    return [Went(index, end, share) for end, share in ranked if share >= SHARE_MIN]


def _end_of(target: str) -> str:
    return {SUCCESS: "success", FAILURE: "failure"}.get(target, "")
