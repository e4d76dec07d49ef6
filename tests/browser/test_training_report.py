"""The page about a trained model in a real browser: opened from a file, without a network."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from streams.rephrasing.report import write_report
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.browser.looks import PALE
from tests.browser.test_report import HOSTILE, UNDRAWN
from tests.models.recipes.made import examples, one_measured, result

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of a page about bundled and own pairs, one of them with hostile texts."""
    own = [
        msgspec.structs.replace(pair, second=HOSTILE, reply=HOSTILE, source=HOSTILE) for pair in examples(source="x")
    ]
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(result(one_measured(), one_measured("own", pairs=own), name=HOSTILE), path)
    return path.as_uri()


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Iterator[Visit]:
    """Give the page, opened once for all tests that only look."""
    with browser.new_context(viewport=WIDE) as context:
        visit = Visit(context.new_page())
        visit.page.goto(address)
        yield visit


def test_the_page_needs_nothing_but_itself(opened: Visit) -> None:
    """Opened from a file it says no error and asks for nothing else, whatever texts it shows."""
    assert opened.errors == []
    assert opened.requests == [opened.page.url]
    assert opened.page.title().endswith(HOSTILE)


def test_every_plot_is_drawn(opened: Visit) -> None:
    """No plot is left as empty axes: order, calibration, scores, replies and locales of both kinds of pairs."""
    assert opened.page.locator("[data-figure]").count() == 10
    assert opened.page.evaluate(UNDRAWN) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_can_be_read(browser: Browser, address: str, scheme: str) -> None:
    """By day and by night, words stand out from their ground."""
    with browser.new_context(viewport=WIDE, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address)
        words, pale = page.evaluate(PALE)
        assert words > 100
        assert pale == []


def test_a_telephone_needs_no_sideways_scrolling(browser: Browser, address: str) -> None:
    """The page is as wide as the window."""
    with browser.new_context(viewport=NARROW) as context:
        page = context.new_page()
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_mistakes_can_be_narrowed_down(visit: Visit, address: str) -> None:
    """Only cards of the chosen kind stay, and the page says how many."""
    visit.page.goto(address)
    everything = visit.page.locator(".card").count()
    visit.page.get_by_role("button", name="Misses").click()
    shown = visit.page.locator(".card:visible")
    assert 0 < shown.count() < everything
    expect(visit.page.get_by_role("status")).to_have_text(f"{shown.count()} of {everything} pairs shown")
    assert visit.errors == []
