"""A stand-in for a collector of spans: takes OTLP over HTTP and keeps what it was sent. Knows no rule."""

from typing import Any, NamedTuple, Self

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from streams.observing.web import Site, Sites

PATH = "/v1/traces"


class Kept(NamedTuple):
    """One span as it was sent; ids in hexadecimal digits, times in nanoseconds."""

    name: str
    trace: str
    span: str
    parent: str
    began: int
    ended: int
    attributes: dict[str, Any]


class Collector:
    """Takes spans on a port of its own, for as long as the block lasts.

    Attributes:
        spans: all of them, in the order they came.
        texts: the requests as text, to look for what must not be in them.
    """

    def __init__(self) -> None:
        self.spans: list[Kept] = []
        self.texts: list[str] = []
        app = web.Application()
        app.router.add_post(PATH, self._take)
        self._sites = Sites([Site("127.0.0.1", 0, app)])

    @property
    def endpoint(self) -> str:
        """Where spans are to be sent."""
        return self._sites.addresses[0] + PATH

    def named(self, name: str) -> list[Kept]:
        """Return the spans of a name."""
        return [span for span in self.spans if span.name == name]

    async def _take(self, request: web.Request) -> web.Response:
        message = ExportTraceServiceRequest.FromString(await request.read())
        self.texts.append(str(message))
        self.spans += [
            Kept(
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in span.attributes},
            )
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return web.Response()

    def __enter__(self) -> Self:
        self._sites.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._sites.stop()
