"""A second learner that is not told which turns were rewritten, and how well either knows which rewrites are right.

Both hear the same events. What the second one learns is never served. Each evening both are asked how far they believe
in every rewrite that is or was served; a learner answers from its own books alone:

- The aware one books served turns on the rewrite, by arm. It believes ``P(treated > held out)``, both success shares
  being Beta distributed by the outcomes in all versions of the rewrite so far (Ponnusamy et al., 2022).
- The unaware one books a rewritten turn as if the person's own words had been run. It cannot tell the arms apart; the
  best it can do is to compare the words: it believes ``P(target > source)``, by the outcomes of either text in its
  present epoch.

Knows two learners' rows and the truth, not how anything is served.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from schemas.records import TurnEvent
from streams.driver import Driver
from streams.learn.rows import SEPARATOR, Node, row_key
from streams.settings import Settings
from streams.simulate.loop_result import Attribution
from streams.simulate.true_days import DAY_MS
from streams.simulate.truth import Truth, faults
from streams.text import normalise

Numbers = NDArray[np.float64]

STEPS: Final = 256
"""Equally likely values of one share that the other is compared with."""


class Served(NamedTuple):
    """A rewrite that is or was served, as last published."""

    chain: str
    rewrite_id: str
    state: str
    source: str
    target: str


class Belief(NamedTuple):
    """What both learners believed of a rewrite on an evening."""

    served: Served
    aware: float
    unaware: float


class Unaware:
    """A witness of a closed loop. ``evenings`` holds the beliefs of each day."""

    def __init__(self, settings: Settings) -> None:
        """Begin with a learner that knows nothing; ``settings`` are those of the one that is served."""
        self.driver = Driver(settings)
        self.evenings: list[list[Belief]] = []
        self._served: dict[str, Served] = {}

    def hour(self, events: list[TurnEvent]) -> None:
        """Hear what was said, without what was made of it."""
        self.driver.feed(map(stripped, events))

    def day(self, number: int, driver: Driver) -> None:  # noqa: ARG002 (evenings come in order)
        """Ask both learners."""
        for rewrite in driver.live.values():
            self._served[rewrite.rewrite_id] = Served(
                f"{rewrite.tenant}|{rewrite.locale}", rewrite.rewrite_id, rewrite.state, rewrite.source,
                normalise(rewrite.target, rewrite.locale),
            )  # fmt: skip
        served = list(self._served.values())
        aware = superior(*_arms(driver, served))
        unaware = superior(*_texts(self.driver, served))
        self.evenings.append([Belief(*each) for each in zip(served, aware.tolist(), unaware.tolist(), strict=True)])

    def judged(self, truth: Truth) -> Iterator[Attribution]:
        """Yield for each evening how well the beliefs told right from wrong."""
        texts = truth.index()
        for day, beliefs in enumerate(self.evenings):
            at_ms = truth.from_ms + (day + 1) * DAY_MS - 1
            right = np.array(
                [
                    not faults(texts.get((each.state, each.source)), texts.get((each.state, each.target)), at_ms,
                               truth.locale)
                    for each, _, _ in beliefs
                ], dtype=bool,
            )  # fmt: skip
            aware, unaware = (np.array([belief[place] for belief in beliefs]) for place in (1, 2))
            yield Attribution(
                day, average_precision(aware, right), average_precision(unaware, right), len(beliefs), int(sum(~right)),
                average_precision(-aware, ~right), average_precision(-unaware, ~right),
            )  # fmt: skip


def stripped(event: TurnEvent) -> TurnEvent:
    """Return an event without its rewrite."""
    if event.turn is None or event.turn.rewrite is None:
        return event
    return msgspec.structs.replace(event, turn=msgspec.structs.replace(event.turn, rewrite=None))


def _arms(driver: Driver, served: Sequence[Served]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return successes and failures of treated and of held-out turns, over all versions."""
    sums: Mapping[str, Numbers] = defaultdict(lambda: np.zeros(4))
    for key, row in driver.rows["learn"].scan("served|"):
        counts = row.treated_wins, row.treated_losses, row.held_out_wins, row.held_out_losses
        sums[key.split(SEPARATOR)[-2]][:] += counts
    return _columns([sums[each.rewrite_id] for each in served])


def _texts(driver: Driver, served: Sequence[Served]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return successes and failures of targets and of sources."""
    rows = driver.rows["learn"]

    def counts(chain: str, state: str, said: str) -> tuple[float, float]:
        node: Node | None = rows.get(row_key("node", chain, state, said))
        return (0.0, 0.0) if node is None else (node.accepted, node.failed)

    return _columns([
        np.array([*counts(each.chain, each.state, each.target), *counts(each.chain, each.state, each.source)])
        for each in served
    ])  # fmt: skip


def _columns(rows: Sequence[Numbers]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    first, second, third, fourth = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return first, second, third, fourth


def superior(wins: Numbers, losses: Numbers, other_wins: Numbers, other_losses: Numbers) -> Numbers:
    """Return the chance that the first success share is larger, each Beta(1 + wins, 1 + losses)."""
    quantiles = (np.arange(STEPS) + 0.5) / STEPS
    shares = betaincinv(1.0 + wins[:, None], 1.0 + losses[:, None], quantiles)
    return np.asarray(betainc(1.0 + other_wins[:, None], 1.0 + other_losses[:, None], shares).mean(axis=1))


def average_precision(beliefs: Numbers, positive: NDArray[np.bool_]) -> float | None:
    """Return the area under the precision-recall curve, in steps; equal beliefs are one step. None without both kinds.

    The area is the mean, over the positive ones, of the precision among all that are believed in at least as much.
    """
    if not positive.any() or positive.all():
        return None
    at_least = beliefs[None, :] >= beliefs[positive][:, None]
    return float((at_least[:, positive].sum(axis=1) / at_least.sum(axis=1)).mean())
