"""Turns the calls of the CMU GetGoing corpus into turn events. Knows that corpus' call records, no files.

A call is a mapping as the corpus extract has it: ``call``, ``caller``, ``start``, ``end``, ``align``, ``turns``,
``tail`` and, for a line used by many people, ``shared_line``. Its local times are read as if they were UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import msgspec

from infra.samples.placeholders import placeholders, rare
from infra.samples.understood import interpretation_of
from schemas.records import Interpretation, Reply, ReplyStatus, Slot, Turn, TurnEvent
from streams.text import normalise

LOCALE: Final = "en-US"
TENANT: Final = "getgoing"
CALLERS_MIN: Final = 3
"""A text said by fewer callers is replaced: it may be a name or an address."""

Call = Mapping[str, Any]


def events_of(calls: Iterable[Call]) -> list[TurnEvent]:
    """Return one event a user turn of every call, by time; turns the system made up itself are left out."""
    events = [event for call in calls for event in _call_events(call)]
    return sorted(events, key=lambda event: (event.occurred_at, event.session_id))


def without_rare_texts(events: Sequence[TurnEvent], shared_users: Iterable[str] = ()) -> list[TurnEvent]:
    """Replace every text that fewer than ``CALLERS_MIN`` callers said, the same text by the same made-up word.

    So with what the system showed it had understood, counted by itself. The calls of a shared user count as callers.
    """
    shared = frozenset(shared_users)
    said: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, set[str]] = defaultdict(set)
    for event in events:
        caller = event.session_id if event.user in shared else event.user
        for sayers, texts in zip((said, shown), _texts(event), strict=True):
            for text in texts:
                sayers[text].add(caller)
    few_said, few_shown = rare(said, CALLERS_MIN), rare(shown, CALLERS_MIN)
    words = placeholders(few_said | few_shown)
    for_said = {text: words[text] for text in few_said}
    for_shown = {text: words[text] for text in few_shown}
    return [_with_words(event, for_said, for_shown) for event in events]


def shared_users_of(calls: Iterable[Call]) -> tuple[str, ...]:
    """Return the users that stand for a line many people call from."""
    return tuple(sorted({_user(call) for call in calls if call.get("shared_line")}))


def _with_words(event: TurnEvent, for_said: Mapping[str, str], for_shown: Mapping[str, str]) -> TurnEvent:
    turn = event.turn
    if turn is None:
        return event
    said = for_said.get(_key(turn.said), turn.said)
    meant = turn.interpretation
    if meant is not None:
        slots = tuple(Slot(slot.name, for_shown.get(_key(slot.value), slot.value)) for slot in meant.slots)
        meant = msgspec.structs.replace(meant, slots=slots)
    return msgspec.structs.replace(event, turn=msgspec.structs.replace(turn, said=said, interpretation=meant))


def _texts(event: TurnEvent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the normalised texts of an event: what was said, and what the system showed it had understood."""
    if event.turn is None:
        return (), ()
    meant = event.turn.interpretation
    shown = () if meant is None else tuple(_key(slot.value) for slot in meant.slots)
    return (_key(event.turn.said),), shown


def _key(text: str) -> str:
    return normalise(text, LOCALE)


def _user(call: Call) -> str:
    return f"caller-{call['caller']}"


def _call_events(call: Call) -> list[TurnEvent]:
    turns = call["turns"]
    times = _times(call)
    return [_event(call, at, times[at]) for at, turn in enumerate(turns) if not turn.get("synthetic")]


def _event(call: Call, at: int, occurred_at: int) -> TurnEvent:
    turn = call["turns"][at]
    return TurnEvent(
        tenant=TENANT,
        locale=LOCALE,
        user=_user(call),
        session_id=call["call"],
        occurred_at=occurred_at,
        turn=Turn(
            turn_id=f"{call['call']}-{turn['i']}",
            expecting=turn["kind"],
            said=turn["user"],
            speech_started_at=_speech_started_at(call, at, occurred_at),
            interpretation=_interpretation(call, at),
            reply=_reply(call, at, occurred_at),
        ),
    )


def _interpretation(call: Call, at: int) -> Interpretation | None:
    """Return what the system showed it had understood, only of answers that it took."""
    turns = call["turns"]
    if _status(call, at) != "answered":
        return None
    return interpretation_of(turns[at]["kind"], turns[at]["prompt"], turns[at + 1]["prompt"])


def _speech_started_at(call: Call, at: int, occurred_at: int) -> int | None:
    """Return when the caller began, only where speech segments and turns were equal in number: others are fitted."""
    t0 = call["turns"][at].get("t0")
    if call["align"] != "count_match" or t0 is None:
        return None
    return min(_start_ms(call) + round(1000 * float(t0)), occurred_at)


def _reply(call: Call, at: int, occurred_at: int) -> Reply:
    """Return the reply without its words, which name places."""
    status = _status(call, at)
    ended_at = _reply_ended_at(call, at, occurred_at)
    return Reply(status=status, started_at=None if ended_at is None else occurred_at, ended_at=ended_at)


def _status(call: Call, at: int) -> ReplyStatus:
    """Return asked_again where the system did; what came after a call's last turn is unknown, not a success."""
    turn = call["turns"][at]
    if turn.get("reprompted"):
        return "asked_again"
    return "unknown" if at + 1 == len(call["turns"]) else "answered"


def _reply_ended_at(call: Call, at: int, occurred_at: int) -> int | None:
    """Estimate the end of the next prompt, never after the caller's next words: the corpus has no barge-in flag."""
    following = call["turns"][at + 1] if at + 1 < len(call["turns"]) else {}
    if "t1" not in call["turns"][at] or "t0" not in following:
        return None
    next_speech = _start_ms(call) + round(1000 * float(following["t0"]))
    return max(occurred_at, min(occurred_at + round(1000 * float(following["prompt_est_s"])), next_speech))


def _times(call: Call) -> list[int]:
    """Return the end of speech of every turn, rising; where unknown, evenly between its neighbours."""
    start, end = _start_ms(call), _ms(call["end"])
    known = [(-1, start)]
    known += [(at, start + round(1000 * turn["t1"])) for at, turn in enumerate(call["turns"]) if "t1" in turn]
    known.append((len(call["turns"]), max(end, known[-1][1] + 1000)))
    times: list[int] = []
    for (left, left_ms), (right, right_ms) in pairwise(known):
        step = (right_ms - left_ms) / (right - left)
        times += [round(left_ms + step * (at - left)) for at in range(left + 1, right + 1)]
    return times[:-1]


def _start_ms(call: Call) -> int:
    return _ms(call["start"])


def _ms(written: str) -> int:
    return 1000 * int(datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
