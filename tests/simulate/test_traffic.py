"""Simulated traffic: repeatable, valid, shaped like the measured one."""

import statistics
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import pytest

from schemas.records import AppliedRewrite, Arm, TurnEvent
from streams.simulate.traffic import Traffic, simulate

LATENESS_MS = 5_000


@pytest.fixture(scope="module")
def events() -> list[TurnEvent]:
    """Return a month of a few hundred people."""
    return list(simulate(20_000, 500, 7))


@pytest.fixture(scope="module")
def sessions(events: list[TurnEvent]) -> dict[str, list[TurnEvent]]:
    """Return the turns of each session in order, each once."""
    seen: dict[str, dict[str, TurnEvent]] = defaultdict(dict)
    for event in events:
        if event.turn is not None:
            seen[event.session_id][event.turn.turn_id] = event
    return {name: sorted(turns.values(), key=lambda e: e.occurred_at) for name, turns in seen.items()}


def encoded(traffic: Traffic) -> bytes:
    """Return all events as JSON lines."""
    return b"\n".join(msgspec.json.encode(event) for event in traffic)


def test_same_seed_same_bytes() -> None:
    """The same seed gives the same bytes and the same truth."""
    first, second = simulate(2_000, 100, 3), simulate(2_000, 100, 3)
    assert encoded(first) == encoded(second)
    assert first.truth() == second.truth()


def test_other_seed_other_bytes() -> None:
    """Another seed gives other traffic."""
    assert encoded(simulate(500, 50, 1)) != encoded(simulate(500, 50, 2))


def test_every_event_is_valid(events: list[TurnEvent]) -> None:
    """Every event passes the validation that decoding does."""
    decoder = msgspec.json.Decoder(TurnEvent)
    assert all(decoder.decode(msgspec.json.encode(event)) == event for event in events)


@pytest.mark.parametrize("turns", [1, 17, 2_000])
def test_as_many_turns_as_asked_for(turns: int) -> None:
    """Exactly the turns asked for are sent, records sent twice not counted."""
    sent = {event.turn.turn_id for event in simulate(turns, 5, 0, disorder=0.0) if event.turn is not None}
    assert len(sent) == turns


def test_nearly_in_order(events: list[TurnEvent]) -> None:
    """Events come in order of time, but for some that are late by less than detection allows."""
    latest, late = 0, []
    for event in events:
        late.append(max(0, latest - event.occurred_at))
        latest = max(latest, event.occurred_at)
    assert max(late) < LATENESS_MS
    assert 0 < sum(delay > 0 for delay in late) < 0.02 * len(events)


def test_a_few_records_come_twice(events: list[TurnEvent]) -> None:
    """As real producers do, some send a record twice; without disorder nobody does."""
    ids = Counter(event.turn.turn_id for event in events if event.turn is not None)
    assert 0 < sum(times > 1 for times in ids.values()) < 0.01 * len(ids)
    tidy = [event.turn.turn_id for event in simulate(2_000, 100, 0, disorder=0.0) if event.turn is not None]
    assert len(set(tidy)) == len(tidy)


