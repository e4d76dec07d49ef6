"""Lets a world change all along a long run, in every month alike. Knows no traffic.

Five kinds of change, by their label in the truth: ``fixed``, a text that failed begins to work by itself; ``broken``, a
text that others are heard as ceases to work; ``flipped``, a misheard text is from then on what is heard for other
words; ``preferred``, people who say a text want something else by it from one moment on, all of them.
"""

import random
from collections.abc import Iterator
from typing import Final

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
    """Let the next text that is somebody's misheard words be heard for another goal's; take it off the list."""
    for node in failing:
        found = source_of(world, node)
        if found is not None and found[1].flips_at_ms == FOREVER_MS and node not in world.drifts:
            failing.remove(node)
            flip(world, node, chance, at_ms)
            return


def _prefer_next(world: World, failing: list[Node], chance: random.Random, at_ms: int) -> None:
    """Let the next text that people really say be said for another goal; take it off the list."""
    for node in failing:
        spoken = _spoken(world, node)
        if spoken is not None:
            failing.remove(node)
            _prefer(world, node, spoken, chance, at_ms)
            return


def _spoken(world: World, node: Node) -> tuple[Goal, Wording, Wording] | None:
    """Return whose words a text is: the goal, the wording, and other words of the goal; None when nobody's."""
    for goal in world.requests():
        for wording in goal.wordings:
            if wording.right.normalised == node[1] and wording.flips_at_ms == FOREVER_MS:
                others = [other for other in goal.wordings if other.right.normalised != node[1]]
                return (goal, wording, others[0]) if others else None
    return None


def _prefer(world: World, node: Node, spoken: tuple[Goal, Wording, Wording], chance: random.Random, at_ms: int) -> None:
    """From a moment on, hear from one goal's people its other words, and the text from another goal's people."""
    goal, wording, instead = spoken
    wording.flip(at_ms, instead.channel().items(), instead.right)
    others = [other for other in others_like(world, goal) if other.wordings[0].flips_at_ms == FOREVER_MS]
    if not others:
        return
    other = chance.choice(others)
    theirs = other.wordings[0]
    share = min(TAKEN_OVER_SHARE_MAX, _mass(goal, wording) / _mass(other, theirs))
    channel = theirs.channel()
    channel[theirs.right] *= 1.0 - share
    theirs.flip(at_ms, [*channel.items(), (wording.right, share)])
    world.drifts[node] = ("preferred", at_ms)


def _mass(goal: Goal, wording: Wording) -> float:
    return goal.weight * wording.weight / sum(each.weight for each in goal.wordings)
