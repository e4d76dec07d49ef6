"""Web applications in a thread of their own, with an event loop of their own. Knows no page and no metric.

The worker's own loop and its pauses do not touch them: a page can tell that the worker is stuck.
"""

import asyncio
import os
import threading
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import NamedTuple, Self, cast

from aiohttp import web

STOP_S = 2.0
"""How long a request in progress may still take when the sites are stopped."""

CONNECTIONS_MAX = 128
"""Connections of one site, and for a moment as many more as come at once: dozens of browsers. A worker needs its file
descriptors for Kafka and its stores."""


class Site(NamedTuple):
    """An application, and where it is offered. Port 0: any free one. ``name`` begins the settings' names."""

    host: str
    port: int
    app: web.Application
    name: str = "metrics"


class SiteError(Exception):
    """A site cannot be offered; the message says which and what to do."""


class Sites:
    """Some sites, offered from ``start`` to ``stop``.

    Attributes:
        addresses: ``http://HOST:PORT`` of each site, once started, in the order given.
    """

    def __init__(self, sites: Sequence[Site]) -> None:
        self.addresses: list[str] = []
        self._sites = tuple(sites)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._servers: list[asyncio.Server] = []

    def start(self) -> Self:
        """Offer the sites.

        Raises:
            SiteError: an address cannot be used.
        """
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except SiteError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Offer them no more."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        for site in self._sites:
            runner = web.AppRunner(site.app, access_log=None, shutdown_timeout=STOP_S, handle_signals=False)
            self._runners.append(runner)
            await runner.setup()
            try:
                accept = partial(_accepted, cast("web.Server", runner.server))  # there is one since the set-up
                server = await self._loop.create_server(accept, site.host, site.port)
            except OSError as error:
                message = (
                    f"{site.host}:{site.port} cannot be offered: {os.strerror(error.errno) if error.errno else error}; "
                    f"choose another `{site.name}_port` or `{site.name}_host`"
                )
                raise SiteError(message) from error
            self._servers.append(server)
            host, port = server.sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            self.addresses.append(f"http://{shown}:{port}")

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        for runner in self._runners:
            await runner.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _accepted(server: web.Server) -> asyncio.Protocol:
    """Return who speaks with a new connection; the oldest ones go where there are too many.

    Whoever opens connections and says nothing loses them, and takes nobody else's turn.
    """
    held = server.connections
    for oldest in held[: max(0, len(held) + 1 - CONNECTIONS_MAX)]:
        oldest.force_close()
    return server()
