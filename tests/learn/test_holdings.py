"""What chains hold is counted as it changes, and is at any time what a look at all rows would find."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Policy, PolicyAction, Trail
from streams import topology
from streams.learn import holdings
from streams.learn.ledger import chain_names
from streams.learn.rows import Chain
from streams.learn.settings import LearnSettings
from streams.observing.facts import LEVELS
from streams.stage import Rows
from tests.building import START_MS
from tests.learn.building import DAY_MS, Learning, repairs
from tests.learn.test_properties import either, histories
from tests.learn.test_served import arms, promoted, served


def order(action: PolicyAction, **fields: Any) -> Policy:
    """Return an order in a scope of its own."""
    return Policy(f"{action} {fields}", action, START_MS, **fields)


ORDERS = [
    order("kill", tenant="demo"),
    order("block", target="go on"),
    order("pin", tenant="demo", locale="en-US", state="step", source="next", target="go on"),
    order("pin", tenant="demo", locale="en-US", state="step", source="new words", target="other words"),
    order("erase", tenant="demo", user="u1"),
]


def looked_up(rows: Rows) -> dict[str, float]:
    """Return the levels of a partition from all its rows."""
    found = dict.fromkeys(LEVELS, 0.0)
    for chain in chain_names(rows):
        held = holdings.counted(rows, chain)
        parts = {f"pairs.{stage}": count for stage, count in held.pairs.items()}
        for name, amount in {**parts, **held.outcomes, "live_rewrites": held.live}.items():
            found[name] += amount
    return found


def check(learning: Learning) -> None:
    """Compare what is kept with what is there."""
    assert holdings.of_partition(learning.rows) == pytest.approx(looked_up(learning.rows), abs=1e-9)


@either
@settings(max_examples=60)
@given(
    before=histories(),
    orders=st.lists(st.sampled_from(ORDERS), max_size=3, unique=True),
    batch=st.integers(1, 9),
    days=st.sampled_from([1, 100, 250, 500, 900]),
)
def test_holdings_are_what_all_rows_say(
    chosen: LearnSettings, before: list[Trail], orders: list[Policy], batch: int, days: int
) -> None:
    """After trails, after orders and their end, and after long silence."""
    learning = Learning(chosen).feed(*before, batch=batch)
    check(learning)
    check(learning.order(*orders))
    for given_order in orders:
        learning.forget_order(given_order.scope)
    check(learning)
    last = max(item.settled_at for item in before) - START_MS
    check(learning.tick(last + days * DAY_MS))


def test_a_promoted_rewrite_is_one_live_rewrite_with_the_outcomes_of_its_version() -> None:
    """A new version begins with nothing; outcomes of the one before are counted no more, and late ones neither."""
    learning = promoted()
    found = holdings.of_partition(learning.rows)
    assert (found["pairs.promoted"], found["live_rewrites"]) == (1, 1)
    learning.feed(*served(learning, arms(5), day=3, first=100), *served(learning, arms(9), day=3, first=200, version=1))
    found = holdings.of_partition(learning.rows)
    at_promotion = learning.flush.facts["served_outcomes.treated.success"] - 14
    assert found["live_outcomes.treated.success"] == 30 - at_promotion + 5
    check(learning)


def test_everything_goes_with_the_last_pair() -> None:
    """After years of silence nothing is held."""
    learning = promoted().tick(3_000 * DAY_MS)
    assert set(holdings.of_partition(learning.rows).values()) == {0}
    check(learning)


def test_outcomes_of_a_pinned_rewrite_are_forgotten_with_their_books() -> None:
    """It stays live for ever; books that nobody was served for 400 days go, and their sums with them."""
    learning = Learning().feed(*repairs(20)).order(ORDERS[2])
    learning.feed(*served(learning, arms(4), day=3))
    assert holdings.of_partition(learning.rows)["live_outcomes.treated.success"] == 4
    found = holdings.of_partition(learning.tick(900 * DAY_MS).rows)
    assert (found["live_rewrites"], found["live_outcomes.treated.success"]) == (1, 0)
    check(learning)


def test_a_chain_from_before_anybody_counted_is_counted_when_it_is_opened() -> None:
    """State of an earlier version of the product goes on with the right figures."""
    learning = promoted()
    expected = holdings.of_partition(learning.rows)
    for key, row in list(learning.rows.scan("chain|")):
        assert isinstance(row, Chain)
        row.holdings = None
        learning.rows.put(key, row)
    assert set(holdings.of_partition(learning.rows).values()) == {0}
    assert holdings.of_partition(learning.tick(60 * DAY_MS).rows) == expected


def test_several_chains_add_up() -> None:
    """The levels of a partition are those of all its chains together."""
    learning = Learning(promoted().context.settings).feed(*repairs(20))
    one = holdings.of_partition(learning.rows)
    learning.feed(*(tenant_of(item, "other") for item in repairs(20, day=30)))
    both = holdings.of_partition(learning.rows)
    assert (one["live_rewrites"], both["live_rewrites"]) == (1, 2)
    check(learning)


def tenant_of(item: Trail, tenant: str) -> Trail:
    """Return the same trail of another tenant."""
    fields = {name: getattr(item, name) for name in item.__struct_fields__}
    return Trail(**{**fields, "tenant": tenant})


def test_the_levels_of_the_topology_are_those_that_metrics_know() -> None:
    """Every level has a metric, and every metric of a level its level."""
    assert topology.LEARN.levels is not None
    assert set(topology.LEARN.levels(Learning().rows)) == set(LEVELS)
