"""Kafka's admin interface, as far as topics need it: which are there, how they are set up, make new ones.

Knows no topic of the product.
"""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from streams.kafka.connection import Connection

CONTACT_S: Final = 10
"""How long it may take to reach Kafka at all."""
ANSWER_S: Final = 30
"""How long Kafka may take to answer; a cluster that elects a controller needs several seconds."""


class ProvisioningError(Exception):
    """Kafka could not be asked or would not obey; the message names its address and its own reason."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be; ``name`` is the topology's, ``full_name`` what Kafka calls it."""

    name: str
    full_name: str
    partitions: int
    replication: int
    configuration: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Existing:
    """A topic as it is."""

    partitions: int
    replication: int
    configuration: Mapping[str, str]


class TopicAdmin:
    """Kafka's admin interface; what goes wrong there ends in one line that names Kafka's address."""

    def __init__(self, connection: Connection) -> None:
        self._bootstrap = connection.bootstrap
        self._errors: list[str] = []
        self._client = AdminClient(
            connection.client() | {"log_level": 0, "error_cb": lambda error: self._errors.append(error.str())}
        )

    def existing(self, topics: Iterable[Wanted]) -> dict[str, Existing]:
        """Return those of the topics that are there."""
        try:
            known = self._client.list_topics(timeout=CONTACT_S).topics
            names = [topic.full_name for topic in topics if topic.full_name in known]
            configurations = self._configurations(names)
        except KafkaException as error:
            raise ProvisioningError(self._why("cannot be asked for its topics", error)) from None
        return {
            name: Existing(
                len(known[name].partitions),
                min((len(partition.replicas) for partition in known[name].partitions.values()), default=0),
                configurations[name],
            )
            for name in names
        }

    def _configurations(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        deadline_s = time.monotonic() + ANSWER_S
        while True:
            futures = self._client.describe_configs(resources, request_timeout=ANSWER_S)
            try:
                entries = {resource.name: future.result() for resource, future in futures.items()}
            except KafkaException as error:
                # Another broker of the cluster may hear a little later of a topic that was just made.
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART or time.monotonic() > deadline_s:
                    raise
                time.sleep(0.1)
            else:
                return {
                    name: {key: str(entry.value) for key, entry in found.items()} for name, found in entries.items()
                }

    def create(self, topics: Iterable[Wanted]) -> list[str]:
        """Make topics, and wait until Kafka tells of them; return the names of those that nobody made before."""
        new = [
            NewTopic(
                topic.full_name,
                num_partitions=topic.partitions,
                replication_factor=topic.replication,
                config=dict(topic.configuration),
            )
            for topic in topics
        ]
        if not new:
            return []
        futures = self._client.create_topics(new, operation_timeout=ANSWER_S, request_timeout=2 * ANSWER_S)
        made = [name for name, future in futures.items() if self._made(name, future)]
        self._await(set(futures))
        return made

    def _made(self, name: str, future: Future[None]) -> bool:
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise ProvisioningError(self._why(f"would not make {name}", error)) from None
            return False
        return True

    def _await(self, names: set[str]) -> None:
        deadline_s = time.monotonic() + ANSWER_S
        while missing := names - set(self._client.list_topics(timeout=CONTACT_S).topics):
            if time.monotonic() > deadline_s:
                message = f"Kafka at {self._bootstrap} made {min(missing)}, but does not show it after {ANSWER_S} s"
                raise ProvisioningError(message)
            time.sleep(0.1)

    def _why(self, what: str, error: KafkaException) -> str:
        self._client.poll(0)  # lets the client say why it could not connect
        reason = (self._errors[-1:] or [error.args[0].str()])[0]
        return f"Kafka at {self._bootstrap} {what}: {reason}"
