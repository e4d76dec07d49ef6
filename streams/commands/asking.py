"""Asks a worker's console over HTTP, for commands in the terminal. Knows addresses and answers, shows nothing."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
import msgspec

from streams.commands.usage import UnusableError
from streams.configuring.refusal import secret
from streams.console.views import DecisionView, ExplanationView, Listing
from streams.wording import printable

TOKEN_FILE: Final = "REPRISE_CONSOLE_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""The setting of the same name that a worker reads too."""

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 16 * 1_048_576
Answer = TypeVar("Answer")


class _Refusal(msgspec.Struct):
    error: str


def is_address(given: str) -> bool:
    """Return whether something is an address on the web and no folder."""
    return given.startswith(("http://", "https://"))


def ask_console(
    address: str, source: str, *, state: str | None, tenant: str | None, locale: str | None, token_file: str
) -> list[ExplanationView]:
    """Ask a console to explain a text.

    Args:
        address: of the console, ``http://HOST:PORT/``.
        source: the text as it was heard.
        state: only at this question, None for all.
        tenant: only of this tenant.
        locale: only of this locale.
        token_file: the file with the console's token; "" for what the environment names, if it does.

    Raises:
        UnusableError: the console does not answer, or has nothing to tell; the message is its own where there is one.
        SettingsError: the file with the token cannot be read.
    """
    wanted = {"source": source, "state": state, "tenant": tenant, "locale": locale}
    query = {name: value for name, value in wanted.items() if value is not None}
    return _asked(address, "explain", query, token_file, list[ExplanationView])


def ask_latest_decision(address: str, rewrite_id: str, *, token_file: str) -> DecisionView | None:
    """Ask a console for the latest decision about a pair, None where it has none; raises as `ask_console`."""
    query = {"rewrite_id": rewrite_id, "size": "1"}
    return next(iter(_asked(address, "decisions", query, token_file, Listing[DecisionView]).items), None)


def _asked(address: str, what: str, query: Mapping[str, str], token_file: str, kind: type[Answer]) -> Answer:
    named = token_file or os.environ.get(TOKEN_FILE, "")
    headers = {"Authorization": f"Bearer {secret(TOKEN_FILE, Path(named))}"} if named else {}
    try:
        status, body = asyncio.run(_got(f"{address.rstrip('/')}/api/{what}", query, headers))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        message = f"{address}: no console answers there: {str(error) or 'it took too long'}"
        raise UnusableError(message) from None
    return _understood(address, status, body, kind)


async def _got(url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with (
        aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
        session.get(url, params=query, allow_redirects=False) as answer,
    ):
        return answer.status, await _whole(answer.content)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """Return all of an answer, which comes in parts.

    Raises:
        ValueError: it is larger than any explanation.
    """
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            message = f"its answer is larger than {ANSWER_BYTES_MAX} bytes"
            raise ValueError(message)
    return bytes(body)


def _understood(address: str, status: int, body: bytes, kind: type[Answer]) -> Answer:
    try:
        if status == 200:  # noqa: PLR2004 - HTTP's own
            return msgspec.convert(_printable(msgspec.json.decode(body)), kind)
        message = msgspec.json.decode(body, type=_Refusal).error
    except msgspec.DecodeError:
        message = f"{address}: answers with status {status} and nothing that a console would say"
    raise UnusableError(message)


def _printable(told: Any) -> Any:
    """Return what was told with texts that cannot steer the terminal, whoever answers at the address."""
    if isinstance(told, str):
        return printable(told)
    if isinstance(told, list):
        return [_printable(item) for item in told]
    if isinstance(told, dict):
        return {name: _printable(item) for name, item in told.items()}
    return told
