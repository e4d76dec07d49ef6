"""When a rewrite is published, and everything that keeps one from it."""

import pytest

from schemas.records import Rewrite, Trail, Trails
from streams.learn.settings import LearnSettings
from streams.learn.step import step
from streams.memory import MemoryRows
from streams.stage import Context, Record
from tests.building import START_MS, as_it_is
from tests.learn.building import DAY_MS, FLOOR, HOUR_MS, Learning, failed, repairs, served, trail, uses, worked


def test_enough_repairs_of_a_failing_text_publish_a_rewrite() -> None:
    """Twenty users say "next", fail, and get there with "continue": hear it so."""
    learning = Learning().feed(*repairs(20))
    assert learning.published == [("next", "continue")]
    assert learning.stages == [
        ("none", "candidate", "repaired_by_enough_users"),
        ("candidate", "trial", "evidence_passed"),
    ]


def test_a_published_rewrite_says_everything() -> None:
    """The record is complete: who, where, what, since when, on what evidence, decided by which record."""
    (rewrite,) = [item for item in Learning().feed(*repairs(20)).rewrites if isinstance(item, Rewrite)]
    assert (rewrite.tenant, rewrite.locale, rewrite.state, rewrite.stage) == ("demo", "en-US", "step", "trial")
    assert (rewrite.version, rewrite.share, rewrite.origin) == (1, 0.5, "learned")
    assert [question.question for question in rewrite.evidence.questions] == ["means", "fails", "works"]
    assert rewrite.evidence.e_value == min(question.e_value for question in rewrite.evidence.questions)
    assert rewrite.evidence.repairs == rewrite.decided_by.offset + 1
    assert rewrite.expires_at > rewrite.decided_at > START_MS


def test_the_target_needs_eighteen_straight_wins() -> None:
    """At p0 .8 (nearly all turns of the chain succeed) the third question passes at the 18th win, not the 17th."""
    healthy = uses(300, "go on please", first=1000)
    assert Learning().feed(*healthy, *repairs(17)).published == []
    assert Learning().feed(*healthy, *repairs(18)).published == [("next", "continue")]


def test_the_bar_for_targets_follows_the_chain_down() -> None:
    """Where half of all turns fail, a target is measured against that: nine tenths of the average."""
    learning = Learning().feed(*repairs(12))
    (question,) = [item for item in learning.decisions[-1].evidence.questions if item.question == "works"]
    assert question.p0 == pytest.approx(0.9 * 0.5, abs=0.05)


def test_others_who_use_the_target_prove_it_too() -> None:
    """The third question is about the target alone: whoever says it counts, and the waiting pair hears of it."""
    learning = Learning().feed(*repairs(10), *uses(20))
    assert learning.published == [("next", "continue")]


def test_fewer_users_than_repairs_min_make_no_candidate() -> None:
    """Two users are a coincidence."""
    assert Learning().feed(*repairs(2)).decisions == []


def test_one_person_cannot_promote() -> None:
    """A user's outcomes of one day count once, however many there are."""
    stubborn = [trail(failed("next"), worked("continue"), user="u1", at_ms=index * 60_000) for index in range(200)]
    assert Learning().feed(*stubborn, *repairs(2, first=10), *uses(30)).published == []


def test_a_source_that_works_is_not_rewritten() -> None:
    """The second question: a text accepted as often as it fails stays."""
    working = [trail(worked("next", "continue"), user=f"w{index}", at_ms=index * 60_000) for index in range(20)]
    assert Learning().feed(*_in_turns(working, repairs(20))).published == []


def test_a_source_that_breaks_is_rewritten_on_what_happened_since() -> None:
    """What a text did before it broke says nothing about it now: a new epoch begins, at half the level."""
    working = [trail(worked("next", "continue"), user=f"w{index}", at_ms=index * 60_000) for index in range(60)]
    learning = Learning().feed(*working, *repairs(40, day=2))
    assert learning.published == [("next", "continue")]
    assert learning.flush.facts["epochs"] == 1


def test_a_source_with_two_meanings_is_not_rewritten() -> None:
    """The first question: repairs to another meaning are losses, not neutral."""
    other = [trail(failed("next"), worked("stop here"), user=f"o{index}", at_ms=index * 60_000) for index in range(20)]
    assert Learning().feed(*_in_turns(other, repairs(20))).published == []


def test_meaning_is_pooled_over_states() -> None:
    """A "no" is a true answer elsewhere, so it is not heard as "now" where it fails."""
    elsewhere = uses(40, "no", state="pause")
    assert Learning().feed(*elsewhere, *repairs(20, "no", "now", state="time")).published == []


def test_a_target_that_often_fails_is_not_served() -> None:
    """The third question: the target must work at the state, against an average that is high."""
    good = [worked_elsewhere for index in range(6) for worked_elsewhere in uses(30, f"other {index}", first=1000)]
    shaky = [trail(failed("continue"), user=f"f{index}", at_ms=index * 60_000) for index in range(12)]
    assert Learning().feed(*good, *shaky, *repairs(20)).published == []


