"""What becomes of a published rewrite: tried against its hold-out, promoted, taken back, tried again."""

from collections.abc import Iterable

from schemas.records import AppliedRewrite, Correction, Outcome, Rewrite, Trail, Trails
from streams.learn.rows import Served
from streams.learn.settings import LearnSettings
from tests.building import START_MS
from tests.learn.building import DAY_MS, FLOOR, Learning, _turn, repairs, trail

Ends = Iterable[tuple[str, Outcome]]


def on_trial(settings: LearnSettings = FLOOR) -> Learning:
    """Return learning that has just published "next" -> "continue", on the first day."""
    return Learning(settings).feed(*repairs(20))


def live(learning: Learning) -> Rewrite:
    """Return the version published last."""
    (*_, last) = [item for item in learning.rewrites if item is not None]
    return last


def served(learning: Learning, ends: Ends, *, day: int = 1, first: int = 0, version: int | None = None) -> list[Trail]:
    """Return trails of one served turn each, of as many users, with arms and outcomes as given."""
    rewrite = live(learning)
    number = rewrite.version if version is None else version
    trails = []
    for index, (arm, outcome) in enumerate(ends, start=first):
        applied = AppliedRewrite(rewrite.rewrite_id, number, arm, rewrite.target)  # type: ignore[arg-type]
        fields = {"rewrite": applied}
        meaning = "continue" if outcome == "success" else None
        turn = _turn("next", "step", outcome, meaning, fields)
        trails.append(trail(turn, user=f"s{index}", at_ms=day * DAY_MS + index * 60_000))
    return trails


def arms(count: int, treated: Outcome = "success", held_out: Outcome = "failure") -> list[tuple[str, Outcome]]:
    """Return so many outcomes of each arm, in turns."""
    return [("treated", treated), ("held_out", held_out)] * count


def promoted(settings: LearnSettings = FLOOR) -> Learning:
    """Return learning whose rewrite has won its trial."""
    learning = on_trial(settings)
    return learning.feed(*served(learning, arms(30)))


def row_of(learning: Learning, version: int) -> Served:
    """Return the served evidence of a version."""
    for key, row in learning.rows.scan("served|"):
        if key.endswith(f"\x1f{version}"):
            assert isinstance(row, Served)
            return row
    raise LookupError(version)


def test_a_trial_that_beats_its_hold_out_is_promoted() -> None:
    """Treated turns succeed where held-out ones fail: after some pairs nine in ten are treated, under a new version."""
    learning = promoted()
    assert learning.stages[-1] == ("trial", "promoted", "beat_hold_out")
    assert (live(learning).stage, live(learning).version, live(learning).share) == ("promoted", 2, 0.9)


def test_a_promotion_says_what_it_rests_on() -> None:
    """Its evidence is the pairs of the trial, and the success of both arms with how many outcomes stand behind it."""
    found = live(promoted()).evidence
    assert (found.treated_success, found.held_out_success, found.losses) == (1.0, 0.0, 0.0)
    assert found.wins == found.held_out
    assert found.e_value >= 20.0


def test_one_person_promotes_nothing() -> None:
    """Of one user's outcomes in one arm the first of a day counts."""
    learning = on_trial()
    (one, other) = served(learning, arms(1))
    learning.feed(*[one, other] * 50)
    assert live(learning).stage == "trial"
    assert row_of(learning, 1).wins == 1.0
    assert row_of(learning, 1).treated_turns == 50


def test_a_trial_no_better_than_its_hold_out_is_ended() -> None:
    """When pairs are lost as often as won, it is shown that the rewrite does not beat three to one."""
    learning = on_trial(FLOOR.model_copy(update={"watch_alpha": 1e-12, "treated_share": 0.1}))
    even = arms(1) + arms(1, "failure", "success")
    learning.feed(*served(learning, even * 30))
    assert learning.stages[-1] == ("trial", "demoted", "lost_to_hold_out")
    assert learning.rewrites[-1] is None


