"""What every request goes through: guarded, answered, and told in words when it cannot be. Knows no single page."""

import traceback
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from streams.console.asking import Asking
from streams.console.confirming import UnconfirmedError
from streams.console.guarding import COOKIE, HEADERS, DeniedError, Guard
from streams.console.knowledge import (
    ElsewhereError,
    Knowledge,
    OrderRefusedError,
    UnavailableError,
    UnknownError,
)
from streams.console.queries import QueryError
from streams.console.rendering import environment, rendered
from streams.console.views import Overview

log = structlog.get_logger(__name__)

STATUS: Final[dict[type[Exception], int]] = {
    QueryError: 400,
    UnknownError: 404,
    ElsewhereError: 409,
    OrderRefusedError: 422,
    UnconfirmedError: 422,
    UnavailableError: 503,
}
"""HTTP's number for what cannot be answered; the sentence is the error's own."""

HTTP_SENTENCES: Final = {
    404: "there is nothing at this address; begin at the overview",
    405: "this address cannot be asked this way",
    413: "this is larger than any order; shorten the note",
}
API: Final = "/api/"
OPEN_PATHS: Final = ("/login", "/static/")
"""What is answered without a token."""


class Console:
    """One console: whom it asks, who may ask it, and how it answers."""

    def __init__(self, knowledge: Knowledge, token: str | None) -> None:
        self.asking = Asking(knowledge)
        self.guard = Guard(token)
        self._templates = environment()

    async def page(
        self, request: web.Request, template: str, find: Callable[[Knowledge], dict[str, Any]], *, status: int = 200
    ) -> web.Response:
        """Return a page of what is found; found and drawn in a thread.

        Raises:
            What ``find`` raises.
        """
        about = self._about(request)

        def drawn(knowledge: Knowledge) -> str:
            parts = find(knowledge)
            frame = parts.get("overview") or knowledge.overview()
            return rendered(self._templates, template, {**about, "frame": frame, **parts})

        return html(await self.asking.ask(drawn), status)

    def bare_page(self, request: web.Request, template: str, parts: dict[str, Any], status: int) -> web.Response:
        """Return a page that needs nobody's answer."""
        frame: Overview | None = None
        return html(rendered(self._templates, template, {**self._about(request), "frame": frame, **parts}), status)

    def failure(self, request: web.Request, status: int, message: str) -> web.Response:
        """Return an error, as JSON where JSON was asked for."""
        if request.path.startswith(API):
            return json({"error": message}, status)
        if status == 401:  # noqa: PLR2004 - HTTP's number
            return self.bare_page(request, "login.html", {"fault": message, "then": wanted_path(request)}, status)
        return self.bare_page(request, "error.html", {"fault": message, "status": status}, status)

    def _about(self, request: web.Request) -> dict[str, Any]:
        session = self.guard.asks_token and COOKIE in request.cookies
        return {"csrf": self.guard.csrf(request), "path": request.path, "session": session, "address": request.host}


def middlewares(console: Console) -> list[Any]:
    """Return what stands before every handler, the outermost first."""
    return [_telling(console), _guarding(console)]


def _telling(console: Console) -> Any:
    @web.middleware
    async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Tell in words what went wrong."""
        try:
            return await handler(request)
        except tuple(STATUS) as error:
            return console.failure(request, STATUS[type(error)], str(error))
        except DeniedError as error:
            return console.failure(request, error.status, str(error))
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - HTTP's number: from here on something is wrong
                raise
            return console.failure(request, error.status, HTTP_SENTENCES.get(error.status, error.reason))
        except Exception as error:  # noqa: BLE001 - a page that fails must not end the worker
            # Neither address nor message: both may hold what somebody said.
            log.error("console.failed", error=type(error).__name__, place=_place(error))  # noqa: TRY400 - as said
            return console.failure(request, 500, "something is wrong with the console; the worker's log says what")

    return told


def _guarding(console: Console) -> Any:
    guard = console.guard

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may ask."""
        guard.check_host(request)
        is_open = request.path.startswith(OPEN_PATHS)
        if not (is_open or guard.is_known(request)):
            if request.path.startswith(API) or request.method != "GET":
                message = "send the token: `Authorization: Bearer TOKEN`"
                raise DeniedError(401, message)
            login = f"/login?{urlencode({'next': str(request.rel_url)})}"
            raise web.HTTPSeeOther(login)
        if request.method not in {"GET", "HEAD"}:
            await guard.check_change(request)
        return await handler(request)

    return guarded


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp gives both
    """Say to the browser what it may do, with every answer."""
    response.headers.update(HEADERS)


def html(text: str, status: int = 200) -> web.Response:
    """Return a page."""
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def json(value: object, status: int = 200) -> web.Response:
    """Return a value as JSON."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def wanted_path(request: web.Request) -> str:
    """Return where somebody wanted to go before they logged in: a path of ours, whatever was written there."""
    path = request.query.get("next", "/")
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def _place(error: Exception) -> str:
    """Return where in our code something went wrong."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.name}:{last.lineno}"
