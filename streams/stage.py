"""What a stage is, seen by its interpreters. Knows no stage in particular, no Kafka and no clock.

A stage is a function ``step(rows, records, context) -> Flush`` over one source partition. Rows are the stage's own
state; a record is one value of the source topic; the context holds everything else the outside gives; the flush is
everything the step wants done. A step does no input or output of its own, so that the same step runs in memory and
on Kafka, and batch size never changes a result.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from streams import traceparent

Row = Any
"""A stage's state row: a ``msgspec.Struct`` that its stage may change in place and then ``put`` back."""


class Rows(Protocol):
    """One partition's state, as a stage sees it.

    Keys are text, ``kind|rest``; all rows of a kind are of one class. A row got may be changed in place and must
    then be put. Scans are in code point order of the keys.
    """

    def get(self, key: str) -> Row | None:
        """Return the row under a key, or None."""

    def put(self, key: str, row: Row) -> None:
        """Store a row and remember that it changed."""

    def delete(self, key: str) -> None:
        """Remove a row; removing what is not there does nothing."""

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows whose key starts with a prefix, in order, up to and including keys that start with ``until``.

        The rows may be changed while scanning; what is put during the scan may or may not be seen by it.
        """


class Record(msgspec.Struct, frozen=True, gc=False):
    """One value of the source topic, as the context's decoder takes it, with its place.

    On Kafka the value is bytes; in memory it may be a record already, and the decoder gives it back.

    ``broker_ms`` is the broker's time of arrival, or None for a replayed file, whose times are trusted;
    ``traceparent`` the header of that name, "" where there is none. It is only passed on.
    """

    offset: int
    value: Any
    broker_ms: int | None = None
    traceparent: str = ""


class Output(msgspec.Struct, frozen=True, gc=False):
    """One record to send. ``value`` None is a tombstone.

    ``traceparent`` is that of the turn it is about or follows from, ``cause_traceparent`` that of what told it, where
    that is another one; "" for none.
    """

    topic: str
    key: str
    value: msgspec.Struct | None
    traceparent: str = ""
    cause_traceparent: str = ""


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A record that was not taken in: its offset, an enumerated reason, and a message that names field and fix."""

    offset: int
    reason: str
    message: str


class Traced(msgspec.Struct, frozen=True, gc=False):
    """What came with a traceparent: the offset of its record, and whether it is a turn, signal, trail or correction."""

    offset: int
    kind: str
    traceparent: str


@dataclass(slots=True)
class Flush:
    """What a step wants done, in order, and what it tells of itself for metrics and logs, by name.

    ``facts`` are amounts; ``observations`` are single values, one each time; ``causes`` are the offsets of records
    that made something happen, once each time, so that whoever knows when a record came can tell how long it took;
    ``traces`` are what came with a trace.
    """

    outputs: list[Output] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    observations: dict[str, list[float]] = field(default_factory=dict)
    causes: dict[str, list[int]] = field(default_factory=dict)
    traces: list[Traced] = field(default_factory=list)

    def count(self, fact: str, amount: float = 1.0) -> None:
        """Add to a fact."""
        self.facts[fact] = self.facts.get(fact, 0.0) + amount

    def observe(self, name: str, value: float) -> None:
        """Note one value; a name ends in its unit."""
        self.observations.setdefault(name, []).append(value)

    def caused(self, name: str, offset: int) -> None:
        """Note that the record at an offset made something happen."""
        self.causes.setdefault(name, []).append(offset)

    def trace(self, offset: int, kind: str, text: str) -> str:
        """Note the trace that something came with, and return it.

        What is malformed is none, as a trace is no reason to refuse anything: "" is returned, and it is counted.
        """
        if not text:
            return ""
        found = traceparent.known(text)
        if found:
            self.traces.append(Traced(offset, kind, found))
        else:
            self.count("traceparents_malformed")
        return found


@dataclass(frozen=True, slots=True)
class Context:
    """What the outside gives a step.

    Attributes:
        settings: the stage's settings, already validated.
        decode: bytes to the source topic's record; raises ``schemas.codec.DecodeError`` only.
        topic: the source topic's name, for ``decided_by``.
        partition: the source partition.
        partitions: how many partitions the source of the *first* stage has (learn waits for all of them).
        scorer: the rephrase model (detect only).
        policy: the policy in force, by scope; a mapping that is never changed, but replaced when an order comes.
        policy_next: the offset after the last order in it.
        scratch: what the step may keep between batches to save work; losing it at any time changes no result.
    """

    settings: Any
    decode: Callable[[Any], Any]
    topic: str
    partition: int = 0
    partitions: int = 1
    scorer: Any = None
    policy: Mapping[str, Any] = field(default_factory=dict)
    policy_next: int = 0
    scratch: dict[str, Any] = field(default_factory=dict)


Step = Callable[[Rows, Sequence[Record], Context], Flush]
