"""What an accepted turn was understood as, in one string. Knows interpretations, nothing of trails."""

from functools import lru_cache

from schemas.records import Interpretation
from streams.text import normalise

MEANINGS_REMEMBERED = 16_384
"""Meanings kept at hand: what people ask for repeats. A few megabytes."""


@lru_cache(maxsize=MEANINGS_REMEMBERED)
def meaning_of(said: str, state: str, locale: str, interpretation: Interpretation | None) -> str:
    """Return the meaning of a turn, were it accepted.

    Domain, intent and slots; for an answer to an open question the slot values alone, since the question supplies
    the role. Without an interpretation the utterance itself is its meaning.
    """
    if interpretation is None:
        return said
    if state:
        return _answer(interpretation, locale) or said
    slots = ",".join(sorted(f"{slot.name}={normalise(slot.value, locale)}" for slot in interpretation.slots))
    return f"{interpretation.domain}.{interpretation.intent}({slots})"


def _answer(interpretation: Interpretation, locale: str) -> str:
    values = sorted(normalise(slot.value, locale) for slot in interpretation.slots)
    if values:
        return ", ".join(values)
    return f"{interpretation.domain}.{interpretation.intent}".strip(".")
