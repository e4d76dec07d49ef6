"""What really came of everything said, by day and by rewrite."""

from schemas.records import AppliedRewrite, Arm
from streams.simulate.conversation import Fared
from streams.simulate.true_days import DAY_MS, TrueDays
from streams.simulate.world import Goal, Periods, Understanding, World, interpreted

STARTS_MS = 1_000_000


def days() -> TrueDays:
    """Return empty days of a world with one goal and two texts: one fails, one works."""
    goal = Goal(0, "", interpreted("play", "news"), 1.0)
    understandings = {
        ("", "noose"): Periods(Understanding(0, 0.1, 0, 0.0)), ("", "news"): Periods(Understanding(0, 0.9, 0, 0.0)),
    }  # fmt: skip
    counted = TrueDays(STARTS_MS)
    counted.world = World([goal], {}, understandings, {}, {}, frozenset(), {}, {}, STARTS_MS)
    return counted


def fared(day: int, arm: Arm | None, *, worked: bool) -> Fared:
    """Return an utterance of "noose" that meant the news."""
    rewrite = None if arm is None else AppliedRewrite("r1", 1, arm, "news" if arm == "treated" else "noose")
    executed = "news" if arm == "treated" else "noose"
    return Fared(("", "noose"), ("", executed), 0, rewrite, STARTS_MS + day * DAY_MS, worked)


def test_each_turn_counts_on_its_day_and_in_its_arm() -> None:
    """Treated and held-out turns are counted apart, others in the day alone."""
    counted = days()
    for each in (fared(0, None, worked=False), fared(2, "treated", worked=True), fared(2, "held_out", worked=False)):
        counted.heard(each)
    day = counted.days[2]
    assert (counted.days[0].turns, counted.days[0].defects, counted.days[0].treated) == (1, 1, 0)
    assert (day.turns, day.defects, day.treated, day.treated_defects) == (2, 1, 1, 0)
    assert (day.held_out, day.held_out_defects) == (1, 1)


def test_what_would_have_been_comes_from_the_words_said() -> None:
    """Without rewriting, a treated turn would have failed as often as what was said does, whatever came of it."""
    counted = days()
    counted.heard(fared(0, "treated", worked=True))
    assert round(counted.days[0].without, 6) == 0.9
    effect = counted.effects["r1"]
    assert (effect.treated, round(effect.defects, 6), round(effect.without, 6)) == (1, 0.1, 0.9)
