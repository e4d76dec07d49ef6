"""Rejected records: what they say about themselves, and their way back to where they came from. Knows no stage.

A record in `X.rejected` is the original one, with headers that say why and from where. Sent again it has a header that
counts how often, and one that names the rejected record, so that the same one never goes twice by mistake.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from confluent_kafka import Message

from streams.kafka.connection import Connection
from streams.kafka.scanning import scan
from streams.kafka.sending import Sender

SUFFIX: Final = ".rejected"
PREFIX: Final = "reprise."
ABOUT: Final = ("reason", "exception", "topic", "partition", "offset", "stage")
"""What the headers of a rejected record say, each with the prefix before it."""

REPLAYED: Final = f"{PREFIX}replayed"
REPLAY_OF: Final = f"{PREFIX}replay_of"

REPLAYS_MAX: Final = 3
"""Times a record may come back: what was rejected so often is not cured by sending it again."""

CLOCKS_APART_MS: Final = 300_000
"""How far the clocks that date the two topics may differ: as far as a producer's may (`clock_ahead_ms_max`)."""

RECORD_BYTES_MAX: Final = 8 * 1_048_576 + 65_536
"""The largest record that any topic of ours takes, with room for headers."""


class RejectedRecord(NamedTuple):
    """One rejected record. ``source`` fields say where it came from; what is not known is "" or -1."""

    topic: str
    partition: int
    offset: int
    at_ms: int
    stage: str
    source_topic: str
    source_partition: int
    source_offset: int
    reason: str
    exception: str
    replayed: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def name(self) -> str:
        """The place of this record in one text: ``turns.rejected/0/17``."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def bytes(self) -> int:
        """Size of key and value."""
        return len(self.key or b"") + len(self.value or b"")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rejected records are meant: by reason ("" for every), and by when they were rejected (epoch ms)."""

    reason: str = ""
    since_ms: int = 0
    until_ms: int | None = None

    def takes(self, record: RejectedRecord) -> bool:
        """Return whether a record is meant; ``until_ms`` itself is not."""
        return (
            self.reason in {"", record.reason}
            and record.at_ms >= self.since_ms
            and (self.until_ms is None or record.at_ms < self.until_ms)
        )


@dataclass(slots=True)
class Replay:
    """What a replay does or would do: records sent, and those left out for either reason."""

    sent: int = 0
    sent_before: int = 0
    came_back_too_often: int = 0


def rejected_records(connection: Connection, name: str, choice: Choice) -> Iterator[RejectedRecord]:
    """Yield rejected records that are in a topic now.

    Args:
        connection: how to reach Kafka.
        name: the topic before the prefix, such as ``turns.rejected``.
        choice: which ones.

    Raises:
        KafkaUnusableError: Kafka does not answer, or the topic cannot be read.
    """
    for message in scan(connection, name, choice.since_ms):
        record = described(name, message)
        if choice.takes(record):
            yield record


def replay(connection: Connection, name: str, choice: Choice, *, again: bool = False, send: bool = True) -> Replay:
    """Send rejected records again to the topic they came from: original key, value and headers.

    The topic is read twice: first to see which records are meant, then to send them, so that memory does not grow with
    what is sent. Left out, unless ``again``: those already sent again, which is read from the topic they go to, and
    those that came back more than ``REPLAYS_MAX`` times.

    Args:
        connection: how to reach Kafka.
        name: the topic before the prefix, such as ``turns.rejected``.
        choice: which ones.
        again: send also what was sent before or came back too often.
        send: False only counts.

    Raises:
        KafkaUnusableError: Kafka does not answer, or a topic cannot be read.
        DeliveryError: some did not arrive; those that did are not sent again by the next replay.
        QueueFullError: Kafka takes nothing any more.
    """
    done = Replay()
    source = name.removesuffix(SUFFIX)
    before = set() if again else _sent_before(connection, name, source, choice)
    sender = Sender(connection, record_bytes_max=RECORD_BYTES_MAX) if send else None
    try:
        for record in rejected_records(connection, name, choice):
            if record.name in before:
                done.sent_before += 1
            elif record.replayed >= REPLAYS_MAX and not again:
                done.came_back_too_often += 1
            else:
                done.sent += 1
                if sender is not None:
                    _send(sender, connection.topic(source), record)
    finally:
        if sender is not None:
            sender.close()
    return done


def _sent_before(connection: Connection, name: str, source: str, choice: Choice) -> set[str]:
    """Return the names of rejected records that are in the source topic again."""
    first_ms = min((record.at_ms for record in rejected_records(connection, name, choice)), default=None)
    if first_ms is None:
        return set()
    return set(_origins(scan(connection, source, max(0, first_ms - CLOCKS_APART_MS))))


def _origins(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        for header, value in _headers(message):
            if header == REPLAY_OF:
                yield _text(value)


def _send(sender: Sender, topic: str, record: RejectedRecord) -> None:
    sender.raise_failures()
    headers = [
        *record.headers,
        (REPLAYED, str(record.replayed + 1).encode()),
        (REPLAY_OF, record.name.encode()),
    ]
    # A record without a key has its partition from nowhere else.
    partition = record.source_partition if record.key is None else -1
    sender.send(topic, record.key, record.value, partition=partition, headers=headers)


def described(name: str, message: Message) -> RejectedRecord:
    """Return what a record of a topic of rejected ones says about itself."""
    given = _headers(message)
    about = {header.removeprefix(PREFIX): _text(value) for header, value in given if header.startswith(PREFIX)}
    own = {f"{PREFIX}{field}" for field in ABOUT} | {REPLAYED, REPLAY_OF}
    return RejectedRecord(
        topic=name,
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        at_ms=message.timestamp()[1],
        stage=about.get("stage", ""),
        source_topic=about.get("topic", ""),
        source_partition=_number(about.get("partition", "")),
        source_offset=_number(about.get("offset", "")),
        reason=about.get("reason", ""),
        exception=about.get("exception", ""),
        replayed=max(0, _number(about.get("replayed", ""))),
        key=message.key(),
        value=message.value(),
        headers=tuple((header, value) for header, value in given if header not in own),
    )


def _headers(message: Message) -> list[tuple[str, bytes | None]]:
    headers: Any = message.headers() or []  # a list of pairs, though the client's types allow more
    return [(name, value) for name, value in headers]


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")


def _number(text: str) -> int:
    """Return a number from a header, -1 when there is none: whoever can write a topic can write any header."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1  # noqa: PLR2004 - digits of a long
