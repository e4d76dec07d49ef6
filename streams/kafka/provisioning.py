"""The topics as Kafka must have them: made where missing, compared where there. Changes nothing that exists.

What is wanted is data, read off the topology and the settings; what is there comes from Kafka's admin interface.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from streams.engine.settings import HOUR_MS, MIB, STATE_DELETE_RETENTION_MS, EngineSettings
from streams.kafka.connection import Connection
from streams.kafka.topic_admin import Existing, ProvisioningError, TopicAdmin, Wanted
from streams.topology import STAGES, TOPICS, Topic

KIB: Final = 1_024
RECORD_BYTES_MAX: Final = MIB
"""Largest batch of most topics: Kafka's own default, which every client can send."""
LARGE_RECORD_BYTES_MAX: Final = 8 * MIB
"""Largest batch of trails and state: a flush packs all trails of a chain, and some rows grow with traffic."""
REJECTED_EXTRA_BYTES: Final = 64 * KIB
"""What a rejected record may be larger than its source: the headers that say why."""
LARGE: Final = {"trails", "detect.state", "learn.state"}
STAGE_SOURCES: Final = {stage.source for stage in STAGES}
STATE_TOPICS: Final = {f"{stage.name}.state": stage for stage in STAGES}


class ContradictionError(ProvisioningError):
    """Topics are there that contradict what the service needs; the message has one line for each contradiction."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it should be. One that contradicts cannot be lived with, the others should be mended."""

    topic: str
    what: str
    there: str
    wanted: str
    contradicts: bool
    help: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.there}, wanted {self.wanted}: {self.help}"


def wanted(connection: Connection, settings: EngineSettings) -> list[Wanted]:
    """Return all topics as these settings want them, sources before the state that depends on them."""
    return [
        Wanted(
            topic.name,
            connection.topic(topic.name),
            partitions_of(topic.name, settings),
            settings.replication,
            _configuration(topic, settings),
        )
        for topic in TOPICS
    ]


def partitions_of(name: str, settings: EngineSettings) -> int:
    """Return how many partitions a topic of the topology has."""
    if name == "policy":
        return 1  # one order of all orders
    beside_turns = name in {"turns", "turns.rejected", "feedback", "detect.state"}
    return settings.turns_partitions if beside_turns else settings.trails_partitions


def record_bytes_max(name: str) -> int:
    """Return the largest batch of records that a topic takes, in bytes."""
    source = name.removesuffix(".rejected")
    size = LARGE_RECORD_BYTES_MAX if source in LARGE else RECORD_BYTES_MAX
    return size if source == name else size + REJECTED_EXTRA_BYTES


def create(connection: Connection, settings: EngineSettings) -> tuple[list[str], list[Difference]]:
    """Make the topics that are missing.

    Returns:
        The full names of those made, and what should be mended by hand in those that were there.

    Raises:
        ContradictionError: a topic that is there cannot be used; then nothing was made.
        ProvisioningError: Kafka could not be asked, or refused.
    """
    admin = TopicAdmin(connection)
    topics = wanted(connection, settings)
    there = admin.existing(topics)
    _usable(compared(topics, there))
    made = admin.create(topic for topic in topics if topic.full_name not in there)
    # Once more: somebody else may have made one in between, in another way.
    return sorted(made), _usable(compared(topics, admin.existing(topics)))


def _usable(differences: list[Difference]) -> list[Difference]:
    contradictions = [str(difference) for difference in differences if difference.contradicts]
    if contradictions:
        raise ContradictionError("\n".join(contradictions))
    return differences


def check(connection: Connection, settings: EngineSettings) -> list[Difference]:
    """Return everything in which the topics are not as they should be, missing ones too.

    Raises:
        ProvisioningError: Kafka could not be asked.
    """
    topics = wanted(connection, settings)
    return compared(topics, TopicAdmin(connection).existing(topics))


def compared(topics: Iterable[Wanted], existing: Mapping[str, Existing]) -> list[Difference]:
    """Compare topics as they should be with those that are there, by full name."""
    listed = list(topics)
    found = []
    for topic in listed:
        there = existing.get(topic.full_name)
        if there is None:
            help_ = "`reprise topics create` makes it"
            found.append(Difference(topic.full_name, "topic", "missing", "there", contradicts=False, help=help_))
        else:
            found.extend(_partitions(topic, there))
            found.extend(_replication(topic, there))
            found.extend(_configured(topic, there))
    return found + list(_state_without_source({topic.name: topic for topic in listed}, existing))


