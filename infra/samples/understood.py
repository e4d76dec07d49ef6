"""What the GetGoing system took an answer to mean, read off what it said next. Knows its prompts, no events.

The corpus has no interpretations, but the system always shows what it understood: it reads the next step, repeats the
last one, offers another route, or names the place it heard. Where it shows nothing, nothing is claimed.
"""

import re
from typing import Final

from schemas.records import Interpretation, Slot

STEP: Final = "step"

_ONWARD = re.compile(
    r"(next, |the first thing|the final step|the last step|would you like to hear an alternate"
    r"|were the provided directions)",
    re.IGNORECASE,
)
_OTHER_ROUTE = re.compile(r"(this is route|you are now hearing|there are \d+ available routes)", re.IGNORECASE)
_PLACE = re.compile(
    r"(?:okay, (?:going to|leaving from)|wanted to go to|were leaving from) (?P<place>[^.?]+)[.?]", re.IGNORECASE
)


def interpretation_of(kind: str, asked: str, following: str) -> Interpretation | None:
    """Return what an accepted answer meant.

    Args:
        kind: the open question.
        asked: the prompt it answered.
        following: the prompt after it, "" when there was none.
    """
    if kind == STEP:
        action = _step_action(asked, following)
        return None if action is None else Interpretation("directions", "navigate", (Slot("action", action),))
    place = _PLACE.search(following)
    if kind in {"dest", "orig"} and place is not None:
        return Interpretation("directions", "inform", (Slot("place", place["place"].strip()),))
    return None


def _step_action(asked: str, following: str) -> str | None:
    if _same_step(asked, following):
        return "repeat"
    if _OTHER_ROUTE.match(following):
        return "other route"
    return "onward" if _ONWARD.match(following) else None


def _same_step(asked: str, following: str) -> bool:
    """Return whether the second prompt reads the step of the first again; its closing question may differ."""
    first, second = (prompt.split(". ")[0].strip().lower() for prompt in (asked, following))
    return bool(second) and first == second and _ONWARD.match(second) is not None
