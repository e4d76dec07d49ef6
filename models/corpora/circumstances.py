"""Draws what happened around two turns: outcomes, pauses, interruptions, and what of it is known. Knows no text.

Published figures are aggregates over 2,540 pairs of real spoken commands (Azaria & Nivasch, "SAIF: A
Correction-Detection Deep-Learning Architecture for Personal Assistants", Sensors 2020, 20(19), 5577). None of those
pairs is in here.
"""

from bisect import bisect_left
from math import exp, log
from random import Random
from typing import Final, Literal

Relation = Literal["new", "reworded", "misheard"]
"""How a turn relates to the one before: a new request, other words for it, or a misrecognition repaired."""

CORRECTIONS: Final = 0.32
"""Of consecutive commands, this share corrects the one before; published."""

MISHEARD: Final = 236 / (568 + 236)
"""Of corrections, this share repairs a misrecognition, the others reword; published."""

FAILED_BEFORE: Final[dict[Relation, float]] = {"new": 0.27, "reworded": 0.78, "misheard": 0.91}
"""How often the first had failed; published."""

TERSE: Final = 0.5
"""Share of windows from assistants whose replies never name what was understood; chosen."""

TOLD_BY_TERSE: Final = 0.35
"""Share of the failures of such an assistant that it admits; the others look like successes. Chosen: where replies
say what was done, people see the failure, and the published shares hold; elsewhere most failures are silent."""

SAME_WORDS: Final = 0.15
"""Of corrections, this share says the very same words; published."""

SAME_WORDS_NEW: Final = 0.04
"""The same of new requests; published."""

CORRECTED_ANSWER_FAILS: Final = 0.60
"""A correction fails again this often (36 % of rewordings and 43 % of repairs are executed); published."""

QUANTILES: Final = (0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 1.0)

PAUSES_S: Final[dict[Relation, tuple[float, ...]]] = {
    "new": (5.0, 9.0, 13.0, 21.0, 42.0, 157.0, 600.0),
    "reworded": (5.0, 9.0, 12.0, 19.0, 31.0, 62.0, 300.0),
    "misheard": (5.0, 9.0, 11.0, 14.5, 25.0, 41.0, 200.0),
}
"""Seconds between two commands at ``QUANTILES``: published from 10 to 90 %, chosen at the ends."""

PAUSE_UNKNOWN: Final = 0.25
"""Share of windows whose times nobody measured; chosen."""

REPLY_UNKNOWN: Final = 0.30
"""Share of windows whose replies nobody kept; chosen."""

APOLOGISES: Final = 0.75
"""Share of failed replies that say sorry in known words; chosen."""

FLAG_UNKNOWN: Final = 0.15
"""Share of failed turns with a known apology that nobody marked as failed; chosen."""

OUTCOME_UNKNOWN: Final = 0.03
"""Share of failed turns of which nothing says that they failed; chosen."""

INTERRUPTS: Final[dict[bool, float]] = {False: 0.08, True: 0.148}
"""Share of turns that interrupt the reply, before a new request and a correction: odds of 2; chosen."""

OTHER_QUESTION: Final[dict[bool, float]] = {False: 0.05, True: 0.02}
"""Share of turns at another question than the first, new requests and corrections; chosen."""

LATER_TURNS: Final = (0.45, 0.30, 0.15, 0.10)
"""Share of windows with one to four later turns; chosen."""


def relation(chance: Random) -> Relation:
    """Draw how a turn relates to the one before."""
    if chance.random() >= CORRECTIONS:
        return "new"
    return "misheard" if chance.random() < MISHEARD else "reworded"


def pause_s(chance: Random, how: Relation) -> float:
    """Draw the seconds between two commands, between published quantiles along the logarithm."""
    place = chance.random()
    after = max(bisect_left(QUANTILES, place), 1)
    share = (place - QUANTILES[after - 1]) / (QUANTILES[after] - QUANTILES[after - 1])
    low, high = log(PAUSES_S[how][after - 1]), log(PAUSES_S[how][after])
    return round(exp(low + share * (high - low)), 1)


def later_turns(chance: Random) -> int:
    """Draw how many turns follow a source."""
    return 1 + chance.choices(range(len(LATER_TURNS)), LATER_TURNS)[0]
