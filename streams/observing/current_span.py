"""The span that is current in a program, as a traceparent. Loads nothing: programs of others import it."""

import sys
from typing import Any

from streams.traceparent import traceparent


def current_traceparent() -> str:
    """Return the traceparent of the OpenTelemetry span that is current, "" when there is none.

    A program that has not imported OpenTelemetry has no span, so that nothing is imported here.
    """
    api = sys.modules.get("opentelemetry.trace")
    if api is None:
        return ""
    context = api.get_current_span().get_span_context()
    return traceparent_of(context) if context.is_valid else ""


def traceparent_of(context: Any) -> str:
    """Return the traceparent of a span's context."""
    return traceparent(f"{context.trace_id:032x}", f"{context.span_id:016x}", sampled=bool(context.trace_flags & 1))
