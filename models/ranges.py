"""Refuses numbers that are out of their range. Knows no configuration in particular."""

from collections.abc import Iterable

Range = tuple[str, float, float, float]
"""Name, value, least and most of a number."""


def check_ranges(ranges: Iterable[Range]) -> None:
    """Refuse the first number that is out of its range.

    Raises:
        ValueError: the message names it, and says what it may be.
    """
    for name, value, least, most in ranges:
        if not least <= value <= most:
            message = f"{name} must be from {least} to {most}, not {value}"
            raise ValueError(message)
