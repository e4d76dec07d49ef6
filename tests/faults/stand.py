"""One service for one fault: topics, a worker, a Prometheus with the product's rules, people who speak. Knows no fault.

Nothing here waits longer than it takes to start something, so that several stands can be looked after in turn.
"""

import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaError, Message, Producer

from infra.kafka.broker import Broker
from infra.prometheus.rules import write_rules
from schemas.codec import decode_avro, encode_avro
from schemas.records import Policy, Rewrite, TurnEvent
from streams.kafka import provisioning
from streams.kafka.client_log import client_log
from streams.settings import WorkerSettings
from tests.bench.kafka_scene import free_port
from tests.broker.prometheus import Prometheus
from tests.broker.workers import Service
from tests.chaos.processes import ProgramError, WorkerProcess
from tests.faults import talk
from tests.faults.talk import People

NAME: Final = "w1"
TURNS_PARTITIONS: Final = 4

SETTINGS: Final[Mapping[str, Any]] = {
    "session_timeout_ms": 6_000,
    "heartbeat_ms": 500,
    "tick_every_ms": 200,
    "quiet_after_ms": 400,
    "gap_ms": 1_000,
    "lateness_ms": 200,
    "replication": 1,
    "release": "floor",
    "users_min": 3,
    "turns_partitions": TURNS_PARTITIONS,
    "trails_partitions": 1,
}
"""People pause for a second at most, so that what they say is learned within seconds; everything else as in service."""

LOOK_S: Final = 0.25
"""Between two looks at a stand, in which people speak once."""


class Stand:
    """A service.

    Args:
        name: the prefix of its topics follows from it.
        broker: a running Kafka.
        folder: for stores, logs and Prometheus.
        settings: of the worker, beside ``SETTINGS``.
        people: what is said.
        pace: at which the rules are looked at.

    Attributes:
        people: what is said from now on.
        service: its topics.
        worker: its worker.
        prometheus: what scrapes it, once started.
        until: what is to be undone when the stand is closed.
        noted: what a fault remembers from look to look.
    """

    def __init__(
        self, name: str, broker: Broker, folder: Path, *, settings: Mapping[str, Any], people: People, pace: float
    ) -> None:
        self.broker, self.folder, self.people = broker, folder, people
        self.until = ExitStack()
        self.noted: dict[str, Any] = {}
        self._pace = pace
        self._settings: dict[str, Any] = {**SETTINGS, "metrics_port": free_port(), **settings}
        folder.mkdir(parents=True)
        self.service = Service(broker.bootstrap, f"{name}.", folder)
        self.worker = self._worker()
        self._producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "partitioner": "murmur2_random"}, logger=client_log()
        )
        self._spoke_at = 0.0
        self.prometheus: Prometheus

    def begin(self, **settings: Any) -> Self:
        """Make the topics, and start the worker, with further settings."""
        self._settings |= settings
        self.worker = self._worker()
        topics = ("replication", "turns_partitions", "trails_partitions")
        given = {name: self._settings[name] for name in topics}
        wanted = WorkerSettings(bootstrap=self.broker.bootstrap, prefix=self.service.prefix, **given)
        provisioning.create(wanted, wanted)
        self.worker.start()
        return self

    def watch(self) -> None:
        """Start a Prometheus with the product's rules."""
        rules = self.folder / "rules.yml"
        write_rules(rules, self._pace)
        self.prometheus = Prometheus(self.folder / "prometheus", [self.address], rules=[rules])
        self.until.enter_context(self.prometheus)

    @property
    def address(self) -> str:
        """Where the worker's metrics are."""
        return f"127.0.0.1:{self._settings['metrics_port']}"

    @property
    def stores(self) -> Path:
        """The folder of the worker's stores."""
        return self.folder / "stores"

    def restart(self, **settings: Any) -> None:
        """Stop the worker, and start it with other settings."""
        self.worker.stop()
        self._settings |= settings
        self.worker = self._worker()
        self.worker.start()

    def _worker(self) -> WorkerProcess:
        prefix = self.service.prefix
        return WorkerProcess(self.broker.bootstrap, prefix, NAME, self.folder, settings=self._settings)

    def is_open(self) -> bool:
        """Tell whether the worker has all its partitions open.

        Raises:
            ProgramError: it ended by itself.
        """
        if not self.worker.running:
            message = f"the worker ended by itself with {self.worker.exit_code}:\n{self.worker.log_tail()}"
            raise ProgramError(message)
        return len(self.worker.parts()) == TURNS_PARTITIONS + 1

    # -- what goes in and comes out ----------------------------------------------------------------------------------

    def look(self) -> None:
        """Wait until the next look is due, and let people speak."""
        time.sleep(max(0.0, self._spoke_at + LOOK_S - time.monotonic()))
        self._spoke_at = time.monotonic()
        at_ms = now_ms()
        self.say(talk.plain(self.people.turns, at_ms))
        rewrite = self.noted.get("rewrite")
        if rewrite is not None:
            self.say(talk.served(rewrite, self.people, at_ms))

    def say(self, events: Iterable[TurnEvent]) -> None:
        """Send turns, and do not wait: Kafka may be away."""
        for event in events:
            self.send("turns", f"{event.tenant}|{event.user}".encode(), encode_avro(event))

    def send(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Send one record, and do not wait."""
        self._producer.produce(self.service.topic(topic), value, key, on_delivery=_delivered)
        self._producer.poll(0)

    def order(self, policy: Policy, *, is_given: bool = True) -> None:
        """Give an order, or take it back."""
        self.send("policy", policy.scope.encode(), encode_avro(policy) if is_given else None)

    def published(self) -> list[Rewrite]:
        """Return the versions of rewrites published so far."""
        values = (message.value() for message in self.service.messages("rewrites"))
        return [decode_avro(Rewrite, value) for value in values if isinstance(value, bytes)]

    # -- the end -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.worker.running:
            self.worker.kill()
        self.until.close()
        self._producer.purge()
        shutil.rmtree(self.stores, ignore_errors=True)


def now_ms() -> int:
    """Return the clock's time."""
    return round(time.time() * 1_000)


def _delivered(error: KafkaError | None, _: Message) -> None:
    if error is not None and error.code() != KafkaError._PURGE_QUEUE:  # noqa: SLF001 - librdkafka's own name for it
        message = f"what was said did not reach Kafka: {error.str()}"
        raise AssertionError(message)
