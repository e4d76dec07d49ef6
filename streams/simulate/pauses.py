"""How long people wait before they speak again. Knows quantiles, no person.

The quantiles are of seconds from one command to the next, measured on 2,540 pairs that people labelled as new, as the
user's rewording or as the correction of a recognition error (the LIA corpus).
"""

from bisect import bisect
from typing import Final

Quantiles = tuple[tuple[float, float], ...]

NEW_REQUEST: Final[Quantiles] = ((0.0, 6), (0.1, 9), (0.25, 13), (0.5, 21), (0.75, 42), (0.9, 157), (1.0, 400))
REWORDING: Final[Quantiles] = ((0.0, 6), (0.1, 9), (0.25, 12), (0.5, 19), (0.75, 31), (0.9, 62), (1.0, 150))
REPEATING: Final[Quantiles] = ((0.0, 6), (0.1, 9), (0.25, 11), (0.5, 14.5), (0.75, 25), (0.9, 41), (1.0, 100))
"""People who were misheard say it again sooner than people who look for other words."""

ANSWER: Final[Quantiles] = ((0.0, 3), (0.25, 6), (0.5, 10), (0.75, 15), (1.0, 40))
"""Before an answer to an open question; the median is that of the GetGoing calls."""


def pause_ms(quantiles: Quantiles, chance: float) -> int:
    """Return the pause at a chance in [0, 1), between two quantiles in proportion."""
    at = bisect(quantiles, (chance, float("inf"))) - 1
    low, low_s = quantiles[at]
    high, high_s = quantiles[min(at + 1, len(quantiles) - 1)]
    share = (chance - low) / (high - low) if high > low else 0.0
    return round(1000 * (low_s + share * (high_s - low_s)))
