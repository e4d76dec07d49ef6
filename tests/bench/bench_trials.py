"""Measures trials: how often a worthless one is promoted, how soon a good one is, when a lost one ends.

Run ``python -m tests.bench.bench_trials [--seeds N] [--runs N]``. Each run of each seed is one trial with a look after
every outcome; seeds are 1 to N. Also how often the always-valid interval of the defect reduction misses. Exits 1 when a
rate is above what is promised.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from streams.learn import evidence
from streams.learn.settings import LearnSettings
from streams.tables import Cell, table
from tests.bench.printing import screen
from tests.learn.crossing import bars, first_passing

Row = tuple[Cell, ...]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int32]

SETTINGS: Final = LearnSettings()
WORTHLESS_PAIRS: Final = 4_000
"""Decisive pairs of a worthless trial."""

TRIAL_PAIRS: Final = 1_500
"""Pairs after which a trial that is neither promoted nor ended counts as open."""

REDUCTION_OUTCOMES: Final = 2_000

TARGET_SUCCESS: Final = 0.92
"""What the target achieves for those who say it themselves."""


class Arms(NamedTuple):
    """True success shares of the two arms of a trial."""

    treated: float
    held_out: float

    @property
    def win_loss(self) -> float:
        """Wins for each loss that pairs of them have in the long run: the odds ratio."""
        return self.treated * (1 - self.held_out) / ((1 - self.treated) * self.held_out)


class Trials(NamedTuple):
    """What became of many trials: pairs until promoted and until ended (0 never), and the treated share by then."""

    promoted: Counts
    ended: Counts
    treated_success: NDArray[np.float64]


def share_to_beat(win_loss: float) -> float:
    """Return the win share that is this win/loss."""
    return win_loss / (1 + win_loss)


def promotes(p0: float) -> Callable[[int, int], bool]:
    """Return the rule on wins and losses that ends a trial well."""
    return lambda wins, losses: evidence.passes(wins, losses, p0, SETTINGS.alpha)


def loses(p0: float) -> Callable[[int, int], bool]:
    """Return the rule on losses and wins that ends a trial badly."""
    bet = evidence.PRIOR_FUTILE
    return lambda losses, wins: evidence.passes(losses, wins, 1 - p0, SETTINGS.alpha, bet, bet)


def first_reached(counted: Counts, totals: Counts, lowest: Counts) -> Counts:
    """Return, by row, after how many columns the count first reaches the bar of its total; 0 for never."""
    return first_true(counted >= lowest[totals])


def first_true(flags: Flags) -> Counts:
    """Return, by row, after how many columns the first flag is set; 0 for never."""
    return np.where(flags.any(axis=1), flags.argmax(axis=1) + 1, 0).astype(np.int32)


def run_trials(seed: int, runs: int, arms: Arms, pairs: int = TRIAL_PAIRS) -> Trials:
    """Pair the n-th treated with the n-th held-out outcome, and look at pairs and treated outcomes after each."""
    chance = np.random.default_rng(seed)
    treated = chance.random((runs, pairs), np.float32) < arms.treated
    held_out = chance.random((runs, pairs), np.float32) < arms.held_out
    wins = np.cumsum(treated & ~held_out, axis=1, dtype=np.int32)
    losses = np.cumsum(held_out & ~treated, axis=1, dtype=np.int32)
    successes = np.cumsum(treated, axis=1, dtype=np.int32)
    outcomes = np.arange(1, pairs + 1, dtype=np.int32)
    decided = wins + losses
    promoted = first_true((wins >= PROMOTE_BARS[decided]) & (successes >= REACH_BARS[outcomes]))
    ended = first_true((losses >= END_BARS[decided]) | (outcomes - successes >= SHORT_BARS[outcomes]))
    before = np.maximum(np.where(promoted > 0, promoted, pairs), 1)
    succeeded = successes[np.arange(runs), before - 1]
    return Trials(
        np.where((ended > 0) & (ended <= promoted), 0, promoted),
        np.where((promoted > 0) & (promoted < ended), 0, ended),
        (succeeded + 1) / (before + 2),
    )


def bars_of(rule: Callable[[int, int], bool], looks: int) -> Counts:
    """Return the fewest wins that pass, by total."""
    return np.array(bars(rule, looks), np.int32)


PROMOTE_BARS: Final = bars_of(promotes(share_to_beat(SETTINGS.win_loss_min)), TRIAL_PAIRS)
END_BARS: Final = bars_of(loses(share_to_beat(SETTINGS.win_loss_min)), TRIAL_PAIRS)


REACH_BARS: Final = bars_of(promotes(SETTINGS.treated_share * TARGET_SUCCESS), TRIAL_PAIRS)
SHORT_BARS: Final = bars_of(loses(SETTINGS.treated_share * TARGET_SUCCESS), TRIAL_PAIRS)


def worthless_rows(seeds: int, runs: int) -> Iterator[tuple[bool, Row]]:
    """Yield how often a pair is ever promoted that wins just as often as it must beat; True when at most alpha."""
    for win_loss in (1.0, SETTINGS.win_loss_min):
        p0 = share_to_beat(win_loss)
        lowest = bars_of(promotes(p0), WORTHLESS_PAIRS)
        totals = np.arange(1, WORTHLESS_PAIRS + 1, dtype=np.int32)
        rates = []
        for seed in range(1, seeds + 1):
            won = np.random.default_rng(seed).random((runs, WORTHLESS_PAIRS), np.float32) < p0
            rates.append(float((first_reached(np.cumsum(won, axis=1, dtype=np.int32), totals, lowest) > 0).mean()))
        exact = float(first_passing(promotes(p0), p0, WORTHLESS_PAIRS).sum())
        shown = f"{np.mean(rates):.4f}", f"{min(rates):.4f} to {max(rates):.4f}", f"{exact:.4f}"
        yield exact <= SETTINGS.alpha, (f"{win_loss:g}", *shown)


def trial_rows(seeds: int, runs: int, cases: tuple[Arms, ...]) -> Iterator[Row]:
    """Yield what became of trials of these arms."""
    for arms in cases:
        parts = [run_trials(seed, runs, arms) for seed in range(1, seeds + 1)]
        promoted, ended = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
        yield (
            f"{arms.treated:g} / {arms.held_out:g}",
            f"{arms.win_loss:.1f}",
            *(cell for ends in (promoted, ended) for cell in (f"{(ends > 0).mean():.5f}", spread(ends))),
        )


def spread(ends: Counts) -> str:
    """Return median and 90th percentile of the counts that are not 0."""
    reached = ends[ends > 0]
    return f"{np.median(reached):.0f} / {np.quantile(reached, 0.9):.0f}" if len(reached) else "-"


def misses(seed: int, runs: int, arms: Arms) -> float:
    """Return how often the interval of the reduction ever misses the true one, with a look after every pair.

    It can only miss where an arm's confidence sequence misses that arm's share: only those looks are asked.
    """
    chance = np.random.default_rng(seed)
    counts = [
        np.cumsum(chance.random((runs, REDUCTION_OUTCOMES)) >= success, axis=1, dtype=np.int64) for success in arms
    ]
    doubtful = np.logical_or(*(far(defects, 1 - success) for defects, success in zip(counts, arms, strict=True)))
    truth = 1 - (1 - arms.treated) / (1 - arms.held_out)
    missed = {
        int(run)
        for run, look in np.argwhere(doubtful)
        if not inside(int(counts[0][run, look]), int(counts[1][run, look]), int(look) + 1, truth)
    }
    return len(missed) / runs


def far(defects: NDArray[np.int64], share: float) -> Flags:
    """Say at which looks an arm's confidence sequence at half of alpha may exclude this defect share."""
    rest = np.arange(1, defects.shape[1] + 1) - defects
    mixed = betaln(0.5 + defects, 0.5 + rest) - betaln(0.5, 0.5)
    return np.asarray(mixed - defects * np.log(share) - rest * np.log1p(-share) >= np.log(2 / SETTINGS.alpha) - 1e-6)


