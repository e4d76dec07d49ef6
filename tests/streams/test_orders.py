"""Orders about everybody and about one user, asked directly. No book and no Kafka here."""

from typing import Any

import pytest

from schemas.records import Policy
from streams.orders import Live, Orders, Place

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
    pair = {"tenant": "demo", "locale": "en-US", "state": "step", "source": "next", "target": "go on"}
    assert Orders([policy("pin", **pair)]).pins
    assert not Orders([policy("pin", **pair, user="u1")]).pins
