"""Feeds a prepared load into Kafka at a steady pace, in a process of its own, and keeps a ledger of what arrived.

    python -m tests.chaos.feeder LOAD --bootstrap 127.0.0.1:9092 --topic turns --ledger FILE --rate 2000

Goes on through restarts of the broker: it tries again until a record is acknowledged, and none arrives twice. SIGTERM
ends it after what is on its way. Says how far it is once a second, as JSON lines. Exit code 1: a record was given up.
"""

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from tests.chaos import ledger
from tests.chaos.load import Fed, read
from tests.chaos.processes import Line, Program

DELIVERY_TIMEOUT_S = 300
STEP_S = 0.005
REPORT_EVERY_S = 1.0

PRODUCER: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",
    "compression.type": "lz4",
    "linger.ms": 2,
    "delivery.timeout.ms": DELIVERY_TIMEOUT_S * 1000,
    "reconnect.backoff.max.ms": 500,  # a broker that comes back is found soon
    "message.max.bytes": 10_000_000,
    "log_level": 2,  # a broker that is away is part of the test
}


class Feeder:
    """Sends records, each once.

    Attributes:
        sent: records handed to the client.
        delivered: records acknowledged.
        failed: records given up.
    """

    def __init__(self, bootstrap: str, topic: str, ledger_file: Path) -> None:
        self.sent = self.delivered = self.failed = 0
        self._topic = topic
        self._ledger = ledger_file.open("a", encoding="ascii")
        self._producer = Producer({"bootstrap.servers": bootstrap, **PRODUCER})
        self._asked_to_stop = False
        self._reported_at = time.monotonic()

    def stop(self, *_: object) -> None:
        """Send no more."""
        self._asked_to_stop = True

    def feed(self, load: Iterable[Fed], rate: float, first: int = 0) -> None:
        """Send records one by one as they are made, and wait until all are acknowledged.

        Args:
            load: the records.
            rate: records a second; 0: as fast as it goes.
            first: number of the first of them.
        """
        began, due = time.monotonic(), math.inf if not rate else first + 1.0
        for number, record in enumerate(load, first):
            while number >= due and not self._asked_to_stop:
                self._report()
                self._producer.poll(STEP_S)
                due = first + (time.monotonic() - began) * rate + 1
            if self._asked_to_stop:
                break
            self._send(number, record)
            self._report()
        while len(self._producer) and self._producer.flush(REPORT_EVERY_S):
            self._report()
        self._ledger.close()

    def counts(self) -> dict[str, int]:
        """Return how far it has come."""
        return {"sent": self.sent, "delivered": self.delivered, "failed": self.failed}

    def _send(self, number: int, record: Fed) -> None:
        while True:
            try:
                self._producer.produce(
                    self._topic, record.value, record.key, on_delivery=partial(self._acknowledged, number)
                )
            except BufferError:
                # Full, as the broker is away or slow: wait, however long it takes.
                self._report()
                self._producer.poll(0.1)
            else:
                self.sent += 1
                self._producer.poll(0)
                return

    def _acknowledged(self, number: int, error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is not None or partition is None or offset is None:
            self.failed += 1
            say("feeder.gave_up", number=number, error="" if error is None else error.name())
            return
        self.delivered += 1
        self._ledger.write(ledger.entry(number, ledger.Place(partition, offset)))

    def _report(self) -> None:
        if time.monotonic() - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = time.monotonic()
            self._ledger.flush()
            say("feeder.progress", **self.counts())


class FeederProcess(Program):
    """A feeder in a process of its own.

    Args:
        load: the file made by `load.prepare`.
        bootstrap: Kafka's address.
        topic: full name of the topic.
        folder: where its ledger and its log lie.
        rate: records a second; 0: as fast as it goes.
        first: number of the record to begin with.
    """

    def __init__(self, load: Path, bootstrap: str, topic: str, folder: Path, *, rate: float, first: int = 0) -> None:
        self._load = load
        self.ledger = folder / "feeder.ledger"
        options = {"bootstrap": bootstrap, "topic": topic, "ledger": self.ledger, "rate": rate, "first": first}
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        super().__init__(
            "feeder", [sys.executable, "-m", "tests.chaos.feeder", str(load), *given], folder / "feeder.log"
        )

    def load(self) -> list[Fed]:
        """Return what it was given to send."""
        return read(self._load)

    def done(self, timeout_s: float) -> Line:
        """Wait until everything was delivered, and return the counts.

        Raises:
            ProgramError: it took longer, or a record was given up.
        """
        return self.wait_for("feeder.done", timeout_s)


def say(event: str, **facts: object) -> None:
    """Say something as a JSON line."""
    print(json.dumps({"event": event, **facts}), file=sys.stderr, flush=True)  # noqa: T201 - its log


def main(arguments: list[str] | None = None) -> int:
    """Feed a load and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.feeder", description="Feed a prepared load.")
    parser.add_argument("load", type=Path, help="a file made by tests.chaos.load")
    parser.add_argument("--bootstrap", required=True, help="Kafka's address, HOST:PORT")
    parser.add_argument("--topic", required=True, help="full name of the topic")
    parser.add_argument("--ledger", type=Path, required=True, help="file to note what was acknowledged in")
    parser.add_argument("--rate", type=float, default=0, help="records a second; 0: as fast as it goes")
    parser.add_argument("--first", type=int, default=0, help="number of the record to begin with")
    given = parser.parse_args(arguments)
    feeder = Feeder(given.bootstrap, given.topic, given.ledger)
    signal.signal(signal.SIGTERM, feeder.stop)
    load = read(given.load)
    say("feeder.started", records=len(load))
    feeder.feed(load[given.first :], given.rate, given.first)
    say("feeder.failed" if feeder.failed else "feeder.done", **feeder.counts())
    return 1 if feeder.failed else 0


if __name__ == "__main__":
    sys.exit(main())
