"""Real requests and what a real recogniser heard for them. Knows the packaged extract, no traffic.

The extract comes from the SLURP test set (``data/slurp.NOTICE`` names authors, licence and changes).
"""

import gzip
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

EXTRACT: Final = "data/slurp.jsonl.gz"

UNDERSTOOD: Final = 2
"""Grade of a text whose intent and entities a real language understanding found."""

Grade = Literal[0, 1, 2]


class Heard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One text heard for a request: in how many recordings, and how much of it was understood.

    ``grade`` 0: wrong intent; 1: right intent, wrong entities; 2: all right.
    """

    text: str
    recordings: int
    grade: int


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A request as people were asked to say it, its meaning, and what was heard for it."""

    said: str
    scenario: str
    action: str
    slots: tuple[tuple[str, str], ...]
    heard: tuple[Heard, ...]

    @property
    def meaning(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What the request asks for, whatever the words: scenario, action, slots."""
        return self.scenario, self.action, self.slots


@lru_cache(maxsize=1)
def requests() -> tuple[Request, ...]:
    """Return all packaged requests, by text."""
    content = gzip.decompress(files("streams.simulate").joinpath(EXTRACT).read_bytes())
    decoder = msgspec.json.Decoder(Request)
    return tuple(decoder.decode(line) for line in content.splitlines())
