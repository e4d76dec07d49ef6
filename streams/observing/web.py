"""Web applications in a thread of their own, with an event loop of their own. Knows no page and no metric.

The worker's own loop and its pauses do not touch them: a page can tell that the worker is stuck.
"""

import asyncio
import os
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

STOP_S = 2.0
"""How long a request in progress may still take when the sites are stopped."""


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
                await web.TCPSite(runner, site.host, site.port).start()
            except OSError as error:
                message = (
                    f"{site.host}:{site.port} cannot be offered: {os.strerror(error.errno) if error.errno else error}; "
                    f"choose another `{site.name}_port` or `{site.name}_host`"
                )
                raise SiteError(message) from error
            host, port = runner.addresses[0][:2]
            shown = f"[{host}]" if ":" in host else host
            self.addresses.append(f"http://{shown}:{port}")

    async def _shut(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
