"""Notes the hidden truth of traffic as it is made: what was wanted, and what was repaired. Judges nothing."""

from collections import defaultdict
from collections.abc import Iterable

from streams.simulate.world import FOREVER_MS, Node, World

NOTHING_MEANT = -1
"""Goal of an utterance that nobody meant for the assistant."""


class Tally:
    """What happened to one text at its state within one period.

    Attributes:
        wanted: goal -> how often it was meant.
        users: who said it.
        repairs: goal -> user -> when (ms) their first failed attempt with this text came to succeed.
    """

    __slots__ = ("repairs", "users", "wanted")

    def __init__(self) -> None:
        self.wanted: dict[int, int] = defaultdict(int)
        self.users: set[str] = set()
        self.repairs: dict[int, dict[str, int]] = defaultdict(dict)


class Ledger:
    """The hidden truth of one run. ``tallies`` is by node and period (0 before its drift, 1 after)."""

    def __init__(self, world: World) -> None:
        self._changes = {node: at_ms for node, (_, at_ms) in world.drifts.items()}
        self.tallies: dict[Node, tuple[Tally, ...]] = {}
        self.turns = 0

    def _tally(self, node: Node, at_ms: int) -> Tally:
        tallies = self.tallies.get(node)
        if tallies is None:
            tallies = self.tallies[node] = tuple(Tally() for _ in range(1 + (node in self._changes)))
        return tallies[1] if len(tallies) > 1 and at_ms >= self._changes.get(node, FOREVER_MS) else tallies[0]

    def said(self, node: Node, goal: int, user: str, at_ms: int) -> None:
        """Note that a text was heard when somebody meant a goal."""
        self.turns += 1
        tally = self._tally(node, at_ms)
        tally.wanted[goal] += 1
        tally.users.add(user)

    def repaired(self, failed: Iterable[Node], goal: int, user: str, at_ms: int) -> None:
        """Note that an attempt succeeded in which these texts had failed."""
        for node in failed:
            self._tally(node, at_ms).repairs[goal].setdefault(user, at_ms)
