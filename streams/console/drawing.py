"""Lays out the picture of a chain: where texts stand, where people went between them. Knows views, no page.

Steps go from left to right. Success is a line along the top and failure one along the bottom, so that the ways there
cross no text.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from streams.console.figures import percent
from streams.console.views import ChainView, EdgeView, NodeView
from streams.pages.readable import many
from streams.wording import at_state, printable, quoted

BOX_WIDTH: Final = 172
BOX_HEIGHT: Final = 56
GAP: Final = 128
ROW: Final = 92
LANE: Final = 62
MARGIN: Final = 14
LETTERS_MAX: Final = 18
"""Letters of a text that fit a box; the whole text is in its title and in the table."""

DRAWN_SHARE_MIN: Final = 0.02
"""Smaller shares are in the table alone: single people on their way would hide where the others went."""

WIDTH_MIN: Final = 1.5
WIDTH_MAX: Final = 9.0


class Box(NamedTuple):
    """A node where it stands; ``label`` is what fits, ``words`` everything about it."""

    node: NodeView
    x: float
    y: float
    label: str
    place: str
    words: str


class Way(NamedTuple):
    """An edge as a path of SVG, with its figure and where that stands. ``kind`` is that of its end."""

    kind: str
    path: str
    width: float
    share: str
    x: float
    y: float
    words: str


class Picture(NamedTuple):
    """Everything that is drawn, in words too; ``rows`` is the same as a table: from, to, share."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    description: str
    rows: tuple[tuple[str, str, str], ...]


def picture(chain: ChainView) -> Picture | None:
    """Return the picture of a chain, None where there is nothing to draw."""
    if not chain.nodes:
        return None
    columns = _columns(chain)
    rows = max((len(column) for column in columns[:-1]), default=1)
    height = 2 * (MARGIN + LANE) + max(rows, 1) * ROW
    boxes = {box.node.id: box for index, column in enumerate(columns) for box in _boxes(column, index, height)}
    known = [edge for edge in chain.edges if edge.source in boxes and edge.target in boxes]
    drawn = [edge for edge in sorted(known, key=lambda edge: edge.share) if edge.share >= DRAWN_SHARE_MIN]
    table = tuple(
        (_name(boxes[edge.source].node), _name(boxes[edge.target].node), percent(edge.share)) for edge in known
    )
    width = 2 * MARGIN + len(columns) * BOX_WIDTH + (len(columns) - 1) * GAP
    ways = tuple(_way(edge, boxes) for edge in drawn)
    return Picture(width, height, tuple(boxes.values()), ways, _description(chain), table)


def is_end(node: NodeView) -> bool:
    """Return whether a node is one of the two ends of all walks."""
    return node.kind in {"success", "failure"}


# -- where things stand ------------------------------------------------------------------------------------------------


def _columns(chain: ChainView) -> list[list[NodeView]]:
    """Return nodes by level, the ends last; in each level those first that come from what stands high."""
    levels = sorted({node.level for node in chain.nodes if not is_end(node)})
    columns = [[node for node in chain.nodes if not is_end(node) and node.level == level] for level in levels]
    height: dict[str, float] = {}
    came_from: Mapping[str, list[EdgeView]] = defaultdict(list)
    for edge in chain.edges:
        came_from[edge.target].append(edge)
    for column in columns:
        column.sort(key=lambda node: (_middle(came_from[node.id], height), -(node.success or 0.0)))
        height |= {node.id: index - (len(column) - 1) / 2 for index, node in enumerate(column)}
    return [*columns, [node for node in chain.nodes if is_end(node)]]


def _middle(edges: Sequence[EdgeView], height: Mapping[str, float]) -> float:
    placed = [(height[edge.source], edge.share) for edge in edges if edge.source in height]
    whole = sum(share for _, share in placed)
    return sum(place * share for place, share in placed) / whole if whole else 0.0


def _boxes(column: Sequence[NodeView], index: int, height: float) -> list[Box]:
    x = MARGIN + index * (BOX_WIDTH + GAP)
    middle = height / 2
    return [
        _box(node, x, (_lane(node, height) if is_end(node) else middle + (row - (len(column) - 1) / 2) * ROW))
        for row, node in enumerate(column)
    ]


def _lane(node: NodeView, height: float) -> float:
    offset = MARGIN + BOX_HEIGHT / 2
    return offset if node.kind == "success" else height - offset


