"""What holds for the whole pipeline and every input: resuming, batches, arrival order, no chains."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Rewrite, TurnEvent
from streams.driver import Driver, Results, Withdrawn
from streams.settings import Settings
from tests.building import SameFirstLetter, said

EAGER = Settings(
    release="floor", users_min=1, repairs_min=1, alpha=0.9, p0_means=0.1, p0_fails=0.1, p0_works=0.1, lateness_ms=5000
)
"""Settings under which a handful of turns publishes and withdraws, so that the properties have something to hold of."""

WORDS = ("alder", "apple", "amber", "birch", "beech", "cedar")


@st.composite
def traffic(draw: st.DrawFn) -> list[TurnEvent]:
    """Failing and working turns of a few people over days, in the order they happened."""
    at_s = 0.0
    events = []
    for index in range(draw(st.integers(5, 60))):
        at_s += draw(st.sampled_from([3.0, 9.0, 30.0, 60.0, 90_000.0, 90_000.0]))
        events.append(
            said(
                draw(st.sampled_from(WORDS)),
                at_s,
                user=draw(st.sampled_from(["u1", "u2", "u3"])),
                turn_id=f"t{index:03d}",
                status=draw(st.sampled_from(["answered", "failed", "failed"])),
            )
        )
    return events


def run(events: list[TurnEvent], batch: int = 1000, driver: Driver | None = None) -> Results:
    """Return everything a driver says about an input."""
    driver = driver or Driver(EAGER, SameFirstLetter())
    results = Results()
    for start in range(0, len(events), batch):
        results.extend(driver.feed(events[start : start + batch]))
    results.extend(driver.finish())
    return results


def plain(results: Results) -> list[Any]:
    """Return rewrites and decisions without the place of the deciding record."""
    found: list[Any] = []
    for item in [*(value for _, value in results.rewrites), *results.decisions]:
        built = msgspec.to_builtins(item)
        built.pop("decided_by", None)
        built.get("rewrite", {}).pop("decided_by", None)
        found.append(built)
    return found


@settings(max_examples=60, deadline=None)
@given(traffic(), st.integers(1, 9))
def test_batch_size_changes_nothing(events: list[TurnEvent], batch: int) -> None:
    """The same rewrites, decisions and feedback whatever the size of a batch."""
    whole, parts = run(events), run(events, batch)
    assert plain(parts) == plain(whole)
    assert parts.feedback == whole.feedback


@settings(max_examples=60, deadline=None)
@given(traffic(), st.lists(st.floats(0, 4.9), min_size=1, max_size=9))
def test_arrival_order_within_the_lateness_changes_nothing(events: list[TurnEvent], delays_s: list[float]) -> None:
    """Trails and all that follows are the same in any order of arrival within the lateness."""
    arrival = sorted(range(len(events)), key=lambda at: events[at].occurred_at + 1000 * delays_s[at % len(delays_s)])
    assert plain(run([events[at] for at in arrival])) == plain(run(events))


@settings(max_examples=40, deadline=None)
@given(traffic(), st.integers(0, 60))
def test_stopping_and_resuming_anywhere_equals_one_run(
    tmp_path_factory: Any, events: list[TurnEvent], stop_at: int
) -> None:
    """State written and read back goes on as if nothing had happened."""
    directory = tmp_path_factory.mktemp("state")
    first = Driver(EAGER, SameFirstLetter())
    before = first.feed(events[:stop_at])
    first.save(directory)
    before.extend(run(events[stop_at:], driver=Driver.load(directory, EAGER, SameFirstLetter())))
    once = Driver(EAGER, SameFirstLetter())
    whole = once.feed(events[:stop_at])
    whole.extend(run(events[stop_at:], driver=once))
    assert before == whole


@settings(max_examples=60, deadline=None)
@given(traffic())
def test_no_chain_or_cycle_is_ever_live(events: list[TurnEvent]) -> None:
    """After every change of what is published, no live target is a live source."""
    live: dict[str, Rewrite] = {}
    for key, value in run(events, batch=1).rewrites:
        if isinstance(value, Withdrawn):
            del live[key]
        else:
            live[key] = value
        sources = {rewrite.source for rewrite in live.values()}
        assert not sources & {rewrite.target for rewrite in live.values()}


@settings(max_examples=40, deadline=None)
@given(traffic())
def test_every_change_of_what_is_published_has_its_decision(events: list[TurnEvent]) -> None:
    """Rewrites and decisions tell the same story, step by step."""
    results = run(events)
    published = [item for item in results.decisions if item.to_stage == "trial" or item.from_stage == "trial"]
    assert len(published) == len(results.rewrites)
    assert [item.to_stage == "trial" for item in published] == [
        isinstance(value, Rewrite) for _, value in results.rewrites
    ]


def test_the_traffic_of_these_properties_does_publish() -> None:
    """The settings are eager enough for the properties above to say something."""
    events = []
    for index in range(12):
        events += [
            said("alder", index * 200.0, user=f"u{index}", status="failed"),
            said("apple", index * 200.0 + 9, user=f"u{index}"),
        ]
    assert [value.target for _, value in run(events).rewrites if isinstance(value, Rewrite)] == ["apple"]
