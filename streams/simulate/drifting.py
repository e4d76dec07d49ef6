"""Lets a world change on the way: texts begin or cease to work, or come to mean something else. Knows no traffic."""

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import msgspec

from streams.simulate.building import FAILS, WORKS
from streams.simulate.world import Goal, Heard, Node, Wording, World

FIXED: Final = 4
BROKEN: Final = 3
FLIPPED: Final = 1
"""Texts that change in one run with ``drift`` 1: the assistant learns some, breaks some, one is heard for others."""

SPAN: Final = (0.35, 0.65)
"""When: never so early or late that one side of the change could not be seen."""

FREQUENT_SHARE: Final = 0.4
"""Changes happen to the more frequent part of the texts, or nobody would notice them."""


def drift(world: World, seed: int, days: int, amount: float) -> None:
    """Change a world in place. ``amount`` 0 changes nothing, 1 a few texts."""
    chance = random.Random(f"drift {seed}")  # noqa: S311 - a simulation
    span_ms = days * 86_400_000
    free = {node: mass for node, mass in frequencies(world).items() if node not in world.traps}
    failing = frequent({node: mass for node, mass in free.items() if works(world, node) < FAILS[1] + 0.01})
    working = frequent({node: mass for node, mass in free.items() if works(world, node) > WORKS[0] and not node[0]})
    chance.shuffle(failing)
    chance.shuffle(working)
    fixed, flipped = round(FIXED * amount), round(FLIPPED * amount)
    for node in failing[:fixed]:
        change(world, node, "fixed", chance.uniform(*WORKS), _moment(world, chance, span_ms))
    for node in working[: round(BROKEN * amount)]:
        change(world, node, "broken", chance.uniform(*FAILS), _moment(world, chance, span_ms))
    garbles = [node for node in failing[fixed:] if not node[0] and source_of(world, node) is not None]
    for node in garbles[:flipped]:
        flip(world, node, chance, _moment(world, chance, span_ms), others_like)


def frequencies(world: World) -> dict[Node, float]:
    """Return how often each text is heard at first, in proportion, by state and text."""
    masses: dict[Node, float] = defaultdict(float)
    for goal in world.goals:
        total = sum(wording.weight for wording in goal.wordings)
        for wording in goal.wordings:
            for heard, share in wording.channel().items():
                masses[goal.state, heard.normalised] += goal.weight * wording.weight / total * share
    return masses


def frequent(masses: dict[Node, float]) -> list[Node]:
    """Return the more frequent texts, the most frequent one first."""
    by_mass = sorted(masses, key=lambda node: (-masses[node], node))
    return by_mass[: max(1, int(FREQUENT_SHARE * len(by_mass)))] if by_mass else []


def works(world: World, node: Node) -> float:
    """Return how often a text works at first."""
    return world.understandings[node].before.works


def _moment(world: World, chance: random.Random, span_ms: int) -> int:
    return world.starts_ms + round(span_ms * chance.uniform(*SPAN))


def change(world: World, node: Node, label: str, success: float, at_ms: int) -> None:
    """Let a text work more or less often from a moment on."""
    periods = world.understandings[node]
    periods.change(at_ms, msgspec.structs.replace(periods.before, works=success))
    world.drifts[node] = (label, at_ms)


def source_of(world: World, node: Node) -> tuple[Goal, Wording, Heard, float] | None:
    """Return whose garble a text is: goal, wording, the text as heard, its share; None when it is somebody's words."""
    for goal in world.goals:
        for wording in goal.wordings:
            for heard, share in wording.channel().items():
                if (goal.state, heard.normalised) == node and heard is not wording.right:
                    return goal, wording, heard, share
    return None


def flip(
    world: World, node: Node, chance: random.Random, at_ms: int, others: Callable[[World, Goal, Node], list[Goal]]
) -> None:
    """From a moment on, hear a garble for another goal's words instead of for its own; ``others`` gives the choice."""
    source = source_of(world, node)
    if source is None:
        return
    goal, wording, heard, share = source
    other = chance.choice(others(world, goal, node))
    before = wording.channel()
    before[wording.right] += before.pop(heard)
    wording.flip(at_ms, before.items())
    theirs = other.wordings[0].channel()
    theirs[other.wordings[0].right] *= 1.0 - share
    kept = {text: part for text, part in theirs.items() if text is not heard}
    other.wordings[0].flip(at_ms, [*kept.items(), (heard, share)])
    world.drifts[node] = ("flipped", at_ms)


def others_like(world: World, goal: Goal, _node: Node) -> list[Goal]:
    """Return the requests that may take over a text: asked for about as often, offered, and not for fun."""
    return [
        other for other in world.requests()
        if other.index != goal.index and other.weight >= 0.7 * goal.weight and other.offered and not other.enjoyed
    ]  # fmt: skip
