"""What holds for every input of detect: order, batches, neighbours, repetition."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import AppliedRewrite, BargeIn, Trail, TurnEvent
from streams.detect.rows import ROWS
from streams.detect.settings import DetectSettings
from tests.building import Detecting, said, signal, tick
from tests.contracts.encoded import EncodedRows

LATENESS_S = 5
TEXTS = ("alpha one", "alpha two", "beta", "gamma", "no", "yes", "stop", "uh huh", "undo that", "go back")
REWRITES = tuple(AppliedRewrite("r1", 1, arm, "beta") for arm in ("treated", "treated", "held_out"))


@st.composite
def conversations(draw: st.DrawFn) -> list[TurnEvent]:
    """Turns and signals of three people over some minutes, in the order they happened."""
    count = draw(st.integers(1, 25))
    at_s = 0.0
    events: list[TurnEvent] = []
    for index in range(count):
        at_s += draw(st.sampled_from([0.0, 0.4, 3.0, 20.0, 44.0, 46.0, 51.0, 120.0]))
        user = draw(st.sampled_from(["u1", "u1", "u2", "u3"]))
        if events and draw(st.integers(0, 9)) == 0:
            about = draw(st.sampled_from([event for event in events if event.turn is not None] or events))
            if about.turn is not None:
                events.append(
                    signal(
                        draw(st.sampled_from(["denied", "thumbs_up", "played"])),
                        about.turn.turn_id,
                        at_s,
                        user=about.user,
                        value=99,
                    )
                )
                continue
        reply_s = draw(st.sampled_from([None, None, (at_s + 1, at_s + 4), (at_s + 1, at_s + 60)]))
        events.append(
            said(
                draw(st.sampled_from(TEXTS)),
                at_s,
                user=user,
                turn_id=f"t{index:03d}",
                device=draw(st.sampled_from(["", "", "kitchen"])),
                status=draw(st.sampled_from(["answered", "answered", "failed", "asked_again", "unknown"])),
                expecting=draw(st.sampled_from(["", "", "step", "confirm_step"])),
                reply_s=reply_s,
                speech_s=draw(st.sampled_from([None, at_s - 0.3])),
                barge_in=draw(st.sampled_from([None, None, None, BargeIn("speech", 700), BargeIn("backchannel", 5)])),
                rewrite=draw(st.sampled_from([None, *REWRITES])),
            )
        )
    return events


def shuffled(events: list[TurnEvent], delays_s: list[float]) -> list[TurnEvent]:
    """Return the events in the order they arrive when each is delayed by up to the lateness."""
    arrival = sorted(
        range(len(events)),
        key=lambda index: (events[index].occurred_at + 1000 * delays_s[index % len(delays_s)], index),
    )
    return [events[index] for index in arrival]


def by_id(trails: list[Trail]) -> list[Trail]:
    """Return trails in order of their ids."""
    return sorted(trails, key=lambda trail: trail.trail_id)


@settings(max_examples=150, deadline=None)
@given(conversations(), st.lists(st.floats(0, LATENESS_S - 0.01), min_size=1, max_size=25))
def test_arrival_order_within_the_lateness_changes_nothing(events: list[TurnEvent], delays_s: list[float]) -> None:
    """Any order of arrival within the lateness gives the same trails, in the same order."""
    straight = Detecting().feed(*events, tick(99_999)).finish()
    mixed = Detecting().feed(*shuffled(events, delays_s), tick(99_999)).finish()
    assert mixed.flush.rejected == []
    assert mixed.trails == straight.trails
    if all(event.signal is None for event in events):  # a late signal corrects when it arrives
        assert mixed.corrections == straight.corrections


@settings(max_examples=100, deadline=None)
@given(conversations(), st.integers(1, 7))
def test_batch_size_changes_nothing(events: list[TurnEvent], batch: int) -> None:
    """One record at a time, or all at once: the same outputs in the same order, the same facts, and the same rows."""
    whole, parts = Detecting().feed(*events), Detecting().feed(*events, batch=batch)
    for flush in (whole.flush, parts.flush):
        flush.facts.pop("pairs_scored", None)  # a larger batch may score a pair that nobody asks for then
    assert parts.flush == whole.flush
    assert parts.rows.rows == whole.rows.rows


@settings(max_examples=50, deadline=None)
@given(conversations(), st.lists(st.floats(0, LATENESS_S - 0.01), min_size=1, max_size=25))
def test_every_change_of_a_row_is_put(events: list[TurnEvent], delays_s: list[float]) -> None:
    """A store that keeps bytes knows only what it is given: nothing may rest on a row changed in place alone."""
    arriving = [*shuffled(events, delays_s), tick(99_999)]
    kept, shared = Detecting(rows=EncodedRows(ROWS)).feed(*arriving), Detecting().feed(*arriving)
    assert kept.flush.outputs == shared.flush.outputs
    assert kept.rows.rows == shared.rows.rows


@settings(max_examples=100, deadline=None)
@given(conversations())
def test_every_turn_is_in_exactly_one_trail(events: list[TurnEvent]) -> None:
    """Nothing is lost and nothing is counted twice."""
    trails = Detecting().feed(*events).finish().trails
    found = Counter(turn.turn_id for trail in trails for turn in trail.turns)
    assert found == Counter(event.turn.turn_id for event in events if event.turn is not None)


@settings(max_examples=100, deadline=None)
@given(conversations())
def test_people_do_not_influence_each_other(events: list[TurnEvent]) -> None:
    """A person's trails are the same alone and in company."""
    together = Detecting().feed(*events, tick(99_999)).trails
    for user in ("u1", "u2", "u3"):
        alone = Detecting().feed(*(event for event in events if event.user == user), tick(99_999)).trails
        assert by_id(alone) == by_id([trail for trail in together if trail.user == user])


@settings(max_examples=100, deadline=None)
@given(conversations(), st.integers(1, 10))
def test_a_repeated_suffix_changes_nothing(events: list[TurnEvent], length: int) -> None:
    """Turns delivered twice are duplicates or late, and no trail knows of them."""
    once = Detecting().feed(*events).finish()
    turns = [event for event in events[-length:] if event.turn is not None]
    twice = Detecting().feed(*events, *turns).finish()
    assert twice.trails == once.trails


@settings(max_examples=50, deadline=None)
@given(conversations())
def test_memory_is_bounded_by_what_is_open(events: list[TurnEvent]) -> None:
    """Once time has passed, nothing is left but the clock."""
    detecting = Detecting(DetectSettings(correction_ms=0)).feed(*events, tick(99_999))
    assert list(detecting.rows.rows) == ["clock|"]
