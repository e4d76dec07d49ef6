"""Kafka records to a stage's records, and what a stage wants done to Kafka messages. Knows no client."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from schemas.codec import encode_avro, project
from schemas.records import Trails
from schemas.registry import SchemaTable
from streams import topology
from streams.stage import Flush, Output, Record
from streams.traceparent import CAUSE_HEADER, HEADER, traceparent_in

TRAILS_BYTES_MAX = 4 * 1024 * 1024
"""A larger record of trails is sent as several; its topic takes twice as much."""

Headers = list[tuple[str, str | bytes | None]]


class Raw(Protocol):
    """A record as a consumer hands it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Message(NamedTuple):
    """One message to produce. ``partition`` -1 leaves it to the key."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int = -1
    headers: Headers | None = None


def decoder(stage: topology.Stage, table: SchemaTable) -> Callable[[bytes], Any]:
    """Return the decoder of what a stage reads: only the fields it needs."""
    kind = topology.topic(stage.source).record
    if kind is None:
        message = f"topic {stage.source} has no record"
        raise ValueError(message)
    return project(kind, stage.fields, table)


def records_of(raws: Iterable[Raw]) -> list[Record]:
    """Return what a step takes; an empty value is left to the decoder to refuse."""
    return [
        Record(raw.offset, raw.value or b"", raw.timestamp, traceparent_in(raw.headers))
        if raw.headers
        else Record(raw.offset, raw.value or b"", raw.timestamp)
        for raw in raws
    ]


def messages_of(outputs: Iterable[Output], name: Callable[[str], str], table: SchemaTable) -> list[Message]:
    """Return the messages of a flush, in order.

    Args:
        outputs: what a step sends, packed.
        name: full name of a topic.
        table: schema ids.
    """
    messages = []
    for output in outputs:
        topic, key = name(output.topic), output.key.encode()
        headers = _headers_of(output)
        if output.value is None:
            messages.append(Message(topic, key, None, headers=headers))
        elif isinstance(output.value, Trails):
            messages += [Message(topic, key, value) for value in _trails_values(output.value, table)]
        else:
            messages.append(Message(topic, key, encode_avro(output.value, table), headers=headers))
    return messages


def _headers_of(output: Output) -> Headers | None:
    """Return the traces of an output as headers, None where it has none, as most have."""
    if not output.traceparent and not output.cause_traceparent:
        return None
    given = ((HEADER, output.traceparent), (CAUSE_HEADER, output.cause_traceparent))
    return [(name, text) for name, text in given if text]


def ticks(value: Trails, topic: str, partitions: int, table: SchemaTable) -> list[Message]:
    """Return the messages that tell every partition of ``trails`` the time of a detect partition."""
    encoded = encode_avro(value, table)
    return [Message(topic, None, encoded, partition) for partition in range(partitions)]


def rejected_messages(flush: Flush, raws: Sequence[Raw], source: str, partition: int, stage: str) -> list[Message]:
    """Return the rejected records as they were received, with the reason in headers.

    Args:
        flush: what a step said.
        raws: the batch it was given.
        source: full name of the topic the batch came from.
        partition: its partition.
        stage: who rejects.
    """
    if not flush.rejected:
        return []
    by_offset: Mapping[int, Raw] = {raw.offset: raw for raw in raws}
    messages = []
    for rejected in flush.rejected:
        raw = by_offset[rejected.offset]
        about = {
            "reason": rejected.reason,
            "exception": rejected.message,
            "topic": source,
            "partition": str(partition),
            "offset": str(rejected.offset),
            "stage": stage,
        }
        headers: Headers = [*raw.headers, *((f"reprise.{name}", text.encode()) for name, text in about.items())]
        messages.append(Message(f"{source}.rejected", raw.key, raw.value, headers=headers))
    return messages


def _trails_values(value: Trails, table: SchemaTable) -> list[bytes]:
    """Return a record of trails as one value, or as several when it is too large for one."""
    encoded = encode_avro(value, table)
    if len(encoded) <= TRAILS_BYTES_MAX or len(value.trails) + len(value.corrections) <= 1:
        return [encoded]
    trails, fixes = len(value.trails) // 2, len(value.corrections) // 2
    head = Trails(
        value.tenant,
        value.locale,
        value.partition,
        value.partition_time,
        value.trails[:trails],
        value.corrections[:fixes],
    )
    tail = Trails(
        value.tenant,
        value.locale,
        value.partition,
        value.partition_time,
        value.trails[trails:],
        value.corrections[fixes:],
    )
    return [*_trails_values(head, table), *_trails_values(tail, table)]
