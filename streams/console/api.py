"""The console for programs: what is known, as JSON, and orders. Knows addresses and their parameters, no page."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from schemas.limits import IDENTIFIER_LENGTH_MAX
from streams.console.answering import Console, json
from streams.console.finding import TIME_MAX
from streams.console.knowledge import PAGE_MAX, Knowledge, OrderRefusedError
from streams.console.queries import Query, QueryError
from streams.console.views import OrderDraft

Ask = Callable[[Knowledge, Query], Any]


def _size(query: Query) -> int:
    return query.number("size", PAGE_MAX, low=1, high=PAGE_MAX)


def _rewrites(knowledge: Knowledge, query: Query) -> Any:
    return knowledge.rewrites(start=query.number("start", 0), size=_size(query), search=query.text("search"))


def _candidates(knowledge: Knowledge, query: Query) -> Any:
    return knowledge.candidates(start=query.number("start", 0), size=_size(query))


def _decisions(knowledge: Knowledge, query: Query) -> Any:
    before_ms = query.number("before_ms", 0, high=TIME_MAX) or None
    rewrite_id = query.text("rewrite_id", size=IDENTIFIER_LENGTH_MAX)
    return knowledge.decisions(before_ms=before_ms, size=_size(query), rewrite_id=rewrite_id)


def _explain(knowledge: Knowledge, query: Query) -> Any:
    source = query.text("source")
    if not source:
        message = "source: expected the text to explain"
        raise QueryError(message)
    # No question at all is a question too: an empty `state` means it, a missing one means any.
    state, tenant, locale = query.optional("state"), query.text("tenant") or None, query.text("locale") or None
    return knowledge.explain(source, state=state, tenant=tenant, locale=locale)


ASKED: Final[dict[str, tuple[tuple[str, ...], Ask]]] = {
    "/api/overview": ((), lambda knowledge, _: knowledge.overview()),
    "/api/rewrites": (("start", "size", "search"), _rewrites),
    "/api/candidates": (("start", "size"), _candidates),
    "/api/decisions": (("before_ms", "size", "rewrite_id"), _decisions),
    "/api/orders": ((), lambda knowledge, _: knowledge.orders()),
    "/api/rejected": (("size",), lambda knowledge, query: knowledge.rejected(size=_size(query))),
    "/api/explain": (("source", "state", "tenant", "locale"), _explain),
}
"""Each address with the parameters it takes, and what it answers."""


def routes(console: Console) -> list[web.RouteDef]:
    """Return the addresses for programs."""
    asked = [web.get(path, _answering(console, names, ask)) for path, (names, ask) in ASKED.items()]

    async def pair(request: web.Request) -> web.Response:
        rewrite_id = request.match_info["rewrite_id"]
        return json(await console.asking.ask(lambda knowledge: knowledge.pair(rewrite_id)))

    async def order(request: web.Request) -> web.Response:
        draft = _draft(await request.read())
        return json(await console.asking.ask(lambda knowledge: knowledge.order(draft)))

    return [*asked, web.get("/api/pairs/{rewrite_id}", pair), web.post("/api/orders", order)]


def _answering(console: Console, names: tuple[str, ...], ask: Ask) -> Callable[[web.Request], Any]:
    async def answer(request: web.Request) -> web.Response:
        query = Query(request.query, names)
        return json(await console.asking.ask(lambda knowledge: ask(knowledge, query)))

    return answer


def _draft(body: bytes) -> OrderDraft:
    try:
        draft = msgspec.json.decode(body, type=OrderDraft)
    except msgspec.MsgspecError as error:
        # msgspec says the place and the kind that it expected, never the value.
        message = f"not an order: {error}"
    else:
        if draft.issued_by.strip():
            return draft
        message = "issued_by: say who orders this"
    raise OrderRefusedError(message)