def _box(node: NodeView, x: float, middle: float) -> Box:
    name = _name(node)
    chance = "" if node.success is None or is_end(node) else f"; {percent(node.success, 0)} end in success from here"
    place = "" if is_end(node) or not node.state else at_state(node.state)
    return Box(node, x, middle - BOX_HEIGHT / 2, _cut(_label(node)), _cut(place, LETTERS_MAX + 6), name + chance)


def _label(node: NodeView) -> str:
    if is_end(node):
        return {"success": "It worked", "failure": "It did not"}[node.kind]
    return "other texts" if node.text is None else printable(node.text)


def _name(node: NodeView) -> str:
    if is_end(node):
        return node.kind
    said = "other texts, which are not shown" if node.text is None else quoted(node.text)
    return f"{said} {at_state(node.state)}" if node.state else said


def _cut(text: str, size: int = LETTERS_MAX) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"


# -- ways --------------------------------------------------------------------------------------------------------------


def _way(edge: EdgeView, boxes: Mapping[str, Box]) -> Way:
    start, end = boxes[edge.source], boxes[edge.target]
    kind = end.node.kind if is_end(end.node) else "text"
    path, x, y = _route(start, end, kind)
    words = f"{percent(edge.share)} went from {_name(start.node)} to {_name(end.node)}"
    shown = percent(edge.share, 0)
    width = WIDTH_MIN + (WIDTH_MAX - WIDTH_MIN) * min(max(edge.share, 0.0), 1.0)
    return Way(kind, path, round(width, 2), shown, round(x, 1), round(y, 1), words)


def _route(start: Box, end: Box, kind: str) -> tuple[str, float, float]:
    """Return the path from box to box, and where its figure stands."""
    if start is end:
        return _loop(start)
    if end.x <= start.x:
        return _back(start, end)
    # Ways leave a box in the order in which they part, so that they do not cross.
    share = {"success": 0.25, "failure": 0.75}.get(kind, 0.5)
    x1, y1 = start.x + BOX_WIDTH, start.y + BOX_HEIGHT * share
    x2, y2 = end.x, end.y + BOX_HEIGHT / 2
    turn = x1 + GAP if kind != "text" else x2
    middle = (x1 + turn) / 2
    straight = f" L {x2:.1f} {y2:.1f}" if turn != x2 else ""
    path = f"M {x1:.1f} {y1:.1f} C {middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {turn:.1f} {y2:.1f}{straight}"
    along = 0.6 if kind == "text" else 0.19
    return path, *_at(along, (x1, y1), (middle, y1), (middle, y2), (turn, y2))


def _loop(box: Box) -> tuple[str, float, float]:
    """Return the way of those who said the same again."""
    x, y = box.x + BOX_WIDTH - 44, box.y
    return f"M {x} {y:.1f} C {x - 8} {y - 30:.1f} {x + 32} {y - 30:.1f} {x + 24} {y:.1f}", x + 12, y - 24


def _back(start: Box, end: Box) -> tuple[str, float, float]:
    """Return a way within a level, along its left, or to an earlier one, below all that lies between."""
    if start.x == end.x:
        # Up and down, people pass each other at a distance.
        x, y1, y2 = start.x, start.y + BOX_HEIGHT * 0.3, end.y + BOX_HEIGHT * 0.7
        out = x - (30 if y1 > y2 else 70)
        path = f"M {x:.1f} {y1:.1f} C {out:.1f} {y1:.1f} {out:.1f} {y2:.1f} {x:.1f} {y2:.1f}"
        return path, x - (x - out) * 0.75, (y1 + y2) / 2
    x1, y1 = start.x + BOX_WIDTH * 0.4, start.y + BOX_HEIGHT
    x2, y2 = end.x + BOX_WIDTH * 0.6, end.y + BOX_HEIGHT
    low = max(y1, y2) + 30
    path = f"M {x1:.1f} {y1:.1f} C {x1:.1f} {low:.1f} {x2:.1f} {low:.1f} {x2:.1f} {y2:.1f}"
    # Nearer its end: in the middle ways to the next level are parting.
    return path, *_at(0.7, (x1, y1), (x1, low), (x2, low), (x2, y2))


def _at(along: float, *points: tuple[float, float]) -> tuple[float, float]:
    """Return a point of a cubic curve."""
    rest = 1 - along
    weights = (rest**3, 3 * rest**2 * along, 3 * rest * along**2, along**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _description(chain: ChainView) -> str:
    first, texts = chain.nodes[0], sum(not is_end(node) for node in chain.nodes)
    chance = "" if first.success is None else f" {percent(first.success, 0)} of walks from it end in success."
    return f"Where people went after {_name(first)}: {many(texts, 'text')} in the picture.{chance}"
