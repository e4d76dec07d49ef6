"""What a turn must report of the decision it was served with. Knows no producer and no table.

Everything learned about a served rewrite comes from these reports; a wrong one counts for or against the wrong text and
nobody would notice. So a report is made here, from the decision itself, and what contradicts it is refused.
"""

import msgspec

from schemas.records import Turn, TurnEvent
from streams.rewrites import Decided, applied
from streams.text import normalise
from streams.turn_values import Event, as_record


def reported(event: Event, decided: Decided) -> TurnEvent:
    """Return a turn's event with `turn.rewrite` as a decision says: both arms are reported, no rewrite is none.

    Whether the decision was made for this user and this open question cannot be seen from it.

    Args:
        event: the turn, in any form; `turn.said` is what the user said, also where something else was run.
        decided: what `decide` returned for it.

    Raises:
        ValueError: the event is not valid, or no turn, or what it says cannot have led to this decision; the text names
            the field and what it may be.
    """
    record = as_record(event)
    turn = record.turn
    if turn is None:
        message = "TurnEvent.turn: expected a turn, as only turns are decided about; send others without `decided`"
        raise ValueError(message)
    rewrite = applied(decided)
    if turn.rewrite not in {None, rewrite}:
        message = (
            "TurnEvent.turn.rewrite: expected none, or the one decided, found another one; leave it out, "
            "as it is taken from `decided`"
        )
        raise ValueError(message)
    _check_text(turn, record.locale, decided)
    return msgspec.structs.replace(record, turn=msgspec.structs.replace(turn, rewrite=rewrite))


def _check_text(turn: Turn, locale: str, decided: Decided) -> None:
    """Compare what was said with what was run: a treated turn ran something else, every other turn just that."""
    is_the_same = normalise(turn.said, locale) == normalise(decided.text, locale)
    if decided.arm == "treated" and is_the_same:
        message = (
            "TurnEvent.turn.said: expected what the user said, found the text that was run instead; "
            "keep the one beside the other"
        )
        raise ValueError(message)
    if decided.arm != "treated" and not is_the_same:
        message = (
            "TurnEvent.turn.said: expected the text that `decided` left as it was, found another one; "
            "give the decision that was made about this turn"
        )
        raise ValueError(message)
