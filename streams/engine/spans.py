"""Spans of one batch: which are begun, and how what is sent carries them on. Knows no library that traces.

A span is begun before the batch is produced, as headers carry it, and ended after the commit. One that is never ended
is never told of: a span of what was rolled back would lie.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from schemas.records import Decision
from streams.engine.wire import Raw
from streams.stage import Flush, Output
from streams.traceparent import is_sampled

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """A span that was begun."""

    @property
    def traceparent(self) -> str:
        """How others name it as what they follow from."""

    def end(self, at_ms: int) -> None:
        """End it at a time, and tell of it."""


class Tracer(Protocol):
    """Who makes spans."""

    def begin(self, name: str, parent: str, at_ms: int, attributes: Attributes) -> Span:
        """Begin a span at a time, as a child of what a traceparent names."""

    def stop(self) -> None:
        """Send what waits, if that is soon done, and make no more."""


def begun(tracer: Tracer | None, flush: Flush, raws: Sequence[Raw], stage: str, place: tuple[str, int]) -> list[Span]:
    """Begin the spans of a batch, and let what it sends carry them on.

    Args:
        tracer: makes spans; None where nobody wants any.
        flush: what the step said; outputs that carry a sampled trace are replaced.
        raws: the batch.
        stage: name of the stage.
        place: topic and partition that it reads.
    """
    sampled = [traced for traced in flush.traces if is_sampled(traced.traceparent)] if tracer is not None else []
    if tracer is None or not sampled:
        return []
    arrived = {raw.offset: raw.timestamp for raw in raws}
    spans, carried = [], dict[str, str]()
    for traced in sampled:
        attributes = {**_place(*place), "messaging.kafka.offset": traced.offset, "reprise.kind": traced.kind}
        span = tracer.begin(f"reprise.{stage}", traced.traceparent, arrived[traced.offset], attributes)
        carried.setdefault(traced.traceparent, span.traceparent)
        spans.append(span)
    outputs = []
    for output in flush.outputs:
        if isinstance(output.value, Decision) and output.traceparent in carried:
            span = tracer.begin("reprise.decide", carried[output.traceparent], now_ms(), _decided(output.value))
            carried[output.traceparent] = span.traceparent  # the rewrite that follows is published by this decision
            spans.append(span)
        outputs.append(_carrying(output, carried))
    flush.outputs = outputs
    return spans


def end(spans: Iterable[Span]) -> None:
    """End spans: what they are about is committed."""
    for span in spans:
        span.end(now_ms())


def now_ms() -> int:
    """Return the time of the clock."""
    return round(time.time() * 1000)


def _place(topic: str, partition: int) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
    }


def _decided(decision: Decision) -> dict[str, str | int]:
    return {
        "reprise.reason": decision.reason,
        "reprise.rewrite_id": decision.rewrite_id,
        "reprise.from_stage": decision.from_stage,
        "reprise.to_stage": decision.to_stage,
    }


def _carrying(output: Output, carried: Mapping[str, str]) -> Output:
    """Return an output with the spans of this batch in the stead of what they follow from."""
    about, cause = output.traceparent, output.cause_traceparent
    if about not in carried and cause not in carried:
        return output
    return msgspec.structs.replace(
        output, traceparent=carried.get(about, about), cause_traceparent=carried.get(cause, cause)
    )
