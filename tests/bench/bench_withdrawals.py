"""Measures how soon a broken rewrite is withdrawn, and how long a healthy one is left alone.

Run ``python -m tests.bench.bench_withdrawals [--seeds N] [--runs N] [--share S]``. Every run of every seed is a rewrite
that first went through its own trial: what it may fall to is a part of the success seen there, noise included. Seeds
are 1 to N. Exits 1 when a broken rewrite (92 % to 40 %) is seen later than wanted or healthy ones fall too often.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.learn import evidence
from streams.learn.settings import LearnSettings
from streams.tables import Cell, table
from tests.bench.bench_trials import Arms, bars_of, first_reached, run_trials
from tests.bench.printing import screen

Row = tuple[Cell, ...]
Shares = NDArray[np.float64]
Counts = NDArray[np.int64]

SETTINGS: Final = LearnSettings()
HEALTHY: Final = 0.92
AIMED_AT: Final = 0.4
"""The fall that the aims are about."""

HEALTHY_BEFORE: Final = 150
"""Outcomes between promotion and the fall."""

WATCHED_MAX: Final = 1_000
"""Outcomes after the fall."""

HEALTHY_OUTCOMES: Final = 2_000
"""Outcomes of each healthy rewrite."""

QUESTION_OUTCOMES: Final = 300
PUBLISHED_AFTER: Final = 20
"""Outcomes of a question by the time a rewrite is published: other questions and the release rule take that long."""

MEDIAN_AIM: Final = 30
NINE_IN_TEN_AIM: Final = 50
FALSE_AIM: Final = 10_000


class Detector(NamedTuple):
    """What a watch is made of: the part of its success a rewrite may fall to, alternatives as parts of it, a level."""

    share: float = SETTINGS.watch_share
    alternatives: tuple[float, ...] = evidence.ALTERNATIVES
    alpha: float = SETTINGS.watch_alpha


OTHERS: Final = (
    Detector(0.8),
    Detector(0.8, (0.4, 0.6)),
    Detector(0.8, (0.3, 0.5, 0.7)),
    Detector(0.8, alpha=1e-3),
    Detector(0.85),
    Detector(0.85, (0.3, 0.5, 0.7)),
    Detector(0.9),
)


class Watching:
    """Change detectors of many rewrites, one outcome of each at a time: the recursion of ``evidence`` on arrays."""

    def __init__(self, detector: Detector, seen: Shares) -> None:
        """Start one detector for each share seen."""
        p0 = detector.share * seen
        parts = np.array(detector.alternatives)[:, None]
        self.bar = 1.0 / detector.alpha
        self.if_won = np.broadcast_to(parts, (len(parts), len(p0)))
        self.if_lost = (1.0 - parts * p0) / (1.0 - p0)
        self.statistics = np.zeros(self.if_lost.shape)

    def see(self, won: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Take one outcome of each rewrite; say which give an alarm. Those begin afresh."""
        self.statistics = (1.0 + self.statistics) * np.where(won, self.if_won, self.if_lost)
        alarms = self.statistics.mean(axis=0) >= self.bar
        self.statistics[:, alarms] = 0.0
        return np.asarray(alarms)


def seen_in_trial(seed: int, runs: int, success: float, held_out: float | None) -> Shares:
    """Return the treated success seen by the end of each promoted trial; None for the hold-out: the true one."""
    if held_out is None:
        return np.full(runs, success)
    trials = run_trials(seed, runs, Arms(success, held_out))
    return trials.treated_success[trials.promoted > 0]


