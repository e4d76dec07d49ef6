"""Who may do what in Kafka: the least that each kind of program needs, as data. Applies nothing."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from streams.kafka.connection import READER_GROUPS, Connection
from streams.topology import STAGES, TOPICS

Resource = Literal["topic", "group", "transactional-id"]

ROLES: Final = {
    "worker": "runs the stages",
    "producer": "sends turns",
    "consumer": "serves rewrites",
    "console": "shows what was learned and takes orders, beside the worker that offers it",
    "operator": "makes topics, steers by policy, looks at and sends again what was rejected",
}
"""The kinds of programs; who serves rewrites usually sends turns as well and needs both."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one principal may do with one resource, from any host. Operations are named as Kafka's tools name them."""

    principal: str
    resource: Resource
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False

    def command(self, bootstrap: str) -> str:
        """Return the line that grants it with Kafka's own tool."""
        operations = [word for operation in self.operations for word in ("--operation", operation)]
        pattern = ["--resource-pattern-type", "prefixed"] if self.prefixed else []
        place = ["kafka-acls.sh", "--bootstrap-server", bootstrap, "--command-config", "admin.properties"]
        granted = ["--add", "--allow-principal", self.principal, *operations, f"--{self.resource}", self.name]
        return shlex.join([*place, *granted, *pattern])


def accesses(connection: Connection, principals: Mapping[str, str]) -> list[Access]:
    """Return what principals need.

    Args:
        connection: for the prefix of all names.
        principals: who plays a role, by role, such as ``{"worker": "User:reprise"}``.

    Raises:
        ValueError: a role is unknown.
    """
    unknown = sorted(set(principals) - set(ROLES))
    if unknown:
        message = f"`{unknown[0]}` is not a role; expected one of {', '.join(ROLES)}"
        raise ValueError(message)
    granted = {
        "worker": _worker,
        "producer": _producer,
        "consumer": _consumer,
        "console": _console,
        "operator": _operator,
    }
    return [access for role, principal in principals.items() for access in granted[role](connection, principal)]


def _worker(connection: Connection, principal: str) -> Iterator[Access]:
    read = {"policy"} | {stage.source for stage in STAGES}
    written = {output for stage in STAGES for output in stage.outputs} | {
        f"{stage.source}.rejected" for stage in STAGES
    }
    state = {f"{stage.name}.state" for stage in STAGES}
    # Ticks go into turns; settings of topics are looked at before the start.
    yield from _topics(connection, principal, read=read | state, write=written | state | {"turns"}, look=_all_topics())
    yield Access(principal, "group", connection.topic("reprise"), ("Read",))
    yield _reader(connection, principal)
    yield Access(principal, "transactional-id", connection.topic("reprise-"), ("Write", "Describe"), prefixed=True)


def _producer(connection: Connection, principal: str) -> Iterator[Access]:
    yield from _topics(connection, principal, write={"turns"})


def _consumer(connection: Connection, principal: str) -> Iterator[Access]:
    yield from _topics(connection, principal, read={"rewrites", "policy"})
    yield _reader(connection, principal)


def _console(connection: Connection, principal: str) -> Iterator[Access]:
    read = {"policy", "rewrites", "decisions"} | {f"{stage.source}.rejected" for stage in STAGES}
    sources = {stage.source for stage in STAGES}
    yield from _topics(connection, principal, read=read, write={"policy"}, look=sources)
    yield Access(principal, "group", connection.topic("reprise"), ("Describe",))
    yield _reader(connection, principal)


def _operator(connection: Connection, principal: str) -> Iterator[Access]:
    rejected = {f"{stage.source}.rejected" for stage in STAGES}
    read = {"policy", "rewrites", "decisions"} | rejected
    write = {"policy"} | {stage.source for stage in STAGES}
    yield from _topics(connection, principal, read=read, write=write, look=_all_topics(), make=_all_topics())
    yield _reader(connection, principal)


def _reader(connection: Connection, principal: str) -> Access:
    """Grant what librdkafka asks about the group of a reader, though that reader never joins it."""
    return Access(principal, "group", connection.topic(READER_GROUPS), ("Describe",), prefixed=True)


def _all_topics() -> set[str]:
    return {topic.name for topic in TOPICS}


def _topics(
    connection: Connection,
    principal: str,
    *,
    read: Iterable[str] = (),
    write: Iterable[str] = (),
    look: Iterable[str] = (),
    make: Iterable[str] = (),
) -> Iterator[Access]:
    """Grant topics in the topology's order; reading and writing include seeing that the topic is there."""
    wishes = (
        ("Read", set(read)),
        ("Write", set(write)),
        ("Create", set(make)),
        ("Describe", set(look) - set(read) - set(write)),
        ("DescribeConfigs", set(look)),
    )
    for topic in TOPICS:
        operations = tuple(operation for operation, names in wishes if topic.name in names)
        if operations:
            yield Access(principal, "topic", connection.topic(topic.name), operations)
