"""A person who never leaves rewrites alone: orders this and that about what is published, and takes most of it back.

    python -m tests.chaos.orderer --bootstrap 127.0.0.1:9092 --prefix PREFIX --ledger FILE --kept FILE --users 500

Follows the topic `rewrites`, and sends kills, blocks, pins, settings, erasures and opt-outs through `policy`, at a
steady pace, whether anybody lives to obey or not. What was sent is kept, and what arrived is noted, as the feeder does.
"""

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, Final

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from schemas.codec import decode_avro, encode_avro
from schemas.records import Policy, Rewrite
from streams.order_values import prepared
from tests.chaos import load
from tests.chaos.feeder import Feeder, say
from tests.chaos.processes import Program
from tests.chaos.talk import TENANT

POLL_S: Final = 0.05
FOLLOWED_MAX: Final = 10_000
TOPICS_S: Final = 30.0
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


class Followed:
    """What is and was published."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.seen: dict[str, Rewrite] = {}
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "orderer",  # never joined
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "log_level": 2,  # a broker that is away is part of the test
            }
        )
        places = self._consumer.list_topics(topic, TOPICS_S).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in places])

    def look(self) -> list[Rewrite]:
        """Return everything that was ever published, the latest publication of each."""
        for message in self._consumer.consume(FOLLOWED_MAX, POLL_S):
            value = message.value()
            if message.error() is None and value is not None:
                rewrite = decode_avro(Rewrite, value)
                self.seen[rewrite.rewrite_id] = rewrite
        return list(self.seen.values())


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


class OrderFeeder(Feeder):
    """Sends orders, and counts them by action."""

    def __init__(self, bootstrap: str, topic: str, ledger_file: Path, orderer: Orderer) -> None:
        super().__init__(bootstrap, topic, ledger_file)
        self._orderer = orderer

    def counts(self) -> dict[str, int]:
        """Return how far it has come, and what was ordered."""
        return {**super().counts(), **self._orderer.counts}


class OrdererProcess(Program):
    """Somebody who orders, in a process of its own.

    Args:
        bootstrap: Kafka's address.
        prefix: put before every topic of the system.
        folder: where its ledger, its log and what it sent lie.
        users: simulated people that may be erased or opt out.
        rate: orders a second.
        seed: of all chance; what is ordered depends on what is published besides.
    """

    def __init__(self, bootstrap: str, prefix: str, folder: Path, *, users: int, rate: float, seed: int) -> None:
        self.ledger, self._kept = folder / "orders.ledger", folder / "orders.kept"
        options = {"bootstrap": bootstrap, "prefix": prefix, "ledger": self.ledger, "kept": self._kept}
        options |= {"users": str(users), "rate": str(rate), "seed": str(seed)}
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        super().__init__("orderer", [sys.executable, "-m", "tests.chaos.orderer", *given], folder / "orderer.log")

    def load(self) -> list[load.Fed]:
        """Return what was sent so far."""
        return list(load.kept(self._kept))


def main(arguments: Sequence[str] | None = None) -> int:
    """Order until asked to stop, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.orderer", description="Give orders.")
    parser.add_argument("--bootstrap", required=True, help="Kafka's address, HOST:PORT")
    parser.add_argument("--prefix", default="", help="put before every topic of the system")
    parser.add_argument("--ledger", type=Path, required=True, help="file to note what was acknowledged in")
    parser.add_argument("--kept", type=Path, required=True, help="file to keep what was sent in")
    parser.add_argument("--users", type=int, required=True, help="simulated people")
    parser.add_argument("--rate", type=float, default=1.0, help="orders a second (1)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (1)")
    given = parser.parse_args(arguments)
    orderer = Orderer(Followed(given.bootstrap, f"{given.prefix}rewrites").look, given.users, given.seed)
    feeder = OrderFeeder(given.bootstrap, f"{given.prefix}policy", given.ledger, orderer)
    signal.signal(signal.SIGTERM, feeder.stop)
    say("feeder.started")
    with given.kept.open("ab", buffering=0) as kept:
        feeder.feed(load.keeping(orderer.orders(), kept), given.rate)
    say("feeder.failed" if feeder.failed else "feeder.done", **feeder.counts())
    return 1 if feeder.failed else 0


if __name__ == "__main__":
    sys.exit(main())
