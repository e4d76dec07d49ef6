"""The parts traffic is made of: pauses, weighted choices, habits, sentence frames."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.simulate.pauses import ANSWER, NEW_REQUEST, REPEATING, REWORDING, Quantiles, pause_ms
from streams.simulate.people import hash_share, other_wording
from streams.simulate.wordings import ASKING, COMMANDING, frames
from streams.simulate.world import Choice, Goal, Heard, Wording, interpreted, written_meaning

ALL = (NEW_REQUEST, REWORDING, REPEATING, ANSWER)


@pytest.mark.parametrize("quantiles", ALL)
def test_pauses_pass_through_the_measured_quantiles(quantiles: Quantiles) -> None:
    """At each measured share the pause is the measured one."""
    assert [pause_ms(quantiles, share) for share, _ in quantiles] == [round(1000 * pause) for _, pause in quantiles]


@given(st.sampled_from(ALL), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_with_their_chance(quantiles: Quantiles, one: float, other: float) -> None:
    """A larger number never gives a shorter pause."""
    low, high = sorted((one, other))
    assert pause_ms(quantiles, low) <= pause_ms(quantiles, high)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=8), st.floats(0, 1, exclude_max=True))
def test_a_choice_gives_each_option_its_share(weights: list[float], chance: float) -> None:
    """The option at a number is the first whose summed share exceeds it."""
    choice = Choice(enumerate(weights))
    passed = sum(weights[: choice.at(chance)]) / sum(weights)
    reached = sum(weights[: choice.at(chance) + 1]) / sum(weights)
    assert passed - 1e-9 <= chance <= reached + 1e-9


def test_an_option_without_weight_is_never_chosen() -> None:
    """Weight 0 takes an option out."""
    choice = Choice([("never", 0.0), ("always", 1.0)])
    assert {choice.at(share / 100) for share in range(100)} == {"always"}


def test_a_wording_flips_at_its_moment() -> None:
    """What is heard before the moment is the old, from it on the new."""
    right, garble = Heard("jazz", "jazz"), Heard("chess", "chess")
    wording = Wording("jazz", 1.0, [(right, 1.0)])
    wording.flip(1_000, [(garble, 1.0)])
    assert (wording.heard(0.5, 999), wording.heard(0.5, 1_000)) == (right, garble)


def test_rewording_uses_other_words_where_there_are_any() -> None:
    """People who reword a goal with two wordings take the other one; with one wording they have no choice."""
    goal = Goal(0, "", interpreted("play", "music"), 1.0)
    goal.wordings = [Wording("play jazz", 100.0, [(Heard("play jazz", "play jazz"), 1.0)])]
    chance = random.Random(0)  # noqa: S311 - a test
    assert other_wording(goal, goal.wordings[0], chance) is goal.wordings[0]
    goal.wordings.append(Wording("jazz please", 0.01, [(Heard("jazz please", "jazz please"), 1.0)]))
    goal.ways = None
    assert all(other_wording(goal, goal.wordings[0], chance) is goal.wordings[1] for _ in range(50))


def test_habits_are_spread_evenly() -> None:
    """A person's fixed number for a goal lies anywhere in [0, 1) and does not change."""
    shares = [hash_share(f"u{number:04d}", goal, 3) for number in range(1, 200) for goal in range(20)]
    assert all(0 <= share < 1 for share in shares)
    assert 0.47 < sum(shares) / len(shares) < 0.53
    assert hash_share("u0007", 5, 3) == hash_share("u0007", 5, 3)


@pytest.mark.parametrize("said", ["play jazz", "what time is it", "jazz", *sorted(ASKING)[:3], *sorted(COMMANDING)[:3]])
def test_frames_keep_the_request_whole(said: str) -> None:
    """Every frame has one place for the request, and adds words to it."""
    for frame in frames(said):
        assert frame.count("{}") == 1
        assert said in frame.format(said) != said


def test_meanings_of_answers_are_their_values() -> None:
    """A request means domain, intent and sorted slots; an answer its values alone, or its intent when it has none."""
    trip = interpreted("transport", "plan", (("to", "boston"), ("from", "austin")))
    assert written_meaning("", trip) == "transport.plan(from=austin,to=boston)"
    assert written_meaning("place", trip) == "austin, boston"
    assert written_meaning("step", interpreted("dialogue", "continue")) == "dialogue.continue"