def test_a_repair_explained_by_a_closer_text_is_no_evidence() -> None:
    """Of two failed texts, the one that resembles what worked was repaired, the other was abandoned."""
    mixed = [
        trail(failed("volume"), failed("play jaz"), worked("play jazz"), user=f"u{index}", at_ms=index * 60_000)
        for index in range(25)
    ]
    assert Learning().feed(*mixed).published == [("play jaz", "play jazz")]


@pytest.mark.parametrize("point", ["result", "false_wake"])
def test_what_no_wording_could_have_saved_is_repaired_by_nothing(point: str) -> None:
    """An unsupported request followed by something else that works is no rewrite."""
    trails = [
        trail(failed("next", failure_point=point), worked("continue"), user=f"u{index}", at_ms=index * 60_000)
        for index in range(30)
    ]
    assert Learning().feed(*trails).decisions == []


def test_giving_up_in_a_failing_run_says_nothing_about_rewrites() -> None:
    """The turns failed, the trail is unknown: no meaning, no repair."""
    assert Learning().feed(*(trail(failed("next"), user=f"u{index}") for index in range(30))).decisions == []


def test_treated_turns_count_for_their_rewrite_only() -> None:
    """They feed neither the source nor the target; held-out turns are evidence about what was said."""
    treated = [
        trail(served("next", "failure", "treated"), worked("continue"), user=f"u{index}", at_ms=index * 60_000)
        for index in range(30)
    ]
    held_out = [
        trail(served("next", "failure", "held_out"), worked("continue"), user=f"u{index}", at_ms=index * 60_000)
        for index in range(30)
    ]
    assert Learning().feed(*treated).decisions == []
    assert Learning().feed(*held_out).published == [("next", "continue")]


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("do go on", "do not go on", "guard_negation"),
        ("go to step too", "go to step 2", "guard_number"),
    ],
)
def test_negation_and_numbers_stay(source: str, target: str, reason: str) -> None:
    """However good the evidence, it waits in shadow with the guard as its reason."""
    learning = Learning().feed(*repairs(25, source, target))
    assert learning.published == []
    assert learning.stages[-1] == ("candidate", "shadow", reason)


def test_protected_intents_are_left_alone() -> None:
    """No rewrite to an intent that the operator protects."""
    trails = [
        trail(failed("open dor"), worked("open door", "home.unlock(what=door)"), user=f"u{index}", at_ms=index * 60_000)
        for index in range(25)
    ]
    learning = Learning().feed(*trails)
    assert (learning.published, learning.stages[-1][2]) == ([], "guard_protected")


def test_no_chain_is_ever_live() -> None:
    """A target is never a live source: the second link of a chain is refused, in either order."""
    settings = FLOOR.model_copy(update={"p0_means": 0.2})
    first, second = (
        repairs(25, "onward", "go further"),
        repairs(25, "go further", "keep going", first=200, state="other"),
    )
    common = uses(40, "go further", first=300)
    assert len(Learning(settings).feed(*first, *second).published) == 1
    learning = Learning(settings).feed(*second, *common, *first)
    assert learning.published == [("go further", "keep going")]
    assert learning.stages[-1] == ("candidate", "shadow", "guard_chain")


def test_a_rewrite_unseen_for_long_expires_with_a_tombstone() -> None:
    """Its key leaves the compacted topic; the decision says why."""
    learning = Learning().feed(*repairs(20)).tick(100 * DAY_MS)
    assert learning.rewrites[-1] is None
    assert learning.stages[-1] == ("trial", "expired", "unseen")


def test_an_expired_rewrite_comes_back_only_when_its_source_is_heard_again() -> None:
    """News about the target alone revive nothing."""
    learning = Learning().feed(*repairs(20)).tick(100 * DAY_MS).feed(*uses(20, day=101))
    assert len(learning.published) == 1
    learning.feed(*repairs(1, first=500, day=102))
    assert len(learning.published) == 2


def test_a_source_that_starts_to_work_takes_its_rewrite_back() -> None:
    """When the assistant learns the text by itself, the rewrite is no longer needed."""
    working = [
        trail(worked("next", "continue"), user=f"w{index}", at_ms=DAY_MS + index * 60_000) for index in range(40)
    ]
    learning = Learning().feed(*repairs(20), *working)
    assert learning.rewrites[-1] is None
    assert learning.stages[-1] == ("trial", "demoted", "source_works_now")


def test_a_demoted_pair_rests_and_needs_new_evidence_at_a_harder_level() -> None:
    """After the cool-off it may come again, on what happened since, at half the level."""
    working = [
        trail(worked("next", "continue"), user=f"w{index}", at_ms=DAY_MS + index * 60_000) for index in range(10)
    ]
    learning = Learning().feed(*repairs(20), *working, *repairs(10, first=300, day=1))
    assert len(learning.published) == 1
    learning.feed(*repairs(25, first=400, day=4))
    versions = [rewrite.version for rewrite in learning.rewrites if rewrite is not None]
    assert versions == [1, 2]


