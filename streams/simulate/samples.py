"""The real calls that come with the product, as turn events. Knows the packaged file, nothing of how it was made.

They are calls to CMU GetGoing, a telephone assistant for directions, 2019 to 2021 (``data/getgoing.NOTICE``). What
fewer than three callers said is replaced by made-up words; replies have no text.
"""

import gzip
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import msgspec

from schemas.records import TurnEvent

CALLS: Final = "data/getgoing.jsonl.gz"

SHARED_USERS: Final = ("caller-271",)
"""A line that many people call from: each of its calls counts as a user (setting ``shared_users``)."""


def sample_lines() -> Iterator[bytes]:
    """Yield the packaged calls as JSON lines, by time."""
    yield from gzip.decompress(files("streams.simulate").joinpath(CALLS).read_bytes()).splitlines()


def sample_events() -> Iterator[TurnEvent]:
    """Yield the packaged calls as events, by time."""
    decoder = msgspec.json.Decoder(TurnEvent)
    return map(decoder.decode, sample_lines())
