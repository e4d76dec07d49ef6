"""Spans are made for sampled traces, of what was committed, in a bounded number, and only where the extra is."""

import sys
import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams.configuring.refusal import SettingsError
from streams.engine import spans, wire
from streams.observing import tracing
from streams.observing.current_span import current_traceparent
from streams.observing.recorder import Metrics
from streams.stage import Flush, Output
from streams.traceparent import known
from tests.broker.waiting import eventually

SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b8-00"
PLACE = ("turns", 3)


class Arrived(wire.Raw):
    """A record as a consumer hands it over."""

    def __init__(self, offset: int, timestamp: int) -> None:
        self.offset = offset
        self.timestamp = timestamp
        self.key = self.value = None
        self.headers = ()


def flush_of(*texts: str) -> Flush:
    """Return what a step says of turns with these traces: one piece of feedback about each."""
    flush = Flush()
    for offset, text in enumerate(texts):
        flush.outputs.append(Output("feedback", "demo|u1", None, flush.trace(offset, "turn", text)))
    return flush


def test_only_sampled_traces_get_spans() -> None:
    """The outgoing header names the new span, or what it named before where there is none."""
    exporter = InMemorySpanExporter()
    tracer = tracing.OpenTelemetryTracer(exporter, "one", Metrics())
    flush = flush_of(SAMPLED, UNSAMPLED, "")
    begun = spans.begun(tracer, flush, [Arrived(place, 1_000 + place) for place in range(3)], "detect", PLACE)
    carried = [output.traceparent for output in flush.outputs]
    assert carried == [begun[0].traceparent, UNSAMPLED, ""]
    spans.end(begun)
    tracer.stop()
    (made,) = exporter.get_finished_spans()
    assert made.parent is not None
    assert (made.name, made.start_time, f"{made.parent.span_id:016x}") == (
        "reprise.detect",
        1_000 * 1_000_000,
        SAMPLED.split("-")[2],
    )


def test_what_is_rolled_back_makes_no_span() -> None:
    """A span that nobody ends is never told of."""
    exporter = InMemorySpanExporter()
    tracer = tracing.OpenTelemetryTracer(exporter, "one", Metrics())
    assert spans.begun(tracer, flush_of(SAMPLED), [Arrived(0, 1_000)], "detect", PLACE)
    tracer.stop()
    assert exporter.get_finished_spans() == ()


def test_without_a_tracer_nothing_is_changed() -> None:
    """Headers name what they named."""
    flush = flush_of(SAMPLED)
    outputs = flush.outputs
    assert spans.begun(None, flush, [Arrived(0, 1_000)], "detect", PLACE) == []
    assert flush.outputs is outputs


class Held(SpanExporter):
    """Sends nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - the library's signature
        """Wait, and fail."""
        self.go.wait()
        return SpanExportResult.FAILURE


def test_spans_that_wait_are_bounded_and_the_rest_is_counted() -> None:
    """A collector that does not answer holds up nobody, and takes no more memory than said."""
    metrics, exporter = Metrics(), Held()
    tracer = tracing.OpenTelemetryTracer(exporter, "one", metrics)
    more = 100
    for _ in range(tracing.WAITING_MAX + more):
        tracer.begin("reprise.detect", SAMPLED, 0, {}).end(0)

    def dropped() -> float | None:
        return metrics.registry.get_sample_value("reprise_spans_total", {"result": "dropped"})

    assert dropped() == more
    exporter.go.set()
    tracer.stop()
    eventually(lambda: dropped() == tracing.WAITING_MAX + more)


def test_without_the_extra_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"pip install 'reprise\[tracing\]'"):
        tracing.tracer_of("http://127.0.0.1:4318/v1/traces", "one", Metrics())


def test_the_current_span_is_found() -> None:
    """As the specification writes it; without one there is none."""
    assert current_traceparent() == ""
    with TracerProvider(shutdown_on_exit=False).get_tracer("test").start_as_current_span("turn"):
        assert known(current_traceparent()) == current_traceparent() != ""
