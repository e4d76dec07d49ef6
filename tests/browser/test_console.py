"""The console in a real browser: what an operator does, by mouse, by keyboard, on a telephone, without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from streams.commands.run import FILES, Counts, keep
from streams.commands.writing import Results
from streams.console.folder_knowledge import FolderKnowledge
from streams.console.views import OrderDraft
from streams.driver import STATE_FOLDER
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.browser.looks import faults, hard_to_hit, width
from tests.console.offered import TOKEN, Client, offered
from tests.console.sample import HOSTILE, SampleKnowledge, unavailable
from tests.contracts.knowledge import HIDDEN, Lived, lived

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = (
    "/", "/rewrites", "/candidates", "/decisions", "/explain?source=next", "/pairs/r-next", "/pairs/r-hidden",
    "/pairs/r-fallen", "/rejected", "/orders", "/orders/new?action=kill&rewrite_id=r-next", "/pairs/unknown",
)  # fmt: skip
FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.name"
SOON_MS = 15_000
HURRIED_MS = 100


@pytest.fixture
def knowledge() -> SampleKnowledge:
    """Give what a worker might know."""
    return SampleKnowledge()


@pytest.fixture
def client(knowledge: SampleKnowledge) -> Iterator[Client]:
    """Give its console."""
    with offered(knowledge) as client:
        yield client


def is_clean(visit: Visit, client: Client) -> bool:
    """Return whether no page said an error or asked for anything elsewhere."""
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith(client.address + "/")] == []
    return True


# -- looks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")])
def test_every_page_can_be_read_by_everybody(
    visit: Visit, client: Client, scheme: Literal["light", "dark"], ground: str
) -> None:
    """By day and by night: contrast, names, headings; and no page needs anything but its own server."""
    visit.page.emulate_media(color_scheme=scheme)
    for path in PATHS:
        visit.page.goto(client.address + path)
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
        assert (path, faults(visit.page)) == (path, [])
    visit.errors = [error for error in visit.errors if "404" not in error]  # of /pairs/unknown
    assert is_clean(visit, client)


def test_a_telephone_shows_every_page(browser: Browser, client: Client) -> None:
    """At 390 pixels nothing is wider than the window, and fingers hit what they mean."""
    with browser.new_context(viewport=NARROW, has_touch=True) as context:
        page = context.new_page()
        for path in PATHS:
            page.goto(client.address + path)
            page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
            assert (path, width(page), hard_to_hit(page)) == (path, NARROW["width"], [])


def test_without_scripts_everything_but_the_refresh_works(
    browser: Browser, client: Client, knowledge: SampleKnowledge
) -> None:
    """Search, pictures, and an order from its page to the audit."""
    with browser.new_context(viewport=WIDE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(client.address + "/explain?source=next")
        expect(page.get_by_role("img", name="Where people went")).to_be_visible()
        expect(page.get_by_role("button", name="Pause refresh")).to_be_hidden()
        page.get_by_role("link", name="“next” heard as “continue”").first.click()
        page.get_by_role("link", name="Block…").click()
        page.get_by_label("Your name").fill("Ada")
        page.get_by_role("button", name="Block it").click()
        expect(page.get_by_role("status")).to_contain_text("Block")
    assert knowledge.drafts == [OrderDraft("block", "Ada", "r-next")]


def test_an_empty_service_says_so_in_words(visit: Visit) -> None:
    """No page of a service that has only just begun is blank, and none fails."""
    with offered(SampleKnowledge(empty=True)) as client:
        for path, words in (("/", "Nothing is published yet"), ("/rewrites", "Nothing is published yet"),
                            ("/candidates", "No candidates"), ("/decisions", "No decision yet"),
                            ("/rejected", "Nothing was rejected"), ("/orders", "No orders")):  # fmt: skip
            visit.page.goto(client.address + path)
            expect(visit.page.locator("main")).to_contain_text(words)
        assert faults(visit.page) == []
        assert is_clean(visit, client)


# -- texts -------------------------------------------------------------------------------------------------------------


def test_texts_do_nothing_but_stand_there(visit: Visit, client: Client) -> None:
    """What looks like a script or a picture is shown as it is, in lists, on its own page, in fields and in dialogs."""
    page = visit.page
    for path in ("/candidates", "/decisions", "/pairs/r-hostile", "/orders/new?action=pin&rewrite_id=r-hostile"):
        page.goto(client.address + path)
        expect(page.locator("main")).to_contain_text(HOSTILE)
    page.goto(client.address + "/pairs/r-hostile")
    page.get_by_role("link", name="Kill…").click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("searchbox").fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_have_value(HOSTILE)
    assert page.locator("img").count() == 0
    assert "broken" not in page.title()
    assert is_clean(visit, client)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Lived]:
    """Give the folder of a small replay, in which some texts are said by too few people to be shown."""
    folder, made = tmp_path_factory.mktemp("learned"), lived()
    with Results(folder, FILES) as results:
        keep(made.results, {}, results, Counts(), trails=False)
    made.driver.save(folder / STATE_FOLDER)
    return folder, made


def test_a_folder_is_walked_through_without_a_hidden_text(visit: Visit, learned: tuple[Path, Lived]) -> None:
    """Every page that links lead to is sound, and none has a text in it that too few people said."""
    folder, made = learned
    with offered(FolderKnowledge(folder)) as client:
        ahead, seen = ["/", "/explain?source=next", f"/pairs/{made.rewrite_id}"], set[str]()
        while ahead and len(seen) < 40:
            path = ahead.pop(0)
            visit.page.goto(client.address + path)
            expect(visit.page.locator("#health")).to_have_text("A replay, not a service")
            assert (path, faults(visit.page)) == (path, [])
            found = visit.page.content()
            assert (path, [text for text in HIDDEN if text in found]) == (path, [])
            seen.add(path)
            links = visit.page.evaluate("[...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))")
            ahead += [link for link in dict.fromkeys(links) if link.startswith("/") and link not in {*seen, *ahead}]
        assert {"/rewrites", "/candidates", "/decisions", "/rejected", "/orders"} <= seen
        assert is_clean(visit, client)


# -- from a worry to its cause -----------------------------------------------------------------------------------------


def test_three_clicks_from_a_fallen_win_loss_to_the_deciding_record(visit: Visit, client: Client) -> None:
    """Overview, what was taken back, the rewrite: evidence, and the record with the command that reads it."""
    page = visit.page
    page.goto(client.address)
    expect(page.get_by_role("region", name="Win/loss of what is live")).to_contain_text("214 : 38")
    page.get_by_role("link", name="What was taken back, and why").click()
    page.get_by_role("link", name="“play the hits” heard as “play hits radio”").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("play hits radio")
    expect(page.get_by_role("region", name="Served against held back")).to_contain_text("won 3 and lost 19")
    expect(page.get_by_role("region", name="Three questions")).to_contain_text("of 100:1 needed")
    record = page.get_by_role("region", name="The deciding record")
    expect(record).to_contain_text("stopped working")
    expect(record).to_contain_text("--topic demo.trails --partition 3 --offset 4711")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    record.get_by_role("button", name="Copy command").first.click()
    expect(record.get_by_role("button", name="Copied")).to_be_visible()
    assert "--offset 4711" in page.evaluate("navigator.clipboard.readText()")
    assert is_clean(visit, client)


def test_decisions_are_filtered(visit: Visit, client: Client) -> None:
    """The list and the days show what was asked for and nothing else."""
    page = visit.page
    page.goto(client.address + "/decisions")
    assert page.locator(".day a").count() == page.locator("li.row").count() == 8
    page.get_by_label("Only what was taken back").check()
    page.get_by_role("button", name="Show").click()
    assert page.locator(".day a").count() == page.locator("li.row").count() == 2
    page.get_by_label("Reason").select_option("target_fails_now")
    page.get_by_role("button", name="Show").click()
    assert page.locator("li.row").count() == 1
    page.get_by_label("Became").select_option("pinned")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("No such decision")


def test_the_picture_says_what_its_table_says(visit: Visit, client: Client) -> None:
    """Success and failure differ in colour and in dashes, each way has its figure, and hidden texts have no words."""
    page = visit.page
    page.goto(client.address + "/explain?source=next")
    picture = page.get_by_role("img", name="Where people went")
    ways = {kind: picture.locator(f"path.way.{kind}").first for kind in ("success", "failure")}
    looks = [
        one.evaluate("(way) => [getComputedStyle(way).stroke, getComputedStyle(way).strokeDasharray]")
        for one in ways.values()
    ]
    assert looks[0][0] != looks[1][0]
    assert (looks[0][1] == "none", looks[1][1] == "none") == (True, False)
    page.get_by_text("The same as a table").click()
    assert page.locator("details tbody tr").count() == picture.locator("path.way").count() == 15
    expect(picture).to_contain_text("other texts")
    assert page.locator("main").inner_text().count("None") == 0


# -- orders ------------------------------------------------------------------------------------------------------------


def test_a_kill_by_keyboard_alone(visit: Visit, client: Client, knowledge: SampleKnowledge) -> None:
    """Search, j, Enter, the button, name, word, Enter: nothing is ordered before the last key, and then the audit."""
    page, press = visit.page, visit.page.keyboard.press
    page.goto(client.address + "/rewrites")
    press("/")
    page.keyboard.type("r-next")
    press("Enter")
    expect(page.locator("li.row")).to_have_count(1)
    press("j")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("continue")
    for _ in range(40):
        press("Tab")
        if page.evaluate(FOCUSED) == "Kill…":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (page.evaluate(FOCUSED), outline) == ("Kill…", "solid")
    press("Enter")
    dialog = page.get_by_role("dialog", name=re.compile("Kill “next” heard as “continue”"))
    expect(dialog).to_contain_text("Nobody is served")
    press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(FOCUSED) == "Kill…"
    press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ada")
    press("Tab")
    page.keyboard.type("wrong song")
    press("Enter")
    expect(page.get_by_label("To confirm")).to_be_focused()
    assert knowledge.drafts == []
    page.keyboard.type("kill")
    press("Enter")
    expect(page.get_by_role("status")).to_contain_text("By Ada")
    expect(page.get_by_role("status")).to_contain_text("wrong song")
    assert knowledge.drafts == [OrderDraft("kill", "Ada", "r-next", note="wrong song")]
    assert is_clean(visit, client)


def test_a_wrong_word_kills_nothing(visit: Visit, client: Client, knowledge: SampleKnowledge) -> None:
    """The form comes back with what is wrong; the name is kept, and remembered after the order."""
    page = visit.page
    page.goto(client.address + "/pairs/r-next")
    page.get_by_role("link", name="Kill…").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("To confirm").fill("next")
    page.get_by_role("button", name="Kill it").click()
    expect(page.get_by_role("alert").last).to_contain_text("type “kill” or “continue”")
    assert knowledge.drafts == []
    page.get_by_label("To confirm").fill("Continue")
    page.get_by_role("button", name="Kill it").click()
    expect(page.get_by_role("status")).to_contain_text("By Ada")
    page.goto(client.address + "/pairs/r-hidden")
    page.get_by_role("link", name="Block…").click()
    expect(page.get_by_label("Your name")).to_have_value("Ada")
    page.get_by_role("button", name="Block it").click()
    expect(page.get_by_role("status")).to_contain_text("r-hidden")
    assert knowledge.drafts[-1] == OrderDraft("block", "Ada", "r-hidden")


def test_an_order_is_lifted_where_it_is_listed(visit: Visit, client: Client, knowledge: SampleKnowledge) -> None:
    """By an allow of the same scope; what cannot be lifted here has its command."""
    page = visit.page
    page.goto(client.address + "/orders")
    expect(page.locator("main")).to_contain_text("reprise rewrites allow --user PSEUDONYM")
    page.get_by_role("link", name="Lift…").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_role("status")).to_contain_text("Allow")
    assert knowledge.drafts == [OrderDraft("allow", "Ada", domain="calls")]


def test_another_wording_is_pinned(visit: Visit, client: Client, knowledge: SampleKnowledge) -> None:
    """From the explanation of a text, with the words that somebody types."""
    page = visit.page
    page.goto(client.address + "/explain?source=next")
    page.get_by_role("link", name="Pin another wording…").click()
    page.get_by_label("Serve these words instead").fill("next step")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Pin it").click()
    expect(page.get_by_role("status")).to_contain_text("next step")
    assert knowledge.drafts == [
        OrderDraft("pin", "Ada", tenant="demo", locale="en-US", state="step", source="next", target="next step")
    ]


# -- refresh, keys, login ----------------------------------------------------------------------------------------------


def hurried(page: Page) -> None:
    """Let the page refresh every tenth of a second instead of every ten."""
    page.add_init_script(f"const slow = setInterval; setInterval = (work) => slow(work, {HURRIED_MS});")


def test_a_page_stays_fresh_says_when_it_cannot_and_can_be_paused(
    visit: Visit, client: Client, knowledge: SampleKnowledge
) -> None:
    """New decisions appear by themselves; a silent worker is told of, with the time of what is shown."""
    page = visit.page
    hurried(page)
    page.goto(client.address + "/orders")
    knowledge.order(OrderDraft("block", "Grace", "r-rain"))
    expect(page.locator("main")).to_contain_text("Grace", timeout=SOON_MS)
    knowledge.failing = unavailable()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("The worker does not answer. What you see is from", timeout=SOON_MS)
    knowledge.failing = None
    expect(banner).to_be_hidden(timeout=SOON_MS)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Refresh is paused")).to_have_attribute("aria-pressed", "true")
    visit.requests.clear()
    page.wait_for_timeout(5 * HURRIED_MS)
    assert visit.requests == []


def test_keys_are_shown_and_move_in_lists(visit: Visit, client: Client) -> None:
    """`?` lists them, j and k go from entry to entry and stop at the ends, no key acts while somebody writes."""
    page, press = visit.page, visit.page.keyboard.press
    page.goto(client.address + "/decisions")
    press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to the content"
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press("j")
    press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    at = "[...document.querySelectorAll('[data-item]')].findIndex((one) => one.contains(document.activeElement))"
    places = []
    for key in ("j", "j", "k", "k", "k"):
        press(key)
        places.append(page.evaluate(at))
    assert places == [0, 1, 0, 0, 0]
    press("/")
    page.keyboard.type("j?kp/")
    expect(page.get_by_role("searchbox")).to_have_value("j?kp/")


def test_a_token_is_asked_for_and_remembered(visit: Visit) -> None:
    """The page that was wanted comes after the login, and logging out ends it."""
    with offered(SampleKnowledge(), TOKEN) as client:
        page = visit.page
        page.goto(client.address + "/decisions?only=withdrawn")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert").last).to_contain_text("This is not the token")
        assert faults(page) == []
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What was taken back")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        page.goto(client.address)
        expect(page.get_by_label("Token")).to_be_visible()
