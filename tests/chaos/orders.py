"""What people ordered and what their orders forbid, worked out anew from the published rules. Knows no code that obeys.

Of all kills, blocks, allows and pins about a rewrite the one issued last decides, what forbids when times are equal. An
order about one user is no matter of the learner, and a pin is about its own question alone. Orders are compared with
rewrites as they are written: their sources must be normalised, as those of the product's own commands are.
"""

from typing import Any, Final

from tests.chaos.decoding import Reader, UnreadableError
from tests.chaos.taken import Taken

FORBIDDING: Final = frozenset({"kill", "block"})
DECIDING: Final = FORBIDDING | {"allow", "pin"}
NAMING: Final = ("tenant", "locale", "source", "target")
"""What a pin must name to be served."""

NARROWING: Final = ("tenant", "locale", "domain", "state", "source", "rewrite_id")

Order = dict[str, Any]
InForce = dict[str, Order]
"""Orders by scope."""


class Ordered:
    """The orders of one system, in the order they were given."""

    def __init__(self, taken: Taken, policy: Reader) -> None:
        """Read the topic; what nobody can read changes nothing."""
        self.given: list[tuple[int, str, Order | None]] = []
        for raw in taken.of("policy"):
            try:
                order = None if raw.value is None else policy.read(raw.value)
            except UnreadableError:
                continue
            self.given.append((raw.offset, (raw.key or b"").decode(), order))

    def in_force(self, next_offset: int) -> InForce:
        """Return the orders in force for whoever has read the topic up to an offset, exclusive."""
        orders: InForce = {}
        for offset, scope, order in self.given:
            if offset >= next_offset:
                break
            orders.pop(scope, None)
            if order is not None:
                orders[scope] = order
        return orders

    def erasures(self) -> list[tuple[int, str, str]]:
        """Return offset, tenant and user of each order to forget somebody; a tenant of "" is all of them."""
        return [
            (offset, order["tenant"], order["user"])
            for offset, _, order in self.given
            if order is not None and order["action"] == "erase" and order["user"]
        ]


def forbids(orders: InForce, rewrite: dict[str, Any]) -> bool:
    """Return whether orders forbid a rewrite to everybody."""
    about = [order for order in orders.values() if order["action"] in DECIDING and _is_about(order, rewrite)]
    return bool(about) and max(about, key=_rank)["action"] in FORBIDDING


def pinned(orders: InForce) -> dict[str, Order]:
    """Return the pin that decides about each key of ``rewrites``."""
    pins: dict[str, Order] = {}
    for order in sorted(orders.values(), key=_rank):
        if order["action"] == "pin" and not order["user"] and all(order[name] for name in NAMING):
            pins["|".join(order[name] for name in ("tenant", "locale", "state", "source"))] = order
    return pins


def same_words(text: str, other: str) -> bool:
    """Return whether two texts differ in nothing but case, spaces and signs."""
    return _words(text) == _words(other)


def _is_about(order: Order, rewrite: dict[str, Any]) -> bool:
    same = all(order[name] in {"", rewrite[name]} for name in NARROWING)
    if order["action"] == "pin" and order["state"] != rewrite["state"]:
        return False
    return same and not order["user"] and (not order["target"] or same_words(order["target"], rewrite["target"]))


def _rank(order: Order) -> tuple[int, bool]:
    return order["issued_at"], order["action"] in FORBIDDING


def _words(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
