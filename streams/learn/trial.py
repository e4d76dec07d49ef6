"""A served rewrite against its hold-out: outcomes to pairs, and what the pairs say. Knows one row, no stages.

The n-th treated outcome is paired with the n-th held-out one. A pair is **won** when the treated turn succeeded and the
held-out one failed, **lost** when it was the other way round, and says nothing otherwise. So a rewrite is measured
against what happens without it, and a day on which everything fails speaks neither for it nor against it. The odds of
a win are the odds ratio of the two arms, and the test of ``streams.learn.evidence`` applies to wins and losses.

Which outcomes meet depends on their order alone, never on how they ended, so that the pairs are fair.
"""

from typing import Final, NamedTuple

from schemas.records import Arm
from streams.learn import evidence
from streams.learn.rows import UNPAIRED_MAX, Served, Watch
from streams.learn.settings import LearnSettings

P0_MIN: Final = 0.01
"""A share to beat lies this far from nothing and from everything."""

TRIAL_WATCH_SHARE: Final = 0.5
"""In trial, treated turns may succeed this much less often than the target: the source may mean other things too."""


class Test(NamedTuple):
    """Wins and losses against a share to beat: the e-value for a larger share, and the one for a smaller share."""

    wins: float
    losses: float
    p0: float
    e_value: float
    losing_e_value: float


class Standing(NamedTuple):
    """What a version's served evidence says.

    Attributes:
        pairs: decisive pairs, against ``win_loss_min / (1 + win_loss_min)``.
        alone: treated outcomes, against ``treated_share`` of what the target achieves for those who say it themselves.
        treated, held_out: outcomes of each arm.
        treated_success, held_out_success: their success shares, as booked; None without outcomes.
    """

    pairs: Test
    alone: Test
    treated: float
    held_out: float
    treated_success: float | None
    held_out_success: float | None

    def wins_at(self, e_value: float) -> bool:
        """Return whether it is shown to be worth it: better than the hold-out, and nearly as good as its target."""
        return min(self.pairs.e_value, self.alone.e_value) >= e_value

    def lost_at(self, e_value: float) -> str:
        """Return what the rewrite is shown not to be worth it by, "" when nothing shows that."""
        if self.pairs.losing_e_value >= e_value:
            return "lost_to_hold_out"
        return "short_of_target" if self.alone.losing_e_value >= e_value else ""


def standing(row: Served, settings: LearnSettings, *, patience: float = 0.0, target_success: float = 1.0) -> Standing:
    """Return what the outcomes of one version say so far.

    Silence is weak evidence here too: each failure that only the person's next words have shown stands for ``patience``
    others that were booked as accepted (``Ledger.patience``), in the arm where it was seen.

    Args:
        row: the version's books.
        settings: what an operator chose.
        patience: failures that pass unseen for each one that people complain of.
        target_success: share of turns in which the target works for those who say it themselves.
    """
    treated, held_out = row.treated_wins + row.treated_losses, row.held_out_wins + row.held_out_losses
    true_wins = max(0.0, row.treated_wins - patience * row.treated_silent)
    true_accepted = max(0.0, row.held_out_wins - patience * row.held_out_silent)
    wins = row.wins * _part(true_wins, row.treated_wins)
    losses = row.losses * _part(true_accepted, row.held_out_wins)
    p0_alone = min(max(settings.treated_share * target_success, P0_MIN), 1.0 - P0_MIN)
    return Standing(
        pairs=_test(wins, losses, settings.win_loss_min / (1.0 + settings.win_loss_min), settings),
        alone=_test(true_wins, treated - true_wins, p0_alone, settings),
        treated=treated,
        held_out=held_out,
        treated_success=row.treated_wins / treated if treated else None,
        held_out_success=row.held_out_wins / held_out if held_out else None,
    )


def _test(wins: float, losses: float, p0: float, settings: LearnSettings) -> Test:
    won = evidence.e_value(wins, losses, p0, settings.prior_wins, settings.prior_losses)
    lost = evidence.e_value(losses, wins, 1.0 - p0, evidence.PRIOR_FUTILE, evidence.PRIOR_FUTILE)
    return Test(wins, losses, p0, won, lost)


def _part(true: float, booked: float) -> float:
    return true / booked if booked else 1.0


def book(row: Served, arm: Arm, weight: float, *, succeeded: bool, silent: bool = False) -> bool | None:
    """Enter an outcome, and pair it if the other arm is ahead.

    Args:
        row: changed in place.
        arm: whose outcome it is.
        weight: in (0, 1], fixed before the outcome was seen.
        succeeded: the outcome.
        silent: that only what the person did next has shown a failure.

    Returns:
        True for a pair won, False for one lost, None when nothing was decided.
    """
    if arm == "treated":
        row.treated_wins += weight * succeeded
        row.treated_losses += weight * (not succeeded)
        row.treated_silent += weight * silent
    else:
        row.held_out_wins += weight * succeeded
        row.held_out_losses += weight * (not succeeded)
        row.held_out_silent += weight * silent
    if row.unpaired and row.ahead != arm:
        return _pair(row, arm, weight, succeeded=succeeded)
    row.ahead = arm
    row.unpaired.append(weight if succeeded else -weight)
    del row.unpaired[:-UNPAIRED_MAX]
    return None


def correct(row: Served) -> None:
    """Enter a late complaint about a treated turn: one loss, whatever its outcome had seemed."""
    row.treated_losses += 1.0
    row.losses += 1.0


def _pair(row: Served, arm: Arm, weight: float, *, succeeded: bool) -> bool | None:
    other = row.unpaired.pop(0)
    if succeeded == (other > 0.0):
        return None
    won = succeeded == (arm == "treated")
    together = min(weight, abs(other))
    row.wins += together * won
    row.losses += together * (not won)
    return won


def trial_watch(works_share: float) -> Watch:
    """Return the watch over the treated outcomes of a trial, which has no past of its own yet."""
    return Watch(TRIAL_WATCH_SHARE * works_share)


def promoted_watches(found: Standing, settings: LearnSettings) -> dict[str, Watch]:
    """Return the watches over treated outcomes and pairs of a rewrite that is promoted on what its trial showed.

    Shares are smoothed by one success and one failure: a short trial without failures does not promise perfection.
    """
    successes = found.treated * (found.treated_success or 0.0)
    return {
        "treated": Watch(settings.watch_share * smoothed(successes, found.treated)),
        "pairs": Watch(settings.watch_share * smoothed(found.pairs.wins, found.pairs.wins + found.pairs.losses)),
    }


def smoothed(successes: float, total: float) -> float:
    """Return a share as if one more success and one more failure had been seen."""
    return (successes + 1.0) / (total + 2.0)
