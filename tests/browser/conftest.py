"""What tests in a real browser share: one Chromium for a module, and pages that remember what went wrong.

Knows no page of the product.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, ViewportSize, sync_playwright

from tests.broker.conftest import kafka

__all__ = ["NARROW", "WIDE", "Visit", "browser", "kafka", "options", "program", "visit"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What the program is called on common systems; the variable CHROMIUM names another one."""

WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=390, height=844)


class Visit:
    """A page, with the errors and requests it had so far."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._close)
        page.on("request", lambda request: self.requests.append(request.url))

    def _close(self, dialog: Dialog) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.errors.append(text)


def program() -> str | None:
    """Return the path of Chromium, None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def options() -> list[str]:
    """Return how Chromium is started: it refuses its sandbox to root, and containers have little shared memory."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one Chromium for all tests of a module.

    It ends with its module: as long as Playwright runs, its thread counts as running an event loop, and the tests of
    other modules in this process could start none.
    """
    path = program()
    if path is None:
        pytest.skip(f"no browser here: none of {', '.join(NAMES)} is on the path, and CHROMIUM names none")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=options())
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Give a fresh page of a wide window."""
    with browser.new_context(viewport=WIDE) as context:
        yield Visit(context.new_page())
