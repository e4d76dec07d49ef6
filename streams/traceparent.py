"""The W3C trace context of a record, as text: read, and told whether it is sampled. Knows no library that traces.

A traceparent says which trace and span a record belongs to. It comes as a header, holds neither text nor user, and
changes nothing that is learned. What is malformed is as good as none.
"""

import re
from collections.abc import Iterable
from typing import Final

HEADER: Final = "traceparent"
"""Header of a record: the trace of what the record is about."""

CAUSE_HEADER: Final = "cause-traceparent"
"""Header of feedback: the trace of what told it, where that is another one."""

LENGTH_MAX: Final = 256
"""Longer headers are not looked at; today's form has 55 characters, and later ones may only append."""

_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII | re.DOTALL)
_SAMPLED: Final = 1


def traceparent_in(headers: Iterable[tuple[str, bytes | None]]) -> str:
    """Return the traceparent among a record's headers as it came, the last one if there are several; "" for none."""
    found = ""
    for name, value in headers:
        if name.lower() == HEADER and value:
            found = value[: LENGTH_MAX + 1].decode("ascii", "replace")
    return found


def known(text: str) -> str:
    """Return a traceparent as version 00 writes it, "" for one that is malformed.

    Of later versions the part is taken that they share with this one, as the specification asks.
    """
    found = _FORM.fullmatch(text) if len(text) <= LENGTH_MAX else None
    if found is None:
        return ""
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not trace.strip("0") or not span.strip("0"):
        return ""
    return traceparent(trace, span, sampled=bool(int(flags, 16) & _SAMPLED))


def traceparent(trace: str, span: str, *, sampled: bool) -> str:
    """Return the traceparent of a trace and a span, both in hexadecimal digits."""
    return f"00-{trace}-{span}-0{int(sampled)}"


def is_sampled(text: str) -> bool:
    """Return whether a known traceparent asks for spans."""
    return text.endswith("01")
