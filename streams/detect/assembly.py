"""Which turn belongs to which trail. Knows one person's turns in event order, nothing of when they arrived.

A turn joins the newest open trail of its device that it matches: it answers a question asked again, repeats, or
rephrases the trail's last turn within the gap. Otherwise it opens a trail; one more than allowed pushes the oldest
out. What a trail contains depends on the person's turns alone, so any order of arrival gives the same trails.
"""

from collections.abc import Callable, Iterator, Sequence

from schemas.limits import TURNS_PER_TRAIL_MAX
from schemas.records import JoinedBy
from streams.detect import reactions
from streams.detect.rows import HeldTurn
from streams.detect.scorer import Pair
from streams.detect.settings import DetectSettings

Score = Callable[[HeldTurn, HeldTurn], float | None]
"""The rephrase score of two turns if it passes the threshold, else None."""


def pair_of(first: HeldTurn, second: HeldTurn) -> Pair:
    """Return what a rephrase model sees of two turns."""
    return Pair(
        first=first.said,
        second=second.said,
        locale=second.locale,
        reply=first.reply,
        first_failed=first.status in reactions.ASKING_AGAIN,
        gap_s=(second.occurred_at - first.occurred_at) / 1000.0,
        same_question=first.state == second.state,
        barge_in=bool(reactions.barge_in_kind(first, second)),
    )


def may_rephrase(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn could rephrase the first: near in time, and no answer to a new question."""
    if first.device != second.device or second.occurred_at - first.ended_at > settings.gap_ms:
        return False
    if not first.state and not second.state:
        return True
    return not (
        reactions.answers_anew(first, second)
        or reactions.answers_confirmation(first, settings)
        or reactions.answers_confirmation(second, settings)
    )


def same_words(first: HeldTurn, second: HeldTurn) -> bool:
    """Return whether two turns say the same at the same question."""
    return first.said == second.said and first.state == second.state


def repeats(first: HeldTurn, second: HeldTurn, settings: DetectSettings) -> bool:
    """Return whether the second turn says the first again because it failed."""
    insists = same_words(first, second) and reactions.repeat_means(first, settings) == "failure"
    return insists and may_rephrase(first, second, settings)


def place_last(turns: Sequence[HeldTurn], settings: DetectSettings, score: Score) -> None:
    """Put the last turn into a trail, given that all before it are placed."""
    _place(turns[-1], turns[:-1], settings, score)


def place_all(turns: Sequence[HeldTurn], settings: DetectSettings, score: Score) -> None:
    """Put all turns into trails afresh, except those of trails already emitted, which stay as they are."""
    for turn in turns:
        if not turn.emitted:
            turn.trail, turn.joined_to, turn.joined_by, turn.score, turn.pushed_out = "", "", None, 0.0, False
    for index, turn in enumerate(turns):
        if not turn.emitted:
            _place(turn, turns[:index], settings, score)


def _place(turn: HeldTurn, before: Sequence[HeldTurn], settings: DetectSettings, score: Score) -> None:
    open_lasts = list(_open_trails(turn, before, settings))
    for last, length, denied in open_lasts:
        if last.emitted or length >= TURNS_PER_TRAIL_MAX:
            continue
        joined_by, value = _match(last, turn, settings, score, denied=denied)
        if joined_by is not None:
            turn.trail, turn.joined_to, turn.joined_by, turn.score = last.trail, last.turn_id, joined_by, value
            return
    turn.trail = turn.turn_id
    if len(open_lasts) > settings.context_turns:
        open_lasts[-1][0].pushed_out = True


def _open_trails(
    turn: HeldTurn, before: Sequence[HeldTurn], settings: DetectSettings
) -> Iterator[tuple[HeldTurn, int, bool]]:
    """Yield the last turn of each open trail, newest first, with the trail's length and whether it was denied."""
    lasts: dict[str, HeldTurn] = {}
    lengths: dict[str, int] = {}
    denied: set[str] = set()
    after: HeldTurn | None = None
    for earlier in reversed(before):
        if earlier.device != turn.device:
            continue
        lasts.setdefault(earlier.trail, earlier)
        lengths[earlier.trail] = lengths.get(earlier.trail, 0) + 1
        if after is not None and reactions.denies(earlier, after, settings):
            denied.add(earlier.turn_id)
        after = earlier
    for trail, last in lasts.items():
        if not last.pushed_out and turn.occurred_at - last.ended_at <= settings.gap_ms:
            yield last, lengths[trail], last.turn_id in denied


def _match(
    last: HeldTurn, turn: HeldTurn, settings: DetectSettings, score: Score, *, denied: bool
) -> tuple[JoinedBy | None, float]:
    if reactions.same_question_open(last, turn) or (denied and last.state and last.state == turn.state):
        return "asked_again", 1.0
    if not may_rephrase(last, turn, settings):
        return None, 0.0
    if same_words(last, turn):
        return ("repeat", 1.0) if reactions.repeat_means(last, settings) == "failure" else (None, 0.0)
    value = score(last, turn)
    return (None, 0.0) if value is None else ("rephrase", value)
