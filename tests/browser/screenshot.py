"""Makes the README's pictures of the console over the folder of a demo or of a replay.

By day the first page, by night what people did after the live source that has the richest picture.

python -m tests.browser.screenshot
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from streams.console.folder_knowledge import FolderKnowledge
from streams.console.knowledge import Knowledge
from tests.browser.conftest import options, program
from tests.console.offered import offered

FOLDER: Final = Path("out/demo/simulated")
IMAGES: Final = Path(__file__).parent.parent.parent / "infra" / "images"
SIZE: Final = ViewportSize(width=1280, height=860)
LOOKED_AT: Final = 40
NODES_MAX: Final = 8
LETTERS_MIN: Final = 4
"""Sources shorter than this are odd words to begin with."""

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def richest(knowledge: Knowledge) -> str:
    """Return the address of the live source after which people went to most other texts that fit a picture.

    Sources of some letters come first.
    """
    explained = [one for live in knowledge.rewrites(size=LOOKED_AT).items for one in knowledge.explain(live.source)]
    fitting = [one for one in explained if len(one.chain.nodes) <= NODES_MAX]
    best = max(fitting, key=lambda one: (len(one.source) >= LETTERS_MIN, len(one.chain.nodes)), default=None)
    return "/explain" if best is None else f"/explain?{urlencode({'source': best.source})}"


def take(browser: Browser, address: str, chain: str, folder: Path) -> list[Path]:
    """Take the pictures, and return where they are."""
    taken = []
    for scheme, path_of_page in zip(SCHEMES, ("/", chain), strict=True):
        with browser.new_context(viewport=SIZE, color_scheme=scheme, device_scale_factor=1) as context:
            page = context.new_page()
            page.goto(address + path_of_page)
            path = folder / f"console-{scheme}.png"
            page.screenshot(path=path, animations="disabled")
            taken.append(path)
    return taken


def main(arguments: Sequence[str] | None = None) -> None:
    """Take both pictures and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshot", description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, default=FOLDER, help=f"a replay's folder; else {FOLDER}")
    parser.add_argument("--to", type=Path, default=IMAGES, help="where the pictures go")
    chosen = parser.parse_args(arguments)
    path = program()
    if path is None:
        parser.exit(1, "no browser here: put chromium on the path, or name it in the variable CHROMIUM\n")
    chosen.to.mkdir(parents=True, exist_ok=True)
    knowledge = FolderKnowledge(chosen.folder)
    with offered(knowledge) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options())
        for picture in take(browser, client.address, richest(knowledge), chosen.to):
            print(f"{picture}: {picture.stat().st_size:,} bytes")  # noqa: T201 - what a command is for
        browser.close()


if __name__ == "__main__":
    main()
