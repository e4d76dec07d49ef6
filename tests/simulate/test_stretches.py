"""Stretches of live pairs, and what the truth says about them."""

from typing import Literal

from schemas.records import DecidedBy, Decision, Evidence, Rewrite
from streams.driver import Withdrawn
from streams.simulate.stretches import Stretch, stretches
from streams.simulate.truth import Period, TrueText, Truth
from streams.text import NORMALISER

DAY = 86_400_000
KEY = "demo|en-US||noose"

Change = tuple[str, Rewrite | Withdrawn]


def period(from_day: int, until_day: int, success: float, meaning: str = "news") -> Period:
    """Return a period of a text with one meaning."""
    return Period(
        from_day * DAY, until_day * DAY, {meaning: 1.0}, success, 100, 50, 30, from_day * DAY, protected=False
    )


def truth(*source: Period) -> Truth:
    """Return the truth about a source and a target that always works."""
    texts = (
        TrueText("", "noose", "", "fixed" if len(source) > 1 else "", source),
        TrueText("", "news", "", "", (period(0, 90, 0.95),)),
    )
    return Truth(0, 1, 1, "en-US", 20, worthless=False, from_ms=0, until_ms=90 * DAY, texts=texts)


def rewrite(day: int, version: int, stage: Literal["trial", "promoted"] = "trial", target: str = "news") -> Change:
    """Return a publication."""
    return KEY, Rewrite(
        "r1", version, "demo", "en-US", "play", "", "noose", target, "news", NORMALISER, stage, 0.5, "learned",
        Evidence(), day * DAY, DecidedBy("trails", 0, 0), 400 * DAY, "test",
    )  # fmt: skip


def withdrawn(day: int) -> Change:
    """Return a withdrawal."""
    _, published = rewrite(0, 1)
    assert isinstance(published, Rewrite)
    return KEY, Withdrawn(published, day * DAY)


def demoted(day: int, reason: str) -> Decision:
    """Return a decision to take it back."""
    return Decision(
        "d", "r1", "demo", "en-US", "play", "", "noose", "news", "news", "promoted", "demoted", reason, Evidence(),
        day * DAY, DecidedBy("trails", 0, 0), "test",
    )  # fmt: skip


def test_a_new_version_goes_on_with_the_stretch() -> None:
    """Trial and promotion are one stretch, which ends with its withdrawal and the reason of the decision."""
    changes = [rewrite(1, 1), rewrite(5, 2, "promoted"), withdrawn(9), rewrite(20, 3)]
    first, second = stretches(changes, [demoted(9, "losing")], truth(period(0, 90, 0.1)))
    assert (first.from_ms, first.promoted_ms, first.until_ms, first.reason) == (DAY, 5 * DAY, 9 * DAY, "losing")
    assert (second.from_ms, second.promoted_ms, second.until_ms) == (20 * DAY, None, None)
    assert (first.stage_at(4 * DAY), first.stage_at(5 * DAY)) == ("trial", "promoted")


def test_another_target_begins_a_new_stretch() -> None:
    """The same source heard as something else is judged by itself."""
    first, second = stretches([rewrite(1, 1), rewrite(2, 2, target="nose")], [], truth(period(0, 90, 0.1)))
    assert (first.until_ms, first.reason, first.faults) == (2 * DAY, "replaced", ())
    assert second.faults == ("unknown_target",)


def test_drift_makes_a_live_pair_wrong() -> None:
    """The moment at which a source begins to work is when its rewrite becomes wrong, if it is still live then."""
    changing = truth(period(0, 30, 0.1), period(30, 90, 0.95))
    (live,) = stretches([rewrite(1, 1)], [], changing)
    assert (live.wrong_ms, live.drift) == (30 * DAY, "fixed")
    (gone,) = stretches([rewrite(1, 1), withdrawn(29)], [demoted(29, "losing")], changing)
    assert gone.wrong_ms is None


def test_a_promotion_is_judged_at_its_moment() -> None:
    """A pair that was right in its trial may be wrong when it is promoted."""
    changing = truth(period(0, 30, 0.1), period(30, 90, 0.95))
    late: Stretch
    (late,) = stretches([rewrite(1, 1), rewrite(31, 2, "promoted")], [], changing)
    assert (late.faults, late.promoted_faults) == ((), ("source_works",))
