"""Prints how often a worthless pair passes the test and how soon a good one does, exactly and at every look.

Run ``python -m tests.bench.calibration [--looks N]``. Nothing is sampled: the chance of every count that has not yet
passed is carried from outcome to outcome. Exits 1 when a worthless pair passes more often than promised or a good one
takes longer than the aim.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Final

from streams.learn import evidence
from streams.learn.settings import LearnSettings
from streams.tables import Cell, table
from tests.bench.printing import screen
from tests.learn.crossing import first_passing, outcomes_needed

Row = tuple[Cell, ...]

ALPHAS: Final = (0.05, 0.01)
PRIOR_WINS: Final = (1.0, evidence.PRIOR_WINS)
"""A flat bet, and the one in use; both with one loss."""

GOOD_WIN_LOSS: Final = 12.0
MEDIAN_AIM: Final = 14
"""Outcomes within which half of the good pairs pass, to beat a share of .5 at alpha .01."""

NINE_IN_TEN_AIM: Final = 21
LOOKS_FOR_GOOD: Final = 2_000


def shares_to_beat() -> list[float]:
    """Return the shares of the three questions and of a target judged against a chain that succeeds less often."""
    settings = LearnSettings()
    relative = round(0.75 * settings.p0_works_relative, 3)
    return sorted({settings.p0_means, settings.p0_fails, settings.p0_works, relative, 0.75})


def rule(p0: float, alpha: float, prior_wins: float) -> Callable[[int, int], bool]:
    """Return the test as a rule on counts."""
    return lambda wins, losses: evidence.passes(wins, losses, p0, alpha, prior_wins, 1.0)


def worthless_rows(looks: int) -> Iterator[tuple[bool, Row]]:
    """Yield, for each share to beat, the chance that a pair with just that share ever passes; True when it may."""
    for p0 in shares_to_beat():
        for alpha in ALPHAS:
            rates = [float(first_passing(rule(p0, alpha, bet), p0, looks).sum()) for bet in PRIOR_WINS]
            yield max(rates) <= alpha, (f"{p0:g}", f"{alpha:g}", *(f"{rate:.5f}" for rate in rates))


def good_rows() -> Iterator[tuple[bool, Row]]:
    """Yield how many outcomes pairs of some worth need to beat a share of .5; True when within the aim."""
    for win_loss in (3.0, 6.0, GOOD_WIN_LOSS, 30.0):
        for alpha in ALPHAS:
            laws = [
                first_passing(rule(0.5, alpha, bet), win_loss / (1 + win_loss), LOOKS_FOR_GOOD) for bet in PRIOR_WINS
            ]
            needed = [outcomes_needed(law, part) for law in laws for part in (0.5, 0.9)]
            aimed_at = (win_loss, alpha) == (GOOD_WIN_LOSS, 0.01)
            within = max(needed[::2]) <= MEDIAN_AIM and max(needed[1::2]) <= NINE_IN_TEN_AIM
            yield within or not aimed_at, (f"{win_loss:g}", f"{alpha:g}", *needed)


def main() -> int:
    """Print both tables and say whether the promises hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=4_000, help="outcomes of a worthless pair, a look after each")
    looks = parser.parse_args().looks
    console = screen()
    worthless, good = list(worthless_rows(looks)), list(good_rows())
    bets = [f"bet {wins:g}:1" for wins in PRIOR_WINS]
    title = f"chance that a worthless pair ever passes, looked at after each of {looks:,} outcomes"
    console.print(table(title, ("share to beat", "alpha", *bets), [row for _, row in worthless]))
    columns = [f"{bet} {part}" for bet in bets for part in ("half", "nine in ten")]
    title = "outcomes until pairs pass that win this often for each loss (share to beat 0.5)"
    console.print(table(title, ("win/loss", "alpha", *columns), [row for _, row in good]))
    held = all(holds for holds, _ in [*worthless, *good])
    console.print("The promises hold." if held else "MISSED: a rate is above alpha, or win/loss 12 takes too long.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
