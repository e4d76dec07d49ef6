"""Short ways to build turn events and to run a stage over them. Knows no test."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.records import (
    AppliedRewrite,
    BargeIn,
    Correction,
    Feedback,
    Interpretation,
    Reply,
    Signal,
    Slot,
    Tick,
    Trail,
    Turn,
    TurnEvent,
)
from streams.detect.scorer import Pair
from streams.detect.settings import DetectSettings
from streams.detect.step import drain, step
from streams.memory import MemoryRows
from streams.stage import Context, Flush, Record
from tests.contracts.encoded import EncodedRows

START_MS = 1_700_000_000_000


class SameFirstLetter:
    """A rephrase model that anybody can predict: texts that start alike are rephrases."""

    name = "first-letter-1"
    threshold = 0.5

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return .9 for a shared first letter, else .1."""
        return np.array([0.9 if pair.first[:1] == pair.second[:1] else 0.1 for pair in pairs], dtype=np.float32)


def meaning(intent: str, **slots: str) -> Interpretation:
    """Return an interpretation of the domain ``test``."""
    return Interpretation("test", intent, tuple(Slot(name, value) for name, value in slots.items()))


def said(
    text: str,
    at_s: float,
    *,
    user: str = "u1",
    turn_id: str | None = None,
    status: str = "answered",
    expecting: str = "",
    session: str = "s1",
    device: str = "",
    means: Interpretation | None = None,
    reply_s: tuple[float, float] | None = None,
    speech_s: float | None = None,
    barge_in: BargeIn | None = None,
    rewrite: AppliedRewrite | None = None,
    failure_point: Any = None,
    tenant: str = "demo",
    locale: str = "en-US",
) -> TurnEvent:
    """Return a turn said at a number of seconds after the start."""
    reply = Reply(
        status=status,  # type: ignore[arg-type]
        started_at=None if reply_s is None else ms(reply_s[0]),
        ended_at=None if reply_s is None else ms(reply_s[1]),
    )
    turn = Turn(
        turn_id=turn_id or f"{user}-{at_s:g}",
        said=text,
        expecting=expecting,
        speech_started_at=None if speech_s is None else ms(speech_s),
        interpretation=means,
        reply=reply,
        barge_in=barge_in,
        rewrite=rewrite,
        failure_point=failure_point,
    )
    return TurnEvent(tenant, locale, user, session, ms(at_s), device, turn=turn)


def signal(kind: str, turn_id: str, at_s: float, *, user: str = "u1", value: int | None = None) -> TurnEvent:
    """Return a signal about a turn."""
    body = Signal(turn_id, kind, value)  # type: ignore[arg-type]
    return TurnEvent("demo", "en-US", user, "s1", ms(at_s), signal=body)


def tick(at_s: float) -> TurnEvent:
    """Return a tick."""
    return TurnEvent("demo", "en-US", "clock", "", ms(at_s), tick=Tick())


def ms(at_s: float) -> int:
    """Return epoch milliseconds of a number of seconds after the start."""
    return START_MS + round(at_s * 1000)


def as_it_is(value: Any) -> Any:
    """Return what is given: the decoder of records that are decoded already."""
    return value


def merge(into: Flush, flush: Flush) -> None:
    """Add what a later step wants done, and what it tells of itself."""
    into.outputs += flush.outputs
    into.rejected += flush.rejected
    for fact, amount in flush.facts.items():
        into.count(fact, amount)
    for name, values in flush.observations.items():
        into.observations.setdefault(name, []).extend(values)
    for name, offsets in flush.causes.items():
        into.causes.setdefault(name, []).extend(offsets)


class Detecting:
    """The detect stage over one partition, with everything it has said."""

    def __init__(
        self,
        settings: DetectSettings | None = None,
        scorer: Any = None,
        rows: MemoryRows | EncodedRows | None = None,
    ) -> None:
        self.rows = rows or MemoryRows()
        self.context = Context(settings or DetectSettings(), as_it_is, "turns", scorer=scorer or SameFirstLetter())
        self.flush = Flush()
        self.offset = 0

    def feed(self, *events: TurnEvent, batch: int | None = None) -> "Detecting":
        """Take in events, all at once or in batches of a size; with no events, one empty batch."""
        size = batch or max(1, len(events))
        for start in range(0, max(1, len(events)), size):
            part = events[start : start + size]
            records = [Record(self.offset + index, event) for index, event in enumerate(part)]
            self.offset += len(part)
            self._add(step(self.rows, records, self.context))
        return self

    def feed_traced(self, *events: tuple[TurnEvent, str]) -> "Detecting":
        """Take in events with the traceparents they come with, all at once."""
        records = [Record(self.offset + index, event, traceparent=trace) for index, (event, trace) in enumerate(events)]
        self.offset += len(events)
        self._add(step(self.rows, records, self.context))
        return self

    def finish(self) -> "Detecting":
        """Close what is open."""
        self._add(drain(self.rows, self.context))
        return self

    def _add(self, flush: Flush) -> None:
        merge(self.flush, flush)

    @property
    def trails(self) -> list[Trail]:
        """Trails sent so far."""
        return [output.value for output in self.flush.outputs if isinstance(output.value, Trail)]

    @property
    def feedback(self) -> list[Feedback]:
        """Feedback sent so far."""
        return [output.value for output in self.flush.outputs if isinstance(output.value, Feedback)]

    @property
    def corrections(self) -> list[Correction]:
        """Corrections sent so far."""
        return [output.value for output in self.flush.outputs if isinstance(output.value, Correction)]


def trails_of(*events: TurnEvent, settings: DetectSettings | None = None, scorer: Any = None) -> list[Trail]:
    """Return the trails of a whole input."""
    return Detecting(settings, scorer).feed(*events).finish().trails


def texts(trails: Iterable[Trail]) -> list[list[str]]:
    """Return what was said in each trail."""
    return [[turn.said for turn in trail.turns] for trail in trails]


def outcomes(trails: Iterable[Trail]) -> dict[str, str]:
    """Return how each turn ended, by what was said."""
    return {turn.said: turn.outcome for trail in trails for turn in trail.turns}
