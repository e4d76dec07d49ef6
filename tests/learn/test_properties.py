"""What holds of learning for any trails: cuts, packing and neighbours change nothing, and texts keep their secrets."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Arm, DecidedBy, Decision, Outcome, Rewrite, Trail, TrailTurn
from streams.learn.publishing import rewrite_id
from streams.learn.rows import ROWS, Live, Pair
from streams.learn.settings import LearnSettings
from streams.stage import Output, Row
from tests.contracts.encoded import EncodedRows
from tests.learn.building import DAY_MS, HOUR_MS, Learning, failed, repairs, served, trail, uses, worked

EAGER = LearnSettings(
    release="floor",
    users_min=1,
    repairs_min=1,
    alpha=0.9,
    p0_means=0.1,
    p0_fails=0.1,
    p0_works=0.1,
    watch_alpha=0.09,
    cool_off_ms=HOUR_MS,
    user_days_max=16,
)
"""Settings under which a handful of trails publishes and withdraws: the properties need something to hold of."""

GATED = EAGER.model_copy(update={"release": "private", "release_epsilon": 10.0, "release_delta": 0.09})
"""The same behind a gate that three users open."""

NOWHERE = DecidedBy("", 0, 0)
WORDS = ("next", "nest", "continue", "go on", "two", "not two")

USUAL = rewrite_id(Pair("demo", "en-US", "", "step", "next", "continue"))
"""The rewrite that most of these histories publish."""


def really_served(arm: Arm, outcome: Outcome, version: int) -> TrailTurn:
    """Return a turn that the usual rewrite was applied to, or held out from."""
    turn = served("next", outcome, arm, version=version)
    assert turn.rewrite is not None
    applied = msgspec.structs.replace(turn.rewrite, rewrite_id=USUAL)
    return msgspec.structs.replace(turn, rewrite=applied, silent=outcome == "failure" and arm == "treated")


turns = st.one_of(
    st.builds(failed, st.sampled_from(WORDS), st.sampled_from(["step", ""]), silent=st.booleans()),
    st.builds(failed, st.sampled_from(WORDS), joined_by=st.just("rephrase"), score=st.sampled_from([0.4, 0.9])),
    st.builds(failed, st.sampled_from(WORDS), failure_point=st.sampled_from(["result", "asr"])),
    st.builds(
        really_served,
        st.sampled_from(["treated", "held_out"]),
        st.sampled_from(["success", "failure"]),
        st.integers(1, 4),
    ),
    st.builds(
        served,
        st.sampled_from(WORDS),
        st.sampled_from(["success", "failure"]),
        st.sampled_from(["treated", "held_out"]),
    ),
)
lasts = st.one_of(
    st.builds(worked, st.sampled_from(WORDS), state=st.sampled_from(["step", ""]), weight=st.sampled_from([0.5, 1.0])),
    st.builds(worked, st.sampled_from(WORDS), st.sampled_from(["onward", "music.play(what=jazz)", "home.unlock()"])),
    turns,
)

# What everybody does makes something to publish; what somebody does holds it back or takes it away again.
habits = st.just([failed("next"), worked("continue")])


@st.composite
def histories(draw: st.DrawFn, tenants: Sequence[str] = ("demo",)) -> list[Trail]:
    """Trails of a few people over weeks, in the order they are settled."""
    at_ms = 0
    found = []
    for number in range(draw(st.integers(1, 40))):
        at_ms += draw(st.sampled_from([60_000, HOUR_MS, HOUR_MS, DAY_MS, DAY_MS, DAY_MS, 60 * DAY_MS]))
        said = draw(st.one_of(habits, st.builds(lambda some, last: [*some, last], st.lists(turns, max_size=3), lasts)))
        user, tenant = draw(st.sampled_from(["u1", "u2", "u3", "u4"])), draw(st.sampled_from(tenants))
        found.append(trail(*said, user=user, at_ms=at_ms, tenant=tenant, number=number))
    return found


def after(learning: Learning, tenant: str = "demo") -> tuple[list[Output], dict[str, Row]]:
    """Return what was said about a tenant and what is kept of it, without the places of the deciding records."""
    outputs = [Output(o.topic, o.key, _nowhere(o.value)) for o in learning.flush.outputs if _tenant(o.key) == tenant]
    rows = {}
    for key, row in learning.rows.rows.items():
        if _tenant(key.partition("|")[2]) == tenant:
            rows[key] = msgspec.structs.replace(row, rewrite=_nowhere(row.rewrite)) if isinstance(row, Live) else row
    return outputs, rows


def told(learning: Learning) -> tuple[Any, ...]:
    """Return what learning has told of itself."""
    flush = learning.flush
    return {fact: pytest.approx(amount) for fact, amount in flush.facts.items()}, flush.observations, flush.causes


def _tenant(key: str) -> str:
    return key.partition("|")[0]


def _nowhere(value: Any) -> Any:
    return value if value is None else msgspec.structs.replace(value, decided_by=NOWHERE)


either = pytest.mark.parametrize("chosen", [EAGER, GATED], ids=["floor", "gate"])


@either
@settings(max_examples=40)
@given(trails=histories(), batch=st.integers(1, 9))
def test_batch_size_changes_nothing(chosen: LearnSettings, trails: list[Trail], batch: int) -> None:
    """The same rows, outputs and facts one trail at a time, a few, or all at once."""
    whole = Learning(chosen).feed(*trails)
    for size in (1, batch):
        parts = Learning(chosen).feed(*trails, batch=size)
        assert after(parts) == after(whole)
        assert told(parts) == told(whole)


@either
@settings(max_examples=40)
@given(trails=histories(), pack=st.integers(2, 9), batch=st.integers(1, 3))
def test_packing_changes_nothing(chosen: LearnSettings, trails: list[Trail], pack: int, batch: int) -> None:
    """How many trails share a record is the sender's affair: rows and outputs are the same but for ``decided_by``."""
    assert after(Learning(chosen).feed(*trails, pack=pack, batch=batch)) == after(Learning(chosen).feed(*trails))


