"""What a batch tells of itself, held until it is committed. Knows records' times in Kafka, no stage's rules."""

import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from streams.engine import wire
from streams.observing.recorder import Metrics
from streams.stage import Flush, Rows
from streams.topology import Stage

LEVELS_EVERY_S: Final = 5.0
"""How old the levels of a busy partition may be: half of the shortest time between two scrapes that is usual."""


class Told(NamedTuple):
    """What one batch tells beside its facts.

    Attributes:
        observations: values by name.
        caused_at: by what was caused, when each record that caused it came to Kafka, in milliseconds.
        levels: what the partition's state holds after the batch; empty when nobody has looked.
    """

    observations: Mapping[str, Sequence[float]]
    caused_at: Mapping[str, Sequence[int]]
    levels: Mapping[str, float]

    def enter(self, metrics: Metrics, stage: str, partition: int) -> None:
        """Show it; to be called when the batch is committed."""
        metrics.observed(stage, self.observations)
        metrics.delayed(stage, self.caused_at, round(time.time() * 1000))
        metrics.levels(stage, partition, self.levels)


class Teller:
    """Collects what the batches of one partition tell."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._looked_at = float("-inf")

    def of(self, flush: Flush, raws: Sequence[wire.Raw], rows: Rows) -> Told:
        """Return what a batch tells, after its step."""
        is_due = time.monotonic() - self._looked_at >= LEVELS_EVERY_S
        return Told(flush.observations, caused_at(flush, raws), self.levels(rows) if is_due else {})

    def levels(self, rows: Rows) -> Mapping[str, float]:
        """Return what the partition's state holds."""
        self._looked_at = time.monotonic()
        return {} if self._stage.levels is None else self._stage.levels(rows)


def caused_at(flush: Flush, raws: Sequence[wire.Raw]) -> dict[str, list[int]]:
    """Return by what was caused when the records that caused it came to Kafka; a record without a time is left out."""
    if not flush.causes:
        return {}
    times = {raw.offset: raw.timestamp for raw in raws}
    return {
        name: [at_ms for offset in offsets if (at_ms := times.get(offset, -1)) >= 0]
        for name, offsets in flush.causes.items()
    }
