"""A user's own turn logs as windows that nobody labelled, for a teacher to label. Knows turn events, no model.

A window is a turn with the turns after it that detection would ask a model about: same person, same device, near in
time, and no answer to a new question.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import pairwise
from random import Random
from typing import Final

from models.pairs import LATER_TURNS_MAX, Window, WindowTurn
from schemas.records import TurnEvent
from streams.detect import assembly, reactions
from streams.detect.holding import held_turn, is_before
from streams.detect.rows import HeldTurn
from streams.detect.settings import DetectSettings

CORPUS: Final = "own turns"
"""What windows from logs say they are from."""

GROUP_BYTES: Final = 8
"""Of a digest that stands for a person: no name goes into what is trained on."""


def windows_of(events: Iterable[TurnEvent], settings: DetectSettings) -> Iterator[Window]:
    """Yield the windows of all people, as soon as each is complete.

    Args:
        events: turn events in about the order of time; a turn that comes later than ``lateness_ms`` may miss its
            window.
        settings: how long a pause may be, as for detection.
    """
    held: dict[str, list[HeldTurn]] = {}
    for event in events:
        if event.turn is None:
            continue
        key = _person(event, settings)
        turns = held.setdefault(key, [])
        _insert(turns, held_turn(event, event.turn))
        until_ms = event.occurred_at - settings.lateness_ms
        yield from _complete(key, turns, until_ms, settings)
        if not turns:
            del held[key]
    for key, turns in held.items():
        yield from _all_of(key, turns, len(turns), settings)


def sample(windows: Iterable[Window], count: int, seed: int) -> list[Window]:
    """Return at most ``count`` windows, each equally likely, in the order in which they came.

    Source: Vitter, "Random Sampling with a Reservoir", ACM TOMS 1985, algorithm R.
    """
    chance = Random(seed)  # noqa: S311 - a sample, not a secret
    kept: list[tuple[int, Window]] = []
    for number, window in enumerate(windows):
        if number < count:
            kept.append((number, window))
        elif (place := chance.randrange(number + 1)) < count:
            kept[place] = number, window
    return [window for _, window in sorted(kept, key=lambda numbered: numbered[0])]


def _person(event: TurnEvent, settings: DetectSettings) -> str:
    user = f"{event.user}/{event.session_id}" if event.user in settings.shared_users else event.user
    return f"{event.tenant}|{user}"


def _insert(turns: list[HeldTurn], turn: HeldTurn) -> None:
    if any(other.turn_id == turn.turn_id for other in turns):
        return
    place = len(turns)
    while place and is_before(turn, turns[place - 1]):
        place -= 1
    turns.insert(place, turn)


def _complete(key: str, turns: list[HeldTurn], until_ms: int, settings: DetectSettings) -> Iterator[Window]:
    """Yield the windows of the turns at the front that no later turn can belong to, and let those turns go."""
    done = 0
    while done < len(turns) and turns[done].ended_at + settings.gap_ms < until_ms:
        done += 1
    yield from _all_of(key, turns, done, settings)
    del turns[:done]


def _all_of(key: str, turns: list[HeldTurn], count: int, settings: DetectSettings) -> Iterator[Window]:
    for place in range(count):
        window = _window(key, turns, place, settings)
        if window is not None:
            yield window


def _window(key: str, turns: list[HeldTurn], place: int, settings: DetectSettings) -> Window | None:
    source = turns[place]
    later = [turn for turn in _later(turns, place, settings) if turn.said][:LATER_TURNS_MAX]
    if not source.said or not later:
        return None
    before = {id(turn): earlier for earlier, turn in _neighbours(turns, source.device)}
    return Window(
        _turn(source, source, before.get(id(source))),
        tuple(_turn(source, turn, before.get(id(turn))) for turn in later),
        locale=source.locale,
        group=blake2b(key.encode(), digest_size=GROUP_BYTES).hexdigest(),
        corpus=CORPUS,
    )


def _later(turns: list[HeldTurn], place: int, settings: DetectSettings) -> Iterator[HeldTurn]:
    return (turn for turn in turns[place + 1 :] if assembly.may_rephrase(turns[place], turn, settings))


def _neighbours(turns: list[HeldTurn], device: str) -> Iterator[tuple[HeldTurn, HeldTurn]]:
    own = [turn for turn in turns if turn.device == device]
    return pairwise(own)


def _turn(source: HeldTurn, turn: HeldTurn, before: HeldTurn | None) -> WindowTurn:
    return WindowTurn(
        said=turn.said,
        reply=turn.reply,
        failed=turn.status in reactions.ASKING_AGAIN,
        gap_s=(turn.occurred_at - source.occurred_at) / 1000.0,
        same_question=source.state == turn.state,
        barge_in=before is not None and bool(reactions.barge_in_kind(before, turn)),
    )