def test_turns_spread_over_the_days(events: list[TurnEvent]) -> None:
    """The turns fill the days asked for, more by day than by night."""
    days = Counter((event.occurred_at - events[0].occurred_at) // 86_400_000 for event in events)
    assert 29 <= len(days) <= 31
    hours = Counter(event.occurred_at // 3_600_000 % 24 for event in events)
    assert hours[19] > 5 * hours[3]


def test_shares_of_replies_are_like_the_measured_ones(events: list[TurnEvent]) -> None:
    """Open failures are about as frequent as re-prompts in real calls (18 %), and most turns are answered."""
    statuses = Counter(event.turn.reply.status for event in events if event.turn is not None)
    total = sum(statuses.values())
    failed = statuses["asked_again"] + statuses["not_understood"] + statuses["failed"]
    assert 0.08 < failed / total < 0.25
    assert statuses["answered"] / total > 0.6
    assert statuses["unsupported"] > 0


def test_pauses_are_like_the_measured_ones(sessions: dict[str, list[TurnEvent]]) -> None:
    """Commands follow each other after a median of 14 to 21 s in the corpora, answers sooner; some much later."""
    gaps = [
        (second.occurred_at - first.occurred_at) / 1000
        for turns in sessions.values()
        for first, second in pairwise(turns)
        if second.turn is not None and not second.turn.expecting and second.turn.barge_in is None
    ]
    assert 12 < statistics.median(gaps) < 25
    assert statistics.quantiles(gaps, n=20)[-1] > 60


def test_runs_of_failures_are_mostly_short(sessions: dict[str, list[TurnEvent]]) -> None:
    """Most runs of open failures end after one (three in four in the calls), and few are four or longer."""
    runs: Counter[int] = Counter()
    for turns in sessions.values():
        run = 0
        for event in turns:
            assert event.turn is not None
            if event.turn.reply.status in {"asked_again", "not_understood", "failed"}:
                run += 1
            else:
                runs[run] += run > 0
                run = 0
        runs[run] += run > 0
    assert runs[1] / runs.total() > 0.6
    assert sum(times for length, times in runs.items() if length >= 4) / runs.total() < 0.1


def test_people_wait_unless_they_interrupt(sessions: dict[str, list[TurnEvent]]) -> None:
    """Speech begins before the end of the last reply only where somebody interrupts, marked or not."""
    early = marked = 0
    for turns in sessions.values():
        for first, second in pairwise(turns):
            assert first.turn is not None
            assert second.turn is not None
            ended, started = first.turn.reply.ended_at, second.turn.speech_started_at
            if ended is not None and started is not None and started < ended:
                early += 1
                marked += second.turn.barge_in is not None
    assert 0 < marked < early < 0.06 * sum(map(len, sessions.values()))


def test_all_kinds_of_reactions_occur(events: list[TurnEvent]) -> None:
    """There are interruptions of several kinds, sounds that interrupt nothing, and late signals."""
    kinds = {e.turn.barge_in.kind for e in events if e.turn is not None and e.turn.barge_in is not None}
    assert {"speech", "keyword", "button", "backchannel", "false_alarm"} <= kinds
    signals = {event.signal.kind for event in events if event.signal is not None}
    assert {"thumbs_up", "thumbs_down", "denied", "played"} <= signals


def test_a_denied_answer_is_asked_for_again(sessions: dict[str, list[TurnEvent]]) -> None:
    """After "no" to a confirmation the question before it comes again."""
    after: Counter[str] = Counter()
    for turns in sessions.values():
        for first, second in pairwise(turns):
            assert first.turn is not None
            assert second.turn is not None
            denied = first.turn.expecting == "confirm_place" and first.turn.said == "no"
            if denied and first.turn.reply.status == "answered":
                after[second.turn.expecting] += 1
    assert after["place"] > 0.7 * after.total() > 0


def test_what_is_not_offered_is_followed_by_something_else(sessions: dict[str, list[TurnEvent]]) -> None:
    """After "I can't do that" most ask for the next best thing, which has another meaning."""
    after: Counter[bool] = Counter()
    for turns in sessions.values():
        for first, second in pairwise(turns):
            assert first.turn is not None
            assert second.turn is not None
            meant = first.turn.interpretation
            if first.turn.reply.status == "unsupported" and meant is not None and "horoscope" in first.turn.said:
                after["fact" in second.turn.said] += 1
    assert after[True] > after[False] > 0


def test_a_state_asks_about_its_own_answers(events: list[TurnEvent]) -> None:
    """The same words work at one state and fail at another."""
    works: dict[str, list[bool]] = defaultdict(list)
    for event in events:
        if event.turn is not None and event.turn.said == "next":
            works[event.turn.expecting].append(event.turn.reply.status == "answered")
    assert statistics.mean(works["step"]) < 0.2
    assert statistics.mean(works["more"]) > 0.8


def test_served_text_is_what_runs() -> None:
    """A treated utterance succeeds as its target does and carries its rewrite; a held-out one stays as it is."""

    def serve(user: str, state: str, heard: str, _at_ms: int) -> tuple[str, AppliedRewrite] | None:
        if (state, heard) != ("step", "next"):
            return None
        arm: Arm = "treated" if int(user[1:]) % 2 else "held_out"
        return "continue", AppliedRewrite("r1", 1, arm, "continue" if arm == "treated" else "next")

    answered: dict[str, list[bool]] = defaultdict(list)
    for event in simulate(8_000, 300, 5, serve=serve):
        if event.turn is not None and event.turn.rewrite is not None:
            answered[event.turn.rewrite.arm].append(event.turn.reply.status == "answered")
    assert statistics.mean(answered["treated"]) > 0.8
    assert statistics.mean(answered["held_out"]) < 0.2
