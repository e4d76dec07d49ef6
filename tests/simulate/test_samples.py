"""The packaged data: what it holds, what it must not hold, and the tools that make it."""

from collections import Counter, defaultdict
from typing import Any

import msgspec
import pytest
from rapidfuzz.distance import Indel

from infra.samples.getgoing import events_of, shared_users_of, without_rare_texts
from infra.samples.placeholders import SIMILARITY_MAX, placeholders
from infra.samples.slurp import cleaned, requests_of
from schemas.records import TurnEvent
from streams.simulate.lexicon import requests
from streams.simulate.samples import SHARED_USERS, sample_events, sample_lines
from streams.text import normalise

CALL: dict[str, Any] = {
    "call": "c1", "caller": 5, "start": "2019-08-09 10:00:00", "end": "2019-08-09 10:01:00", "align": "count_match",
    "turns": [
        {"i": 0, "prompt": "How?", "kind": "mode", "user": "public transit", "t0": 2.0, "t1": 3.0, "prompt_est_s": 1.0,
         "next_kind": "dest", "reprompted": False},
        {"i": 1, "prompt": "Where?", "kind": "dest", "user": "Aunt Mary's", "next_kind": "dest", "reprompted": True,
         "prompt_est_s": 1.0},
        {"i": 2, "prompt": "Hold on.", "kind": "other", "user": "yes", "synthetic": True},
        {"i": 3, "prompt": "Where?", "kind": "dest", "user": "the airport", "t0": 20.0, "t1": 21.5,
         "prompt_est_s": 1.0, "next_kind": "time", "reprompted": False},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def calls() -> list[TurnEvent]:
    """Return the packaged calls."""
    return list(sample_events())


def test_no_text_said_by_fewer_than_three_callers(calls: list[TurnEvent]) -> None:
    """A text of real words was said by three callers or more; the calls of the shared line count as callers."""
    callers: dict[str, set[str]] = defaultdict(set)
    for event in calls:
        assert event.turn is not None
        caller = event.session_id if event.user in SHARED_USERS else event.user
        callers[normalise(event.turn.said, event.locale)].add(caller)
    few = [text for text, people in callers.items() if len(people) < 3]
    made_up = set("abcdefghijklmnopqrstuvwxyz") - set("cnqwxy")
    assert all(text.isalpha() and set(text) <= made_up and _alternates(text) for text in few)
    assert len(few) > 100


def _alternates(word: str) -> bool:
    return all((letter in "aeiou") is (at % 2 == 1) for at, letter in enumerate(word))


def test_replies_have_no_words(calls: list[TurnEvent]) -> None:
    """Prompts name places, so none is packaged."""
    assert {event.turn.reply.text for event in calls if event.turn is not None} == {""}


def test_calls_keep_what_is_known_of_them(calls: list[TurnEvent]) -> None:
    """The well-known confusions of these calls are there: words that fail at one question and others that work."""
    status: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for event in calls:
        assert event.turn is not None
        status[event.turn.expecting, normalise(event.turn.said, event.locale)][event.turn.reply.status] += 1
    assert status["time", "no"]["answered"] == 0 < status["time", "no"]["asked_again"]
    assert status["time", "now"]["answered"] > 20
    assert status["step", "next"]["answered"] == 0 < status["step", "next"]["asked_again"]
    assert status["step", "continue"]["answered"] > 20


def test_calls_are_in_order_and_nothing_twice(calls: list[TurnEvent]) -> None:
    """Events come by time, no turn id twice, each session of one user."""
    times = [event.occurred_at for event in calls]
    assert times == sorted(times)
    ids = [event.turn.turn_id for event in calls if event.turn is not None]
    assert len(set(ids)) == len(ids) > 1_500
    assert sum(1 for _ in sample_lines()) == len(calls)


def test_no_reply_lasts_into_the_next_words(calls: list[TurnEvent]) -> None:
    """The corpus knows no interruptions, so the estimated ends of replies must not suggest any."""
    last: dict[str, int] = {}
    for event in calls:
        assert event.turn is not None
        started = event.turn.speech_started_at
        if started is not None and event.session_id in last:
            assert started >= last[event.session_id]
        if event.turn.reply.ended_at is not None:
            last[event.session_id] = event.turn.reply.ended_at
        else:
            last.pop(event.session_id, None)


def test_a_call_becomes_events() -> None:
    """Made-up turns go, missing times are interpolated, a re-prompt shows, and what came last is unknown."""
    events = events_of([CALL])
    assert [event.turn.turn_id for event in events if event.turn is not None] == ["c1-0", "c1-1", "c1-3"]
    start = events[0].occurred_at - 3_000
    assert [event.occurred_at - start for event in events] == [3_000, 9_167, 21_500]
    turns = [event.turn for event in events if event.turn is not None]
    assert [turn.reply.status for turn in turns] == ["answered", "asked_again", "unknown"]
    assert [turn.speech_started_at for turn in turns] == [start + 2_000, None, start + 20_000]


def test_shared_lines_count_by_call() -> None:
    """What three calls of a shared line say stays; what one caller says three times does not."""
    mine = [CALL | {"call": f"c{number}"} for number in range(3)]
    shared = [call | {"shared_line": True} for call in mine]
    assert shared_users_of(shared) == ("caller-5",)
    kept = without_rare_texts(events_of(shared), shared_users_of(shared))
    hidden = without_rare_texts(events_of(mine))
    assert kept[0].turn is not None
    assert hidden[0].turn is not None
    assert kept[0].turn.said == "public transit"
    assert hidden[0].turn.said != "public transit"


def test_placeholders_resemble_each_other_little() -> None:
    """Each text gets one word, the same every time, and no two words pass for spellings of one."""
    texts = [f"text {number}" for number in range(300)]
    words = placeholders(texts)
    assert words == placeholders(reversed(texts))
    made = sorted(words.values())
    assert len(set(made)) == 300
    closest = max(Indel.normalized_similarity(a, b) for at, a in enumerate(made) for b in made[:at])
    assert closest <= SIMILARITY_MAX


def test_requests_are_clean() -> None:
    """The packaged requests and what was heard for them hold no marks of the recogniser and no addresses."""
    found = requests()
    assert len(found) > 1_500
    for request in found:
        assert sum(heard.recordings for heard in request.heard) >= 1
        assert not any(mark in heard.text for heard in request.heard for mark in "<>@_")
        assert "@" not in request.said


@pytest.mark.parametrize(
    ("heard", "clean"),
    [
        ("put a meeting with < unk > at two a._m .", "put a meeting with at two am"),
        ("do n't let i 'm @@UNKNOWN@@ go", "don't let i'm go"),
        ("what s the date", "what's the date"),
        ("how is i. b. m. doing", "how is ibm doing"),
    ],
)
def test_recognisers_spellings_are_mended(heard: str, clean: str) -> None:
    """Marks for unknown words go, split words and spelled letters are joined."""
    assert cleaned(heard) == clean


def test_a_request_needs_two_recordings() -> None:
    """Recordings of one request are gathered with counts and the best grade of each text; single ones are left out."""
    row = {"gold": "play jazz", "scenario": "play", "action": "music", "entities": [], "asr": "play jazz",
           "intent_ok": True, "entities_ok": True}  # fmt: skip
    wrong = row | {"asr": "play chess", "intent_ok": False}
    (request,) = requests_of([row, row, wrong, row | {"gold": "stop"}])
    assert [tuple(msgspec.to_builtins(heard)) for heard in request.heard] == [("play chess", 1, 0), ("play jazz", 2, 2)]
