"""Which turns make a trail, when it is sent, and what it says."""

import pytest

from schemas.limits import TURNS_PER_TRAIL_MAX
from streams.detect.settings import DetectSettings
from tests.building import Detecting, meaning, ms, said, texts, tick, trails_of


def test_a_rephrase_within_the_gap_joins() -> None:
    """A turn whose score passes the threshold joins the trail of the turn it rephrases."""
    trails = trails_of(said("play jaz", 0, status="not_understood"), said("play jazz", 10))
    assert texts(trails) == [["play jaz", "play jazz"]]
    assert [turn.joined_by for turn in trails[0].turns] == [None, "rephrase"]
    assert trails[0].turns[1].joined_to == "u1-0"
    assert trails[0].turns[1].score == pytest.approx(0.9)


def test_something_else_opens_another_trail() -> None:
    """A turn that joins none opens a trail of its own."""
    assert texts(trails_of(said("play jazz", 0), said("lights on", 10))) == [["play jazz"], ["lights on"]]


def test_the_gap_counts_from_the_end_of_the_reply() -> None:
    """A reply that ends late keeps the trail open; without a known end the gap runs from the utterance."""
    late = said("play jaz", 0, status="failed", reply_s=(1, 30))
    assert len(trails_of(late, said("play jazz", 74.9))) == 1
    assert len(trails_of(said("play jaz", 0, status="failed"), said("play jazz", 45.1))) == 2


def test_a_turn_exactly_at_the_gap_joins() -> None:
    """The gap itself is still within the gap."""
    assert len(trails_of(said("play jaz", 0, status="failed"), said("play jazz", 45))) == 1


def test_the_same_question_asked_again_joins_whatever_the_words() -> None:
    """An answer to a question asked again joins although it shares no letter with the first."""
    trails = trails_of(said("next", 0, expecting="step", status="asked_again"), said("continue", 8, expecting="step"))
    assert texts(trails) == [["next", "continue"]]
    assert trails[0].turns[1].joined_by == "asked_again"


def test_the_same_answer_to_a_new_question_does_not_join() -> None:
    """A "yes" at every step is one answer after another, no repetition of a failed one."""
    assert len(trails_of(said("yes", 0, expecting="step"), said("yes", 8, expecting="step"))) == 2


def test_a_repeat_joins_as_a_repeat() -> None:
    """Saying the very same again within the gap is the same goal."""
    trails = trails_of(said("play jazz", 0), said("Play Jazz!", 10))
    assert trails[0].turns[1].joined_by == "repeat"


def test_what_is_enjoyed_again_is_a_trail_of_its_own() -> None:
    """A repeat of an intent whose repeat means approval opens a new trail."""
    joke = meaning("joke")
    settings = DetectSettings(repeat_means={"joke": "approval"})
    trails = trails_of(said("tell a joke", 0, means=joke), said("tell a joke", 10, means=joke), settings=settings)
    assert [trail.outcome for trail in trails] == ["success", "success"]


def test_intervening_turns_do_not_part_a_trail() -> None:
    """A rephrase finds its trail although another goal came between."""
    trails = trails_of(said("play jaz", 0, status="failed"), said("lights on", 5), said("play jazz", 10))
    assert sorted(texts(trails)) == [["lights on"], ["play jaz", "play jazz"]]


def test_the_newest_matching_trail_wins() -> None:
    """Of two open trails that both match, the newer takes the turn."""
    trails = trails_of(
        said("alpha one", 0, status="failed", expecting="x"),
        said("alpha two", 5, status="failed"),
        said("alpha three", 9),
    )
    joined = {turn.said: turn.joined_to for trail in trails for turn in trail.turns}
    assert joined["alpha three"] == "u1-5"


def test_a_sixth_open_trail_pushes_the_oldest_out() -> None:
    """At most ``context_turns`` + 1 trails are open; one more closes the oldest."""
    events = [said(text, at, status="failed") for at, text in enumerate(["ax", "bx", "cx", "dx", "ex", "fx"])]
    trails = trails_of(*events, said("ay", 7))
    closed = {trail.turns[0].said: trail.closed_by for trail in trails}
    assert closed["ax"] == "pushed_out"
    assert ["ay"] in texts(trails)


def test_devices_do_not_share_trails() -> None:
    """Two devices of one person are two conversations."""
    trails = trails_of(said("play jaz", 0, status="failed", device="a"), said("play jazz", 10, device="b"))
    assert len(trails) == 2


def test_sessions_of_a_shared_user_do_not_share_trails() -> None:
    """A user that is many people counts by session."""
    settings = DetectSettings(shared_users=("u1",))
    first, second = said("play jaz", 0, status="failed", session="a"), said("play jazz", 10, session="b")
    trails = trails_of(first, second, settings=settings)
    assert sorted(trail.user for trail in trails) == ["u1/a", "u1/b"]


def test_a_trail_has_a_longest_length() -> None:
    """A test client in a loop does not make a trail without end."""
    events = [said(f"again {index}", index, status="failed") for index in range(TURNS_PER_TRAIL_MAX + 3)]
    assert sorted(len(trail.turns) for trail in trails_of(*events)) == [3, TURNS_PER_TRAIL_MAX]


def test_a_denied_answer_is_joined_by_the_next_one() -> None:
    """After "no" to "did you say ...?" the question is asked again, and its new answer joins the denied one."""
    trails = trails_of(
        said("new age", 0, expecting="dest"),
        said("no", 6, expecting="confirm_dest"),
        said("newark", 12, expecting="dest"),
        said("yes", 18, expecting="confirm_dest"),
    )
    assert ["new age", "newark"] in texts(trails)


@pytest.mark.parametrize(("at_s", "sent"), [(49.999, 0), (50.0, 1)])
def test_a_trail_is_sent_when_gap_and_lateness_have_passed(at_s: float, sent: int) -> None:
    """A trail leaves at its end + gap + lateness, not a millisecond before."""
    detecting = Detecting().feed(said("play jazz", 0), tick(at_s))
    assert len(detecting.trails) == sent


def test_trails_leave_in_the_order_they_are_due() -> None:
    """Emission is ordered by due time, whoever speaks first."""
    detecting = Detecting().feed(
        said("a", 0, user="u1", reply_s=(0, 9)), said("b", 1, user="u2"), said("c", 2, user="u3"), tick(500)
    )
    assert texts(detecting.trails) == [["b"], ["c"], ["a"]]
    assert [trail.settled_at for trail in detecting.trails] == [ms(51), ms(52), ms(59)]


def test_ended_trails_are_let_go() -> None:
    """Nothing but the clock is kept of people who have gone."""
    detecting = Detecting()
    detecting.feed(*(said(f"t{index}", index, user=f"u{index}") for index in range(50)), tick(1000))
    assert list(detecting.rows.rows) == ["clock|"]


def test_the_end_of_the_input_closes_what_is_open() -> None:
    """A trail that no gap ended says so."""
    assert [trail.closed_by for trail in trails_of(said("play jazz", 0))] == ["end"]
    assert [trail.closed_by for trail in trails_of(said("play jazz", 0), tick(100))] == ["gap"]
