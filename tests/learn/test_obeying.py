"""What people order is done to what is published: at once, once, and before all evidence."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.records import Policy, PolicyAction, Rewrite, Trails
from streams.learn.obeying import SETTABLE, settings_of
from streams.learn.rows import ROWS
from streams.learn.settings import LearnSettings
from tests.building import START_MS
from tests.contracts.encoded import EncodedRows
from tests.learn.building import DAY_MS, FLOOR, Learning, repairs, trail, worked


def order(action: PolicyAction, scope: str = "s", *, at_ms: int = START_MS, **fields: Any) -> Policy:
    """Return an order."""
    return Policy(scope, action, at_ms, **fields)


PIN = order("pin", "pin", tenant="demo", locale="en-US", state="step", source="Next!", target="Go on")


def learned() -> Learning:
    """Return learning with "next" -> "continue" in trial."""
    return Learning().feed(*repairs(20))


def last(learning: Learning) -> Rewrite:
    """Return what was sent last to the rewrites topic, which must be a rewrite."""
    (*_, rewrite) = learning.rewrites
    assert rewrite is not None
    return rewrite


@pytest.mark.parametrize(("action", "reason"), [("kill", "killed"), ("block", "blocked")])
@pytest.mark.parametrize(
    "about", [{}, {"tenant": "demo"}, {"source": "next", "locale": "en-US"}, {"target": "continue"}]
)
def test_what_is_forbidden_is_taken_back(action: PolicyAction, reason: str, about: dict[str, Any]) -> None:
    """A kill or block that covers a live rewrite withdraws it, whatever it narrows to."""
    learning = learned().order(order(action, **about))
    assert learning.stages[-1] == ("trial", "blocked", reason)
    assert learning.rewrites[-1] is None


def test_orders_about_others_change_nothing() -> None:
    """Another tenant, another source, another question: not meant. Nor is everybody, when an order names a user."""
    others: list[dict[str, Any]] = [
        {"tenant": "other"},
        {"source": "stop", "locale": "en-US"},
        {"state": "pause"},
        {"user": "u1"},
    ]
    learning = learned().order(*(order("block", str(index), **about) for index, about in enumerate(others)))
    assert learning.stages[-1][1] == "trial"


def test_a_decision_names_the_order_that_caused_it() -> None:
    """It was decided by the policy topic, by the last order in force."""
    decided_by = learned().order(order("kill")).decisions[-1].decided_by
    assert (decided_by.topic, decided_by.partition, decided_by.offset) == ("policy", 0, 0)


def test_what_an_order_forbids_is_not_published_however_good_it_is() -> None:
    """The questions pass, and the pair is blocked instead of tried."""
    learning = Learning().feed(*repairs(3)).order(order("block", tenant="demo")).feed(*repairs(30, first=3))
    assert learning.stages[-1] == ("candidate", "blocked", "blocked")
    assert learning.published == []


def test_an_allow_lets_a_pair_be_judged_again() -> None:
    """It comes back by its evidence, as a new version, at once."""
    learning = learned().order(order("kill")).order(order("allow", at_ms=START_MS + 1))
    assert learning.stages[-2:] == [("blocked", "candidate", "allowed"), ("candidate", "trial", "evidence_passed")]
    assert last(learning).version == 2


def test_an_order_taken_away_lets_a_pair_be_judged_again() -> None:
    """Without the order nothing forbids it."""
    assert learned().order(order("kill")).forget_order("s").stages[-1][1] == "trial"


def test_a_pin_is_served_to_everybody_in_the_words_of_the_person() -> None:
    """Whatever was learned at its key makes room."""
    learning = learned().order(PIN)
    assert learning.stages[-2] == ("trial", "shadow", "pinned_otherwise")
    assert learning.stages[-1][1:] == ("pinned", "pinned")
    pinned = last(learning)
    assert (pinned.source, pinned.target, pinned.share, pinned.origin) == ("next", "Go on", 1.0, "manual")
    assert pinned.version == 2


def test_a_pin_of_what_was_learned_keeps_its_identity() -> None:
    """The rewrite id stays, the version grows."""
    learning = learned()
    trial = last(learning)
    learning.order(order("pin", tenant="demo", locale="en-US", state="step", source="next", target="continue"))
    assert (last(learning).rewrite_id, last(learning).version) == (trial.rewrite_id, 2)
    assert learning.stages[-1] == ("trial", "pinned", "pinned")


def test_nothing_but_an_order_ends_a_pin() -> None:
    """Neither evidence nor time takes back what a person wants."""
    learning = learned().order(PIN)
    working = [trail(worked("next", "next"), user=f"w{index}", at_ms=DAY_MS + index * 1000) for index in range(200)]
    learning.feed(*working).tick(400 * DAY_MS)
    assert last(learning).stage == "pinned"
    learning.order(order("block", "t", tenant="demo", at_ms=START_MS + 5))
    assert learning.stages[-1] == ("pinned", "blocked", "blocked")


def test_a_pin_taken_away_is_withdrawn() -> None:
    """What becomes of the pair then, its evidence decides."""
    learning = learned().order(PIN).forget_order("pin")
    assert learning.stages[-1] == ("pinned", "candidate", "unpinned")
    assert learning.rewrites[-1] is None


def test_a_new_chain_begins_under_the_orders_in_force() -> None:
    """A pin given before anybody spoke is published when the first trail comes."""
    learning = Learning().order(PIN)
    assert learning.rewrites == []
    learning.feed(*repairs(1))
    assert last(learning).stage == "pinned"


def test_an_order_acts_once() -> None:
    """Empty batches, and rows that were stored and read again, do not repeat it."""
    learning = Learning(rows=EncodedRows(ROWS)).feed(*repairs(20)).order(PIN)
    count = len(learning.decisions)
    learning.order().order().feed(*repairs(3, first=50))
    assert len(learning.decisions) == count


def test_an_erased_user_is_in_no_row() -> None:
    """The only row that changes for one user's day is theirs to leave."""
    learning = Learning().feed(*repairs(20)).order(order("erase", user="u3", tenant="demo"))
    assert learning.flush.facts["rows_erased"] > 0
    again = learning.flush.facts["rows_erased"]
    learning.order()
    assert learning.flush.facts["rows_erased"] == again


