"""The console over HTTP: its JSON, its errors, and who may ask and order."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from streams.console.asking import WAITING_MAX, Asking
from streams.console.guarding import COOKIE, FORM, HEADERS, WRONG_MAX
from streams.console.knowledge import Knowledge, UnavailableError
from streams.console.views import (
    CandidateView,
    DecisionView,
    ExplanationView,
    Listing,
    OrderDraft,
    OrderView,
    Overview,
    RejectedView,
    RewriteView,
)
from tests.console.offered import TOKEN, Client, offered
from tests.console.sample import SampleKnowledge, unavailable

PAGES = (
    "/", "/rewrites", "/rewrites?search=next", "/candidates", "/decisions", "/decisions?only=withdrawn",
    "/decisions?reason=pinned&stage=pinned", "/explain", "/explain?source=next", "/explain?source=unheard",
    "/rejected", "/orders",
)  # fmt: skip
KILL = {"action": "kill", "rewrite_id": "r-next", "issued_by": "Ada"}
SAID = "an utterance that no log may hold"


@pytest.fixture
def knowledge() -> SampleKnowledge:
    """Give what a worker might know."""
    return SampleKnowledge()


@pytest.fixture
def client(knowledge: SampleKnowledge) -> Iterator[Client]:
    """Give a console without a token."""
    with offered(knowledge) as client:
        yield client


@pytest.fixture
def guarded(knowledge: SampleKnowledge) -> Iterator[Client]:
    """Give a console with a token."""
    with offered(knowledge, TOKEN) as client:
        yield client


# -- what is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/overview", Overview),
        ("/api/rewrites?start=0&size=2&search=r-", Listing[RewriteView]),
        ("/api/candidates?start=1", Listing[CandidateView]),
        ("/api/decisions?before_ms=1789999999999&size=200", Listing[DecisionView]),
        ("/api/decisions?rewrite_id=r-fallen", Listing[DecisionView]),
        ("/api/orders", Listing[OrderView]),
        ("/api/rejected?size=1", Listing[RejectedView]),
        ("/api/pairs/r-hidden", CandidateView),
        ("/api/explain?source=next&state=step&tenant=&locale=", tuple[ExplanationView, ...]),
    ],
)
def test_programs_are_told_the_views_as_they_are(client: Client, path: str, kind: Any) -> None:
    """Every address answers with JSON of its view."""
    answer = client.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert msgspec.json.decode(answer.text, type=kind)


def test_an_empty_question_is_not_any_question(client: Client) -> None:
    """`state=` asks about a text when nothing was asked, without `state` about all places."""
    assert client.get("/api/explain?source=next").status == 200
    assert client.get("/api/explain?source=next&state=").status == 404


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("empty", [False, True])
def test_every_page_is_drawn(path: str, empty: bool) -> None:  # noqa: FBT001 - both are drawn
    """With much to show and with nothing, with orders and without."""
    with offered(SampleKnowledge(empty=empty, can_order=not empty)) as client:
        answer = client.get(path)
    assert answer.status == 200
    assert "<h1>" in answer.text


# -- what cannot be told -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/pairs/unknown", 404, "no pair"),
        ("/api/pairs/r-elsewhere", 409, "worker-1"),
        ("/api/explain?source=unheard", 404, "nobody"),
        ("/api/nothing", 404, "nothing at this address"),
    ],
)
def test_errors_are_sentences(client: Client, path: str, status: int, words: str) -> None:
    """A program gets HTTP's number and the sentence, a person the same sentence on a page."""
    answer = client.get(path)
    assert (answer.status, words in answer.json["error"]) == (status, True)
    page = client.get(path.removeprefix("/api"))
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("rewrites?size=0", "size"),
        ("rewrites?size=201", "size"),
        ("rewrites?start=-1", "start"),
        ("candidates?start=1e3", "start"),
        ("candidates?start=%D9%A3", "start"),
        ("decisions?before_ms=99999999999999999999", "before_ms"),
        ("decisions?page=2", "page"),
        ("rewrites?search=" + "x" * 1_001, "search"),
        ("explain", "source"),
        ("explain?source=%20", "source"),
    ],
)
def test_bad_values_are_refused_by_name(client: Client, query: str, name: str) -> None:
    """A value that cannot be is refused with the parameter and what would be right."""
    answer = client.get(f"/api/{query}")
    assert answer.status == 400
    assert answer.json["error"].startswith(f"{name}: ")


def test_a_worker_that_cannot_answer_says_so(client: Client, knowledge: SampleKnowledge) -> None:
    """503 with the reason, as JSON and as a page."""
    knowledge.failing = unavailable()
    assert client.get("/api/overview").json == {"error": str(unavailable())}
    page = client.get("/")
    assert page.status == 503
    assert str(unavailable()) in page.text


