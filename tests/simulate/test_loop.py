"""The closed loop: what is published is served, the same by table and by book, and nothing is made up."""

from dataclasses import replace

import pytest

from schemas.records import AppliedRewrite, Rewrite, TurnEvent
from streams.driver import Driver
from streams.rewrites import DAY_MS, arm_of
from streams.settings import settings_from
from streams.simulate.loop import Plan, Run, run
from streams.simulate.loop_result import LoopResult
from streams.simulate.servers import BookServer, TableServer
from streams.simulate.summing import summed
from streams.simulate.traffic import STARTS_MS

SETTINGS = settings_from(["release=floor", "users_min=4", "win_loss_min=1", "alpha=0.4"])
PLAN = Plan(turns=8_000, users=150, seed=2, settings=SETTINGS, days=20)
HOUR_MS = 3_600_000


class Onlooker:
    """Keeps what was said, and counts the days."""

    def __init__(self) -> None:
        self.events: list[TurnEvent] = []
        self.days = 0

    def hour(self, events: list[TurnEvent]) -> None:
        """Keep an hour."""
        self.events += events

    def day(self, number: int, driver: Driver) -> None:
        """Count a day."""
        assert (number, isinstance(driver, Driver)) == (self.days, True)
        self.days += 1


@pytest.fixture(scope="module")
def onlooker() -> Onlooker:
    """Return somebody who looks on."""
    return Onlooker()


@pytest.fixture(scope="module")
def done(onlooker: Onlooker) -> Run:
    """Return a small run in which some rewrites are promoted."""
    return run(PLAN, BookServer(), [onlooker])


@pytest.fixture(scope="module")
def result(done: Run) -> LoopResult:
    """Return its result."""
    return summed(done, PLAN, "a test")


def served(onlooker: Onlooker) -> list[tuple[TurnEvent, AppliedRewrite]]:
    """Return the turns to which a rewrite applied, each once."""
    turns = {event.turn.turn_id: event for event in onlooker.events if event.turn is not None}
    return [(event, event.turn.rewrite) for event in turns.values() if event.turn and event.turn.rewrite]


@pytest.mark.slow
def test_a_real_table_gives_the_same_run(done: Run) -> None:
    """Served from a consumer's table on a broker, all that is decided and heard is as from its core alone."""
    with TableServer() as server:
        again = run(PLAN, server)
    assert again.changes == done.changes
    assert (again.decisions, again.outcomes) == (done.decisions, done.outcomes)


def test_only_what_was_published_before_is_served(done: Run, onlooker: Onlooker) -> None:
    """A turn carries a version that was published before its hour, and runs that version's target when treated."""
    published = {(each.rewrite_id, each.version): each for _, each in done.changes if isinstance(each, Rewrite)}
    turns = served(onlooker)
    assert len(turns) > 100
    for event, report in turns:
        rewrite = published[report.rewrite_id, report.version]
        assert rewrite.decided_at < event.occurred_at
        assert event.turn is not None
        assert report.executed == (rewrite.target if report.arm == "treated" else event.turn.said)


def test_the_arm_is_what_consumers_compute(done: Run, onlooker: Onlooker) -> None:
    """Drawn by rewrite and user, the arm of a turn can be computed again by anybody, but around midnight."""
    shares = {(each.rewrite_id, each.version): each.share for _, each in done.changes if isinstance(each, Rewrite)}
    for event, report in served(onlooker):
        arms = {
            arm_of(report.rewrite_id, event.user, at_ms, shares[report.rewrite_id, report.version])
            for at_ms in (event.occurred_at, event.occurred_at - HOUR_MS)
        }
        assert report.arm in arms


@pytest.mark.slow
def test_by_source_all_users_share_an_arm() -> None:
    """Drawn by source text, everybody who says the same on one day is in the same arm."""
    onlooker = Onlooker()
    run(replace(PLAN, randomised_by="source"), BookServer(), [onlooker])
    arms: dict[tuple[str, int], set[str]] = {}
    users: dict[tuple[str, int], set[str]] = {}
    for event, report in served(onlooker):
        if event.occurred_at % DAY_MS > HOUR_MS:
            group = f"{report.rewrite_id} {report.version}", event.occurred_at // DAY_MS
            arms.setdefault(group, set()).add(report.arm)
            users.setdefault(group, set()).add(event.user)
    assert max(map(len, arms.values())) == 1
    assert max(map(len, users.values())) > 1


def test_the_learner_hears_what_is_said(done: Run, onlooker: Onlooker) -> None:
    """The same events, fed to a fresh learner at once, give the same decisions."""
    again = Driver(SETTINGS)
    decisions = [*again.feed(onlooker.events).decisions, *again.finish().decisions]
    assert [each.decision_id for each in decisions] == [each.decision_id for each in done.decisions]


def test_days_add_up(result: LoopResult, onlooker: Onlooker) -> None:
    """Served turns of all days are those of the events, but for the last session, and defects are part of turns."""
    counted = sum(day.treated + day.held_out for day in result.days)
    assert 0 <= counted - len(served(onlooker)) < 10
    assert all(day.defects <= day.turns and day.treated_defects <= day.treated for day in result.days)
    assert onlooker.days == len(result.days) == PLAN.days


def test_promotions_are_in_windows_and_stories(result: LoopResult, done: Run) -> None:
    """Each promotion is in one window and is a step of one story."""
    decided = sum(each.to_stage == "promoted" for each in done.decisions)
    in_stories = sum(step.to_stage == "promoted" for story in result.stories for step in story.steps)
    in_windows = sum(window.valid + window.invalid for window in result.windows)
    assert decided == in_stories == in_windows > 0


def test_the_effect_is_the_learners_own(result: LoopResult, done: Run) -> None:
    """Outcomes of the overall effect are those the learner booked, and its interval holds the estimate."""
    overall = result.effects[0]
    rows = [row for _, row in done.driver.rows["learn"].scan("served|")]
    booked = sum(row.treated_wins + row.treated_losses + row.held_out_wins + row.held_out_losses for row in rows)
    corrections = sum(len(row.seen["corrected"].today | row.seen["corrected"].yesterday) for row in rows)
    assert overall.treated + overall.held_out == pytest.approx(booked, abs=corrections + 1e-6)
    assert overall.lower is not None
    assert overall.reduction is not None
    assert overall.upper is not None
    assert overall.lower < overall.reduction < overall.upper


def test_days_begin_with_the_traffic(result: LoopResult) -> None:
    """Day 0 begins where simulated time does, and every step lies within the run."""
    assert result.starts_ms == STARTS_MS
    ends_ms = STARTS_MS + (PLAN.days + 1) * DAY_MS
    assert all(STARTS_MS <= step.at_ms < ends_ms for story in result.stories for step in story.steps)
