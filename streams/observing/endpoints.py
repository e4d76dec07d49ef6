"""What a worker offers to machines: its metrics, whether it lives, whether it is ready. Knows no Kafka and no stage."""

import asyncio
import gzip
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from streams.observing.health import Health

NEVER_KEPT: Final = {"Cache-Control": "no-store"}

Scrape = tuple[bytes, dict[str, str]]
"""The body of an answer and its headers."""


def machine_app(registry: CollectorRegistry, show: Callable[[], None], health: Callable[[], Health]) -> web.Application:
    """Return the application with ``/metrics``, ``/live`` and ``/ready``.

    Metrics are found in a thread: a disk that hangs must not keep ``/live`` from saying that the worker lives.

    Args:
        registry: the metrics.
        show: brings those up to date that speak of the moment; called by one thread at a time.
        health: judges the worker.
    """
    scraping = asyncio.Lock()

    def scraped(format_wanted: str, encodings: str) -> Scrape:
        show()
        encode, content_type = choose_encoder(format_wanted)
        body = encode(registry)
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding", **NEVER_KEPT}
        if "gzip" in encodings:
            body, headers["Content-Encoding"] = gzip.compress(body, compresslevel=1), "gzip"
        return body, headers

    async def metrics(request: web.Request) -> web.Response:
        wanted = (request.headers.get("Accept", ""), request.headers.get("Accept-Encoding", ""))
        async with scraping:
            body, headers = await asyncio.to_thread(scraped, *wanted)
        return web.Response(body=body, headers=headers)

    async def live(_: web.Request) -> web.Response:
        found = health()
        return _told("live", found.live, found.stuck)

    async def ready(_: web.Request) -> web.Response:
        found = health()
        return _told("ready", found.ready, found.concerns)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/live", live), web.get("/ready", ready)])
    return app


def _told(question: str, answer: bool, reasons: tuple[str, ...]) -> web.Response:  # noqa: FBT001 - the answer to the question
    return web.Response(
        body=msgspec.json.encode({question: answer, "reasons": reasons}),
        status=HTTPStatus.OK if answer else HTTPStatus.SERVICE_UNAVAILABLE,
        content_type="application/json",
        headers=NEVER_KEPT,
    )
