"""A person who never leaves rewrites alone: orders this and that about what is published, and takes most of it back.

    python -m tests.chaos.orderer --bootstrap 127.0.0.1:9092 --prefix PREFIX --ledger FILE --kept FILE --users 500

Follows the topic `rewrites`, and sends kills, blocks, pins, settings, erasures and opt-outs through `policy`, at a
steady pace, whether anybody lives to obey or not. What was sent is kept, and what arrived is noted, as the feeder does.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from schemas.codec import decode_avro
from schemas.records import Rewrite
from tests.chaos import load
from tests.chaos.feeder import Feeder, say
from tests.chaos.processes import Program
from tests.chaos.whims import Orderer

POLL_S: Final = 0.05
FOLLOWED_MAX: Final = 10_000
TOPICS_S: Final = 30.0


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
