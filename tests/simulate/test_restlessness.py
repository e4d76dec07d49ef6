"""Drift over a long run: of every kind, in every month, and none where none is asked for."""

from collections import Counter, defaultdict

import pytest

from streams.simulate.building import Builder
from streams.simulate.restlessness import drift
from streams.simulate.traffic import STARTS_MS
from streams.simulate.world import World
from streams.text import normalise

DAY_MS = 86_400_000
KINDS = {"fixed", "broken", "flipped", "preferred"}


def build(seed: int) -> World:
    """Return a world in which nothing changes."""
    return Builder(seed, lambda said: normalise(said, "en-US"), STARTS_MS, worthless=False).build()


@pytest.fixture(scope="module")
def world() -> World:
    """Return a world that changes for 90 days."""
    changed = build(3)
    drift(changed, 3, 90, 1.0)
    return changed


def test_each_month_has_each_kind(world: World) -> None:
    """Over 90 days, every 30 days hold every kind of change."""
    months: dict[int, set[str]] = defaultdict(set)
    for kind, at_ms in world.drifts.values():
        months[(at_ms - STARTS_MS) // (30 * DAY_MS)].add(kind)
    assert dict(months) == {0: KINDS, 1: KINDS, 2: KINDS}


def test_longer_runs_change_more() -> None:
    """The number of changes grows with the days, and with the amount; amount 0 changes nothing."""
    numbers = []
    for days, amount in ((30, 1.0), (60, 1.0), (30, 2.0), (90, 0.0)):
        changed = build(1)
        drift(changed, 1, days, amount)
        numbers.append(Counter(kind for kind, _ in changed.drifts.values()).total())
    assert numbers[0] * 2 == numbers[1] == numbers[2]
    assert numbers[3] == 0


def test_a_text_of_new_meaning_is_said_for_another_goal(world: World) -> None:
    """Before the moment only one goal's people say the text, from then on only another's."""
    ((state, text), at_ms) = next((node, at) for node, (kind, at) in world.drifts.items() if kind == "preferred")
    speakers = [
        {
            goal.index for goal in world.goals if goal.state == state
            for wording in goal.wordings if wording.right_at(moment).normalised == text
        } for moment in (at_ms - 1, at_ms)
    ]  # fmt: skip
    assert [len(each) for each in speakers] == [1, 1]
    assert speakers[0] != speakers[1]


def test_what_is_taken_over_changes_nothing_before(world: World) -> None:
    """Until people take over a text, each goal's words have the shares they had without any drift."""
    still = build(3)
    for before, after in zip(still.goals, world.goals, strict=True):
        shares: list[Counter[str]] = []
        for goal in (before, after):
            heard: Counter[str] = Counter()
            for wording in goal.wordings:
                heard[wording.right.normalised] += wording.weight  # type: ignore[assignment]
            shares.append(heard)
        assert shares[0] == pytest.approx(shares[1])


def test_a_broken_text_leaves_other_words(world: World) -> None:
    """Where a target ceases to work, another text of the same goal still does: there is something left to learn."""
    broken = [node for node, (kind, _) in world.drifts.items() if kind == "broken"]
    assert broken
    for node in broken:
        goal = world.goals[world.understandings[node].before.goal]
        others = [world.understandings[node[0], wording.right.normalised] for wording in goal.wordings]
        assert any(periods.after.works > 0.8 for periods in others)
