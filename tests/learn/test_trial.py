"""Outcomes of two arms to pairs, and what pairs say."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.learn import trial
from streams.learn.rows import UNPAIRED_MAX, Served
from streams.learn.settings import LearnSettings

SETTINGS = LearnSettings()

Outcomes = list[tuple[str, bool]]
OUTCOMES = st.lists(st.tuples(st.sampled_from(["treated", "held_out"]), st.booleans()), max_size=UNPAIRED_MAX)


def booked(outcomes: Sequence[tuple[str, bool]]) -> Served:
    """Return the row after some outcomes of weight 1."""
    row = Served()
    for arm, succeeded in outcomes:
        trial.book(row, arm, 1.0, succeeded=succeeded)  # type: ignore[arg-type]
    return row


@pytest.mark.parametrize(
    ("treated", "held_out", "pairs"),
    [(True, False, (1.0, 0.0)), (False, True, (0.0, 1.0)), (True, True, (0.0, 0.0)), (False, False, (0.0, 0.0))],
)
def test_a_pair_is_decided_by_what_differs(treated: bool, held_out: bool, pairs: tuple[float, float]) -> None:  # noqa: FBT001
    """Treated success against held-out failure wins, the reverse loses, and equal outcomes say nothing."""
    row = booked([("treated", treated), ("held_out", held_out)])
    assert (row.wins, row.losses) == pairs


@given(OUTCOMES)
def test_the_nth_of_one_arm_meets_the_nth_of_the_other(outcomes: Outcomes) -> None:
    """Wins and losses are those of the two arms' outcomes laid side by side, in whatever order they came."""
    row = booked(outcomes)
    treated, held_out = ([succeeded for arm, succeeded in outcomes if arm == name] for name in ("treated", "held_out"))
    pairs = list(zip(treated, held_out, strict=False))
    assert row.wins == sum(one and not other for one, other in pairs)
    assert row.losses == sum(other and not one for one, other in pairs)
    assert len(row.unpaired) == abs(len(treated) - len(held_out))


@given(OUTCOMES)
def test_no_outcome_of_an_arm_is_lost(outcomes: Outcomes) -> None:
    """Each arm's totals are its outcomes, paired or not."""
    row = booked(outcomes)
    assert row.treated_wins + row.treated_losses == sum(arm == "treated" for arm, _ in outcomes)
    assert row.held_out_wins == sum(arm == "held_out" and succeeded for arm, succeeded in outcomes)


def test_an_arm_far_ahead_waits_with_its_newest_outcomes_only() -> None:
    """Memory is bounded, and a held-out turn meets treated ones of its own time."""
    row = booked([("treated", False)] * 100 + [("treated", True)] * UNPAIRED_MAX + [("held_out", False)])
    assert (row.wins, len(row.unpaired)) == (1.0, UNPAIRED_MAX - 1)


def test_a_pair_weighs_what_its_lighter_outcome_weighs() -> None:
    """Doubtful outcomes make doubtful pairs."""
    row = Served()
    trial.book(row, "treated", 0.5, succeeded=True)
    trial.book(row, "held_out", 0.8, succeeded=False)
    assert row.wins == 0.5


def test_a_correction_is_one_loss_of_both_kinds() -> None:
    """A late complaint makes the arm worse and the pairs worse."""
    row = booked([("treated", True), ("held_out", False)])
    trial.correct(row)
    assert (row.treated_losses, row.losses) == (1.0, 1.0)


def test_the_share_to_beat_follows_from_win_loss_min() -> None:
    """A win/loss of 3 is a share of three quarters."""
    assert trial.standing(Served(), SETTINGS).pairs.p0 == pytest.approx(0.75)
    assert trial.standing(Served(), SETTINGS).treated_success is None


def test_ten_to_one_beats_three_and_one_to_one_is_shown_not_to() -> None:
    """The same pairs cannot speak for both sides."""
    good = trial.standing(Served(wins=60.0, losses=5.0), SETTINGS)
    bad = trial.standing(Served(wins=20.0, losses=20.0), SETTINGS)
    assert good.pairs.e_value > 20.0 > good.pairs.losing_e_value
    assert bad.pairs.losing_e_value > 20.0 > bad.pairs.e_value


def test_a_short_flawless_trial_does_not_promise_perfection() -> None:
    """The share that a promoted rewrite is held to is smoothed by one success and one failure."""
    found = trial.standing(Served(treated_wins=18.0, wins=18.0), SETTINGS)
    watches = trial.promoted_watches(found, SETTINGS)
    assert watches["treated"].p0 == pytest.approx(0.85 * 19.0 / 20.0)
    assert watches["pairs"].p0 == pytest.approx(0.85 * 19.0 / 20.0)


def test_silence_is_believed_as_far_as_people_complain() -> None:
    """With a patience of one, each silent failure stands for one more that was booked as a success, in either arm."""
    row = Served(treated_wins=20.0, treated_losses=10.0, treated_silent=10.0, wins=18.0)
    row.held_out_wins, row.held_out_losses, row.held_out_silent, row.losses = 4.0, 26.0, 4.0, 2.0
    found = trial.standing(row, SETTINGS, patience=1.0)
    assert (found.pairs.wins, found.pairs.losses) == (9.0, 0.0)
    assert (found.alone.wins, found.alone.losses) == (10.0, 20.0)
    assert found.treated_success == pytest.approx(2 / 3)


def test_a_rewrite_must_be_nearly_as_good_as_its_target() -> None:
    """Better than a hopeless hold-out is not enough: half of those who are served did not mean this."""
    row = Served(treated_wins=40.0, treated_losses=60.0, wins=40.0, held_out_losses=100.0, treated_silent=0.0)
    found = trial.standing(row, SETTINGS, target_success=0.9)
    assert not found.wins_at(20.0)
    assert found.lost_at(20.0) == "short_of_target"
    assert trial.standing(row, SETTINGS, target_success=0.2).wins_at(20.0)
