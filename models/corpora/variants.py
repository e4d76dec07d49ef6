"""Says a request in other words by rule: more or less politely, shorter, longer, in keywords. Knows texts only.

Every function returns a text that asks for the same, or None where the rule does not fit. The rules are English, but
for :func:`shortened` and :func:`keywords`, which drop words in every language that has spaces.
"""

from random import Random
from typing import Final

OPENINGS: Final = (
    "please", "can you", "could you", "could you please", "can you please", "would you", "will you", "hey", "ok",
    "i want you to", "i need you to", "i would like you to", "id like you to", "go ahead and", "now", "just", "try to",
)  # fmt: skip
"""Put before a command, they change nothing."""

ASKING_OPENINGS: Final = ("tell me", "please tell me", "can you tell me", "i want to know", "do you know", "hey")
"""The same before a question."""

CLOSINGS: Final = ("please", "for me", "now", "right now", "for me please", "thanks", "okay")

QUESTION_WORDS: Final = frozenset(
    "what whats how hows when whens where wheres who whos why which is are do does did will was am should have has "  # noqa: SIM905
    "were whose".split()
)

VERBS: Final = {
    "turn on": "switch on", "turn off": "switch off", "switch on": "turn on", "switch off": "turn off",
    "show": "display", "show me": "give me", "set": "make", "delete": "remove", "remove": "delete", "add": "put",
    "create": "make", "make": "create", "start": "begin", "play": "put on", "find": "look for", "search": "look up",
    "look up": "find", "call": "phone", "send": "write", "tell me": "give me", "give me": "tell me", "cancel": "delete",
    "what is": "whats", "whats": "what is", "increase": "raise", "decrease": "lower", "order": "get", "book": "reserve",
    "reserve": "book", "schedule": "plan", "remind me": "set a reminder", "check": "look at", "list": "show",
    "compose": "write", "read": "read out",
}  # fmt: skip
"""Verbs a request opens with, and others for them."""

FUNCTION_WORDS: Final = frozenset(
    "a an the to for of in on at by me my i id im you your please can could would will want need like is are do does "  # noqa: SIM905
    "be it that this there and with hey ok just some what whats how tell give show have any so".split()
)
"""Dropped by people who try keywords."""

JOINTS: Final = frozenset("for on at in to from with about by of named called using before after near until".split())  # noqa: SIM905
"""What follows one of these is a detail that may be left out or added."""

WORDS_KEPT_MIN: Final = 2
ENDING_MAX: Final = 4
"""Words at the end that are left out in languages whose joints are not known."""


def politely(chance: Random, text: str) -> str | None:
    """Return a request with words of politeness around it, or without those it has."""
    bare = bluntly(text)
    if bare is not None and chance.random() < 1.0 / 2.0:
        return bare
    if chance.random() < 1.0 / 3.0:
        return f"{text} {chance.choice(CLOSINGS)}"
    openings = ASKING_OPENINGS if text.split(" ", 1)[0] in QUESTION_WORDS else OPENINGS
    return f"{chance.choice(openings)} {text}"


def bluntly(text: str) -> str | None:
    """Return a request without its words of politeness, None if it has none."""
    bare = text
    for opening in sorted((*OPENINGS, *ASKING_OPENINGS), key=len, reverse=True):
        bare = bare.removeprefix(f"{opening} ")
    for closing in sorted(CLOSINGS, key=len, reverse=True):
        bare = bare.removesuffix(f" {closing}")
    return bare if bare != text and " " in bare else None


def other_verb(chance: Random, text: str) -> str | None:
    """Return a request with another verb for the one it opens with."""
    bare = bluntly(text) or text
    fitting = [verb for verb in VERBS if bare.startswith(f"{verb} ")]
    if not fitting:
        return None
    verb = chance.choice(fitting)
    return f"{VERBS[verb]}{bare[len(verb) :]}"


def keywords(chance: Random, text: str) -> str | None:
    """Return the words of a request that carry its meaning, now and then in another order."""
    kept = [word for word in text.split() if word not in FUNCTION_WORDS]
    if not WORDS_KEPT_MIN <= len(kept) < len(text.split()):
        return None
    if chance.random() < 1.0 / 3.0:
        turn = chance.randrange(len(kept))
        kept = kept[turn:] + kept[:turn]
    return " ".join(kept)


def shortened(chance: Random, text: str) -> str | None:
    """Return a request without its last detail."""
    words = text.split()
    joints = [place for place in range(WORDS_KEPT_MIN, len(words) - 1) if words[place] in JOINTS]
    if joints:
        return " ".join(words[: chance.choice(joints)])
    if len(words) <= WORDS_KEPT_MIN:
        return None
    return " ".join(words[: max(WORDS_KEPT_MIN, len(words) - chance.randint(1, ENDING_MAX))])
