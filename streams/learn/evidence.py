"""Tests that may be looked at after every outcome, and the change detector. Knows counts only, not what they count.

**The test.** For wins ``w`` and losses ``l`` against the null "the win share is at most ``p0``", with a bet Beta(a, b)
cut to shares above ``p0``:

    E(w,l) = B(a+w, b+l) (1 - I_p0(a+w, b+l)) / [ B(a,b) (1 - I_p0(a,b)) p0^w (1-p0)^l ]

It is an average of likelihood ratios, so under the null it is a supermartingale that starts at 1, and by Ville's
inequality it ever reaches ``1/alpha`` with a chance of at most ``alpha``, however often one looks. An outcome may have
a weight ``c`` in (0, 1] that was fixed before the outcome was seen: its factor is then the ``c``-th power of a ratio
whose expectation is at most 1, so by Jensen's inequality that of the power is at most 1 too. Above 1 it is not.

**The change detector** is the e-SR detector of Shin, Ramdas and Rinaldo ("E-detectors: a nonparametric framework for
sequential change detection", 2022), the mean of Shiryaev-Roberts recursions over a few alternatives.

Everything is in logarithms: at a million outcomes the plain numbers leave the range of a float.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from scipy.special import betaln

from streams.learn.beta import log_upper_beta

PRIOR_WINS: Final = 9.0
PRIOR_LOSSES: Final = 1.0
"""The bet's shape: it expects a win/loss of 9, which is where worthwhile rewrites lie."""

PRIOR_FUTILE: Final = 2.0
"""Both counts of the bet that a trial is lost: ``e_value(losses, wins, 1 - p0, PRIOR_FUTILE, PRIOR_FUTILE)``.

Against a win/loss of 3 it ends a trial at a true win/loss of 1 as soon as a flat bet does, and ends one at 12 by
mistake a tenth as often: three losses in a row at the start are not yet enough (``tests/bench/bench_trials.py``).
"""

LOG_E_MAX: Final = 690.0
"""Where ``e_value`` stops growing, so that it stays a finite number in any format; e^690 is about 1e299."""

ALTERNATIVES: Final = (0.2, 0.4, 0.6, 0.8)
"""Win shares after a change, as parts of the share before it: from broken to somewhat worse."""

CACHE_SIZE: Final = 4_096
"""Values remembered by each function: most pairs have few outcomes, so the same small counts come again and again."""

_BISECTIONS_MAX: Final = 80
"""Halvings after which a float has no more digits, wherever the end lies above 1e-9."""


@lru_cache(CACHE_SIZE)
def log_e_value(
    wins: float, losses: float, p0: float, prior_wins: float = PRIOR_WINS, prior_losses: float = PRIOR_LOSSES
) -> float:
    """Return the natural logarithm of ``E``; finite for all counts.

    Args:
        wins: outcomes for, with their weights.
        losses: outcomes against, with their weights.
        p0: win share to beat, strictly between 0 and 1.
        prior_wins: ``a`` of the bet.
        prior_losses: ``b`` of the bet.

    Raises:
        ValueError: a count is negative or not finite, ``p0`` is not inside (0, 1), or the bet is not positive.
    """
    if not (0.0 <= wins < math.inf and 0.0 <= losses < math.inf):
        msg = f"wins and losses must be finite and not negative, not {wins!r} and {losses!r}"
        raise ValueError(msg)
    if not (0.0 < p0 < 1.0 and 0.0 < prior_wins < math.inf and 0.0 < prior_losses < math.inf):
        msg = f"p0 must lie inside (0, 1) and the bet be positive, not {p0!r} and {prior_wins!r}, {prior_losses!r}"
        raise ValueError(msg)
    betted = log_upper_beta(prior_wins + wins, prior_losses + losses, p0)
    return betted - _log_bet(p0, prior_wins, prior_losses) - wins * math.log(p0) - losses * math.log1p(-p0)


