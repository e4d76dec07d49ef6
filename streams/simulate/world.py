"""What people want, how they say it, what is heard, and what the assistant makes of it. Knows no person and no clock.

A world is built once from a seed and then only read.
"""

from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, TypeVar

import msgspec

from schemas.records import Interpretation, Slot

Node = tuple[str, str]
"""A text in its state: the open question's id ("" none) and the normalised text."""

Option = TypeVar("Option")

FOREVER_MS = 2**62
"""After the end of any simulated time."""


class Choice(Generic[Option]):
    """Weighted options, drawn by one number."""

    __slots__ = ("bounds", "options")

    def __init__(self, weighted: Iterable[tuple[Option, float]]) -> None:
        pairs = [(option, weight) for option, weight in weighted if weight > 0]
        self.options: tuple[Option, ...] = tuple(option for option, _ in pairs)
        total = sum(weight for _, weight in pairs)
        self.bounds: list[float] = [bound / total for bound in accumulate(weight for _, weight in pairs)]
        self.bounds[-1] = 1.0

    def at(self, chance: float) -> Option:
        """Return the option at a number in [0, 1)."""
        return self.options[bisect(self.bounds, chance)]


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A text as the recogniser gives it, and its normalised form."""

    text: str
    normalised: str


class Wording:
    """One way to say a goal: what is heard for it, first the words themselves. It may change once (``flips_at_ms``)."""

    __slots__ = ("_after", "_before", "_right_after", "flips_at_ms", "right", "said", "weight")

    def __init__(self, said: str, weight: float, heard: Iterable[tuple[Heard, float]]) -> None:
        self.said = said
        self.weight = weight
        channel = list(heard)
        self.right = self._right_after = channel[0][0]
        self._before = Choice(channel)
        self._after = self._before
        self.flips_at_ms = FOREVER_MS

    def flip(self, at_ms: int, heard: Iterable[tuple[Heard, float]], right: Heard | None = None) -> None:
        """Let other texts be heard from a moment on; with ``right`` other words are said, too."""
        self._after, self.flips_at_ms = Choice(heard), at_ms
        self._right_after = self.right if right is None else right

    def right_at(self, at_ms: int) -> Heard:
        """Return the words that are said at a moment, as heard without a mistake."""
        return self.right if at_ms < self.flips_at_ms else self._right_after

    def heard(self, chance: float, at_ms: int) -> Heard:
        """Return what the recogniser makes of it at a moment."""
        return (self._before if at_ms < self.flips_at_ms else self._after).at(chance)

    def channel(self) -> dict[Heard, float]:
        """Return the share of each text heard, before any flip."""
        bounds = [0.0, *self._before.bounds]
        return {heard: bounds[at + 1] - bounds[at] for at, heard in enumerate(self._before.options)}


class Goal:
    """Something people want, at one state, with the ways to say it.

    Attributes:
        index: place in the world's list of goals.
        state: the open question it answers, "" for a request.
        interpretation: what the assistant reports when it understood.
        weight: popularity among the goals of its state.
        offered: whether the assistant can do it at all; if not, it understands and says so.
        substitute: the goal people turn to when it is not offered, or None.
        followed_by: a goal that often comes right after this one worked, or None, with its share.
        enjoyed: share of successes after which the same is asked once more, because it was good.
    """

    __slots__ = (
        "enjoyed",
        "followed_by",
        "followed_share",
        "index",
        "interpretation",
        "meaning",
        "offered",
        "state",
        "substitute",
        "ways",
        "weight",
        "wordings",
    )  # fmt: skip

    def __init__(self, index: int, state: str, interpretation: Interpretation, weight: float) -> None:
        self.index = index
        self.state = state
        self.interpretation = interpretation
        self.meaning = written_meaning(state, interpretation)
        self.weight = weight
        self.offered = True
        self.substitute: int | None = None
        self.followed_by: int | None = None
        self.followed_share = 0.0
        self.enjoyed = 0.0
        self.wordings: list[Wording] = []
        self.ways: Choice[Wording] | None = None

    def wording(self, chance: float) -> Wording:
        """Draw a way to say it."""
        if self.ways is None:
            self.ways = Choice((wording, wording.weight) for wording in self.wordings)
        return self.ways.at(chance)


class Understanding(msgspec.Struct, frozen=True, gc=False):
    """How the assistant treats one text at one state, for a time.

    Attributes:
        goal: index of the goal it takes the text for, when it gets it right.
        works: chance of that; it depends on the text alone, not on who says it.
        wrong_goal: index of the goal it takes the text for when it errs in silence.
        silent: share of its errors that are answered all the same, as the wrong goal.
    """

    goal: int
    works: float
    wrong_goal: int
    silent: float


class Periods:
    """The understanding of one text over time: it may change once."""

    __slots__ = ("after", "before", "changes_at_ms")

    def __init__(self, before: Understanding) -> None:
        self.before = before
        self.after = before
        self.changes_at_ms = FOREVER_MS

    def change(self, at_ms: int, after: Understanding) -> None:
        """Let the assistant treat the text otherwise from a moment on."""
        self.after, self.changes_at_ms = after, at_ms

    def at(self, at_ms: int) -> Understanding:
        """Return the understanding at a moment."""
        return self.before if at_ms < self.changes_at_ms else self.after


class Question(msgspec.Struct, frozen=True):
    """An open question of a dialogue.

    Attributes:
        state: its id, as in ``expecting``.
        answers: indices of the goals people answer with, with weights.
        confirm: id of the question that reads the answer back, "" when nothing does.
        times: how often it is asked in one dialogue, at least and at most.
    """

    state: str
    answers: tuple[tuple[int, float], ...]
    confirm: str = ""
    times: tuple[int, int] = (1, 1)


class World(msgspec.Struct):
    """Everything there is to say, and what becomes of it.

    Attributes:
        goals: by index.
        dialogues: index of an opening goal -> the questions that follow when it worked.
        understandings: how the assistant treats each text.
        yes: index of the goal "yes", by confirmation state.
        no: index of the goal "no", by confirmation state.
        ends: goals that end their dialogue when answered ("no, that is all").
        traps: node -> why no rewrite may start there, whatever it looks like.
        drifts: node -> what changes there, and when (ms).
        starts_ms: the beginning of simulated time.
    """

    goals: list[Goal]
    dialogues: dict[int, tuple[Question, ...]]
    understandings: dict[Node, Periods]
    yes: dict[str, int]
    no: dict[str, int]
    ends: frozenset[int]
    traps: dict[Node, str]
    drifts: dict[Node, tuple[str, int]]
    starts_ms: int

    def requests(self) -> list[Goal]:
        """Return the goals that are requests, not answers."""
        return [goal for goal in self.goals if not goal.state]

    def chance(self, node: Node, goal: int, at_ms: int) -> float:
        """Return the chance that the assistant does what was meant when it runs a text, 0 for a text it never met."""
        periods = self.understandings.get(node)
        if periods is None or goal < 0 or not self.goals[goal].offered:
            return 0.0
        understanding = periods.at(at_ms)
        right = understanding.works if understanding.goal == goal else 0.0
        lucky = (1.0 - understanding.works) * understanding.silent if understanding.wrong_goal == goal else 0.0
        return right + lucky


def interpreted(domain: str, intent: str, slots: Iterable[tuple[str, str]] = ()) -> Interpretation:
    """Return an interpretation without its confidence."""
    return Interpretation(domain, intent, tuple(Slot(name, value) for name, value in slots))


def written_meaning(state: str, interpretation: Interpretation) -> str:
    """Return a meaning as text: domain, intent and slots; for an answer the values alone."""
    values = sorted(slot.value for slot in interpretation.slots)
    if state:
        return ", ".join(values) or f"{interpretation.domain}.{interpretation.intent}"
    slots = ",".join(sorted(f"{slot.name}={slot.value}" for slot in interpretation.slots))
    return f"{interpretation.domain}.{interpretation.intent}({slots})"
