"""Orders in the in-memory driver: which are in force, and that they survive being saved."""

from pathlib import Path

import pytest

from schemas.records import Policy
from streams.driver import Driver
from tests.building import SameFirstLetter, said


def kill(scope: str, at_ms: int = 1) -> Policy:
    """Return an order to take everything back."""
    return Policy(scope, "kill", at_ms)


def test_the_latest_order_of_a_scope_is_in_force() -> None:
    """A later order replaces an earlier one of its scope, given together or one after the other."""
    driver = Driver()
    driver.order([kill("a", 1), kill("b", 2), kill("a", 3)])
    driver.order([kill("b", 4)])
    assert {scope: policy.issued_at for scope, policy in driver.policy.items()} == {"a": 3, "b": 4}
    assert driver.policy_next == 4


def test_an_order_taken_back_is_in_force_no_more() -> None:
    """A tombstone takes one order and counts as one; a scope nobody named is an error."""
    driver = Driver()
    driver.order([kill("a"), kill("b")])
    driver.forget_order("a")
    assert (list(driver.policy), driver.policy_next) == (["b"], 3)
    with pytest.raises(KeyError, match="a"):
        driver.forget_order("a")


def test_an_order_is_applied_at_once() -> None:
    """Nobody need speak for it to take effect."""
    driver = Driver(scorer=SameFirstLetter())
    driver.feed([said("play jazz", 0, user="u1"), said("play jazz", 0, user="u2")])
    driver.order([Policy("erase-u1", "erase", 1, tenant="demo", user="u1")])
    assert driver.facts["turns_erased"] == 1
    assert [trail.user for trails in driver.finish().trails for trail in trails.trails] == ["u2"]


def test_orders_are_saved_and_loaded(tmp_path: Path) -> None:
    """A driver that was loaded obeys what the one before was told."""
    driver = Driver(scorer=SameFirstLetter())
    driver.feed([said("play jazz", 0)])
    driver.order([kill("a")])
    driver.save(tmp_path)
    loaded = Driver.load(tmp_path, scorer=SameFirstLetter())
    assert (loaded.policy, loaded.policy_next) == (driver.policy, driver.policy_next)
