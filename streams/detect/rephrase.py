"""The first rephrase model: a sum of published odds. Knows one pair at a time, no training and no files.

Each sign multiplies the odds that the second text rewords the first, as if the signs were independent. The odds of
what happened around the words are aggregate figures of labelled corrections (2,540 pairs of real spoken commands;
Azaria & Nivasch, "SAIF: A Correction-Detection Deep-Learning Architecture for Personal Assistants", Sensors 2020,
20(19), 5577); those of the words are measured by ``tests/bench/calibrate.py`` on corpora of rewordings. Nothing is
fitted on the labelled pairs themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.detect.scorer import Pair
from streams.likeness import likeness
from streams.phrases import admits_failure, numbers

PRIOR: Final = log(0.32 / 0.68)
"""Of consecutive commands, 32 % correct the one before."""

FAILED: Final = log(0.82 / 0.27)
"""The first had failed before 82 % of corrections (rewordings 78 %, misrecognitions 91 %), 27 % of new requests."""

NOT_FAILED: Final = log(0.18 / 0.73)
"""The same figures, the other way."""

APOLOGISED: Final = FAILED / 2.0
"""The reply says sorry, but nobody marked it as failed: half the weight; chosen, not measured."""

LIKENESS_INTERCEPT: Final = -2.51
LIKENESS_SLOPE: Final = 2.38
"""Log odds by likeness: even at 1, what one in twenty pairs of unrelated requests exceeds."""

LIKENESS_ODDS_MAX: Final = log(20.0)
"""However alike: people ask for the kitchen light, then for the bedroom light."""

LIKENESS_ODDS_MIN: Final = -5.0
"""However unlike: some people start over in other words; chosen, not measured."""

SAME_AFTER_FAILURE: Final = LIKENESS_ODDS_MAX
SAME_AFTER_SUCCESS: Final = 0.0
"""The very same words: 15 % of corrections but also 4 % of new requests. They insist when the first failed;
otherwise they may as well ask for more ("next", "volume up")."""

OTHER_NUMBERS: Final = -2.0
"""After a success, alike but for the numbers: a new request. Chosen: rewordings hardly ever change a
number and requests of the same intent often do, but numbers are misheard too."""

OTHER_QUESTION: Final = -1.0
"""The two answer different questions; chosen, not measured."""

BARGED_IN: Final = log(2.0)
"""The second interrupted the reply to the first; chosen, not measured: no public corpus records interruptions."""

GAP_LEAST_S: Final = 9.0
GAP_MOST_S: Final = 157.0
"""The quantiles below end here (10 and 90 %); shorter and longer gaps count as these."""

_NEW_MEDIAN, _NEW_SPREAD = log(21.0), log(42.0 / 13.0) / 1.349
_CORRECTION_MEDIAN, _CORRECTION_SPREAD = log(17.6), log(29.1 / 11.7) / 1.349
_SPREAD_ODDS = log(_NEW_SPREAD / _CORRECTION_SPREAD)


@dataclass(frozen=True, slots=True)
class RuleScorer:
    """A :class:`streams.detect.scorer.Scorer` made of rules.

    Attributes:
        threshold: probability from which a pair is a rephrase.
        name: name and version, written on every feedback and trail.
    """

    threshold: float = 0.5
    name: str = "rules-1"

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``.

        Each pair is scored by itself in double precision, so that no result depends on its batch. Arrays
        would win little: comparing the texts takes most of the time.
        """
        return np.fromiter(map(probability, pairs), np.float32, len(pairs))


def probability(pair: Pair) -> float:
    """Return the probability that the second text rewords the first, 0 when either is empty."""
    if not pair.first or not pair.second:
        return 0.0
    odds = PRIOR + reply_odds(pair) + gap_odds(pair.gap_s) + word_odds(pair)
    if not pair.same_question:
        odds += OTHER_QUESTION
    if pair.barge_in:
        odds += BARGED_IN
    return 1.0 / (1.0 + exp(-odds))


def reply_odds(pair: Pair) -> float:
    """Return the log odds of how the first ended."""
    if pair.first_failed:
        return FAILED
    return APOLOGISED if pair.reply and admits_failure(pair.reply, pair.locale) else NOT_FAILED


def word_odds(pair: Pair) -> float:
    """Return the log odds of the two texts, given how the first ended."""
    if pair.first == pair.second:
        return SAME_AFTER_FAILURE if pair.first_failed else SAME_AFTER_SUCCESS
    odds = LIKENESS_INTERCEPT + LIKENESS_SLOPE * likeness(pair.first, pair.second, pair.locale)
    odds = min(max(odds, LIKENESS_ODDS_MIN), LIKENESS_ODDS_MAX)
    if odds > 0.0 and not pair.first_failed and numbers(pair.first, pair.locale) != numbers(pair.second, pair.locale):
        odds += OTHER_NUMBERS
    return odds


def gap_odds(gap_s: float) -> float:
    """Return the log odds of the time between two commands.

    The ratio of two log-normal densities through the published quartiles: 13 / 21 / 42 s before a new request,
    12 / 19 / 31 s before a rewording and 11 / 14.5 / 25 s before the repair of a misrecognition (mixed 568 to 236).
    """
    gap = log(min(max(GAP_LEAST_S, gap_s), GAP_MOST_S))
    new = (gap - _NEW_MEDIAN) / _NEW_SPREAD
    correction = (gap - _CORRECTION_MEDIAN) / _CORRECTION_SPREAD
    return (new * new - correction * correction) / 2.0 + _SPREAD_ODDS
