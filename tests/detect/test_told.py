"""What detect tells of itself beside its outputs: how trails ended, and how soon feedback was given."""

from tests.building import Detecting, said, signal, tick


def test_trails_are_counted_by_how_they_ended_and_what_closed_them() -> None:
    """One count a trail; together they are all trails."""
    detecting = Detecting().feed(said("next", 0), said("stop", 200, status="failed"), tick(900))
    ended = {name: amount for name, amount in detecting.flush.facts.items() if name.startswith("ended.")}
    assert sum(ended.values()) == detecting.flush.facts["trails"] == len(detecting.trails) == 2
    assert ended["ended.success.gap"] == 1


def test_a_detection_is_timed_from_the_turn_it_is_about() -> None:
    """A thumb down seven seconds after a turn was seen seven seconds after it, because of the record that said so."""
    detecting = Detecting().feed(said("next", 0, turn_id="t1"), signal("thumbs_down", "t1", 7))
    assert detecting.flush.observations == {"detection_delay_ms": [7_000]}
    assert detecting.flush.causes == {"detection": [1]}


def test_feedback_about_a_turn_that_nobody_holds_is_not_timed() -> None:
    """It counts as feedback that a record has caused; from when, nobody knows any more."""
    detecting = Detecting().feed(tick(500), signal("denied", "unheard", 0))
    assert detecting.flush.facts["feedback.explicit_no"] == 1
    assert (detecting.flush.observations, detecting.flush.causes) == ({}, {"detection": [1]})
