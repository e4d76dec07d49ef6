"""Scoring JSON objects: what comes in is checked, what goes out is the object and a verdict."""

from typing import Any

import pytest

from models.pairs import GAP_S_OVERLAPPING, GAP_S_UNKNOWN
from streams.detect.rephrase import RuleScorer
from streams.scoring import pair_of, request_of, score_requests

GIVEN = {"first": "Play Maroon FIVE!", "reply": "Sorry?", "first_failed": True, "gap_s": 8, "second": "play maroon 5"}


def test_an_object_comes_back_with_its_verdict() -> None:
    """All that was given is kept, and the verdict is the score at the threshold."""
    (scored,) = score_requests([GIVEN], RuleScorer())
    assert {name: scored[name] for name in GIVEN} == GIVEN
    assert 0.5 < scored["rephrase"] <= 1.0
    assert scored["is_rephrase"] is True
    assert score_requests([GIVEN], RuleScorer(threshold=1.0))[0]["is_rephrase"] is False


def test_texts_are_compared_normalised() -> None:
    """Case and punctuation are no difference."""
    scores = [
        score_requests([{**GIVEN, "second": text}], RuleScorer())[0]["rephrase"]
        for text in ["Next, please!", "next please"]
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gap_s": "8"}, "gap_s"),
        ({"gap_s": -61}, "gap_s"),
        ({"gap": 8}, "gap"),
        ({"locale": "not a locale"}, "locale"),
        ({"first_failed": None}, "first_failed"),
        ({"second": "x" * 1_001}, "second"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """Whoever sent it must be able to find it."""
    with pytest.raises(ValueError, match=field):
        score_requests([{**GIVEN, **change}], RuleScorer())


def test_a_missing_text_is_named() -> None:
    """Both texts are needed; the rest has defaults."""
    with pytest.raises(ValueError, match="second"):
        score_requests([{"first": "next"}], RuleScorer())
    assert score_requests([{"first": "next", "second": "continue"}], RuleScorer())


def test_recordings_that_overlap_follow_at_once() -> None:
    """A gap a little below 0 is a known one, and not the same as an unknown one."""
    assert pair_of(request_of({**GIVEN, "gap_s": -0.2})).gap_s == GAP_S_OVERLAPPING
    assert pair_of(request_of({**GIVEN, "gap_s": 0})).gap_s == GAP_S_UNKNOWN
