"""The upper tail of the beta function, in logarithms. Knows no statistics.

scipy gives the tail as a plain number, which is 0 below 1e-308; the evidence against a bad pair lies far below that.
"""

import math
from typing import Final

from scipy.special import betaincc, betaln

TAIL_MIN: Final = 1e-250
"""Below this the tail is summed in logarithms."""

TINY: Final = 1e-300
CONVERGED: Final = 1e-15
TERMS_MAX: Final = 10_000


def log_upper_beta(first: float, second: float, low: float) -> float:
    """Return the logarithm of the integral of ``p^(first-1) (1-p)^(second-1)`` from ``low`` to 1.

    Args:
        first: positive; the exponent of ``p`` plus one.
        second: positive; the exponent of ``1 - p`` plus one.
        low: strictly between 0 and 1.
    """
    tail = float(betaincc(first, second, low))
    if tail > TAIL_MIN:
        return float(betaln(first, second)) + math.log(tail)
    fraction = _beta_fraction(second, first, 1.0 - low)
    return first * math.log(low) + second * math.log1p(-low) - math.log(second) + math.log(fraction)


def _beta_fraction(first: float, second: float, share: float) -> float:
    """Return the continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method.

    Called far in the tail only, where ``share`` is below ``first / (first + second)`` and few terms are needed.
    """
    total = first + second
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - total * share / (first + 1.0))
    value = d
    for term in range(1, TERMS_MAX):
        even = term * (second - term) * share / ((first + 2 * term - 1.0) * (first + 2 * term))
        odd = -(first + term) * (total + term) * share / ((first + 2 * term) * (first + 2 * term + 1.0))
        change = 1.0
        for coefficient in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + coefficient * d)
            c = _away_from_zero(1.0 + coefficient / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < CONVERGED:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
