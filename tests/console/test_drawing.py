"""The picture of a chain, the bars and the days."""

import math
from itertools import pairwise

import msgspec
import pytest

from streams.console.bars import NEEDED_AT, reached
from streams.console.drawing import BOX_HEIGHT, BOX_WIDTH, is_end, picture
from streams.console.timeline import kind_of, lanes
from streams.console.views import ChainView, EdgeView, NodeView, QuestionView
from streams.topology import DAY_MS
from tests.console.sample import CHAIN, PAIRS, candidate, decision

QUESTION = QuestionView("means", 1, 1, 0.5, 1.0, 100.0, passed=False, words="")
PAIR = candidate(*PAIRS[0])


def test_every_node_and_way_is_drawn_once() -> None:
    """Nothing that is told is left out, of the picture or of its table."""
    drawn = picture(CHAIN)
    assert drawn is not None
    assert sorted(box.node.id for box in drawn.boxes) == sorted(node.id for node in CHAIN.nodes)
    assert len(drawn.ways) == len(drawn.rows) == len(CHAIN.edges)
    assert [way.width for way in drawn.ways] == sorted(way.width for way in drawn.ways)


def test_boxes_stand_apart_and_inside() -> None:
    """No box covers another one or leaves the picture; steps go to the right, and the ends come last."""
    drawn = picture(CHAIN)
    assert drawn is not None
    for index, one in enumerate(drawn.boxes):
        assert 0 <= one.x <= drawn.width - BOX_WIDTH
        assert 0 <= one.y <= drawn.height - BOX_HEIGHT
        for other in drawn.boxes[index + 1 :]:
            assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    by_level = sorted(drawn.boxes, key=lambda box: (is_end(box.node), box.node.level))
    assert all(left.x <= right.x for left, right in pairwise(by_level))


def test_ways_of_single_people_are_in_the_table_alone() -> None:
    """A share below two in a hundred is told and not drawn."""
    rare = msgspec.structs.replace(CHAIN, edges=(*CHAIN.edges, EdgeView("a", "e", 0.019)))
    drawn, before = picture(rare), picture(CHAIN)
    assert drawn is not None
    assert before is not None
    assert (len(drawn.ways), len(drawn.rows)) == (len(before.ways), len(before.rows) + 1)


def test_hidden_texts_are_named_as_such() -> None:
    """A node without a text says that its texts are not shown."""
    drawn = picture(CHAIN)
    assert drawn is not None
    (hidden,) = [box for box in drawn.boxes if box.node.text is None]
    assert hidden.label == "other texts"
    assert "not shown" in hidden.words


def test_ways_back_and_within_a_level_are_drawn() -> None:
    """People go in circles; each way has a path of finite numbers."""
    nodes = tuple(NodeView(name, "text", "", name, None, level) for name, level in (("a", 0), ("b", 1), ("c", 1)))
    edges = tuple(EdgeView(start, end, 0.5) for start in "abc" for end in "abc")
    drawn = picture(ChainView(nodes, edges))
    assert drawn is not None
    assert len({way.path for way in drawn.ways}) == 9
    assert not any("nan" in way.path for way in drawn.ways)


def test_nothing_is_drawn_of_nothing() -> None:
    """A chain without nodes has no picture."""
    assert picture(ChainView((), ())) is None


def test_a_bar_counts_in_logarithms_up_to_what_is_needed() -> None:
    """No evidence is nothing, the needed evidence reaches its mark, and more goes on to the end."""
    values = (0.0, 0.5, 1.0, 10.0, 100.0, 101.0, 1e6, math.inf)
    bars = [reached(msgspec.structs.replace(QUESTION, e_value=value)) for value in values]
    assert bars[:5] == [0, 0, 0, pytest.approx(NEEDED_AT / 2), pytest.approx(NEEDED_AT)]
    assert bars == sorted(bars)
    assert bars[-1] == 100


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("candidate", "trial", "published"),
        ("trial", "promoted", "promoted"),
        ("none", "pinned", "pinned"),
        ("trial", "demoted", "withdrawn"),
        ("promoted", "expired", "withdrawn"),
        ("pinned", "candidate", "withdrawn"),
        ("pinned", "shadow", "withdrawn"),
        ("promoted", "blocked", "blocked"),
        ("none", "candidate", "watched"),
        ("demoted", "candidate", "watched"),
    ],
)
def test_a_decision_is_of_one_kind(before: str, after: str, kind: str) -> None:
    """What was live and is not any more was taken back, whatever it is now; a block is a block."""
    made = decision(0, PAIR, "none", "none", "pinned")
    assert kind_of(msgspec.structs.replace(made, from_stage=before, to_stage=after)) == kind


def test_days_hold_each_decision_once() -> None:
    """Each stands in the lane of its day, at its hour."""
    made = [decision(number, PAIR, "trial", "promoted", "beat_hold_out") for number in range(1, 20)]
    shown = lanes(made)
    marks = [mark for lane in shown for mark in lane.marks]
    assert sorted(mark.decision.decision_id for mark in marks) == sorted(one.decision_id for one in made)
    assert all(0 <= mark.across < 100 for mark in marks)
    assert all(
        mark.decision.decided_at // DAY_MS == lane.day.timestamp() * 1000 // DAY_MS
        for lane in shown
        for mark in lane.marks
    )
    assert [lane.day for lane in shown] == sorted((lane.day for lane in shown), reverse=True)
