"""Splits what the corpora hold into training, validation and test. Knows names of groups, no texts of corpora.

A group is what must stay together: all wordings of a request. Its part follows from its name alone, so that adding a
corpus moves nothing that was there before.
"""

from typing import Final, Literal, get_args
from zlib import crc32

Part = Literal["train", "validation", "test"]

PARTS: Final[tuple[Part, ...]] = get_args(Part)

VALIDATION_PERCENT: Final = 10
TEST_PERCENT: Final = 10
"""Chosen: some 1,500 requests each to choose and to measure on."""

RARER_FIRST: Final[tuple[Part, ...]] = ("test", "validation", "train")
"""A text that groups of several parts hold stays in the first of these."""


def part_of(group: str) -> Part:
    """Return the part that a group belongs to."""
    place = crc32(group.encode()) % 100
    if place < TEST_PERCENT:
        return "test"
    return "validation" if place < TEST_PERCENT + VALIDATION_PERCENT else "train"


def checked(part: str) -> Part:
    """Return the name of a part.

    Raises:
        ValueError: there is no such part; the message names those there are.
    """
    for known in PARTS:
        if part == known:
            return known
    message = f"part: {part!r} is none of {', '.join(PARTS)}"
    raise ValueError(message)
