"""The report of a closed-loop run in a real browser: opened from a file, without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from streams.simulate.loop_result import LoopResult
from streams.simulate.report import write_report
from streams.simulate.report.headlines import headlines
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.browser.looks import PALE
from tests.simulate import loops

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\"><b>%{y}</b> & ]]>"

UNDRAWN = """() => [...document.querySelectorAll("[data-figure]")].filter((place) =>
    ![...place.querySelectorAll(".scatterlayer path, .scatterlayer .point, .barlayer path, .boxlayer path")]
        .some((drawn) => drawn.getAttribute("d"))).map((place) => place.id)"""
"""Names the plots without a single drawn mark."""


TOUCHED = """() => {
    Plotly.Fx.hover("plot-forest", [{ curveNumber: 1, pointNumber: 1 }]);
    return [...document.querySelectorAll("#plot-forest .hoverlayer text, #plot-forest .yaxislayer-above text")]
        .map((text) => text.textContent);
}"""
"""Touches the second mark of the forest plot; returns its words and those beside it."""


def written(result: LoopResult, folder: Path) -> str:
    """Return the address of a report."""
    path = folder / "report.html"
    write_report(result, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Give the report of the full run, opened once for all tests that only look."""
    with browser.new_context(viewport=WIDE) as context:
        visit = Visit(context.new_page())
        visit.page.goto(written(loops.full(), tmp_path_factory.mktemp("full")))
        yield visit


def test_the_page_needs_nothing_but_itself(opened: Visit) -> None:
    """Opened from a file it says no error and asks for nothing else."""
    assert opened.errors == []
    assert opened.requests == [opened.page.url]


def test_every_plot_is_drawn(opened: Visit) -> None:
    """No plot is left as empty axes."""
    assert opened.page.locator("[data-figure]").count() == 13
    assert opened.page.evaluate(UNDRAWN) == []


def test_headlines_are_those_of_the_result(opened: Visit) -> None:
    """What stands on top of the page is what was computed."""
    shown = {
        one.key: opened.page.locator(f"#headline-{one.key} .value").inner_text() for one in headlines(loops.full())
    }
    assert shown == {one.key: one.value for one in headlines(loops.full())}


def test_truth_is_told_apart_from_what_was_seen(opened: Visit) -> None:
    """Figures that only the simulation knows look different from those the product saw."""
    borders = [
        opened.page.locator(f".headline.{kind}").first.evaluate("(card) => getComputedStyle(card).borderTopStyle")
        for kind in ("seen", "truth")
    ]
    assert borders == ["solid", "dashed"]


def test_filters_show_only_their_cards(opened: Visit) -> None:
    """A button leaves the cards with its mark and says how many; the first one brings all back."""
    cards = opened.page.locator(".card")
    every = cards.count()
    opened.page.get_by_role("button", name="Traps").click()
    traps = opened.page.locator(".card[data-marks~=trap]").count()
    assert 0 < traps < every
    assert opened.page.locator(".card:visible").count() == traps
    expect(opened.page.get_by_role("status")).to_have_text(f"{traps} of {every} pairs shown")
    opened.page.get_by_role("button", name="All").click()
    assert opened.page.locator(".card:visible").count() == every


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")])
def test_words_stand_out_by_day_and_by_night(opened: Visit, scheme: Literal["light", "dark"], ground: str) -> None:
    """Page and plots follow the person's choice, and every word has enough contrast in both."""
    opened.page.emulate_media(color_scheme=scheme)
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    worded, pale = opened.page.evaluate(PALE)
    assert worded > 1_000
    assert pale == []


def test_a_telephone_needs_no_sideways_scrolling(visit: Visit, tmp_path: Path) -> None:
    """At 390 pixels nothing is wider than the window, even with all tables open and endless words."""
    visit.page.set_viewport_size(NARROW)
    visit.page.goto(written(loops.with_text(loops.full(), "donaudampfschifffahrt" * 5), tmp_path))
    visit.page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_texts_do_nothing_but_stand_there(visit: Visit, tmp_path: Path) -> None:
    """A text that looks like a script, a picture or a format is shown as it is, in the page and in its plots."""
    visit.page.goto(written(loops.with_text(loops.full(), HOSTILE), tmp_path))
    assert visit.errors == []
    assert visit.page.locator("img").count() == 0
    assert "broken" not in visit.page.title()
    assert visit.page.evaluate(UNDRAWN) == []
    assert HOSTILE in visit.page.locator(".card q").first.inner_text()
    words = visit.page.evaluate(TOUCHED)
    assert any(HOSTILE in text for text in words)
    assert any(text.startswith(HOSTILE[:10]) for text in words)
    assert visit.page.locator("img").count() == 0


def test_without_its_script_the_page_says_the_same(browser: Browser, tmp_path: Path) -> None:
    """Where scripts are off, all cards are there, tables stand for plots, and no dead button is offered."""
    with browser.new_context(viewport=WIDE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(written(loops.full(), tmp_path))
        assert page.locator(".card:visible").count() == page.locator(".card").count() > 0
        assert page.locator("button:visible").count() == 0
        assert page.locator("figure table").count() == page.locator("[data-figure]").count()


def test_a_run_in_which_nothing_happened_has_no_empty_axes(visit: Visit, tmp_path: Path) -> None:
    """Every plot is replaced by a sentence, and nothing fails."""
    visit.page.goto(written(loops.empty(), tmp_path))
    assert visit.errors == []
    assert visit.page.locator("[data-figure]").count() == 0
    assert visit.page.locator(".nothing:visible").count() == 8
