"""The console for people: which page stands at which address, logging in, and orders by form. Knows no figure."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from aiohttp import web

from streams.console import finding
from streams.console.answering import Console, wanted_path
from streams.console.confirming import DRAFT, Proposal, UnconfirmedError, confirmed, proposed
from streams.console.guarding import COOKIE, SESSION_S, DeniedError
from streams.console.knowledge import Knowledge, OrderRefusedError, UnavailableError
from streams.console.queries import Query
from streams.console.rendering import STATIC, static_file

PAGES: Final[dict[str, tuple[str, tuple[str, ...], finding.Find]]] = {
    "/": ("overview.html", (), finding.overview),
    "/rewrites": ("rewrites.html", ("start", "search"), finding.rewrites),
    "/candidates": ("candidates.html", ("start",), finding.candidates),
    "/decisions": ("decisions.html", ("reason", "stage", "only", "before_ms"), finding.decisions),
    "/explain": ("explain.html", ("source", "where", "state", "tenant", "locale"), finding.explain),
    "/rejected": ("rejected.html", (), finding.rejected),
    "/orders": ("orders.html", ("given",), finding.orders),
}
"""Each address with its template, the parameters it takes, and what it shows."""

OPERATOR: Final = "reprise_operator"
"""The cookie that remembers who ordered last in this browser."""

OPERATOR_S: Final = 90 * 86_400
Handler = Callable[[web.Request], Any]


def routes(console: Console) -> list[web.RouteDef]:
    """Return the addresses for people."""
    pages = [web.get(path, _page(console, *what)) for path, what in PAGES.items()]
    files = [web.get(f"/static/{name}", _file(static_file(name), kind)) for name, (_, kind) in STATIC.items()]
    return [*pages, *files, *_about_pairs(console), *_about_orders(console), *_about_sessions(console)]


def _page(console: Console, template: str, names: tuple[str, ...], find: finding.Find) -> Handler:
    async def page(request: web.Request) -> web.Response:
        query = Query(request.query, names)
        return await console.page(request, template, lambda knowledge: find(knowledge, query))

    return page


def _file(text: str, kind: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, charset="utf-8")

    return answer


def _about_pairs(console: Console) -> list[web.RouteDef]:
    async def pair(request: web.Request) -> web.Response:
        rewrite_id = request.match_info["rewrite_id"]
        return await console.page(request, "pair.html", lambda knowledge: finding.pair(knowledge, rewrite_id))

    return [web.get("/pairs/{rewrite_id}", pair)]


# -- orders ------------------------------------------------------------------------------------------------------------


def _about_orders(console: Console) -> list[web.RouteDef]:
    async def ask(request: web.Request) -> web.Response:
        query = Query(request.query, DRAFT)
        operator = unquote(request.cookies.get(OPERATOR, ""))
        return await console.page(
            request, "order.html", lambda knowledge: _asked(proposed(knowledge, query), {"issued_by": operator}, "")
        )

    async def give(request: web.Request) -> web.Response:
        answers = {name: str(value) for name, value in (await request.post()).items()}
        query = Query({name: answers.get(name, "") for name in DRAFT}, DRAFT)
        try:
            scope = await console.asking.ask(lambda knowledge: _given(knowledge, query, answers))
        except (OrderRefusedError, UnavailableError, UnconfirmedError) as error:
            status, fault = 503 if isinstance(error, UnavailableError) else 422, str(error)
            return await console.page(
                request,
                "order.html",
                lambda knowledge: _asked(proposed(knowledge, query), answers, fault),
                status=status,
            )
        done = web.HTTPSeeOther(f"/orders?{urlencode({'given': scope})}")
        operator = quote(answers["issued_by"].strip())  # a cookie holds no letters beyond ASCII
        done.set_cookie(OPERATOR, operator, max_age=OPERATOR_S, httponly=True, samesite="Strict")
        raise done

    return [web.get("/orders/new", ask), web.post("/orders", give)]


def _given(knowledge: Knowledge, query: Query, answers: dict[str, str]) -> str:
    return knowledge.order(confirmed(proposed(knowledge, query), answers)).scope


def _asked(proposal: Proposal, answers: dict[str, str], fault: str) -> dict[str, Any]:
    named = {name: getattr(proposal.draft, name) for name in DRAFT}
    written = {name: answers.get(name, "") for name in ("issued_by", "note")}
    return {"proposal": proposal, "named": named, "fault": fault, **written}


# -- sessions ----------------------------------------------------------------------------------------------------------


def _about_sessions(console: Console) -> list[web.RouteDef]:
    async def ask(request: web.Request) -> web.Response:
        if console.guard.is_known(request):
            raise web.HTTPSeeOther(wanted_path(request))
        return console.bare_page(request, "login.html", {"fault": "", "then": wanted_path(request)}, 200)

    async def enter(request: web.Request) -> web.Response:
        given = str((await request.post()).get("token", ""))
        try:
            console.guard.check_token(given.strip(), request.remote or "")
        except DeniedError as error:
            parts = {"fault": str(error), "then": wanted_path(request)}
            return console.bare_page(request, "login.html", parts, error.status)
        entered = web.HTTPSeeOther(wanted_path(request))
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        entered.set_cookie(
            COOKIE, console.guard.logged_in(), max_age=SESSION_S, httponly=True, samesite="Strict", secure=secure
        )
        raise entered

    async def leave(request: web.Request) -> web.Response:
        console.guard.logged_out(request)
        left = web.HTTPSeeOther("/login")
        left.del_cookie(COOKIE, httponly=True, samesite="Strict")
        raise left

    return [web.get("/login", ask), web.post("/login", enter), web.post("/logout", leave)]
