"""What Kafka acknowledged to a feeder, and whether it is there. Knows how the ledger is written, no stage."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.chaos.findings import Findings
from tests.chaos.load import Fed
from tests.chaos.taken import Raw


class Place(NamedTuple):
    """Where an acknowledged record lies."""

    partition: int
    offset: int


def entry(number: int, place: Place) -> str:
    """Return the line of a record that was acknowledged."""
    return f"{number} {place.partition} {place.offset}\n"


def read(file: Path) -> dict[int, Place]:
    """Return the places of all acknowledged records, by their number in the load.

    A line that is only half written is passed over: its feeder was killed.
    """
    whole, _, _ = file.read_text(encoding="ascii").rpartition("\n")
    found = {}
    for line in whole.splitlines():
        number, partition, offset = map(int, line.split())
        found[number] = Place(partition, offset)
    return found


def check(load: Sequence[Fed], ledger: Mapping[int, Place], raws: Iterable[Raw], topic: str = "turns") -> Findings:
    """Compare what was acknowledged with what is in a topic; other people's records, such as ticks, are let pass."""
    findings = Findings()
    there = {Place(raw.partition, raw.offset): Fed(raw.key, raw.value) for raw in raws}
    findings.count(f"{topic} acknowledged", len(ledger))
    for number, place in ledger.items():
        if there.get(place) != load[number]:
            findings.fault("lost", "acknowledged, but not there", f"{topic} {place.partition} {place.offset}")
    copies = Counter(there.values())
    wanted = Counter(load)
    findings.count(f"{topic} fed and there", sum(copies[record] for record in wanted))
    for record, times in wanted.items():
        if copies[record] > times:
            findings.fault("over", "in the topic more often than it was fed", topic, copies[record] - times)
    return findings