def seen_by_question(seed: int, runs: int, p0: float, share: float) -> Shares:
    """Return the smoothed win share when a candidate's question had passed and had at least ``PUBLISHED_AFTER``."""
    lowest = bars_of(lambda wins, losses: evidence.passes(wins, losses, p0, SETTINGS.alpha), QUESTION_OUTCOMES)
    won = np.random.default_rng([seed, 3]).random((runs, QUESTION_OUTCOMES)) < share
    wins = np.cumsum(won, axis=1, dtype=np.int32)
    passed = first_reached(wins, np.arange(1, QUESTION_OUTCOMES + 1, dtype=np.int32), lowest)
    looks = np.maximum(passed, PUBLISHED_AFTER)[passed > 0]
    return np.asarray((wins[passed > 0, looks - 1] + 1) / (looks + 2))


def delays(detector: Detector, seen: Shares, seed: int, before: float, after: float) -> Counts:
    """Return outcomes from the fall to the alarm; ``WATCHED_MAX`` for none. Alarms before the fall are forgotten."""
    chance = np.random.default_rng([seed, 1])
    watching = Watching(detector, seen)
    for _ in range(HEALTHY_BEFORE):
        watching.see(chance.random(len(seen)) < before)
    first = np.full(len(seen), WATCHED_MAX)
    for outcome in range(1, WATCHED_MAX + 1):
        alarms = watching.see(chance.random(len(seen)) < after)
        first[alarms & (first == WATCHED_MAX)] = outcome
    return first


def false_alarms(detector: Detector, seen: Shares, seed: int, success: float) -> int:
    """Return how many alarms healthy rewrites give."""
    chance = np.random.default_rng([seed, 2])
    watching = Watching(detector, seen)
    return sum(int(watching.see(chance.random(len(seen)) < success).sum()) for _ in range(HEALTHY_OUTCOMES))


def fall_rows(detector: Detector, seeds: Sequence[int], runs: int) -> Iterator[tuple[bool, Row]]:
    """Yield how soon falls are seen; True when within the aim, which is about 92 % to 40 %."""
    for held_out in (None, 0.1, 0.3, 0.5):
        shares = [seen_in_trial(seed, runs, HEALTHY, held_out) for seed in seeds]
        spread = f"{np.mean(np.concatenate(shares)):.3f} ± {np.std(np.concatenate(shares)):.3f}"
        for after in (0.2, AIMED_AT, 0.6):
            parts = [delays(detector, seen, seed, HEALTHY, after) for seed, seen in zip(seeds, shares, strict=True)]
            medians = [float(np.median(part)) for part in parts]
            half, most = np.quantile(np.concatenate(parts), (0.5, 0.9))
            within = half <= MEDIAN_AIM and most <= NINE_IN_TEN_AIM
            shown = f"{half:.0f}", f"{most:.0f}", f"{min(medians):.0f} to {max(medians):.0f}"
            row = trial_name(held_out), spread, f"{HEALTHY:.0%} to {after:.0%}", *shown
            yield bool(within) or after != AIMED_AT, row


def trial_name(held_out: float | None) -> str:
    """Return how a trial is called in a table."""
    return "known" if held_out is None else f"trial against {held_out:g}"


def healthy_rows(detector: Detector, seeds: Sequence[int], runs: int) -> Iterator[tuple[bool, Row]]:
    """Yield how many outcomes lie between withdrawals of healthy rewrites; True when as many as wanted."""
    for success in (0.75, 0.85, HEALTHY, 0.98):
        for held_out in (None, 0.3):
            alarms = outcomes = 0
            for seed in seeds:
                seen = seen_in_trial(seed, runs, success, held_out)
                alarms += false_alarms(detector, seen, seed, success)
                outcomes += len(seen) * HEALTHY_OUTCOMES
            between = f"{outcomes / alarms:,.0f}" if alarms else f"above {outcomes:,}"
            yield outcomes >= FALSE_AIM * alarms, (f"{success:.0%}", trial_name(held_out), outcomes, alarms, between)


