"""A second learner that is not told which turns were rewritten, and how well either knows which rewrites are right.

Both hear the same events. What the second one learns is never served. Each evening both are asked how far they believe
in every rewrite that is or was served; a learner answers from its own books alone, by two success shares:

- The aware one books served turns on the rewrite, and the others on the words that were said (Ponnusamy et al., 2022).
  It compares the treated outcomes of the rewrite, over all its versions, with those of the source in its own words.
- The unaware one books a rewritten turn as if the person's own words had been run. The best it can do is to compare the
  words: outcomes of the target with outcomes of the source, both in their present epoch.

From the two shares, each Beta distributed, a belief is made in two ways: ``difference``, of the two means, and
``superiority``, the chance that the first is larger. The second is what a test asks; it saturates, and then no longer
tells much better from a little better.

Knows two learners' rows and the truth, not how anything is served.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
from streams.simulate.stretches import Texts
from streams.simulate.true_days import DAY_MS
from streams.simulate.truth import Truth, faults
from streams.text import normalise

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

Believe = Callable[[Numbers], Numbers]
"""Books, one row a rewrite, to beliefs: the larger, the more a rewrite is believed to be right."""

STEPS: Final = 256
"""Equally likely values of one share that the other is compared with."""


class Served(NamedTuple):
    """A rewrite that is or was served, as last published."""

    chain: str
    rewrite_id: str
    state: str
    source: str
    target: str


class Evening(NamedTuple):
    """What both learners had in their books about all that was served so far; one row a rewrite.

    Columns are successes and failures of what the rewrite runs, then of the words that were said. ``kept`` says which
    ones the aware and the unaware learner would serve themselves.
    """

    served: tuple[Served, ...]
    aware: Numbers
    unaware: Numbers
    kept: tuple[Flags, Flags]


class Unaware:
    """A witness of a closed loop. ``evenings`` holds the books of each day."""

    def __init__(self, settings: Settings) -> None:
        """Begin with a learner that knows nothing; ``settings`` are those of the one that is served."""
        self.driver = Driver(settings)
        self.evenings: list[Evening] = []
        self._served: dict[str, Served] = {}

    def hour(self, events: list[TurnEvent]) -> None:
        """Hear what was said, without what was made of it."""
        self.driver.feed(map(stripped, events))

    def day(self, number: int, driver: Driver) -> None:  # noqa: ARG002 (evenings come in order)
        """Look into the books of both learners."""
        for rewrite in driver.live.values():
            self._served[rewrite.rewrite_id] = Served(
                f"{rewrite.tenant}|{rewrite.locale}", rewrite.rewrite_id, rewrite.state, rewrite.source,
                normalise(rewrite.target, rewrite.locale),
            )  # fmt: skip
        served = tuple(self._served.values())
        aware = np.hstack([_treated(driver, served), _texts(driver, [(each, each.source) for each in served])])
        unaware = np.hstack([
            _texts(self.driver, [(each, each.target) for each in served]),
            _texts(self.driver, [(each, each.source) for each in served]),
        ])  # fmt: skip
        self.evenings.append(Evening(served, aware, unaware, (_kept(driver, served), _kept(self.driver, served))))

    def judged(self, truth: Truth, believe: Believe) -> Iterator[Attribution]:
        """Yield for each evening how well beliefs of one kind told right from wrong."""
        texts = truth.index()
        for day, evening in enumerate(self.evenings):
            at_ms = truth.from_ms + (day + 1) * DAY_MS - 1
            right = np.array([_is_right(each, texts, at_ms, truth.locale) for each in evening.served], dtype=bool)
            aware, unaware = believe(evening.aware), believe(evening.unaware)
            first, second = evening.kept
            yield Attribution(
                day, average_precision(aware, right), average_precision(unaware, right), len(right), int(sum(~right)),
                average_precision(-aware, ~right), average_precision(-unaware, ~right),
                (int(sum(first & right)), int(sum(second & right))),
                (int(sum(first & ~right)), int(sum(second & ~right))),
            )  # fmt: skip


def _is_right(served: Served, texts: Texts, at_ms: int, locale: str) -> bool:
    source, target = texts.get((served.state, served.source)), texts.get((served.state, served.target))
    return not faults(source, target, at_ms, locale)


def stripped(event: TurnEvent) -> TurnEvent:
    """Return an event without its rewrite."""
    if event.turn is None or event.turn.rewrite is None:
        return event
    return msgspec.structs.replace(event, turn=msgspec.structs.replace(event.turn, rewrite=None))


def _kept(driver: Driver, served: Sequence[Served]) -> Flags:
    """Say which rewrites a learner has live."""
    live = {rewrite.rewrite_id for rewrite in driver.live.values()}
    return np.array([each.rewrite_id in live for each in served], dtype=bool)


def _treated(driver: Driver, served: Sequence[Served]) -> Numbers:
    """Return successes and failures of treated turns, over all versions."""
    sums: dict[str, Numbers] = defaultdict(lambda: np.zeros(2))
    for key, row in driver.rows["learn"].scan("served|"):
        sums[key.split(SEPARATOR)[-2]] += (row.treated_wins, row.treated_losses)
    return np.array([sums[each.rewrite_id] for each in served]).reshape(-1, 2)


def _texts(driver: Driver, asked: Sequence[tuple[Served, str]]) -> Numbers:
    """Return successes and failures of texts, each at the state of its rewrite."""
    rows = driver.rows["learn"]
    nodes: list[Node | None] = [rows.get(row_key("node", each.chain, each.state, said)) for each, said in asked]
    counts = [(0.0, 0.0) if node is None else (node.accepted, node.failed) for node in nodes]
    return np.array(counts, dtype=np.float64).reshape(-1, 2)


def difference(books: Numbers) -> Numbers:
    """Return how much larger the first success share is than the second, as means of Beta(1 + wins, 1 + losses)."""
    wins, losses, other_wins, other_losses = books.T
    share = (1.0 + wins) / (2.0 + wins + losses)
    return np.asarray(share - (1.0 + other_wins) / (2.0 + other_wins + other_losses))


def superiority(books: Numbers) -> Numbers:
    """Return the chance that the first success share is larger, both Beta(1 + wins, 1 + losses)."""
    wins, losses, other_wins, other_losses = books.T
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
