"""How a turn ended: what counts as failure, as success, and as nothing."""

import pytest

from schemas.records import BargeIn
from streams.detect.settings import DetectSettings
from tests.building import meaning, outcomes, said, signal, trails_of


@pytest.mark.parametrize("status", ["not_understood", "failed", "asked_again"])
def test_a_reply_that_says_it_failed_is_a_failure(status: str) -> None:
    """These statuses are failures of the turn; the trail, which nobody repaired, is unknown."""
    (trail,) = trails_of(said("play jaz", 0, status=status))
    assert trail.turns[0].outcome == "failure"
    assert trail.outcome == "unknown"


def test_an_answer_nobody_complains_about_is_a_success() -> None:
    """Answered, and the trail ends: success, understood as what the assistant took it for."""
    (trail,) = trails_of(said("play jazz", 0, means=meaning("play", genre="Jazz")))
    assert trail.outcome == "success"
    assert trail.turns[0].meaning == "test.play(genre=jazz)"


def test_an_answer_to_a_question_means_its_slot_values() -> None:
    """The question supplies the role, so the meaning of an answer is its values alone."""
    (trail,) = trails_of(said("to newark", 0, expecting="dest", means=meaning("inform", place="Newark")))
    assert trail.turns[0].meaning == "newark"


def test_without_interpretation_an_utterance_means_itself() -> None:
    """The normalised text is the meaning."""
    (trail,) = trails_of(said("Play Jazz!", 0))
    assert trail.turns[0].meaning == "play jazz"


def test_an_answer_that_is_rephrased_failed_silently() -> None:
    """What an accepted turn was understood as is no evidence once the user rephrases it."""
    (trail,) = trails_of(said("play chess", 0, means=meaning("game")), said("play jazz", 9, means=meaning("play")))
    assert [(turn.outcome, turn.meaning) for turn in trail.turns] == [("failure", None), ("success", "test.play()")]


@pytest.mark.parametrize(("status", "outcome"), [("unknown", "unknown"), ("unsupported", "failure")])
def test_other_statuses(status: str, outcome: str) -> None:
    """Unknown stays unknown; an unsupported request is a failure that no rewrite could repair."""
    (trail,) = trails_of(said("make a sandwich", 0, status=status))
    assert trail.turns[0].outcome == outcome
    assert trail.turns[0].failure_point == ("result" if status == "unsupported" else None)


@pytest.mark.parametrize("kind", ["speech", "keyword", "button"])
def test_a_disruptive_barge_in_that_changes_the_subject_is_a_failure(kind: str) -> None:
    """The reply was not wanted."""
    first = said("play jazz", 0, reply_s=(1, 9))
    second = said("lights on", 5, barge_in=BargeIn(kind, 4000))  # type: ignore[arg-type]
    assert outcomes(trails_of(first, second))["play jazz"] == "failure"


@pytest.mark.parametrize("kind", ["backchannel", "false_alarm"])
def test_back_channels_and_false_alarms_are_no_barge_in(kind: str) -> None:
    """An "uh-huh" while the assistant talks is no complaint."""
    first = said("play jazz", 0, reply_s=(1, 9))
    second = said("uh huh", 5, barge_in=BargeIn(kind, 4000))  # type: ignore[arg-type]
    assert outcomes(trails_of(first, second))["play jazz"] == "success"


def test_a_barge_in_is_inferred_from_times() -> None:
    """Speech that starts while the reply plays interrupts it, also when nobody flagged it."""
    first = said("play jazz", 0, reply_s=(1, 9))
    assert outcomes(trails_of(first, said("lights on", 6, speech_s=5)))["play jazz"] == "failure"
    assert outcomes(trails_of(first, said("lights on", 11, speech_s=10)))["play jazz"] == "success"


def test_a_back_channel_by_its_words_is_no_inferred_barge_in() -> None:
    """What is said tells a back-channel from an interruption."""
    first = said("play jazz", 0, reply_s=(1, 9))
    assert outcomes(trails_of(first, said("uh huh", 6, speech_s=5)))["play jazz"] == "success"


def test_an_answer_that_comes_early_is_no_change_of_subject() -> None:
    """Answering a question before it ends is not leaving; cutting it before it began to say anything is."""
    first = said("go to newark", 0, reply_s=(1, 9))
    late, early = BargeIn("speech", 4000), BargeIn("speech", 500)
    assert outcomes(trails_of(first, said("now", 5, expecting="time", barge_in=late)))["go to newark"] == "success"
    assert outcomes(trails_of(first, said("now", 2, expecting="time", barge_in=early)))["go to newark"] == "failure"


def test_a_reply_that_was_resumed_was_not_interrupted() -> None:
    """The assistant went on: a false alarm whatever its kind."""
    first = said("play jazz", 0, reply_s=(1, 9))
    second = said("lights on", 5, barge_in=BargeIn("speech", 4000, resumed=True))
    assert outcomes(trails_of(first, second))["play jazz"] == "success"


def test_a_cancellation_at_once_is_a_failure() -> None:
    """A "never mind" takes back what came just before, not what is long over."""
    assert outcomes(trails_of(said("play jazz", 0), said("never mind", 5)))["play jazz"] == "failure"
    assert outcomes(trails_of(said("play jazz", 0), said("never mind", 20)))["play jazz"] == "success"


def test_a_denied_confirmation_takes_the_acceptance_back() -> None:
    """A "no" to "did you say new age?" makes the answer before it a failure; a "yes" makes it certain."""
    first = said("new age", 0, expecting="dest")
    assert outcomes(trails_of(first, said("no", 6, expecting="confirm_dest")))["new age"] == "failure"
    assert outcomes(trails_of(first, said("yes", 6, expecting="confirm_dest")))["new age"] == "success"


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        ("thumbs_down", None, "failure"),
        ("denied", None, "failure"),
        ("cancelled", None, "failure"),
        ("barge_in", 100, "failure"),
        ("thumbs_up", None, "success"),
        ("played", 31_000, "success"),
        ("played", 900, "success"),
    ],
)
def test_signals_count_until_the_trail_is_sent(kind: str, value: int | None, outcome: str) -> None:
    """A signal about an answered turn decides how it ended."""
    trails = trails_of(said("play jazz", 0), signal(kind, "u1-0", 30, value=value))
    assert outcomes(trails)["play jazz"] == outcome


def test_an_explicit_yes_beats_a_reply_that_says_it_failed() -> None:
    """The person knows better than the assistant."""
    trails = trails_of(said("play jazz", 0, status="failed"), signal("thumbs_up", "u1-0", 3))
    assert trails[0].outcome == "success"


def test_what_the_person_shows_makes_the_trail_a_failure() -> None:
    """Only an act of the person (here a thumbs down) is a failure of the whole attempt."""
    trails = trails_of(said("play jazz", 0), signal("thumbs_down", "u1-0", 3))
    assert trails[0].outcome == "failure"


def test_weights_come_from_the_settings() -> None:
    """Each sign has its own weight."""
    settings = DetectSettings(weight_rephrase=0.6, weight_success=0.9)
    (trail,) = trails_of(said("play chess", 0), said("play jazz", 9), settings=settings)
    assert [turn.weight for turn in trail.turns] == [0.6, 0.9]