def _configuration(topic: Topic, settings: EngineSettings) -> dict[str, str]:
    """Return Kafka's settings of a topic."""
    configuration = {
        "cleanup.policy": topic.cleanup,
        "max.message.bytes": str(record_bytes_max(topic.name)),
        # A majority: what was committed survives the loss of any minority of brokers.
        "min.insync.replicas": str(settings.replication // 2 + 1),
        "unclean.leader.election.enable": "false",
    }
    if topic.retention_ms is not None:
        configuration["retention.ms"] = str(topic.retention_ms)
    if topic.name == "turns":
        # The broker's time: the only clock that a producer cannot set wrong.
        configuration["message.timestamp.type"] = "LogAppendTime"
    if topic.cleanup == "compact":
        configuration |= {
            "delete.retention.ms": str(STATE_DELETE_RETENTION_MS),
            # Only closed segments are compacted; what is restored should stay near what is alive.
            "segment.ms": str(HOUR_MS),
            "segment.bytes": str(64 * MIB),
            "min.cleanable.dirty.ratio": "0.2",
        }
    return configuration


KEPT_COUNTS: Final = STAGE_SOURCES | set(STATE_TOPICS) | {"rewrites", "policy"}
"""Topics whose keys must stay in their partitions: sources and states, and what is compacted."""


def _partitions(topic: Wanted, there: Existing) -> Iterator[Difference]:
    if topic.name in KEPT_COUNTS and there.partitions != topic.partitions:
        yield Difference(
            topic.full_name,
            "number of partitions",
            str(there.partitions),
            str(topic.partitions),
            contradicts=True,
            help=_count_help(topic.name),
        )


def _count_help(name: str) -> str:
    if name == "policy":
        return "orders must have one order; delete the topic or take another `prefix`"
    setting = "turns_partitions" if name in {"turns", "detect.state"} else "trails_partitions"
    return f"counts are part of the state; set `{setting}` to the one there, or take another `prefix` and replay"


def _replication(topic: Wanted, there: Existing) -> Iterator[Difference]:
    if there.replication < topic.replication:
        yield Difference(
            topic.full_name,
            "replication",
            str(there.replication),
            f"at least {topic.replication}",
            contradicts=False,
            help="add replicas with kafka-reassign-partitions.sh, or set `replication`",
        )


SAME: Final = ("cleanup.policy", "message.timestamp.type", "unclean.leader.election.enable")
AT_LEAST: Final = ("max.message.bytes", "retention.ms", "delete.retention.ms", "min.insync.replicas")
CONTRADICTING: Final = {"cleanup.policy", "message.timestamp.type", "max.message.bytes", "delete.retention.ms"}
"""Those by which records would be lost, come back, or could not be written."""


def _configured(topic: Wanted, there: Existing) -> Iterator[Difference]:
    for name, value in topic.configuration.items():
        found = there.configuration.get(name, "")
        fits = found == value if name in SAME else name not in AT_LEAST or _enough(found, value)
        if not fits:
            yield Difference(
                topic.full_name,
                name,
                found or "unknown",
                f"at least {value}" if name in AT_LEAST else value,
                contradicts=name in CONTRADICTING,
                help=f"kafka-configs.sh --alter --topic {topic.full_name} --add-config {name}={value}",
            )


def _enough(found: str, least: str) -> bool:
    """Compare numbers of which -1 means without limit."""
    return found == "-1" or (found.isdecimal() and int(found) >= int(least))


def _state_without_source(topics: Mapping[str, Wanted], existing: Mapping[str, Existing]) -> Iterator[Difference]:
    """Find state whose source is gone: it says how far records were read that are there no more."""
    for name, stage in STATE_TOPICS.items():
        source, state = topics[stage.source].full_name, topics[name].full_name
        if state in existing and source not in existing:
            help_ = f"delete {state} too, or take another `prefix`"
            yield Difference(source, "topic", "missing", f"there, as {state} is", contradicts=True, help=help_)
