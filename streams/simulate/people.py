"""Who speaks: how often, from which devices, what they like, and how they react. Knows goals, no assistant."""

import random
from typing import Final, Literal

import msgspec

from streams.simulate.world import Choice, Goal, Wording

ACTIVITY_EXPONENT: Final = 0.5
"""Zipf exponent of how much people talk: of 2,000 the busiest talks some 22 times as much as the median one."""

FAVOURITES: Final = 8
FAVOURITE_SHARE: Final = 0.5
"""Half of what people ask is one of a few things they often ask; the rest is what everybody asks."""

HABIT_SHARE: Final = 0.6
"""How often people say a thing in the words they always use for it."""

Reaction = Literal["repeat", "reword", "change", "leave", "cancel"]

VISIBLE: Final[tuple[tuple[Reaction, float], ...]] = (
    ("repeat", 0.3), ("reword", 0.5), ("change", 0.07), ("leave", 0.09), ("cancel", 0.04),
)  # fmt: skip
"""What follows a failure that the assistant owns up to."""

SILENT: Final[tuple[tuple[Reaction, float], ...]] = (
    ("repeat", 0.22), ("reword", 0.5), ("change", 0.06), ("leave", 0.13), ("cancel", 0.09),
)  # fmt: skip
"""What follows an answer to something else: some never notice."""

LATER: Final[tuple[tuple[Reaction, float], ...]] = (
    ("repeat", 0.22), ("reword", 0.45), ("change", 0.08), ("leave", 0.2), ("cancel", 0.05),
)  # fmt: skip
"""From the third failure in a row."""

LAST: Final[tuple[tuple[Reaction, float], ...]] = (("repeat", 0.1), ("reword", 0.2), ("leave", 0.6), ("cancel", 0.1))
"""From the fourth: two in three calls end here (GetGoing)."""


class Person(msgspec.Struct):
    """One user.

    Attributes:
        name: pseudonymous id.
        devices: ids of what they speak to.
        favourites: goals they often have.
        free_at_ms: when their last session is over.
    """

    name: str
    devices: tuple[str, ...]
    favourites: tuple[Goal, ...]
    free_at_ms: int = 0


class People:
    """All users, drawn by how much they talk."""

    def __init__(self, users: int, goals: list[Goal], seed: int) -> None:
        self._goals = Choice((goal, goal.weight) for goal in goals)
        self._seed = seed
        chance = random.Random(f"people {seed}")  # noqa: S311 - a simulation
        everyone = [self._person(number, chance) for number in range(1, users + 1)]
        self._people = Choice((person, rank**-ACTIVITY_EXPONENT) for rank, person in enumerate(everyone, start=1))
        visible, silent, later, last = Choice(VISIBLE), Choice(SILENT), Choice(LATER), Choice(LAST)
        self._reactions = {False: (visible, visible, later, last), True: (silent, silent, later, last)}

    def _person(self, number: int, chance: random.Random) -> Person:
        name = f"u{number:04d}"
        devices = tuple(f"{name}-{letter}" for letter in "ab"[: 1 + (chance.random() < 0.3)])  # noqa: PLR2004
        return Person(name, devices, tuple(self._goals.at(chance.random()) for _ in range(FAVOURITES)))

    def speaker(self, chance: float) -> Person:
        """Draw who speaks next."""
        return self._people.at(chance)

    def goal(self, person: Person, chance: random.Random) -> Goal:
        """Draw what a person wants."""
        if chance.random() < FAVOURITE_SHARE:
            return person.favourites[int(chance.random() * FAVOURITES)]
        return self._goals.at(chance.random())

    def anything(self, chance: float) -> Goal:
        """Draw what anybody might want."""
        return self._goals.at(chance)

    def usual_wording(self, person: Person, goal: Goal, chance: random.Random) -> Wording:
        """Draw the words a person starts with: their own habit, or any."""
        if chance.random() < HABIT_SHARE:
            return goal.wording(hash_share(person.name, goal.index, self._seed))
        return goal.wording(chance.random())

    def reaction(self, chance: float, failures: int, *, silent: bool) -> Reaction:
        """Draw what a person does after so many failures in a row, the last of them silent or not."""
        by_run = self._reactions[silent]
        return by_run[min(failures, len(by_run)) - 1].at(chance)


def other_wording(goal: Goal, said: Wording, chance: random.Random) -> Wording:
    """Draw other words for the same; a goal with one wording gives it again."""
    for _ in range(4):
        wording = goal.wording(chance.random())
        if wording is not said:
            return wording
    return next((wording for wording in goal.wordings if wording is not said), said)


def hash_share(name: str, index: int, seed: int) -> float:
    """Return a fixed number in [0, 1) for a person and a goal."""
    mixed = (int(name[1:]) * 0x9E3779B1 + index * 0x85EBCA77 + seed * 0xC2B2AE3D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) / 2**32
