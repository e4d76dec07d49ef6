"""Which worker has which partition, as the consumer group tells. Knows Kafka's group, no stage's rules."""

import threading
import time
from typing import Final, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams import topology
from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.progress import Place

GROUP: Final = "reprise"
"""The group of all workers, before the prefix."""

ASK_EVERY_S: Final = 5.0
"""Partitions move rarely: an answer so old is still one."""

TIMEOUT_S: Final = 3.0

SOURCES: Final = tuple(stage.source for stage in topology.STAGES)


class Owner(NamedTuple):
    """A member of the group: the name it lasts by, and where it runs."""

    name: str
    host: str


NOBODY: Final = Owner("", "")


class Owners:
    """Asks the group, at most every few seconds; keeps the last answer when Kafka gives none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._asked_at_s = -ASK_EVERY_S
        self._known: dict[Place, Owner] = {}
        self._admin: AdminClient | None = None

    def known(self) -> dict[Place, Owner]:
        """Return who has each partition of the sources, ``NOBODY`` where nobody has."""
        with self._lock:
            if time.monotonic() >= self._asked_at_s + ASK_EVERY_S:
                self._asked_at_s = time.monotonic()
                try:
                    self._known = self._ask()
                except KafkaException:
                    self._admin = None  # a client that lost its broker may ask in vain for ever
            return self._known

    def _ask(self) -> dict[Place, Owner]:
        if self._admin is None:
            self._admin = AdminClient(self._connection.client(), logger=client_log())
        found = {place: NOBODY for name in SOURCES for place in self._places(self._admin, name)}
        group = self._connection.topic(GROUP)
        described = self._admin.describe_consumer_groups([group], request_timeout=TIMEOUT_S)[group].result()
        for member in described.members:
            owner = Owner(member.group_instance_id or member.client_id, member.host.lstrip("/"))
            places = [] if member.assignment is None else member.assignment.topic_partitions
            found |= {Place(str(at.topic), at.partition): owner for at in places}
        return found

    def _places(self, admin: AdminClient, name: str) -> list[Place]:
        topic = self._connection.topic(name)
        return [Place(topic, partition) for partition in admin.list_topics(topic, TIMEOUT_S).topics[topic].partitions]
