"""Runs real telephone calls through the detect stage in memory and reads off whom it joined. Knows no measure.

The stream does not decide by its model alone: ``streams/detect/assembly.py`` also joins a turn that answers a question
asked again and one that repeats, keeps several goals of a person open, and closes them after a pause.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from infra.samples.getgoing import events_of, shared_users_of
from schemas.records import Trail, TurnEvent
from streams.detect.reactions import ASKING_AGAIN
from streams.detect.scorer import Scorer
from streams.detect.settings import DetectSettings
from tests.bench.call_windows import NONE, Call, replies_of, turn_ids_of
from tests.building import Detecting

REFUSED: Final = "the detect stage refused turns of these calls"
Choices = NDArray[np.intp]
"""The index of the later turn taken for each window, -1 none."""


def joined_in_stream(scorer: Scorer, calls: Sequence[Call]) -> Choices:
    """Return which later turn the stream takes for the rewording of each source, in the order of the windows.

    It is the first turn of the source's trail after the source that was not itself asked again. None is taken if there
    is no such turn, if it is not among those of the window, or if the trail does not end in success: then the stream
    says that the caller did not get through, or that it does not know.

    Raises:
        ValueError: the detect stage refused a turn, so that nothing would be known of it.
    """
    events = events_with_replies(calls)
    detecting = Detecting(DetectSettings(shared_users=shared_users_of(calls)), scorer).feed(*events).finish()
    if detecting.flush.rejected:
        raise ValueError(REFUSED)
    asked_again = {event.turn.turn_id for event in events if event.turn and event.turn.reply.status in ASKING_AGAIN}
    taken = taken_of(detecting.trails, asked_again)
    return np.array([_index(taken, ids) for ids in turn_ids_of(calls)], dtype=np.intp)


def events_with_replies(calls: Iterable[Call]) -> list[TurnEvent]:
    """Return the calls as turn events with the words of replies, which windows have and packaged samples leave out."""
    replies = {turn_id: prompt for call in calls for turn_id, prompt in replies_of(call).items()}
    return [_with_reply(event, replies) for event in events_of(calls)]


def taken_of(trails: Iterable[Trail], asked_again: frozenset[str] | set[str]) -> dict[str, str]:
    """Return, by the id of a source, the id of the turn that a trail takes for its rewording, where it takes one."""
    taken: dict[str, str] = {}
    for trail in trails:
        through = ""
        for turn in reversed(trail.turns if trail.outcome == "success" else ()):
            if through:
                taken[turn.turn_id] = through
            through = through if turn.turn_id in asked_again else turn.turn_id
    return taken


def _index(taken: Mapping[str, str], ids: tuple[str, ...]) -> int:
    source, *later = ids
    chosen = taken.get(source)
    return later.index(chosen) if chosen in later else NONE


def _with_reply(event: TurnEvent, replies: Mapping[str, str]) -> TurnEvent:
    turn = event.turn
    if turn is None:
        return event
    reply = msgspec.structs.replace(turn.reply, text=replies[turn.turn_id])
    return msgspec.structs.replace(event, turn=msgspec.structs.replace(turn, reply=reply))