def test_outcomes_of_another_version_decide_nothing() -> None:
    """They are booked on that version, and the one that is live knows nothing of them."""
    learning = on_trial()
    learning.feed(*served(learning, arms(30), version=7))
    assert live(learning).stage == "trial"
    assert (row_of(learning, 7).wins, row_of(learning, 1).wins) == (30.0, 0.0)


def test_a_promoted_rewrite_that_stops_working_is_withdrawn() -> None:
    """Within a few dozen treated failures, by change detection: what it won before does not help it."""
    learning = promoted()
    failing = served(learning, [("treated", "failure")] * 40, day=2, first=500)
    learning.feed(*failing, batch=1)
    assert learning.stages[-1] == ("promoted", "demoted", "losing")
    assert learning.rewrites[-1] is None
    assert row_of(learning, 2).treated_losses == 40.0


def test_a_trial_short_of_its_target_is_ended_before_any_pair_is_decided() -> None:
    """Treated turns that mostly fail where the target works need no hold-out to be judged."""
    learning = on_trial()
    learning.feed(*served(learning, [("treated", "failure"), ("treated", "success")] * 60), batch=1)
    assert learning.stages[-1] == ("trial", "demoted", "short_of_target")


def test_a_rewrite_that_is_no_longer_needed_is_withdrawn() -> None:
    """When held-out turns begin to succeed, the source works by itself."""
    learning = promoted()
    learning.feed(*served(learning, [("held_out", "success")] * 60, day=2, first=500), batch=1)
    assert learning.stages[-1][:2] == ("promoted", "demoted")
    assert learning.stages[-1][2] in {"source_works_now", "no_longer_wins"}


def test_a_re_trial_needs_new_evidence_and_a_higher_level() -> None:
    """After a withdrawal the pair rests, and then must prove itself again on what came since, twice as well."""
    learning = promoted()
    learning.feed(*served(learning, [("treated", "failure")] * 40, day=2, first=500))
    learning.feed(*repairs(3, day=2, first=900))
    assert learning.stages[-1][1] == "demoted"
    learning.feed(*repairs(40, day=9, first=1000))
    assert learning.stages[-1] == ("demoted", "trial", "evidence_passed")
    assert live(learning).version == 3


def test_corrections_take_a_rewrite_back() -> None:
    """Late complaints of many people are losses at once, each user once a day."""
    learning = promoted()
    rewrite = live(learning)
    applied = AppliedRewrite(rewrite.rewrite_id, rewrite.version, "treated", rewrite.target)
    complaints = [
        Correction(f"t{index}", applied, "denied", START_MS + 2 * DAY_MS + index, f"c{index % 30}")
        for index in range(60)
    ]
    learning._run([Trails("demo", "en-US", 0, START_MS + 3 * DAY_MS, (), tuple(complaints))], None)  # noqa: SLF001
    assert learning.stages[-1][:2] == ("promoted", "demoted")
    assert (row_of(learning, 2).corrections, row_of(learning, 2).treated_losses) == (60, 30.0)


def test_a_rewrite_that_everybody_is_treated_with_is_not_unseen() -> None:
    """Treated turns keep a rewrite alive, though they are not booked on its source."""
    learning = promoted(FLOOR.model_copy(update={"expires_after_ms": 10 * DAY_MS}))
    for day in range(2, 40, 4):
        learning.feed(*served(learning, [("treated", "success")] * 2, day=day, first=day * 100))
    assert live(learning).stage == "promoted"
    assert learning.rewrites[-1] is not None
    learning.tick(60 * DAY_MS)
    assert learning.stages[-1] == ("promoted", "expired", "unseen")


def test_shared_levels_ask_more_of_a_candidate() -> None:
    """With one level for all pairs of a chain, more people must have shown a rewrite than with a level for each."""
    shared = FLOOR.model_copy(update={"levels": "shared"})

    def needed(settings: LearnSettings) -> int:
        learning = Learning(settings)
        return next(count for count in range(60) if learning.feed(*repairs(1, first=count)).published)

    assert needed(FLOOR) < needed(shared) < 60