def inside(treated_defects: int, held_out_defects: int, outcomes: int, truth: float) -> bool:
    """Say whether the interval holds the truth when both arms have this many outcomes."""
    lower, upper = evidence.reduction_interval(treated_defects, outcomes, held_out_defects, outcomes, SETTINGS.alpha)
    return lower <= truth <= upper


def reduction_rows(seeds: int, runs: int) -> Iterator[tuple[bool, Row]]:
    """Yield how often the interval ever misses; True when at most alpha."""
    for arms in (Arms(0.92, 0.3), Arms(0.69, 0.55)):
        rates = [misses(seed, runs, arms) for seed in range(1, seeds + 1)]
        expected = [(1 - share) * REDUCTION_OUTCOMES for share in arms]
        ends = evidence.reduction_interval(
            expected[0], REDUCTION_OUTCOMES, expected[1], REDUCTION_OUTCOMES, SETTINGS.alpha
        )
        cells = f"{np.mean(rates):.4f}", f"{max(rates):.4f}", f"{ends[0]:.2f} to {ends[1]:.2f}"
        yield (
            float(np.mean(rates)) <= SETTINGS.alpha,
            (f"{arms.treated:g} / {arms.held_out:g}", f"{1 - expected[0] / expected[1]:.2f}", *cells),
        )


def main() -> int:
    """Print the tables and say whether the promises hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="seeds 1 to N")
    parser.add_argument("--runs", type=int, default=2_000, help="trials a seed")
    options = parser.parse_args()
    console = screen()
    console.print(f"python -m tests.bench.bench_trials --seeds {options.seeds} --runs {options.runs}")
    console.print(f"seeds 1 to {options.seeds}, {options.runs:,} runs each, alpha {SETTINGS.alpha:g}\n")
    worthless = list(worthless_rows(options.seeds, options.runs))
    title = f"worthless pairs ever promoted in {WORTHLESS_PAIRS:,} outcomes"
    console.print(table(title, ("win/loss to beat", "simulated", "seeds", "exact"), [row for _, row in worthless]))
    columns = ("treated / held out", "win/loss", "promoted", "after: half / 90 %", "ended", "after: half, 90 %")
    title = f"trials against win/loss {SETTINGS.win_loss_min:g}: how they end, after how many outcomes of each arm"
    good = (Arms(0.92, 0.1), Arms(0.92, 0.3), Arms(0.92, 0.5), Arms(0.85, 0.3), Arms(0.98, 0.5))
    bad = (Arms(0.92, 0.8), Arms(0.92, 0.92), Arms(0.6, 0.6), Arms(0.1, 0.1), Arms(0.5, 2 / 3))
    console.print(table(title, columns, trial_rows(options.seeds, options.runs, good + bad)))
    reductions = list(reduction_rows(options.seeds, options.runs))
    title = f"reduction interval: runs that ever miss in {REDUCTION_OUTCOMES:,} outcomes of each arm"
    names = ("treated / held out", "true reduction", "missed", "worst seed", "typical interval at the end")
    console.print(table(title, names, [row for _, row in reductions]))
    held = all(holds for holds, _ in [*worthless, *reductions])
    console.print("The promises hold." if held else "MISSED: a rate is above alpha.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