def test_old_failures_do_not_bring_a_demoted_pair_back() -> None:
    """What a pair was published on the first time counts for nothing the second time: each question starts afresh."""
    working = [
        trail(worked("next", "continue"), user=f"w{index}", at_ms=DAY_MS + index * 60_000) for index in range(12)
    ]
    learning = Learning().feed(*repairs(60), *working)
    assert learning.stages[-1] == ("trial", "demoted", "source_works_now")
    since = [
        trail(worked("next", "continue"), user=f"s{index}", at_ms=5 * DAY_MS + index * 60_000) for index in range(25)
    ]
    learning.feed(*_in_turns(since, repairs(25, first=500, day=5)))
    assert len(learning.published) == 1


def test_below_the_floor_nothing_leaves_and_nothing_is_named() -> None:
    """The tests pass, the floor does not: decisions carry ids, no texts."""
    learning = Learning(LearnSettings(release="floor", users_min=60)).feed(*repairs(40))
    assert learning.published == []
    assert learning.stages[-1] == ("candidate", "shadow", "users_source")
    assert {(item.source, item.target, item.meaning) for item in learning.decisions} == {("", "", "")}


def test_the_private_gate_lets_texts_go_at_a_look_on_the_clock() -> None:
    """Arrivals publish nothing; a look does, and its time is a multiple of the look's."""
    learning = Learning(LearnSettings()).feed(*repairs(45))
    assert learning.published == []
    learning.tick(45 * 60_000 + 3 * HOUR_MS)
    (rewrite,) = [item for item in learning.rewrites if item is not None]
    assert rewrite.decided_at % HOUR_MS == 0


def test_the_private_gate_keeps_what_few_users_support() -> None:
    """With eight users nothing leaves, whatever the evidence, and the reason is the release."""
    trails = [
        trail(failed("next"), worked("continue"), user=f"u{index}", at_ms=day * DAY_MS + index * 60_000)
        for day in range(5)
        for index in range(8)
    ]
    learning = Learning(LearnSettings()).feed(*trails).tick(25 * DAY_MS)
    assert (learning.published, learning.stages[-1]) == ([], ("candidate", "shadow", "not_released_source"))


def test_rows_of_what_is_no_longer_said_are_forgotten() -> None:
    """State is bounded by what was heard within the life of a rewrite."""
    learning = Learning().feed(*uses(50)).tick(900 * DAY_MS)
    assert {key.split("|")[0] for key in learning.rows.rows} == {"chain"}


def test_time_waits_for_the_slowest_detect_partition() -> None:
    """Learn's clock is the least of what the detect partitions have reached."""
    rows, context = MemoryRows(), Context(FLOOR, as_it_is, "trails", partitions=2)
    (record,) = _record(0, repairs(1)[0])
    step(rows, [record], context)
    ((_, chain),) = rows.scan("chain|")
    assert chain.now == 0


def test_acceptances_count_only_as_far_as_people_complain() -> None:
    """Where half of all failures pass without a word, each complaint stands for one that was never made."""
    told = [trail(failed("other"), user=f"t{index}", at_ms=index * 60_000) for index in range(200)]
    silent = [
        trail(failed("next", silent=True), worked("continue"), user=f"s{index}", at_ms=index * 60_000)
        for index in range(20)
    ]
    passed = [trail(worked("next", "wrong"), user=f"p{index}", at_ms=index * 60_000) for index in range(20)]
    mixed = _in_turns(silent, passed)
    assert Learning().feed(*mixed).published == []
    assert Learning().feed(*told, *mixed).published == [("next", "continue")]


def test_a_repair_that_ends_in_what_people_complain_of_is_no_repair() -> None:
    """Giving up on a text that mostly fails silently does not make it what was meant."""
    told = [trail(failed("other"), user=f"t{index}", at_ms=index * 60_000) for index in range(200)]
    bad = [trail(failed("nest", silent=True), worked("continue"), user=f"b{index}") for index in range(20)]
    given_up = [
        trail(failed("next"), worked("nest", "wrong"), user=f"g{index}", at_ms=HOUR_MS + index * 60_000)
        for index in range(20)
    ]
    learning = Learning().feed(*told, *bad, *given_up)
    assert all(item.meaning != "wrong" for item in learning.decisions)


def _in_turns(first: list[Trail], second: list[Trail]) -> list[Trail]:
    return [item for pair in zip(first, second, strict=True) for item in pair]


def _record(partition: int, one: Trail) -> list[Record]:
    return [Record(0, Trails(one.tenant, one.locale, partition, one.settled_at, (one,)))]
