"""Many candidates at once, each asked three questions, and level rules that decide which are found. Knows no table.

Every step gives each pair one outcome of each question. A worthless pair wins one of them just as often as it must beat
and the other two often, so that its smallest e-value hangs on a false question: the hardest case there is.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, betaln

from streams.learn import evidence
from streams.learn.settings import LearnSettings

Numbers = NDArray[np.float64]
Steps = NDArray[np.int64]

SETTINGS: Final = LearnSettings()
BEATEN: Final = (SETTINGS.p0_means, SETTINGS.p0_fails, SETTINGS.p0_works)
GOOD_SHARES: Final = (0.85, 0.85, 0.95)
"""Win shares of a good pair: its source means one thing and fails mostly, its target works."""

PAST: Final = (SETTINGS.repairs_min, 20, 60)
"""Wins without a loss on each question that a pair has when it is numbered with a past: just enough repairs to be a
candidate, of a text that always fails, to one that always works. Worthless pairs are false in their meaning."""


class Scene(NamedTuple):
    """What there is to find.

    Attributes:
        worthless, good: pairs of each kind, in a random order.
        steps: outcomes of each question.
        together: pairs that share all outcomes, worthless with worthless: 1 none.
        repaired: whether pairs have ``PAST`` when they get their number, as candidates may have.
    """

    worthless: int
    good: int
    steps: int
    together: int = 1
    repaired: bool = False


class Rule(NamedTuple):
    """Levels: the e-value that each number needs, and whether discoveries make it less."""

    name: str
    needed: Numbers
    shared: bool
    pays: bool = False
    """Whether what each question already had when the pair was numbered is asked for again."""


class Found(NamedTuple):
    """When each pair was found, 0 never, and which are worthless."""

    steps: Steps
    worthless: NDArray[np.bool_]

    def false_proportions(self, until: int) -> Numbers:
        """Return the false discovery proportion after 1, 2, ... steps."""
        counted = [
            np.bincount(self.steps[kind], minlength=until + 1)[1:].cumsum()
            for kind in (self.worthless, ~self.worthless)
        ]
        return np.asarray(counted[0] / np.maximum(counted[0] + counted[1], 1))

    def power(self, until: int) -> float:
        """Return the share of good pairs found within so many steps."""
        steps = self.steps[~self.worthless]
        return float(((steps > 0) & (steps <= until)).mean()) if len(steps) else float("nan")


def log_e_values(p0: float, outcomes: int) -> Numbers:
    """Return, shape (outcomes + 1, outcomes + 1), ``log_e_value`` by wins and losses; -inf far below 1."""
    wins, losses = np.meshgrid(np.arange(outcomes + 1.0), np.arange(outcomes + 1.0), indexing="ij")
    prior_wins, prior_losses = evidence.PRIOR_WINS, evidence.PRIOR_LOSSES
    with np.errstate(divide="ignore"):
        upper = np.log(betaincc(prior_wins + wins, prior_losses + losses, p0))
    betted = betaln(prior_wins + wins, prior_losses + losses) + upper
    start = betaln(prior_wins, prior_losses) + np.log(betaincc(prior_wins, prior_losses, p0))
    return np.asarray(betted - start - wins * np.log(p0) - losses * np.log1p(-p0))


class Crowd:
    """The pairs of one scene and seed, step by step."""

    def __init__(self, scene: Scene, seed: int, tables: Sequence[Numbers]) -> None:
        """Mix good and worthless pairs; a worthless one gets the question that is false of it in turn."""
        self.chance = np.random.default_rng(seed)
        self.tables = tables
        self.together = scene.together
        pairs = scene.worthless + scene.good
        self.worthless = np.zeros(pairs, np.bool_)
        self.worthless[: scene.worthless] = True
        self.shares = np.repeat(np.array(GOOD_SHARES)[:, None], pairs, axis=1)
        false = np.zeros(pairs, np.int64) if scene.repaired else np.arange(pairs) // scene.together % len(BEATEN)
        for question, p0 in enumerate(BEATEN):
            self.shares[question, self.worthless & (false == question)] = p0
        self.order = self.chance.permutation(pairs)
        self.outcomes = np.array(PAST) * scene.repaired
        self.wins = np.repeat(self.outcomes[:, None], pairs, axis=1)
        self.pairs = pairs

    def log_e(self) -> Numbers:
        """Return, shape (questions, pairs), e-values as logarithms, in the order of the pairs' numbers."""
        logs = [
            table[wins, outcomes - wins]
            for table, wins, outcomes in zip(self.tables, self.wins, self.outcomes, strict=True)
        ]
        return np.array(logs)[:, self.order]

    def step(self) -> None:
        """Give each pair an outcome of each question; pairs of a group see the same luck."""
        groups = -(-self.pairs // self.together)
        luck = np.repeat(self.chance.random((len(BEATEN), groups)), self.together, axis=1)[:, : self.pairs]
        self.wins += luck < self.shares
        self.outcomes = self.outcomes + 1


def run(scene: Scene, rules: Sequence[Rule], seed: int, tables: Sequence[Numbers]) -> list[Found]:
    """Look after each step and return what each rule found when; the same outcomes for all of them."""
    crowd = Crowd(scene, seed, tables)
    already = np.maximum(crowd.log_e(), 0.0)
    bars = [np.log(rule.needed[: crowd.pairs]) for rule in rules]
    found = [np.zeros(crowd.pairs, np.int64) for _ in rules]
    for number in range(1, scene.steps + 1):
        crowd.step()
        log_e = crowd.log_e()
        least = {pays: (log_e - already * pays).min(axis=0) for pays in {rule.pays for rule in rules}}
        for rule, bar, steps in zip(rules, bars, found, strict=True):
            _take(least[rule.pays] - bar, steps, number, shared=rule.shared)
    worthless = crowd.worthless[crowd.order]
    return [Found(steps, worthless) for steps in found]


def _take(above: Numbers, steps: Steps, now: int, *, shared: bool) -> None:
    """Mark what is found now, smallest number first; each discovery lowers the bar of the others when it is shared."""
    while True:
        earned = np.log1p(np.count_nonzero(steps)) if shared else 0.0
        passing = np.flatnonzero((above + earned >= 0.0) & (steps == 0))
        if not len(passing):
            return
        steps[passing] = now
        if not shared:
            return
