"""A chain that hears of another rephrase model: one decision a name, wherever batches are cut."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.codec import decode_avro, encode_avro
from schemas.records import Decision, Trail
from streams.learn.rows import DETECTORS_MAX, ROWS
from streams.learn.settings import LearnSettings
from tests.contracts.encoded import EncodedRows
from tests.learn.building import Learning, trail, worked

MINUTE_MS = 60_000


def trails(*detectors: str, **given: Any) -> list[Trail]:
    """Return one trail a minute, each found by a model."""
    return [
        replace(trail(worked("next"), user=f"u{place}", at_ms=place * MINUTE_MS, **given), detector=detector)
        for place, detector in enumerate(detectors)
    ]


def changes(learning: Learning) -> list[str]:
    """Return the models that decisions name as new."""
    return [decision.meaning for decision in learning.decisions if decision.reason == "detector_changed"]


def test_the_first_model_is_no_change() -> None:
    """A chain that begins has nothing to compare with; nor does a trail that names no model."""
    assert changes(Learning().feed(*trails("a-1", "a-1", "", "a-1"))) == []


def test_another_model_is_one_decision() -> None:
    """It says since when and by which record, names the model, and holds no text and no pair."""
    learning = Learning().feed(*trails("a-1", "a-1", "b-1", "b-1"))
    (decision,) = learning.decisions
    assert (decision.reason, decision.meaning, decision.decided_by.offset) == ("detector_changed", "b-1", 2)
    assert (decision.from_stage, decision.to_stage, decision.source, decision.target) == ("none", "none", "", "")
    assert (decision.tenant, decision.locale, decision.domain) == ("demo", "en-US", "")
    assert decode_avro(Decision, encode_avro(decision)) == decision


def test_models_that_alternate_are_each_told_once() -> None:
    """While workers are renewed one by one, two models are at work; that is one change."""
    assert changes(Learning().feed(*trails(*("a-1", "b-1") * 20))) == ["b-1"]


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_cutting_and_restarting_changes_nothing(batch: int) -> None:
    """The names a chain has heard of are part of its state."""
    given = trails("a-1", "b-1", "a-1", "c-1", "b-1", "d-1")
    whole = Learning().feed(*given)
    cut = Learning(rows=EncodedRows(ROWS)).feed(*given, batch=batch)
    assert cut.decisions == whole.decisions
    assert changes(cut) == ["b-1", "c-1", "d-1"]


def test_each_chain_has_its_own() -> None:
    """What one tenant hears of is no change for another; ids differ."""
    given = sorted(trails("a-1", "b-1") + trails("a-1", "b-1", tenant="other"), key=lambda each: each.settled_at)
    learning = Learning().feed(*given)
    assert [decision.tenant for decision in learning.decisions] == ["demo", "other"]
    assert len({decision.decision_id for decision in learning.decisions}) == 2


def test_a_chain_of_one_domain_says_so() -> None:
    """With chains by domain each of them notices by itself."""
    turns = [replace(each, turns=(replace(each.turns[0], domain="music"),)) for each in trails("a-1", "b-1")]
    learning = Learning(LearnSettings(chain_key="domain")).feed(*turns)
    assert [(decision.domain, decision.meaning) for decision in learning.decisions] == [("music", "b-1")]


def test_the_names_kept_are_bounded() -> None:
    """However many models come, a chain's row stays small, and the newest are known."""
    names = [f"model-{number}" for number in range(DETECTORS_MAX + 5)]
    learning = Learning().feed(*trails(*names, *names[-DETECTORS_MAX:]))
    assert changes(learning) == names[1:]
    (chain,) = (row for key, row in learning.rows.scan("chain|"))
    assert chain.detectors == names[-DETECTORS_MAX:]
