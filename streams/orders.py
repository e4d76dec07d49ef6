"""What people ordered about rewrites, for all or for one user. Knows orders and one rewrite at a time, no table."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from schemas.records import Policy, Rewrite
from streams.keys import rewrite_key
from streams.text import normalise

FORBIDDING: Final = frozenset({"kill", "block"})
DECIDING: Final = frozenset({"kill", "block", "allow", "pin"})


class Live(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a published rewrite: as little as a decision needs, because there may be millions."""

    rewrite_id: str
    version: int
    domain: str
    target: str
    share: float
    expires_at: int | None
    pinned: bool = False


def live_of(rewrite: Rewrite) -> Live:
    """Return what is kept of a rewrite."""
    pinned = rewrite.stage == "pinned"
    share, expires_at = rewrite.share, rewrite.expires_at
    return Live(rewrite.rewrite_id, rewrite.version, rewrite.domain, rewrite.target, share, expires_at, pinned)


class Place(NamedTuple):
    """Where a rewrite stands: the parts of its key."""

    tenant: str
    locale: str
    state: str
    source: str


class Orders:
    """What people ordered for everybody, indexed so that a decision looks at few of them. Never changes.

    An order is about a rewrite when every field it gives agrees: tenant, locale, domain, state, source, target,
    rewrite_id; fields left empty do not narrow it. Of all kills, blocks, allows and pins about a rewrite the one issued
    last decides, a kill or block when times are equal. So a newer kill of a whole tenant beats an older allow of one
    pair, and a newer allow of one pair lifts an older kill around it.

    A pin that names tenant, locale, source and target serves that pair to everybody, at the state it names (an
    empty one is no open question), whatever was learned there. A pin of a text to itself keeps that text as it is.

    Orders that name a user are about that user alone; they are `PersonalOrders`, and here they are left out.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.pins: dict[str, Live] = {}
        self._of_rewrite: dict[str, list[Policy]] = {}
        self._of_source: dict[str, list[Policy]] = {}
        self._others: list[Policy] = []
        # In the order of time; at one time what forbids comes last, so that the last one decides.
        for policy in sorted(policies, key=_rank):
            if policy.action in DECIDING and not policy.user:
                self._add(policy)
        self.some = bool(self._of_rewrite or self._of_source or self._others)

    def _add(self, policy: Policy) -> None:
        if policy.rewrite_id:
            self._of_rewrite.setdefault(policy.rewrite_id, []).append(policy)
        elif policy.source and policy.locale:
            self._of_source.setdefault(normalise(policy.source, policy.locale), []).append(policy)
        else:
            self._others.append(policy)
        if policy.action == "pin" and policy.tenant and policy.locale and policy.source and policy.target:
            source = normalise(policy.source, policy.locale)
            self.pins[rewrite_key(policy.tenant, policy.locale, policy.state, source)] = _manual(policy)

    def pinned(self, key: str, learned: Live | None) -> Live | None:
        """Return the pinned rewrite of a key; the learned one where it is the pinned one already, or none is pinned."""
        pin = self.pins.get(key)
        if pin is None or (learned is not None and learned.pinned and learned.target == pin.target):
            return learned
        return pin

    def forbid(self, live: Live, place: Place) -> bool:
        """Return whether a rewrite must not be served to anybody."""
        return self.forbidding(live, place) is not None

    def forbidding(self, live: Live, place: Place) -> Policy | None:
        """Return the order by which a rewrite must not be served to anybody, None when it may be."""
        lists = (self._of_rewrite.get(live.rewrite_id, ()), self._of_source.get(place.source, ()), self._others)
        latest = [order for orders in lists if (order := _latest(orders, live, place)) is not None]
        return _if_forbidding(max(latest, key=_rank, default=None))


class PersonalOrders:
    """What people ordered for one user each: opting out, and in again. Changes order by order, as there may be many.

    An order is about the rewrites that its other fields agree with, as in `Orders`: all of them when it gives none, or
    those of a domain, or one source. Of a user's orders about a rewrite the one issued last decides, what forbids when
    times are equal. They stand beside the orders for everybody, and either side may forbid: an allow for everybody
    does not overrule what a user wanted for themselves, and no user lifts what is forbidden for everybody.

    A kill that names a user is a block for that user. A pin that names one has no meaning, as a trial has no arms for a
    single user: `is_usable` refuses it.
    """

    def __init__(self) -> None:
        self._of_user: dict[str, tuple[Policy, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._of_user)

    def add(self, policy: Policy) -> None:
        """Take in an order that names a user."""
        if policy.action in DECIDING:
            orders = (*self._of_user.get(policy.user, ()), policy)
            self._of_user[policy.user] = tuple(sorted(orders, key=_rank))

    def remove(self, policy: Policy) -> None:
        """Forget an order that was taken in."""
        left = tuple(order for order in self._of_user.get(policy.user, ()) if order is not policy)
        if left:
            self._of_user[policy.user] = left
        else:
            self._of_user.pop(policy.user, None)

    def forbid(self, user: str, live: Live, place: Place) -> bool:
        """Return whether a rewrite must not be served to a user."""
        orders = self._of_user.get(user)
        return orders is not None and _if_forbidding(_latest(orders, live, place)) is not None


def is_usable(policy: Policy) -> bool:
    """Return whether an order means something: all do but a pin that names a user."""
    return not (policy.action == "pin" and policy.user)


def _rank(policy: Policy) -> tuple[int, bool]:
    return policy.issued_at, policy.action in FORBIDDING


def _latest(orders: Sequence[Policy], live: Live, place: Place) -> Policy | None:
    """Return the last of some orders, which stand in the order of time, that is about a rewrite."""
    return next((order for order in reversed(orders) if _is_about(order, live, place)), None)


def _if_forbidding(order: Policy | None) -> Policy | None:
    return order if order is not None and order.action in FORBIDDING else None


def _is_about(policy: Policy, live: Live, place: Place) -> bool:
    tenant, locale, state, source = place
    return (
        policy.tenant in {"", tenant}
        and policy.locale in {"", locale}
        and policy.domain in {"", live.domain}
        and (policy.state == state or (not policy.state and policy.action != "pin"))
        and policy.rewrite_id in {"", live.rewrite_id}
        and (not policy.source or normalise(policy.source, locale) == source)
        and (not policy.target or normalise(policy.target, locale) == normalise(live.target, locale))
    )


def _manual(policy: Policy) -> Live:
    """Return the rewrite that a pin stands for. Its version is the pin's time, which grows with each new pin."""
    rewrite_id = policy.rewrite_id or f"pin-{blake2b(policy.scope.encode('utf-8'), digest_size=10).hexdigest()}"
    return Live(rewrite_id, policy.issued_at, policy.domain, policy.target, 1.0, None, pinned=True)
