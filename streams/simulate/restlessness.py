"""Lets a world change all along a long run, in every month alike. Knows no traffic.

Five kinds of change, by their label in the truth: ``fixed``, a text that failed begins to work by itself; ``broken``, a
text that others are heard as ceases to work; ``flipped``, a misheard text is from then on what is heard for other
words; ``preferred``, people who say a text want something else by it from one moment on, all of them.
"""

import random
from collections.abc import Iterator
from typing import Final

from rapidfuzz import fuzz

from streams.simulate.building import FAILS, WORKS
from streams.simulate.drifting import change, flip, frequencies, frequent, others_like, source_of, works
from streams.simulate.world import FOREVER_MS, Goal, Node, Wording, World

MONTH_DAYS: Final = 30
DAY_MS: Final = 86_400_000

FIXED: Final = 2.0
BROKEN: Final = 2.0
FLIPPED: Final = 1.0
PREFERRED: Final = 1.0
"""Texts that change in a month with ``amount`` 1: enough for every month to hold each kind, few enough to learn on."""

SPAN: Final = (0.03, 0.97)
"""Part of the run in which things change."""

NEAR_MAX: Final = 3
"""Requests to choose from where a text comes to mean another one."""

NEAR_SHARE: Final = 0.33
"""Texts that come to mean something else are drawn from this part of all, those that sound most like other words."""

TAKEN_OVER_SHARE_MAX: Final = 0.5
"""Of the other people's words at most so many are replaced by a text that they take over."""


def drift(world: World, seed: int, days: int, amount: float) -> None:
    """Change a world in place, with ``amount`` 1 a few texts a month, at moments spread evenly over the days."""
    chance = random.Random(f"restless {seed}")  # noqa: S311 - a simulation
    months = days / MONTH_DAYS
    free = {node: mass for node, mass in frequencies(world).items() if node not in world.traps}
    failing = frequent({node: mass for node, mass in free.items() if works(world, node) < FAILS[1] + 0.01})
    failing = [node for node in failing if not node[0]]
    targets = list(_targets(world, failing, free))
    chance.shuffle(failing)
    chance.shuffle(targets)
    for at_ms in _moments(world, chance, days, PREFERRED * amount * months):
        _prefer_next(world, failing, chance, at_ms)
    for at_ms in _moments(world, chance, days, FLIPPED * amount * months):
        _flip_next(world, failing, chance, at_ms)
    for at_ms, node in zip(_moments(world, chance, days, FIXED * amount * months), failing, strict=False):
        change(world, node, "fixed", chance.uniform(*WORKS), at_ms)
    free_targets = [node for node in targets if node not in world.drifts]
    for at_ms, node in zip(_moments(world, chance, days, BROKEN * amount * months), free_targets, strict=False):
        change(world, node, "broken", chance.uniform(*FAILS), at_ms)


def _moments(world: World, chance: random.Random, days: int, number: float) -> list[int]:
    """Return moments, one in each of as many equal parts of the run, in any order."""
    count = round(number)
    first, last = SPAN
    shares = [first + (last - first) * (at + chance.random()) / count for at in range(count)]
    chance.shuffle(shares)
    return [world.starts_ms + round(days * DAY_MS * share) for share in shares]


def _targets(world: World, failing: list[Node], masses: dict[Node, float]) -> Iterator[Node]:
    """Yield for each goal with failing texts its most frequent text that works: what those would be heard as."""
    owners = {world.understandings[node].before.goal for node in failing}
    for index in sorted(owners):
        goal = world.goals[index]
        nodes = [(goal.state, wording.right.normalised) for wording in goal.wordings]
        working = [node for node in nodes if node in masses and works(world, node) >= WORKS[0]]
        if goal.offered and len(working) > 1:  # with one left, there is still something to learn
            yield max(working, key=lambda node: (masses[node], node))


def _flip_next(world: World, failing: list[Node], chance: random.Random, at_ms: int) -> None:
    """Let a text that is somebody's misheard words be heard for another goal's; take it off the list."""
    sources = {node: source_of(world, node) for node in failing}
    free = {
        node: found[0] for node, found in sources.items() if found is not None and found[1].flips_at_ms == FOREVER_MS
    }
    node = _draw_near(world, free, chance)
    failing.remove(node)
    flip(world, node, chance, at_ms, others_near)


def _prefer_next(world: World, failing: list[Node], chance: random.Random, at_ms: int) -> None:
    """Let a text that people really say be said for another goal; take it off the list."""
    spoken = {node: found for node in failing if (found := _spoken(world, node)) is not None}
    node = _draw_near(world, {node: goal for node, (goal, _) in spoken.items()}, chance)
    failing.remove(node)
    goal, wording = spoken[node]
    _prefer(goal, wording, chance.choice(others_near(world, goal, node)), at_ms)
    world.drifts[node] = ("preferred", at_ms)


def _draw_near(world: World, owners: dict[Node, Goal], chance: random.Random) -> Node:
    """Draw one of the texts that sound most like another goal's words."""
    by_nearness = sorted(
        owners, key=lambda node: (-_likeness(others_near(world, owners[node], node)[0], node), node)
    )  # fmt: skip
    return chance.choice(by_nearness[: max(1, round(NEAR_SHARE * len(by_nearness)))])


def _spoken(world: World, node: Node) -> tuple[Goal, Wording] | None:
    """Return whose words a text is, where they have others; None when nobody's."""
    for goal in world.requests():
        for wording in goal.wordings:
            if wording.right.normalised == node[1] and wording.flips_at_ms == FOREVER_MS:
                return (goal, wording) if _instead(goal, wording) else None
    return None


def _instead(goal: Goal, wording: Wording) -> Wording | None:
    """Return other words for a goal that never change."""
    others = (other for other in goal.wordings if other.right.normalised != wording.right.normalised)
    return next((other for other in others if other.flips_at_ms == FOREVER_MS), None)


def _prefer(goal: Goal, wording: Wording, other: Goal, at_ms: int) -> None:
    """From a moment on one goal's people say other words, and some of another goal's people say the text."""
    theirs, text = other.wordings[0], wording.channel()
    share = min(TAKEN_OVER_SHARE_MAX, _mass(goal, wording) / _mass(other, theirs))
    taken_over = Wording(theirs.said, share * theirs.weight, theirs.channel().items())  # until then it changes nothing
    taken_over.flip(at_ms, text.items(), wording.right)
    theirs.weight -= taken_over.weight
    other.wordings.append(taken_over)
    instead = _instead(goal, wording)
    if instead is not None:
        wording.flip(at_ms, instead.channel().items(), instead.right)


def others_near(world: World, goal: Goal, node: Node) -> list[Goal]:
    """Return the few requests that may take over a text and whose words are most like it.

    A text comes to mean, or to be heard for, something that sounds like it; and people who say it in vain then say
    something like it, which is all that a detector of rephrases can notice.
    """
    free = [other for other in others_like(world, goal, node) if other.wordings[0].flips_at_ms == FOREVER_MS]
    free.sort(key=lambda other: (-_likeness(other, node), other.index))
    return free[:NEAR_MAX]


def _likeness(goal: Goal, node: Node) -> float:
    return float(fuzz.ratio(node[1], goal.wordings[0].right.normalised))


def _mass(goal: Goal, wording: Wording) -> float:
    return goal.weight * wording.weight / sum(each.weight for each in goal.wordings)
