"""Judging what was published against a truth small enough to check by hand."""

from typing import Any

from streams.simulate.judge import judge
from streams.simulate.truth import Learnable, Period, TrueText, Truth

HOUR_MS = 3_600_000
END_MS = 100 * HOUR_MS


def period(meaning: str, success: float, until_ms: int = END_MS, from_ms: int = 0, **more: Any) -> Period:
    """Return a period of a text that means one thing."""
    given: dict[str, Any] = {
        "meanings": {meaning: 1.0}, "uses": 100, "users": 50, "repairing_users": 0, "repaired_at_ms": None,
        "protected": False,
    } | more  # fmt: skip
    return Period(from_ms=from_ms, until_ms=until_ms, success=success, **given)


def text(said: str, *periods: Period, state: str = "", trap: str = "") -> TrueText:
    """Return a text with its periods."""
    return TrueText(state, said, trap, "", periods)


TRUTH = Truth(
    seed=0, turns=0, users=0, locale="en-US", users_min=20, worthless=False, from_ms=0, until_ms=END_MS,
    texts=(
        text("play the noose", period("news", 0.05, repairing_users=30, repaired_at_ms=10 * HOUR_MS)),
        text("play the news", period("news", 0.95)),
        text("play the blues", period("blues", 0.95)),
        text("today", period("news", 0.05, meanings={"news": 0.5, "events": 0.5}), trap="mixed"),
        text("news on tv", period("news", 0.1)),
        text("do not play the news", period("news", 0.05)),
        text("play two news", period("news", 0.05)),
        text("pay it", period("news", 0.05, protected=True)),
        text("briefing", period("news", 0.05, 50 * HOUR_MS), period("news", 0.95, from_ms=50 * HOUR_MS)),
        text("next", period("go on", 0.05), state="step"),
        text("continue", period("go on", 0.95), state="step"),
        text("never found", period("news", 0.05)),
    ),
    learnable=(
        Learnable("", "play the noose", ("play the news",), 10 * HOUR_MS, 30),
        Learnable("", "never found", ("play the news",), 10 * HOUR_MS, 30),
    ),
)  # fmt: skip


def row(
    source: str, target: str, hour: int = 20, state: str = "", *, withdrawn: bool = False, **more: Any
) -> dict[str, Any]:
    """Return a row as the rewrites file has it."""
    given = {"state": state, "source": source, "target": target, "decided_at": hour * HOUR_MS} | more
    return given | ({"withdrawn": True} if withdrawn else {})


def faults_of(source: str, target: str, hour: int = 20, state: str = "") -> tuple[str, ...]:
    """Return what is wrong with one publication."""
    verdict = judge([row(source, target, hour, state)], TRUTH)
    return verdict.invalid[0].faults if verdict.invalid else ()


def test_a_right_pair_is_valid() -> None:
    """A failing text heard as a working one of the same meaning is right, however the target is spelt."""
    verdict = judge([row("play the noose", "Play the news!")], TRUTH)
    assert (verdict.valid, verdict.invalid, verdict.pair_win_loss) == (1, (), None)


def test_each_fault_is_named() -> None:
    """Each way to be wrong has its name, and names come together."""
    assert faults_of("play the noose", "play the blues") == ("wrong_meaning",)
    assert faults_of("play the blues", "play the news") == ("source_works", "wrong_meaning")
    assert faults_of("play the noose", "news on tv") == ("target_fails",)
    assert "mixed_meaning" in faults_of("today", "play the news")
    assert faults_of("do not play the news", "play the news") == ("negation_changed",)
    assert faults_of("play two news", "play the news") == ("number_changed",)
    assert faults_of("pay it", "play the news") == ("protected",)


def test_what_nobody_said_is_wrong() -> None:
    """A text that is not in the traffic can be neither source nor target, and a text counts at its own state only."""
    assert faults_of("unheard of", "play the news") == ("unknown_source",)
    assert faults_of("play the noose", "unheard of") == ("unknown_target",)
    assert faults_of("next", "continue", state="step") == ()
    assert faults_of("next", "continue", state="") == ("unknown_source",)


def test_a_pair_is_judged_when_it_goes_live() -> None:
    """What the assistant learned to do itself is wrong to rewrite from then on."""
    assert faults_of("briefing", "play the news", hour=20) == ()
    assert faults_of("briefing", "play the news", hour=60) == ("source_works",)


def test_a_pair_that_ceases_to_be_right_is_stale_until_withdrawn() -> None:
    """Stale counts pairs that were right and ceased to be; withdrawing in time avoids it, withdrawing later ends it."""
    published = row("briefing", "play the news", hour=20)
    never = judge([published], TRUTH)
    assert (never.stale, never.stale_live, never.withdrawn) == (1, 1, 0)
    late = judge([published, row("briefing", "play the news", 70, withdrawn=True)], TRUTH)
    assert (late.stale, late.stale_live, late.withdrawn) == (1, 0, 1)
    early = judge([published, row("briefing", "play the news", 40, withdrawn=True)], TRUTH)
    assert (early.stale, early.stale_live, early.withdrawn) == (0, 0, 1)


def test_a_later_version_is_no_second_pair() -> None:
    """A pair counts once while it is live, and again after a withdrawal."""
    version = row("play the noose", "play the news")
    gone = row("play the noose", "play the news", withdrawn=True)
    assert judge([version, version], TRUTH).published == 1
    assert judge([version, gone, version], TRUTH).published == 2


def test_win_loss_is_valid_to_invalid() -> None:
    """Two right pairs and one wrong one make 2, and the trap that was fallen into is named."""
    verdict = judge(
        [row("play the noose", "play the news"), row("next", "continue", state="step"), row("today", "play the news")],
        TRUTH,
    )
    assert verdict.pair_win_loss == 2.0
    assert verdict.traps == {"mixed": 1}
    assert verdict.faults == {"mixed_meaning": 1}


def test_found_and_delay_count_from_enough_repairs() -> None:
    """Half of what could be learned was found, ten hours after enough people had repaired it; more was found beyond."""
    verdict = judge([row("play the noose", "play the news", 20), row("next", "continue", state="step")], TRUTH)
    assert (verdict.learnable, verdict.found, verdict.found_share) == (2, 1, 0.5)
    assert verdict.missed == (("", "never found"),)
    assert verdict.delay_hours["0.5"] == 10.0
    assert verdict.beyond == 1


def test_a_wrong_rewrite_finds_nothing() -> None:
    """A learnable text that got a wrong target is not found."""
    assert judge([row("play the noose", "play the blues")], TRUTH).found == 0


def test_nothing_published_is_no_division() -> None:
    """An empty run gives counts of nothing and no ratio."""
    verdict = judge([], TRUTH)
    assert (verdict.published, verdict.pair_win_loss, verdict.found_share, verdict.delay_hours) == (0, None, 0.0, {})


def test_evidence_is_summed_up_by_its_median() -> None:
    """The evidence of the publications is reported as medians."""
    rows = [row("play the noose", "play the news", evidence={"users": 30, "win_loss": None}),
            row("next", "continue", state="step", evidence={"users": 50, "win_loss": 4.0})]  # fmt: skip
    assert judge(rows, TRUTH).evidence == {"users": 40.0, "win_loss": 4.0}
