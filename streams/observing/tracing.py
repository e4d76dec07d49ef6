"""Spans by OpenTelemetry, an optional extra: begun under a traceparent, sent in the background. Knows no stage.

A collector that is away costs nothing but spans, which are counted as dropped.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from streams.configuring.refusal import SettingsError
from streams.observing.current_span import traceparent_of
from streams.observing.recorder import Metrics
from streams.traceparent import HEADER

if TYPE_CHECKING:  # the extra may not be there
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

WAITING_MAX: Final = 4_096
"""Spans that may wait for the collector, those being sent included; more are dropped."""

BATCH_MAX: Final = 512
SEND_EVERY_MS: Final = 1_000
SEND_TIMEOUT_S: Final = 3.0
STOP_MS: Final = 2_000
"""How long a stop waits for the last spans to be sent."""

SPANS: Final = "reprise_spans"
NANOSECONDS_PER_MS: Final = 1_000_000


class OpenTelemetrySpan:
    """A span that is sent when it ends."""

    def __init__(self, span: Any) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """How others name it as what they follow from."""
        return traceparent_of(self._span.get_span_context())

    def end(self, at_ms: int) -> None:
        """End it at a time, never before it began, and hand it to whoever sends."""
        self._span.end(max(at_ms * NANOSECONDS_PER_MS, self._span.start_time))


class OpenTelemetryTracer:
    """Makes spans and sends them by OTLP over HTTP."""

    def __init__(self, exporter: "SpanExporter", instance: str, metrics: Metrics) -> None:
        """Prepare to send.

        Args:
            exporter: sends a batch of spans.
            instance: this worker's name.
            metrics: where spans are counted.
        """
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415 - who began the trace has decided

        self._sending = _sending(exporter, metrics)
        resource = Resource.create({"service.name": "reprise", "service.instance.id": instance})
        provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False)
        provider.add_span_processor(self._sending)
        self._tracer = provider.get_tracer("reprise")

    def begin(self, name: str, parent: str, at_ms: int, attributes: Mapping[str, str | int]) -> OpenTelemetrySpan:
        """Begin a span at a time, as a child of what a traceparent names."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        context = TraceContextTextMapPropagator().extract({HEADER: parent})
        span = self._tracer.start_span(
            name, context, start_time=at_ms * NANOSECONDS_PER_MS, attributes=dict(attributes)
        )
        return OpenTelemetrySpan(span)

    def stop(self) -> None:
        """Send what waits, if that is soon done, and make no more."""
        self._sending.shutdown()


def tracer_of(endpoint: str, instance: str, metrics: Metrics) -> OpenTelemetryTracer:
    """Return a tracer that sends to a collector.

    Args:
        endpoint: its address, path included.
        instance: this worker's name.
        metrics: where spans are counted.

    Raises:
        SettingsError: the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    except ImportError:
        message = "`otlp_endpoint` needs OpenTelemetry, which is not installed: pip install 'reprise[tracing]'"
        raise SettingsError(message) from None
    return OpenTelemetryTracer(OTLPSpanExporter(endpoint, timeout=SEND_TIMEOUT_S), instance, metrics)


def _sending(exporter: "SpanExporter", metrics: Metrics) -> Any:
    """Return what takes spans in and sends them in batches, bounded and counted.

    The classes stand in a function because what they derive from is an extra.
    """
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )

    waiting = _Waiting()

    class Counting(SpanExporter):
        """Counts what became of spans."""

        def export(self, spans: Sequence["ReadableSpan"]) -> SpanExportResult:
            """Send a batch."""
            result = SpanExportResult.FAILURE
            try:
                result = exporter.export(spans)
            finally:
                waiting.left(len(spans))
                sent = result is SpanExportResult.SUCCESS
                metrics.add(SPANS, "sent" if sent else "dropped", amount=len(spans))
            return result

        def shutdown(self) -> None:
            """Send no more."""
            exporter.shutdown()

    class Bounded(SpanProcessor):
        """Hands on as many spans as may wait."""

        def __init__(self) -> None:
            self._batches = BatchSpanProcessor(
                Counting(),
                max_queue_size=WAITING_MAX,
                schedule_delay_millis=SEND_EVERY_MS,
                max_export_batch_size=BATCH_MAX,
            )

        def on_end(self, span: "ReadableSpan") -> None:
            """Take a span in, or count it as dropped."""
            if waiting.takes_one():
                self._batches.on_end(span)
            else:
                metrics.add(SPANS, "dropped")

        def shutdown(self) -> None:
            """Send what waits, for as long as a stop may take; the thread that sends is no reason to wait longer."""
            ending = threading.Thread(target=self._batches.shutdown, name="spans", daemon=True)
            ending.start()
            ending.join(STOP_MS / 1000)

    return Bounded()


class _Waiting:
    """How many spans wait; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def takes_one(self) -> bool:
        """Count one more, unless there are too many."""
        with self._lock:
            if self._count >= WAITING_MAX:
                return False
            self._count += 1
            return True

    def left(self, count: int) -> None:
        """Count fewer."""
        with self._lock:
            self._count -= count
