"""From where on a scanned range of keys holds anything, so that scans need not pass what was deleted. Knows no store.

Timers are put at the end of their range and deleted at its front. RocksDB keeps a mark for each deleted key until it
tidies up, and a scan would walk over all of them to the first that lives. A floor is exact: below it nothing lives.
"""

from typing import Final, NamedTuple

from streams.engine.cache import to_bytes

PREFIXES_MAX: Final = 10_000
"""Ranges with a floor; there are a few for each chain. Beyond, all start anew: a floor lost costs one long scan."""


class Floors:
    """Floors by the prefix that is scanned."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._prefixes = 0

    def start(self, prefix: str) -> bytes:
        """Return from where to scan a prefix."""
        kind = self._kinds.get(_kind_of(prefix))
        floor = None if kind is None else kind.floors.get(prefix)
        return to_bytes(prefix) if floor is None else floor

    def rise(self, prefix: str, floor: bytes) -> None:
        """Remember that nothing with this prefix lives below a key."""
        if self._prefixes >= PREFIXES_MAX:
            self._kinds, self._prefixes = {}, 0
        kind = self._kinds.setdefault(_kind_of(prefix), _Kind({}, set()))
        self._prefixes += prefix not in kind.floors
        kind.lengths.add(len(prefix))
        kind.floors[prefix] = floor

    def lower(self, key: str) -> None:
        """Remember that a key lives."""
        kind = self._kinds.get(_kind_of(key))
        if kind is None:
            return
        name = to_bytes(key)
        for length in kind.lengths:
            floor = kind.floors.get(key[:length])
            if floor is not None and name < floor:
                kind.floors[key[:length]] = name


class _Kind(NamedTuple):
    floors: dict[str, bytes]
    lengths: set[int]


def _kind_of(key: str) -> str:
    return key[: key.index("|")]
