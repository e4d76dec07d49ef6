"""That the traffic is hard: learners that count carelessly fall into its traps."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest

from schemas.records import TurnEvent
from streams.simulate.judge import Verdict, judge
from streams.simulate.traffic import simulate
from streams.text import normalise

GAP_MS = 45_000
FAILED = frozenset({"asked_again", "not_understood", "failed"})


class Counts:
    """What followed what within the gap in the same session, at the same question."""

    def __init__(self) -> None:
        traffic = simulate(60_000, 1_200, 11)
        self.followed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.after_failure: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        sessions: dict[str, dict[str, TurnEvent]] = defaultdict(dict)
        for event in traffic:
            if event.turn is not None:
                sessions[event.session_id].setdefault(event.turn.turn_id, event)
        for turns in sessions.values():
            for first, second in pairwise(sorted(turns.values(), key=lambda event: event.occurred_at)):
                self._count(first, second)
        self.truth = traffic.truth()

    def _count(self, first: TurnEvent, second: TurnEvent) -> None:
        assert first.turn is not None
        assert second.turn is not None
        said, then = (normalise(turn.said, "en-US") for turn in (first.turn, second.turn))
        near = second.occurred_at - first.occurred_at <= GAP_MS and first.turn.expecting == second.turn.expecting
        if near and said != then and second.turn.reply.status == "answered":
            self.followed[first.turn.expecting, said][then] += 1
            if first.turn.reply.status in FAILED:
                self.after_failure[first.turn.expecting, said][then] += 1

    def verdict(self, counts: dict[tuple[str, str], Counter[str]], times_min: int) -> Verdict:
        """Judge hearing each text as what most often followed it, if that was often enough."""
        rows: list[dict[str, Any]] = []
        for (state, said), then in counts.items():
            target, times = then.most_common(1)[0]
            if times >= times_min:
                decided_at = self.truth.until_ms - 1
                rows.append({"state": state, "source": said, "target": target, "decided_at": decided_at})
        return judge(rows, self.truth)


@pytest.fixture(scope="module")
def counts() -> Counts:
    """Return the counts of one run."""
    return Counts()


def test_whatever_follows_most_is_mostly_wrong(counts: Counts) -> None:
    """Taking what often follows publishes more wrong pairs than right ones and falls into traps of many kinds."""
    verdict = counts.verdict(counts.followed, 5)
    assert verdict.pair_win_loss is not None
    assert verdict.pair_win_loss < 1
    assert {"followed", "mixed", "not offered"} <= verdict.traps.keys()
    assert verdict.found > 20


def test_what_follows_open_failures_is_better_and_still_wrong(counts: Counts) -> None:
    """Counting only after open failures is better, and still publishes many wrong pairs."""
    careless, careful = counts.verdict(counts.followed, 5), counts.verdict(counts.after_failure, 5)
    assert careless.pair_win_loss is not None
    assert careful.pair_win_loss is not None
    assert careless.pair_win_loss < careful.pair_win_loss < 15
    assert {"mixed", "protected"} <= careful.traps.keys()