def e_value(
    wins: float, losses: float, p0: float, prior_wins: float = PRIOR_WINS, prior_losses: float = PRIOR_LOSSES
) -> float:
    """Return ``E``: how many times the money has grown that was bet on a win share above ``p0``; at most e^690."""
    return math.exp(min(LOG_E_MAX, log_e_value(wins, losses, p0, prior_wins, prior_losses)))


def passes(  # noqa: PLR0917 (the same order as e_value)
    wins: float,
    losses: float,
    p0: float,
    alpha: float,
    prior_wins: float = PRIOR_WINS,
    prior_losses: float = PRIOR_LOSSES,
) -> bool:
    """Say whether ``E >= 1/alpha``."""
    return not wins_missing(wins, losses, p0, alpha, prior_wins, prior_losses)


def wins_missing(  # noqa: PLR0917 (the same order as e_value)
    wins: float,
    losses: float,
    p0: float,
    alpha: float,
    prior_wins: float = PRIOR_WINS,
    prior_losses: float = PRIOR_LOSSES,
) -> int:
    """Return how many more wins it takes at least until ``E >= 1/alpha``; 0 when it is reached.

    The cheap upper bound is asked first: most candidates are far from passing. Whatever the bet, one win multiplies
    ``E`` by at most ``1/p0``; a pair need not be looked at again before.
    """
    needed = -math.log(alpha)
    have = log_e_value_bound(wins, losses, p0)
    if have >= needed:
        have = log_e_value(wins, losses, p0, prior_wins, prior_losses)
    return 0 if have >= needed else max(1, math.ceil((needed - have) / -math.log(p0)))


def log_e_value_bound(wins: float, losses: float, p0: float) -> float:
    """Return what ``log_e_value`` cannot exceed with any bet: the likelihood ratio of the best share above ``p0``."""
    total = wins + losses
    if wins <= p0 * total:
        return 0.0
    gain = wins * (math.log(wins) - math.log(total) - math.log(p0))
    return gain if losses == 0.0 else gain + losses * (math.log(losses) - math.log(total) - math.log1p(-p0))


@lru_cache(CACHE_SIZE)
def win_share_lower(
    wins: float, losses: float, alpha: float, prior_wins: float = 0.5, prior_losses: float = 0.5
) -> float:
    """Return the lower end of a confidence sequence of the win share: right at all times at once, but for ``alpha``.

    The other end is ``win_share_upper``; both hold together. The likelihood ratio of a Beta(a, b) mixture (Jeffreys by
    default) against the true share ``p`` is a martingale that starts at 1,

        M(p) = B(a+w, b+l) / [ B(a,b) p^w (1-p)^l ],

    so the shares with ``M(p) < 1/alpha`` always contain the true one with a chance of at least ``1 - alpha`` (Ville;
    Robbins 1970). ``log M`` falls up to ``w/(w+l)`` and rises after it: the end is found by bisection, on the outer
    side.
    """
    if wins <= 0.0:
        return 0.0
    mixed = float(betaln(prior_wins + wins, prior_losses + losses) - betaln(prior_wins, prior_losses)) + math.log(alpha)
    outside, inside = 0.0, wins / (wins + losses)
    for _ in range(_BISECTIONS_MAX):
        share = 0.5 * (outside + inside)
        if not outside < share < inside:
            break
        excluded = mixed >= wins * math.log(share) + losses * math.log1p(-share)
        outside, inside = (share, inside) if excluded else (outside, share)
    return outside


def win_share_upper(
    wins: float, losses: float, alpha: float, prior_wins: float = 0.5, prior_losses: float = 0.5
) -> float:
    """Return the upper end of the same confidence sequence: losses seen as wins."""
    return 1.0 - win_share_lower(losses, wins, alpha, prior_losses, prior_wins)