def test_a_threshold_can_be_set_for_a_tenant() -> None:
    """Its chains go by it, others by the worker's."""
    strict = {"a": order("set", "a", tenant="demo", setting="alpha", value="1e-12")}
    assert settings_of(FLOOR, strict, "demo|en-US").alpha == 1e-12
    assert settings_of(FLOOR, strict, "other|en-US").alpha == FLOOR.alpha
    assert Learning().order(strict["a"]).feed(*repairs(20)).published == []


@pytest.mark.parametrize(
    ("setting", "value"), [("alpha", "much"), ("release", "floor"), ("nonsense", "1"), ("alpha", "2")]
)
def test_a_setting_that_cannot_be_changes_nothing(setting: str, value: str) -> None:
    """Unknown names, names that are not to be set, and values out of range are passed over."""
    assert settings_of(FLOOR, {"a": order("set", "a", setting=setting, value=value)}, "demo|en-US") == FLOOR


def test_the_floor_of_people_can_only_be_raised() -> None:
    """Nobody loosens by an order what the worker promises."""
    lower = {"a": order("set", "a", setting="users_min", value="1")}
    higher = {"a": order("set", "a", setting="users_min", value="50")}
    assert settings_of(FLOOR, lower, "demo|en-US").users_min == FLOOR.users_min
    assert settings_of(FLOOR, higher, "demo|en-US").users_min == 50


def test_what_can_be_set_are_settings() -> None:
    """Every name is one of the learner's."""
    assert set(LearnSettings.model_fields) >= SETTABLE


def test_versions_grow_also_where_an_order_comes_before_the_chain_has_a_clock() -> None:
    """While a detect partition has not told its time, orders are dated by those that have, not by the year 1970."""
    learning = Learning()
    learning.context = replace(learning.context, partitions=2)
    learning.feed(*repairs(20)).order(order("kill"))
    assert learning.decisions[-1].decided_at > START_MS
    other = trail(worked("hello"), user="u1", at_ms=DAY_MS)
    learning._run([Trails("demo", "en-US", 1, other.settled_at, (other,))], None)  # noqa: SLF001
    learning.feed(*repairs(1, first=90, day=2)).order(order("allow", at_ms=START_MS + 1))
    assert last(learning).version == 2


def test_a_new_chain_dates_its_pins_by_its_first_trail() -> None:
    """A pin given before anybody spoke is published when and because somebody does."""
    learning = Learning().order(PIN).feed(*repairs(1))
    assert last(learning).decided_at > START_MS


def test_orders_about_one_user_are_not_kept() -> None:
    """There may be millions of people who want no rewrites; programs that serve know them, the learner need not."""
    learning = learned().order(order("block", "one", user="u1"), order("block", "all", tenant="other"))
    assert [key for key, _ in learning.rows.scan("order|")] == ["order|all"]


def test_an_order_that_is_gone_leaves_no_row() -> None:
    """What is remembered is what is in force, so that a pseudonym to erase does not outlive its order."""
    learning = learned().order(order("erase", "e", user="u1")).forget_order("e")
    assert list(learning.rows.scan("order|")) == []
