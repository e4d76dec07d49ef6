"""Windows as tokens with marks: cut fairly, marked rightly, whole and as single pairs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pairs import LATER_TURNS_MAX, Window, WindowTurn, examples_of, window_of
from models.teacher import encoders
from models.teacher.config import TeacherConfig
from models.teacher.inputs import GAP_EDGES_S, GAPS, Reader, Role, batch_of, fair_cap, flags_of, gap_bucket
from tests.models.teacher.made import windows

TURN = WindowTurn("turn on the light", "sorry what", failed=True, gap_s=12.0)


@pytest.fixture(scope="module")
def reader(encoder: Path) -> Reader:
    """Return a reader of the tiny encoder."""
    return Reader(encoders.load_tokenizer(encoder), TeacherConfig())


@given(st.lists(st.integers(0, 50), min_size=1, max_size=10), st.integers(10, 200))
def test_parts_are_cut_to_the_greatest_length_that_fits(lengths: list[int], room: int) -> None:
    """All parts fit when cut to the cap; at one more they would not, unless nothing is cut at all."""
    cap = fair_cap(lengths, room)
    assert sum(min(length, cap) for length in lengths) <= room
    assert cap >= max(lengths) or sum(min(length, cap + 1) for length in lengths) > room


def test_a_window_is_never_longer_than_allowed(encoder: Path) -> None:
    """However much is said, the tokens of a window fit, and every turn keeps some of its words."""
    config = TeacherConfig(tokens_max=40)
    long = WindowTurn("light " * 60, "sorry " * 60)
    (row,) = Reader(encoders.load_tokenizer(encoder), config).rows([Window(long, (long,) * LATER_TURNS_MAX)])
    assert row.length <= 40
    assert all(((row.marks[2] == turn) & (row.marks[1] == Role.SAID)).any() for turn in range(5))


@given(st.floats())
def test_every_time_has_a_bucket(gap_s: float) -> None:
    """Any number gives a bucket; the first is kept for what nobody measured."""
    bucket = gap_bucket(gap_s)
    assert 0 <= bucket < GAPS
    assert (bucket == 0) == (not 0.0 < gap_s < float("inf"))


def test_longer_times_are_never_in_earlier_buckets() -> None:
    """Buckets rise with time, and each edge begins a new one."""
    assert [gap_bucket(edge) for edge in GAP_EDGES_S] == list(range(2, GAPS))


def test_what_happened_is_marked_beside_the_words() -> None:
    """Failed, interrupted and another question are three different marks."""
    plain = WindowTurn("stop")
    other = (
        WindowTurn("stop", failed=True),
        WindowTurn("stop", barge_in=True),
        WindowTurn("stop", same_question=False),
    )
    assert len({flags_of(turn) for turn in (plain, *other)}) == 4


def test_an_empty_turn_still_stands_somewhere(reader: Reader) -> None:
    """A turn in which nothing was said has a place of its own."""
    (row,) = reader.rows([Window(TURN, (WindowTurn(""),))])
    assert ((row.marks[2] == 1) & (row.marks[1] == Role.SAID)).sum() == 1


def test_a_window_cut_to_one_turn_is_that_pair(reader: Reader) -> None:
    """What a network sees of a single turn of a window is what it sees of the pair in the stream."""
    for window in windows(20):
        (row,) = reader.rows([window])
        pairs = reader.rows([window_of(pair) for pair in examples_of(window)])
        for index, pair in enumerate(pairs):
            single = reader.single(window, row, index)
            assert np.array_equal(single.marks, pair.marks)
            assert np.array_equal(single.columns, pair.columns)
            assert single.answer == (row.answer == index + 1)


def test_a_batch_marks_what_is_filled_up(reader: Reader) -> None:
    """Where a row or its turns end, the batch says so."""
    rows = reader.rows(windows(10))
    batch = batch_of(rows)
    assert batch.mask.sum(dim=1).tolist() == [row.length for row in rows]
    assert batch.present.sum(dim=1).tolist() == [len(row.columns) for row in rows]


@pytest.mark.parametrize(
    ("window", "field"),
    [(Window(TURN, ()), "later"), (Window(TURN, (TURN,) * 5), "later"), (Window(TURN, (TURN,), 1), "answer")],
)
def test_a_window_that_cannot_be_is_refused_by_its_field(reader: Reader, window: Window, field: str) -> None:
    """No turn, too many turns, and an answer that is not among them are errors that name the field."""
    with pytest.raises(ValueError, match=field):
        reader.rows([window])


@pytest.mark.parametrize("change", [{"head": "both"}, {"tokens_max": 3}, {"epochs": -1}, {"dropout": 1.0}])
def test_settings_out_of_range_are_refused_by_name(change: dict[str, object]) -> None:
    """A value that cannot be trained with is an error that names it."""
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(TeacherConfig(), **change)  # type: ignore[arg-type]  # wrong on purpose


def test_settings_come_back_from_json() -> None:
    """What is written into a folder is read again as it was."""
    config = TeacherConfig(head="span", epochs=7)
    assert TeacherConfig.from_json(config.to_json()) == config
