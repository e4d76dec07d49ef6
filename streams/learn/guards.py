"""What no rewrite may do, whatever its evidence. Knows two texts and the roles they play, no counts.

Negation and numbers stay as they are, protected intents are left alone, and no live target is ever a live source: so
there are no chains and no cycles.
"""

from functools import lru_cache

import regex

from streams import phrases
from streams.learn.rows import Roles

_WORDS = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+")
"""The words of a name in any style: contacts_lookup, UnlockDoor, SMSContacts; capitals in a row are one word."""


def text_guards(source: str, target: str, locale: str) -> list[str]:
    """Return what a change from one normalised text to another would break: guard_negation, guard_number."""
    broken = []
    if phrases.negations(source, locale) != phrases.negations(target, locale):
        broken.append("guard_negation")
    if sorted(phrases.numbers(source, locale)) != sorted(phrases.numbers(target, locale)):
        broken.append("guard_number")
    return broken


@lru_cache(maxsize=4_096)
def is_protected(meaning: str, protected: tuple[str, ...]) -> bool:
    """Return whether the domain or intent of a meaning contains a protected word (or its plural)."""
    head = meaning.split("(", 1)[0]
    words = {word.lower() for word in _WORDS.findall(head)}
    return any(word in words or f"{word}s" in words for word in protected)


def role_guards(source: Roles | None, target: Roles | None) -> list[str]:
    """Return guard_chain when the source is a live target or the target a live source."""
    if (source is not None and source.as_target) or (target is not None and target.as_source):
        return ["guard_chain"]
    return []
