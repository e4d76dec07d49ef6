"""How far each partition of some topics was read, and since when that was everything. Knows no client and no clock."""

from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Progress:
    """Reading positions against the ends that the broker told.

    What was read up to an end is all there was when that end was asked for; so the age of the oldest such question is
    how far behind the reader may be, whether or not anything is being written.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)
        self._next = dict.fromkeys(self.places, 0)
        self._when_asked: dict[Place, int] = {}
        self._asked: dict[Place, tuple[float, int]] = {}
        self._complete_at_s: dict[Place, float] = {}

    def reached(self, place: Place, offset: int) -> None:
        """Note that everything before an offset was read."""
        self._next[place] = max(offset, self._next[place])
        asked = self._asked.get(place)
        if asked is not None and self._next[place] >= asked[1]:
            self._complete_at_s[place] = asked[0]
            del self._asked[place]

    def asking(self) -> None:
        """Note that the broker is asked now where partitions end: it cannot truly say before what is read by now."""
        self._when_asked = self.positions()

    def ends(self, place: Place, end: int, asked_at_s: float) -> bool:
        """Note where a partition ended when the broker was asked.

        Returns:
            False when that is before what had been read by then: the topic is not the one it was. What was read
            while the answer was on its way says nothing, as it may be newer than the end.
        """
        if end < self._when_asked.get(place, 0):
            return False
        # An older question stays until it is answered, else a steady stream would never answer one.
        self._asked.setdefault(place, (asked_at_s, end))
        self.reached(place, 0)
        return True

    def positions(self) -> dict[Place, int]:
        """Return the offset after the last one read, of each partition."""
        return dict(self._next)

    @property
    def complete_at_s(self) -> float | None:
        """When all partitions are known to have been read to their ends; None before they first were."""
        if len(self._complete_at_s) < len(self.places):
            return None
        return min(self._complete_at_s.values(), default=None)

    def missing(self) -> int:
        """Return how many records are known to be still ahead, those that compaction removed counted too."""
        return sum(end - self._next[place] for place, (_, end) in self._asked.items())
