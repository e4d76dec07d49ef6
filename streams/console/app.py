"""The console as an application: pages and JSON over what is known. Knows neither worker nor folder."""

from typing import Final

from aiohttp import web

from streams.console import api, pages
from streams.console.answering import Console, add_headers, middlewares
from streams.console.knowledge import Knowledge

REQUEST_SIZE_MAX: Final = 64 * 1024
"""Bytes of an order with the longest texts and note, escaped, and some more."""


def make_app(knowledge: Knowledge, *, token: str | None = None) -> web.Application:
    """Return the console of some knowledge.

    Args:
        knowledge: what is shown; asked in threads.
        token: what everybody must know who asks. Without it only requests to this machine's own names are answered,
            so that it must be given wherever the console is offered beyond loopback.
    """
    console = Console(knowledge, token)
    app = web.Application(client_max_size=REQUEST_SIZE_MAX, middlewares=middlewares(console))
    app.on_response_prepare.append(add_headers)
    app.add_routes([*api.routes(console), *pages.routes(console)])

    async def close(_: web.Application) -> None:
        console.asking.close()

    app.on_cleanup.append(close)
    return app
