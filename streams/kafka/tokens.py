"""Tokens for logging in to Kafka by OAUTHBEARER: asks a token server, keeps the answer while it is fresh.

For aiokafka; librdkafka fetches its own. Knows no settings, and nothing of what is sent to Kafka.
"""

import asyncio
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from typing import Any, Final

from aiokafka.abc import AbstractTokenProvider

FRESH_SHARE: Final = 0.8
"""A token is asked for anew after this part of its life, so that none runs out on its way to Kafka."""
LIFE_S: Final = 300
"""Life of a token whose server does not tell it, in seconds; servers that do not are rare, and 5 minutes short."""
TIMEOUT_S: Final = 10
"""A token server that needs longer is down; aiokafka tries again."""
ANSWER_BYTES_MAX: Final = 1_048_576
"""A token is a few kilobytes; more is no token."""


class TokenError(OSError):
    """No token could be had; the message says from where and why, and holds no secret."""


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka ships no types
    """A token for a program that logs in as itself (RFC 6749, section 4.4)."""

    def __init__(
        self, url: str, client_id: str, client_secret: str, scope: str = "", ca_file: str | None = None
    ) -> None:
        """Take what the token server wants to know.

        Args:
            url: the server's token endpoint.
            client_id: who asks.
            client_secret: what proves it.
            scope: what for; "" leaves it to the server.
            ca_file: authorities (PEM) its certificate may come from, None for the system's.
        """
        self._url = url
        self._scope = scope
        who = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(client_secret)}"
        self._authorization = "Basic " + b64encode(who.encode()).decode()
        self._context = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None
        self._lock = asyncio.Lock()
        self._token = ""
        self._fresh_until_s = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url})"

    async def token(self) -> str:
        """Return a token that is still fresh, asking for one if need be.

        Raises:
            TokenError: the server cannot be reached, refuses, or gives something else.
        """
        async with self._lock:
            if time.monotonic() >= self._fresh_until_s:
                asked_at_s = time.monotonic()
                answer = await asyncio.to_thread(self._ask)
                self._token = answer["access_token"]
                self._fresh_until_s = asked_at_s + FRESH_SHARE * float(answer.get("expires_in", LIFE_S))
            return self._token

    def _ask(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
            self._url,
            urllib.parse.urlencode(form).encode(),
            {"Authorization": self._authorization, "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self._context) as response:  # noqa: S310 - as above
                answer = json.loads(response.read(ANSWER_BYTES_MAX))
        except urllib.error.HTTPError as error:
            error.close()
            message = f"{self._url} refused a token: HTTP status {error.code}"
            raise TokenError(message) from None
        except (OSError, ValueError) as error:
            message = f"{self._url} gave no token: {getattr(error, 'reason', error)}"
            raise TokenError(message) from None
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            message = f"{self._url} gave no token: its answer has no `access_token`"
            raise TokenError(message)
        return answer