def question_rows(detector: Detector, seeds: Sequence[int], runs: int) -> Iterator[Row]:
    """Yield the same for the watches on the three questions, which compare with the share seen at publication."""
    cases = (("means", 0.4, 0.7, 0.2), ("means", 0.4, 0.95, 0.4), ("fails", 0.5, 0.75, 0.1), ("fails", 0.5, 0.95, 0.1))
    for name, p0, share, after in (*cases, ("works", 0.8, 0.9, 0.4), ("works", 0.8, 0.97, 0.4)):
        shares = [seen_by_question(seed, runs, p0, share) for seed in seeds]
        pairs = list(zip(seeds, shares, strict=True))
        late = np.concatenate([delays(detector, seen, seed, share, after) for seed, seen in pairs])
        alarms = sum(false_alarms(detector, seen, seed, share) for seed, seen in pairs)
        per_million = alarms / sum(map(len, shares)) / HEALTHY_OUTCOMES * 1e6
        half, most = np.quantile(late, (0.5, 0.9))
        yield name, f"{share:.0%} to {after:.0%}", f"{half:.0f}", f"{most:.0f}", f"{per_million:.1f}"


def detector_rows(detectors: Sequence[Detector], seeds: Sequence[int], runs: int) -> Iterator[Row]:
    """Yield the same few figures for several detectors, after trials against a hold-out of .1 (the shortest)."""
    shares = [seen_in_trial(seed, runs, HEALTHY, 0.1) for seed in seeds]
    lower = [seen_in_trial(seed, runs, 0.75, 0.1) for seed in seeds]
    for detector in detectors:
        parts = ", ".join(f"{part:g}" for part in detector.alternatives)
        cells: list[Cell] = [f"{detector.share:g}", parts, f"{detector.alpha:g}"]
        for after in (0.2, AIMED_AT, 0.6):
            late = [delays(detector, seen, seed, HEALTHY, after) for seed, seen in zip(seeds, shares, strict=True)]
            half, most = np.quantile(np.concatenate(late), (0.5, 0.9))
            cells.append(f"{half:.0f} / {most:.0f}")
        alarms = sum(false_alarms(detector, seen, seed, 0.75) for seed, seen in zip(seeds, lower, strict=True))
        yield (*cells, f"{alarms / sum(map(len, lower)) / HEALTHY_OUTCOMES * 1e6:.1f}")


def main() -> int:
    """Print the tables and say whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="seeds 1 to N")
    parser.add_argument("--runs", type=int, default=1_000, help="rewrites a seed")
    parser.add_argument(
        "--share", type=float, default=SETTINGS.watch_share, help="part of its success a rewrite may fall to"
    )
    options = parser.parse_args()
    seeds, runs, detector = range(1, options.seeds + 1), options.runs, Detector(options.share)
    console = screen()
    console.print(
        f"python -m tests.bench.bench_withdrawals --seeds {len(seeds)} --runs {runs} --share {options.share:g}"
    )
    console.print(f"seeds 1 to {options.seeds}, {runs:,} rewrites each, one false alarm in {1 / detector.alpha:,.0f}\n")
    falls = list(fall_rows(detector, seeds, runs))
    title = "outcomes until the withdrawal of a broken rewrite"
    names = ["success when promoted", "as seen", "fall", "half", "90 %", "half, by seed"]
    console.print(table(title, names, [row for _, row in falls]))
    healthy = list(healthy_rows(detector, seeds, runs))
    names = ["success", "when promoted", "outcomes", "withdrawn", "outcomes between"]
    console.print(table("healthy rewrites", names, [row for _, row in healthy]))
    names = ["question", "fall", "half", "90 %", "false alarms in 1e6 before"]
    console.print(table("watches on the questions", names, question_rows(detector, seeds, runs)))
    names = ["share", "alternatives", "alpha", "to 20 %", "to 40 %", "to 60 %", "false alarms in 1e6 at 75 %"]
    console.print(table("other detectors, trial against 0.1", names, detector_rows(OTHERS, seeds[:3], runs)))
    met = all(holds for holds, _ in [*falls, *healthy])
    console.print("The aims are met." if met else "MISSED: see above.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