def reduction_interval(
    treated_defects: float, treated: float, held_out_defects: float, held_out: float, alpha: float
) -> tuple[float, float]:
    """Return always-valid ends of the defect reduction, ``1 - share of treated / share of held-out``.

    Each arm's defect share has a confidence sequence at ``alpha / 2``; together they miss with a chance of at most
    ``alpha`` (union bound), at all times at once, however the arms are filled or depend on one another. Within them the
    reduction is smallest at the most defects treated and the fewest held out, and the other way round. The shares must
    be the same all along: while they drift, this is an interval of nothing in particular.

    Args:
        treated_defects: defects among the treated outcomes.
        treated: outcomes of the treated arm.
        held_out_defects: defects among the held-out outcomes.
        held_out: outcomes of the held-out arm.
        alpha: chance of ever missing the true reduction.

    Returns:
        The lower end, ``-inf`` while the held-out arm may have no defects at all, and the upper end, at most 1.

    Raises:
        ValueError: an arm has fewer outcomes than defects, or a count is negative or not finite.
    """
    for name, defects, outcomes in (("treated", treated_defects, treated), ("held_out", held_out_defects, held_out)):
        if not 0.0 <= defects <= outcomes < math.inf:
            msg = f"defects of {name} must lie between 0 and its outcomes, not {defects!r} of {outcomes!r}"
            raise ValueError(msg)
    with_it, without = treated - treated_defects, held_out - held_out_defects
    fewest = win_share_lower(held_out_defects, without, alpha / 2)
    most = win_share_upper(held_out_defects, without, alpha / 2)
    lower = 1.0 - win_share_upper(treated_defects, with_it, alpha / 2) / fewest if fewest > 0.0 else -math.inf
    return lower, 1.0 - win_share_lower(treated_defects, with_it, alpha / 2) / most


def observe_change(
    statistics: Sequence[float],
    p0: float,
    *,
    won: bool,
    weight: float = 1.0,
    alternatives: Sequence[float] = ALTERNATIVES,
) -> list[float]:
    """Take one outcome into the change detector: ``R <- (1 + R) L``, with ``L`` the outcome's likelihood ratio.

    Args:
        statistics: what this function returned before, ``log(1 + R)`` for each alternative; empty at the start.
        p0: win share while all is well, or a little below it.
        won: the outcome.
        weight: of the outcome, in (0, 1], fixed before it was seen.
        alternatives: win shares after a change, as parts of ``p0``; always the same ones for one detector.

    Returns:
        The statistics after this outcome: as many numbers as alternatives, never negative, never infinite.
    """
    before = statistics or (0.0,) * len(alternatives)
    ratios = _log_ratios(p0, won, tuple(alternatives))
    return [_log_one_plus(log_r + weight * ratio) for log_r, ratio in zip(before, ratios, strict=True)]


def change_alarm(statistics: Sequence[float], alpha: float) -> bool:
    """Say whether the win share has fallen: the mean of ``R`` over the alternatives is at least ``1/alpha``.

    While all is well, the mean of ``R`` grows by at most one with every outcome, so the expected number of outcomes
    until a false alarm is at least ``1/alpha``.
    """
    if not statistics:
        return False
    largest = max(statistics)
    mean = sum(math.exp(value - largest) - math.exp(-largest) for value in statistics) / len(statistics)
    return mean > 0.0 and largest + math.log(mean) >= -math.log(alpha)


@lru_cache(1_024)
def _log_ratios(p0: float, won: bool, alternatives: tuple[float, ...]) -> tuple[float, ...]:  # noqa: FBT001 (cache key)
    if won:
        return tuple(math.log(part) for part in alternatives)
    return tuple(math.log1p(-part * p0) - math.log1p(-p0) for part in alternatives)


def _log_one_plus(log_value: float) -> float:
    """Return ``log(1 + e^x)`` without overflow."""
    return max(log_value, 0.0) + math.log1p(math.exp(-abs(log_value)))


@lru_cache(1_024)
def _log_bet(p0: float, prior_wins: float, prior_losses: float) -> float:
    return log_upper_beta(prior_wins, prior_losses, p0)
