"""The assistant: what becomes of a text at a state. Knows the world, neither the speaker's goal nor any person."""

import random
from typing import Final, NamedTuple

import msgspec

from schemas.records import Interpretation, ReplyStatus
from streams.simulate.world import Node, World

ANSWERED_TEXTS: Final = ("Okay.", "Sure.", "Here you go.", "Done.")
NOT_UNDERSTOOD_TEXT: Final = "Sorry, I didn't get that."
FAILED_TEXT: Final = "Sorry, something went wrong."
UNSUPPORTED_TEXT: Final = "Sorry, I can't do that yet."

NOTHING_MADE: Final = -1
"""Goal of a text that the assistant made nothing of."""

FAILED_SHARE: Final = 0.25
"""Of the open failures to a request, how many are "failed" rather than "not understood"."""

GUESS_SHARE: Final = 0.3
"""How often a text that was not understood comes with a guess of low confidence."""


class Response(NamedTuple):
    """What the assistant did. ``goal`` is what it took the text for, ``NOTHING_MADE`` when it did not know."""

    status: ReplyStatus
    text: str
    interpretation: Interpretation | None
    goal: int


class Assistant:
    """Answers from the world's fixed chances."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sure: dict[int, Interpretation] = {}
        self._guess: dict[int, Interpretation] = {}
        for goal in world.goals:
            self._sure[goal.index] = msgspec.structs.replace(goal.interpretation, confidence=0.9)
            self._guess[goal.index] = msgspec.structs.replace(goal.interpretation, confidence=0.2)

    def respond(self, node: Node, at_ms: int, chance: random.Random) -> Response:
        """Answer a text at a state; what it never met it does not understand."""
        periods = self._world.understandings.get(node)
        if periods is None:
            return Response("asked_again" if node[0] else "not_understood", NOT_UNDERSTOOD_TEXT, None, NOTHING_MADE)
        understanding = periods.before if at_ms < periods.changes_at_ms else periods.after
        if chance.random() < understanding.works:
            return self._answer(understanding.goal, chance)
        if chance.random() < understanding.silent:
            return self._answer(understanding.wrong_goal, chance)
        return self._failure(node[0], understanding.wrong_goal, chance)

    def _answer(self, index: int, chance: random.Random) -> Response:
        if not self._world.goals[index].offered:
            return Response("unsupported", UNSUPPORTED_TEXT, self._sure[index], index)
        text = ANSWERED_TEXTS[int(chance.random() * len(ANSWERED_TEXTS))]
        return Response("answered", text, self._sure[index], index)

    def _failure(self, state: str, guessed: int, chance: random.Random) -> Response:
        guess = self._guess[guessed] if chance.random() < GUESS_SHARE else None
        if state:
            return Response("asked_again", NOT_UNDERSTOOD_TEXT, guess, NOTHING_MADE)
        if chance.random() < FAILED_SHARE:
            return Response("failed", FAILED_TEXT, guess, NOTHING_MADE)
        return Response("not_understood", NOT_UNDERSTOOD_TEXT, guess, NOTHING_MADE)