def test_what_is_unexpected_is_logged_without_what_was_said(client: Client, knowledge: SampleKnowledge) -> None:
    """A fault of ours ends no worker, and neither page nor log repeats its message, which may hold a text."""
    knowledge.failing = RuntimeError(SAID)
    with capture_logs() as logs:
        answer = client.get("/api/overview")
    assert answer.status == 500
    assert SAID not in answer.text
    assert [(line["event"], line["error"]) for line in logs] == [("console.failed", "RuntimeError")]
    assert SAID not in str(logs)


def test_questions_that_wait_are_few() -> None:
    """When nobody answers, more questions are refused at once instead of queued, and asked again later."""
    answered = threading.Event()

    async def scene() -> Overview:
        asking = Asking(SampleKnowledge())
        waiting = [asyncio.ensure_future(asking.ask(lambda _: answered.wait(30))) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)  # each of them begins
        with pytest.raises(UnavailableError, match="too many"):
            await asking.ask(Knowledge.overview)
        answered.set()
        await asyncio.gather(*waiting)
        overview = await asking.ask(lambda knowledge: knowledge.overview())
        asking.close()
        return overview

    assert asyncio.run(scene()).title == "demo"


# -- who may ask -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9", "[::1]:80"])
def test_own_names_are_answered(client: Client, host: str) -> None:
    """Whatever this machine calls itself."""
    assert client.get("/api/overview", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", "["])
def test_other_names_are_not(client: Client, host: str) -> None:
    """A page of somebody else cannot give its own name our address and read what we answer."""
    for path in ("/", "/api/overview", "/static/console.js"):
        assert client.get(path, Host=host).status == 403


def test_with_a_token_nothing_is_told_without_it(guarded: Client) -> None:
    """Programs are refused, people led to the login, and only its own looks are given."""
    for path in ("/api/overview", "/api/explain?source=next", "/api/pairs/r-next"):
        assert guarded.get(path).status == 401
    for path in PAGES:
        answer = guarded.get(path)
        assert (answer.status, answer.text) == (303, "303: See Other")
        assert answer.headers["Location"].startswith("/login?next=")
    assert guarded.get("/static/console.css").status == 200


def test_a_program_gives_the_token_with_each_request(guarded: Client) -> None:
    """The right one is answered under any name, a wrong one refused."""
    assert guarded.get("/api/overview", Authorization=f"Bearer {TOKEN}", Host="reprise.example").status == 200
    assert guarded.get("/api/overview", Authorization=f"Bearer {TOKEN} ").status == 200
    for wrong in ("Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ünknown"):
        assert guarded.get("/api/overview", Authorization=wrong.encode().decode("latin-1")).status == 401


def log_in(client: Client, token: str = TOKEN, then: str = "/") -> tuple[int, str, str]:
    """Log in as a person; return status, cookie header and where it leads."""
    page = client.get("/login")
    answer = client.send_form(f"/login?next={then}", {"token": token, "csrf": page.csrf})
    return answer.status, answer.headers.get("Set-Cookie", ""), answer.headers.get("Location", "")


def test_a_person_logs_in_and_out(guarded: Client) -> None:
    """The cookie is kept from scripts and other sites, is not the token, and ends with the session."""
    status, cookie, place = log_in(guarded, then="/decisions%3Fonly%3Dwithdrawn")
    assert (status, place) == (303, "/decisions?only=withdrawn")
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    session = cookie.split(";")[0]
    page = guarded.get("/", Cookie=session)
    assert page.status == 200
    assert guarded.send_form("/logout", {"csrf": page.csrf}, Cookie=session).status == 303
    assert guarded.get("/", Cookie=session).status == 303


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/%5Cevil.example", "evil", "/a%0Ab"])
def test_a_login_leads_to_our_own_pages_only(guarded: Client, then: str) -> None:
    """Whoever made the link."""
    assert log_in(guarded, then=then)[2] == "/"


def test_wrong_tokens_are_counted(guarded: Client) -> None:
    """After some of them not even the right one is taken for a while; who is logged in stays so."""
    session = log_in(guarded)[1].split(";")[0]
    assert [log_in(guarded, "wrong")[0] for _ in range(WRONG_MAX)] == [401] * WRONG_MAX
    assert log_in(guarded)[0] == 429
    assert guarded.get("/api/overview", Authorization=f"Bearer {TOKEN}").status == 429
    assert guarded.get("/", Cookie=session).status == 200


@pytest.mark.parametrize("path", ["/", "/api/overview", "/api/pairs/unknown", "/static/console.js", "/none", "/?x=1"])
def test_every_answer_keeps_browsers_in(client: Client, path: str) -> None:
    """Nothing from elsewhere, nothing framed, nothing kept, nothing guessed."""
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


# -- who may order -----------------------------------------------------------------------------------------------------


def test_a_program_orders(client: Client, knowledge: SampleKnowledge) -> None:
    """The draft arrives as it was sent, and the order comes back as it is in force."""
    answer = client.order(KILL | {"note": "it plays the wrong thing"})
    assert answer.status == 200
    assert msgspec.json.decode(answer.text, type=OrderView).issued_by == "Ada"
    assert knowledge.drafts == [OrderDraft("kill", "Ada", "r-next", note="it plays the wrong thing")]


@pytest.mark.parametrize(
    ("draft", "headers", "status"),
    [
        (KILL, {"X_Reprise_Order": ""}, 403),
        (KILL, {"Origin": "https://evil.example"}, 403),
        (KILL, {"Origin": "null"}, 403),
        (KILL, {"Sec_Fetch_Site": "cross-site"}, 403),
        (KILL, {"Sec_Fetch_Site": "same-site"}, 403),
        (KILL, {"Content_Type": "text/plain"}, 415),
        (KILL | {"note": "x" * 70_000}, {}, 413),
        (KILL | {"issued_by": " "}, {}, 422),
        (KILL | {"action": "explode"}, {}, 422),
        (KILL | {"surprise": 1}, {}, 422),
        ({"action": "kill"}, {}, 422),
    ],
)
def test_orders_of_programs_are_checked(
    client: Client, knowledge: SampleKnowledge, draft: dict[str, object], headers: dict[str, str], status: int
) -> None:
    """Only from where no page of somebody else can send them, only in size and shape, only with a name."""
    answer = client.order(draft, **headers)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert knowledge.drafts == []


def test_a_folder_refuses_orders(client: Client, knowledge: SampleKnowledge) -> None:
    """In the words of whoever knows."""
    knowledge.can_order = False
    answer = client.order(KILL)
    assert (answer.status, answer.json) == (422, {"error": "orders cannot be given here"})


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_only_a_post_changes_anything(client: Client, knowledge: SampleKnowledge, method: str) -> None:
    """Nothing is ordered by looking, whatever the address says."""
    for path in ("/orders", "/orders/new", "/api/orders"):
        client.ask(method, f"{path}?action=kill&rewrite_id=r-next&issued_by=Ada&confirm=kill")
    assert knowledge.drafts == []


def form(client: Client, **fields: str) -> dict[str, str]:
    """Return the filled-in form of a kill."""
    csrf = client.get("/orders/new?action=kill&rewrite_id=r-next").csrf
    return {"csrf": csrf, **KILL, "confirm": "kill", "note": ""} | fields


def test_a_confirmed_form_orders(client: Client, knowledge: SampleKnowledge) -> None:
    """And leads to the audit's entry, with the name remembered for the next time."""
    answer = client.send_form("/orders", form(client, issued_by=" Zoë ", confirm=" Continue "))
    assert (answer.status, knowledge.drafts) == (303, [OrderDraft("kill", "Zoë", "r-next")])
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "by <strong>zoë</strong>" in client.get(answer.headers["Location"]).text.lower()
    again = client.get("/orders/new?action=block&rewrite_id=r-next", Cookie=answer.cookies)
    assert 'value="Zoë"' in again.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"issued_by": " "}, "say who orders"),
        ({"issued_by": "x" * 300}, "say who orders"),
        ({"confirm": ""}, "type “kill”"),
        ({"confirm": "next"}, "type “kill”"),
        ({"note": "x" * 1_001}, "Note"),
    ],
)
def test_an_unconfirmed_form_orders_nothing(
    client: Client, knowledge: SampleKnowledge, fields: dict[str, str], words: str
) -> None:
    """It comes back with what is missing, and keeps what was written."""
    answer = client.send_form("/orders", form(client, **fields))
    assert answer.status == 422
    assert words in answer.text
    assert knowledge.drafts == []


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"csrf": ""}, {}),
        ({"csrf": "0" * 64}, {}),
        ({"csrf": "é"}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
        ({}, {"Origin": ""}),
        ({}, {"Sec_Fetch_Site": "cross-site"}),
    ],
)
def test_a_form_of_another_page_orders_nothing(
    client: Client, knowledge: SampleKnowledge, fields: dict[str, str], headers: dict[str, str]
) -> None:
    """Neither without our secret nor from another origin."""
    assert client.send_form("/orders", form(client, **fields), **headers).status == 403
    assert knowledge.drafts == []


def test_an_order_that_does_not_arrive_is_told_on_its_form(client: Client, knowledge: SampleKnowledge) -> None:
    """The person reads why, and can send it again."""
    filled = form(client)
    knowledge.can_order = False
    answer = client.send_form("/orders", filled)
    assert answer.status == 422
    assert "Orders cannot be given here." in answer.text
    assert 'value="Ada"' in answer.text


@pytest.mark.parametrize("form", [f"{FORM}; charset=bogus", FORM])
def test_a_form_that_cannot_be_read_is_refused(client: Client, form: str) -> None:
    """In words, and without a word in the log: anybody may send anything."""
    with capture_logs() as logged:
        answer = client.ask("POST", "/orders", b"csrf=\xff", Content_Type=form, Origin=client.address)
    assert (answer.status, logged) == (400, [])
    assert "expected UTF-8" in answer.text


def test_a_cookie_of_somebody_else_breaks_no_page(client: Client) -> None:
    """Whatever else answers on this machine may set cookies that come here too."""
    assert client.get("/", Cookie=f"{COOKIE}=\xff").status == 200