@either
@settings(max_examples=30)
@given(trails=histories())
def test_every_change_of_a_row_is_put(chosen: LearnSettings, trails: list[Trail]) -> None:
    """A store that keeps bytes knows only what it is given: nothing may rest on a row changed in place alone."""
    assert after(Learning(chosen, EncodedRows(ROWS)).feed(*trails)) == after(Learning(chosen).feed(*trails))


def test_a_long_story_is_kept_by_what_is_put() -> None:
    """The same through epochs, withdrawals, rests, further trials and an expiry."""

    def accepted_as_it_is(day: int) -> list[Trail]:
        return [
            trail(worked("next", "continue"), user=f"w{index}", at_ms=day * DAY_MS + index * 60_000)
            for index in range(60)
        ]

    story = [
        *accepted_as_it_is(0),
        *repairs(40, day=2),
        *(trail(failed("continue", silent=True), user=f"f{index}", at_ms=3 * DAY_MS + index) for index in range(40)),
        *uses(60, day=9),
        *repairs(60, day=10),
        *accepted_as_it_is(12),
        *accepted_as_it_is(13),
        *repairs(60, day=20),
    ]
    kept = Learning(rows=EncodedRows(ROWS)).feed(*story, batch=7).tick(200 * DAY_MS)
    assert after(kept) == after(Learning().feed(*story).tick(200 * DAY_MS))
    assert min(kept.flush.facts[fact] for fact in ("epochs", "published", "withdrawn")) >= 2


@settings(max_examples=40)
@given(histories(), st.integers(0, 40))
def test_what_is_kept_to_save_work_may_be_lost(trails: list[Trail], at: int) -> None:
    """Solved chains live outside the rows; without them the same is said, only later."""
    learning = Learning(EAGER).feed(*trails[:at])
    learning.context.scratch.clear()
    assert after(learning.feed(*trails[at:])) == after(Learning(EAGER).feed(*trails))


@either
@settings(max_examples=40)
@given(trails=histories(("demo", "other")))
def test_tenants_do_not_influence_each_other(chosen: LearnSettings, trails: list[Trail]) -> None:
    """What is said about a tenant and kept of it is what its own trails alone give."""
    both = Learning(chosen).feed(*trails)
    for tenant in ("demo", "other"):
        own = [item for item in trails if item.tenant == tenant]
        assert after(both, tenant) == after(Learning(chosen).feed(*own), tenant)


@settings(max_examples=40)
@given(histories(), st.integers(1, 40))
def test_time_alone_withdraws_and_forgets_the_same_whenever_it_is_told(trails: list[Trail], hours: int) -> None:
    """Two years of silence in one tick or in many give the same outputs and rows."""
    end = 4_000 * DAY_MS
    once = Learning(EAGER).feed(*trails).tick(end)
    often = Learning(EAGER).feed(*trails)
    for at_ms in range(0, end, hours * 40 * DAY_MS):
        often.tick(at_ms)
    assert after(often.tick(end)) == after(once)


@settings(max_examples=40)
@given(histories())
def test_no_chain_is_ever_live(trails: list[Trail]) -> None:
    """After every change, no live target is a live source."""
    live: dict[str, tuple[str, str]] = {}
    for output in Learning(EAGER).feed(*trails).flush.outputs:
        if isinstance(output.value, Rewrite):
            live[output.key] = (output.value.source, output.value.target)
        elif output.topic == "rewrites":
            del live[output.key]
        assert not {source for source, _ in live.values()} & {target for _, target in live.values()}


@settings(max_examples=40)
@given(histories(), st.integers(2, 4))
def test_no_text_is_named_before_enough_people_said_it(trails: list[Trail], users_min: int) -> None:
    """A decision that names a text comes after as many people as the floor asks for have said it."""
    learning = Learning(EAGER.model_copy(update={"users_min": users_min}))
    heard: dict[str, set[str]] = {}
    for item in trails:
        for turn in item.turns:
            heard.setdefault(turn.said, set()).add(item.user)
        known = len(learning.flush.outputs)
        learning.feed(item)
        for output in learning.flush.outputs[known:]:
            if isinstance(output.value, Rewrite | Decision):
                named = {output.value.source, output.value.target} - {""}
                assert all(len(heard[said]) >= users_min for said in named)


@pytest.mark.parametrize("chosen", [EAGER, GATED], ids=["floor", "gate"])
def test_the_trails_of_these_properties_do_publish_and_withdraw(chosen: LearnSettings) -> None:
    """The settings are eager enough for the properties above to say something."""
    repaired = [trail(failed("next"), worked("continue"), user=f"u{day % 4}", at_ms=day * DAY_MS) for day in range(12)]
    works = [trail(worked("next", "continue"), user=f"u{day % 4}", at_ms=day * DAY_MS) for day in range(12, 40)]
    learning = Learning(chosen).feed(*repaired, *works)
    assert learning.published[0] == ("next", "continue")
    assert None in learning.rewrites
