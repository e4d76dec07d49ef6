"""Makes windows of real telephone calls whose right answer follows from what the assistant did. Knows no model.

The calls are records of the CMU GetGoing corpus: turns with ``prompt``, ``kind`` (the open question), ``user``, times
and ``reprompted``. A source is any turn of the caller that another one follows; turns the system made up itself are
left out. A source failed if the assistant asked the same question again (``reprompted``). The right later turn of a
failed source is the next one of the same kind among the four that follow which was not asked again: the caller got it
through. A turn nobody knows it of, the last of a call, did not get through. Otherwise, and for every source that did
not fail, none is right.
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from infra.samples.getgoing import LOCALE, events_of
from models.pairs import LATER_TURNS_MAX, Window, WindowTurn
from streams.text import normalise

CORPUS: Final = "getgoing"
NONE: Final = -1
Call = Mapping[str, Any]
Turn = Mapping[str, Any]


def read_calls(path: Path) -> list[dict[str, Any]]:
    """Return the calls of a file of JSON lines, plain or ``.gz``."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [msgspec.json.decode(line, type=dict[str, Any]) for line in content.splitlines()]


def windows_of(calls: Iterable[Call]) -> list[Window]:
    """Return a window for every source, call by call; the group is the call."""
    return [window for call in calls for window in _call_windows(call)]


def answer_of(source: Turn, later: Sequence[Turn]) -> int:
    """Return the index of the right later turn, -1 if none is."""
    if not source.get("reprompted"):
        return NONE
    through = (index for index, turn in enumerate(later) if _gets_through(turn) and turn["kind"] == source["kind"])
    return next(through, NONE)


def _gets_through(turn: Turn) -> bool:
    return turn.get("reprompted") is False


def turn_ids_of(calls: Iterable[Call]) -> list[tuple[str, ...]]:
    """Return, for every window and in the same order, the ids of its turns as events have them, the source's first."""
    return [
        tuple(ids[index : index + 1 + LATER_TURNS_MAX])
        for ids in ([_turn_id(call, turn) for turn in _turns_of(call)] for call in calls)
        for index in range(len(ids) - 1)
    ]


def replies_of(call: Call) -> dict[str, str]:
    """Return the prompt that came in reply to each turn, by its id; "" where nobody wrote it down."""
    prompts = [turn["prompt"] for turn in call["turns"][1:]] + [call.get("tail") or ""]
    return {_turn_id(call, turn): prompt for turn, prompt in zip(call["turns"], prompts, strict=True)}


def _turns_of(call: Call) -> list[Turn]:
    return [turn for turn in call["turns"] if not turn.get("synthetic")]


def _turn_id(call: Call, turn: Turn) -> str:
    """Return the id that :func:`infra.samples.getgoing.events_of` gives a turn."""
    return f"{call['call']}-{turn['i']}"


def _call_windows(call: Call) -> list[Window]:
    turns, replies = _turns_of(call), replies_of(call)
    times = {event.turn.turn_id: event.occurred_at for event in events_of([call]) if event.turn is not None}
    at_ms = [times[_turn_id(call, turn)] for turn in turns]
    said = [_turn(turn, replies[_turn_id(call, turn)]) for turn in turns]
    found = []
    for index, source in enumerate(said[:-1]):
        end = index + 1 + LATER_TURNS_MAX
        later = tuple(
            msgspec.structs.replace(
                said[place],
                gap_s=(at_ms[place] - at_ms[index]) / 1000.0,
                same_question=turns[place]["kind"] == turns[index]["kind"],
            )
            for place in range(index + 1, min(end, len(said)))
        )
        answer = answer_of(turns[index], turns[index + 1 : end])
        found.append(Window(source, later, answer, LOCALE, call["call"], CORPUS))
    return found


def _turn(turn: Turn, reply: str) -> WindowTurn:
    return WindowTurn(normalise(turn["user"], LOCALE), reply, bool(turn.get("reprompted")))
