"""Orders that somebody could think of, each contradicting some other one soon. Knows what is published, no Kafka."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from schemas.codec import encode_avro
from schemas.records import Policy, Rewrite
from streams.order_values import prepared
from tests.chaos import load
from tests.chaos.talk import TENANT

LIFTED_AFTER: Final = (3, 15)
"""After how many further orders one is taken back, at least and at most; so not everything ends up forbidden."""

OTHER_SHARE: Final = 0.3
"""Orders that are not about a rewrite: most of them erase somebody."""

ALLOW_SHARE: Final = 0.6
"""Of what is taken back, how much by an order to the contrary; of the rest the record itself is deleted."""

SHARES: Final = ("0.3", "0.4", "0.6")
FIRST_PINS: Final = tuple(
    {"state": "step", "source": source, "target": "continue", "locale": locale}
    for source in ("next", "yes")
    for locale in load.LOCALES
)
"""What is often said, so that something is served from the beginning; nobody takes these back."""


class Orderer:
    """Thinks of orders, one after the other.

    Attributes:
        counts: orders made, by action; "lifted" are those deleted.
    """

    def __init__(self, published: Callable[[], list[Rewrite]], users: int, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self._published = published
        self._users = users
        self._chance = random.Random(f"orders {seed}")  # noqa: S311 - a test
        self._to_lift: list[tuple[int, int, Policy]] = []
        self._last_ms = 0

    def orders(self) -> Iterator[load.Fed]:
        """Yield orders as they are sent, without end; each is made when it is asked for."""
        for pin in FIRST_PINS:
            yield self._sent(self._new(action="pin", **pin))
        number = 0
        while True:
            number += 1
            if self._to_lift and self._to_lift[0][0] <= number:
                yield self._lifted(heappop(self._to_lift)[2])
            else:
                order = self._any()
                if order.action in {"kill", "block", "pin", "set"}:
                    lifted_at = number + self._chance.randint(*LIFTED_AFTER)
                    heappush(self._to_lift, (lifted_at, number, order))
                yield self._sent(order)

    def _any(self) -> Policy:
        """Return any order; those about rewrites only where there are some."""
        published = self._published()
        if not published or self._chance.random() < OTHER_SHARE:
            return self._chance.choice(
                (self._erase, self._erase, self._erase, self._set, self._opt_out, self._kill_locale)
            )()
        rewrite = self._chance.choice(published)
        makes: list[Callable[[Rewrite], Policy]] = [self._kill, self._kill, self._block]
        if rewrite.origin == "learned":  # what is pinned is pinned by a pin that may have to stay
            makes += [self._pin, self._pin, self._pin_otherwise]
        return self._chance.choice(makes)(rewrite)

    def _erase(self) -> Policy:
        return self._new(action="erase", user=self._user())

    def _set(self) -> Policy:
        locale, share = self._chance.choice(load.LOCALES), self._chance.choice(SHARES)
        return self._new(action="set", locale=locale, setting="trial_share", value=share)

    def _opt_out(self) -> Policy:
        return self._new(action="block", user=self._user())

    def _kill_locale(self) -> Policy:
        return self._new(action="kill", locale=self._chance.choice(load.LOCALES))

    def _kill(self, rewrite: Rewrite) -> Policy:
        return self._new(action="kill", tenant="", rewrite_id=rewrite.rewrite_id)

    def _block(self, rewrite: Rewrite) -> Policy:
        return self._new(action="block", **{**_pair(rewrite), "target": ""})

    def _pin(self, rewrite: Rewrite) -> Policy:
        return self._new(action="pin", **_pair(rewrite))

    def _pin_otherwise(self, rewrite: Rewrite) -> Policy:
        """Pin a source to the target of another rewrite of its locale, if there is one."""
        others = [other.target for other in self._published() if other.locale == rewrite.locale]
        return self._new(action="pin", **{**_pair(rewrite), "target": self._chance.choice(others)})

    def _user(self) -> str:
        return f"u{self._chance.randrange(self._users):04d}"

    def _new(self, **fields: Any) -> Policy:
        policy = prepared(Policy(**{"scope": "-", "issued_at": 0, "tenant": TENANT, **fields}))
        return self._dated(policy)

    def _dated(self, policy: Policy) -> Policy:
        self._last_ms = max(time.time_ns() // 1_000_000, self._last_ms + 1)
        return msgspec.structs.replace(policy, issued_at=self._last_ms)

    def _sent(self, policy: Policy) -> load.Fed:
        self.counts[policy.action] += 1
        return load.Fed(policy.scope.encode(), encode_avro(policy))

    def _lifted(self, policy: Policy) -> load.Fed:
        """Return what takes an order back: one to the contrary, or the deletion of its record."""
        if policy.action in {"kill", "block"} and self._chance.random() < ALLOW_SHARE:
            return self._sent(self._dated(msgspec.structs.replace(policy, action="allow")))
        self.counts["lifted"] += 1
        return load.Fed(policy.scope.encode(), None)


def _pair(rewrite: Rewrite) -> dict[str, str]:
    names = ("tenant", "locale", "domain", "state", "source", "target")
    return {name: getattr(rewrite, name) for name in names}
