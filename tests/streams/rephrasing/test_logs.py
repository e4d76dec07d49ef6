"""Turn logs as windows: which turns belong together, what is said of them, and that no name goes along."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pairs import Window
from schemas.records import TurnEvent
from streams.detect.settings import DetectSettings
from streams.rephrasing.logs import sample, windows_of
from tests.building import said

SETTINGS = DetectSettings()


def made(*events: TurnEvent) -> list[Window]:
    """Return the windows of some events."""
    return list(windows_of(events, SETTINGS))


def texts(windows: Sequence[Window]) -> list[tuple[str, list[str]]]:
    """Return the words of windows, by source."""
    return sorted((window.source.said, [turn.said for turn in window.later]) for window in windows)


def test_each_turn_is_a_source_of_those_after_it() -> None:
    """Three turns within the gap make two windows; the last one has nothing after it."""
    windows = made(said("a", 0), said("b", 10), said("c", 20))
    assert texts(windows) == [("a", ["b", "c"]), ("b", ["c"])]
    assert {window.answer for window in windows} == {None}


def test_a_window_ends_with_the_gap_and_after_four_turns() -> None:
    """A pause longer than the gap ends it, and so does the fourth later turn."""
    assert texts(made(said("a", 0), said("b", 46))) == []
    many = made(*(said(letter, at) for at, letter in enumerate("abcdef")))
    assert texts(many)[0] == ("a", ["b", "c", "d", "e"])


@pytest.mark.parametrize("other", [{"user": "u2"}, {"device": "d2"}])
def test_people_and_devices_are_kept_apart(other: dict[str, str]) -> None:
    """What somebody else says, or at another device, rewords nothing."""
    assert made(said("a", 0), said("b", 10, **other)) == []  # type: ignore[arg-type]


def test_a_turn_tells_what_happened_to_it() -> None:
    """Reply, failure, time since the source, and whether both answer the same question."""
    window = made(said("a", 0, status="failed"), said("b", 10, expecting="time"))[0]
    assert (window.source.failed, window.source.gap_s) == (True, 0.0)
    later = window.later[0]
    assert (later.failed, later.gap_s, later.same_question) == (False, 10.0, False)


def test_no_user_is_named() -> None:
    """Groups stand for people, so that one is never in two folds; nothing tells who."""
    windows = made(*(said(text, at, user=user) for user in ("anna", "bert") for at, text in enumerate("ab")))
    assert len({window.group for window in windows}) == 2
    assert b"anna" not in msgspec.json.encode(windows)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300)), max_size=25, unique=True))
def test_windows_do_not_depend_on_what_others_say_in_between(turns: list[tuple[str, int]]) -> None:
    """The windows of a person are those of the person's own turns alone."""
    events = [
        said(f"t{at}", at, user=user, turn_id=f"{user}{at}") for user, at in sorted(turns, key=lambda one: one[1])
    ]
    alone = [window for user in "ab" for window in made(*(event for event in events if event.user == user))]
    assert texts(made(*events)) == texts(alone)


def test_a_sample_is_of_the_whole_log_and_keeps_its_order() -> None:
    """Few windows of many come from everywhere; all of them come back where they are not too many."""
    windows = made(*(said(f"t{at}", at * 30) for at in range(200)))
    few = sample(windows, 20, seed=1)
    places = [windows.index(window) for window in few]
    assert places == sorted(places)
    assert places[0] < 60
    assert places[-1] > 140
    assert sample(windows, 500, seed=1) == windows
    assert sample(windows, 20, seed=1) == few != sample(windows, 20, seed=2)
