"""Orders about everybody and about one user, asked directly. No book and no Kafka here."""

from typing import Any

import pytest

from schemas.records import Policy
from streams.orders import Live, Orders, PersonalOrders, Place, is_usable

LIVE = Live("r1", 3, "music", "Continue!", 0.9, None)
PLACE = Place("demo", "en-US", "step", "next")


def policy(action: str, issued_at: int = 1, **changes: Any) -> Policy:
    """Return an order with a scope of its own."""
    return Policy(f"{action}-{issued_at}-{sorted(changes.items())}", action, issued_at, **changes)  # type: ignore[arg-type]


def test_the_order_that_forbids_is_told() -> None:
    """Of several the last one issued, so that a kill can be told from a block."""
    block, kill = policy("block", 1, source="next"), policy("kill", 2, tenant="demo")
    assert Orders([kill, block]).forbidding(LIVE, PLACE) == kill
    assert Orders([block]).forbidding(LIVE, PLACE) == block


def test_no_order_forbids_what_was_allowed_since() -> None:
    """A newer allow leaves nothing to tell."""
    orders = Orders([policy("kill", 1), policy("allow", 2, rewrite_id="r1")])
    assert orders.forbidding(LIVE, PLACE) is None
    assert not orders.forbid(LIVE, PLACE)


@pytest.mark.parametrize("action", ["kill", "block", "allow"])
def test_an_order_about_one_user_is_none_about_everybody(action: str) -> None:
    """It neither forbids for all nor lifts what is forbidden for all."""
    personal = policy(action, 9, user="u1")
    assert not Orders([personal]).forbid(LIVE, PLACE)
    assert Orders([policy("kill", 1), personal]).forbid(LIVE, PLACE)


def test_a_pin_for_one_user_pins_nothing() -> None:
    """Nobody else is served what was meant for one."""
    pair: dict[str, Any] = {"tenant": "demo", "locale": "en-US", "state": "step", "source": "next", "target": "go on"}
    assert Orders([policy("pin", **pair)]).pins
    assert not Orders([policy("pin", **pair, user="u1")]).pins


# -- one user ------------------------------------------------------------------------------------------------------


def personal(*policies: Policy) -> PersonalOrders:
    """Return the orders of users, taken in one after another."""
    orders = PersonalOrders()
    for each in policies:
        orders.add(each)
    return orders


@pytest.mark.parametrize("action", ["kill", "block"])
@pytest.mark.parametrize("scope", [{}, {"tenant": "demo"}, {"domain": "music"}, {"source": "NEXT!"}], ids=str)
def test_a_user_opts_out_of_what_the_fields_agree_with(action: str, scope: dict[str, Any]) -> None:
    """Of everything, of a tenant's rewrites, of a domain, of one source; a kill does what a block does."""
    orders = personal(policy(action, user="u1", **scope))
    assert orders.forbid("u1", LIVE, PLACE)
    assert not orders.forbid("u2", LIVE, PLACE)


@pytest.mark.parametrize("scope", [{"tenant": "x"}, {"domain": "x"}, {"source": "x"}, {"rewrite_id": "x"}], ids=str)
def test_opting_out_of_something_else_changes_nothing(scope: dict[str, Any]) -> None:
    """One field that does not agree is enough."""
    assert not personal(policy("block", user="u1", **scope)).forbid("u1", LIVE, PLACE)


@pytest.mark.parametrize("arrival", [1, -1], ids=["in order", "reversed"])
def test_the_latest_order_of_a_user_decides(arrival: int) -> None:
    """Whatever came first to this process; at one time what forbids wins."""
    orders = [
        policy("block", 1, user="u1"),
        policy("allow", 2, user="u1", source="next"),
        policy("block", 3, user="u1"),
    ]
    assert not personal(*orders[:2][::arrival]).forbid("u1", LIVE, PLACE)
    assert personal(*orders[::arrival]).forbid("u1", LIVE, PLACE)
    assert personal(*[policy("block", 5, user="u1"), policy("allow", 5, user="u1")][::arrival]).forbid(
        "u1", LIVE, PLACE
    )


def test_a_user_whose_orders_are_all_lifted_has_none() -> None:
    """Nothing of them is left to look at."""
    block = policy("block", user="u1")
    orders = personal(block)
    orders.remove(block)
    assert not orders
    assert not orders.forbid("u1", LIVE, PLACE)


@pytest.mark.parametrize("action", ["erase", "set"])
def test_other_orders_with_a_user_are_no_business_of_consumers(action: str) -> None:
    """Erasing a user's data does not opt that user out."""
    assert not personal(policy(action, user="u1"))


def test_only_a_pin_for_one_user_means_nothing() -> None:
    """Every other order with a user has a meaning, and so has every pin for all."""
    usable = [is_usable(policy(action, user=user)) for action in ("block", "pin") for user in ("", "u1")]
    assert usable == [True, True, True, False]
