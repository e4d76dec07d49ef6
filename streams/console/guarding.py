"""Who may ask, and from where: tokens, sessions, origins, and what a browser may do with an answer. Knows no page.

Without a token the console trusts whoever reaches its loopback address. Web pages of others reach it too, through their
visitor's browser: so the name in the request must be this machine's own, or a page could give its own name our address;
and what changes anything must come from our own pages.
"""

import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final, TypeVar

from aiohttp import web
from yarl import URL

from schemas.limits import IDENTIFIER_LENGTH_MAX

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    # Under `no-referrer` browsers hide from us, too, which page a form came from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Said with every answer: nothing from elsewhere, nothing kept, nothing framed."""

COOKIE: Final = "reprise_session"
ORDER_HEADER: Final = "X-Reprise-Order"
"""A program that orders sends it; a page of somebody else cannot."""

CSRF_FIELD: Final = "csrf"
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

SESSION_S: Final = 12 * 3600
SESSIONS_MAX: Final = 100
WRONG_MAX: Final = 10
WRONG_WITHIN_S: Final = 60.0
ADDRESSES_MAX: Final = 1_000

Kept = TypeVar("Kept")


class DeniedError(Exception):
    """A request that is not answered; the message says why, ``status`` is HTTP's number for it."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Guard:
    """Decides about requests, and keeps who has logged in. Of one event loop.

    Args:
        token: what has to be known; None where everybody on this machine may ask.
        clock: seconds that never go back.
    """

    def __init__(self, token: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._sessions: dict[str, float] = {}
        self._wrong: dict[str, list[float]] = {}

    @property
    def asks_token(self) -> bool:
        """Whether a token has to be known."""
        return self._token is not None

    def check_host(self, request: web.Request) -> None:
        """Check the name under which this machine was asked.

        Raises:
            DeniedError: it is not its own.
        """
        if self._token is None and not _own(_name(request.host), _reached(request)):
            message = "this console answers only under its own address, such as 127.0.0.1 or localhost"
            raise DeniedError(403, message)

    def is_known(self, request: web.Request) -> bool:
        """Return whether who asks may see and do everything.

        Raises:
            DeniedError: a wrong token was given, or too many were.
        """
        if self._token is None:
            return True
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            self.check_token(given.strip(), request.remote or "")
            return True
        return self._sessions.get(request.cookies.get(COOKIE, ""), 0.0) > self._clock()

    def check_token(self, given: str, address: str) -> None:
        """Check a token in a time that tells nothing about it.

        Raises:
            DeniedError: it is wrong, or too many from this address were.
        """
        now = self._clock()
        wrong = [at for at in self._wrong.get(address, ()) if at > now - WRONG_WITHIN_S]
        if len(wrong) >= WRONG_MAX:
            message = f"too many wrong tokens; try again in {WRONG_WITHIN_S:.0f} s"
            raise DeniedError(429, message)
        if self._token is None or not hmac.compare_digest(_digest(given), _digest(self._token)):
            _remember(self._wrong, address, [*wrong, now], ADDRESSES_MAX)
            message = "this is not the token; it stands in the file that `console_token_file` names"
            raise DeniedError(401, message)

    def logged_in(self) -> str:
        """Begin a session and return its name."""
        name = secrets.token_urlsafe(32)
        _remember(self._sessions, name, self._clock() + SESSION_S, SESSIONS_MAX)
        return name

    def logged_out(self, request: web.Request) -> None:
        """End the session of a request, if it has one."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def csrf(self, request: web.Request) -> str:
        """Return what a form of ours carries, and no other page can know."""
        return hmac.new(self._secret, _bytes(request.cookies.get(COOKIE, "")), sha256).hexdigest()

    async def check_change(self, request: web.Request) -> None:
        """Check that a request that changes something comes from our own pages, or from a program.

        Raises:
            DeniedError: it does not.
        """
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if (origin is not None and _place(origin) != request.host) or site not in {None, "same-origin"}:
            message = "orders are taken from the console's own pages only; open its address and order there"
            raise DeniedError(403, message)
        if request.content_type == JSON:
            if ORDER_HEADER not in request.headers:
                message = f"send the header {ORDER_HEADER}: yes with an order"
                raise DeniedError(403, message)
            return
        if request.content_type != FORM:
            message = f"{request.content_type}: expected {JSON} or {FORM}"
            raise DeniedError(415, message)
        try:
            given = str((await request.post()).get(CSRF_FIELD, ""))
        except (LookupError, UnicodeError):
            message = "this form cannot be read: expected UTF-8"
            raise DeniedError(400, message) from None
        if origin is None or not hmac.compare_digest(_bytes(given), self.csrf(request).encode()):
            message = "this page is from before a restart or a login; go back, load it again and repeat"
            raise DeniedError(403, message)


def _remember(held: dict[str, Kept], name: str, value: Kept, size: int) -> None:
    """Put a value last, and let the oldest go where there are too many."""
    held.pop(name, None)
    held[name] = value
    while len(held) > size:
        del held[next(iter(held))]


def _digest(text: str) -> bytes:
    return sha256(_bytes(text)).digest()


def _bytes(text: str) -> bytes:
    """Return bytes of whatever came, also of what is no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def _name(host: str) -> str:
    try:
        return URL(f"http://{host}").host or ""
    except ValueError:
        return ""


def _place(origin: str) -> str:
    """Return host and port of an origin as a Host header has them: standard ports left out."""
    return origin.partition("://")[2]


def _reached(request: web.Request) -> str:
    """Return our end of the connection."""
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return str(name[0]) if name else ""


def _own(name: str, reached: str) -> bool:
    if name == "localhost" or (name and name == reached):
        return True
    try:
        return len(name) <= IDENTIFIER_LENGTH_MAX and ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
