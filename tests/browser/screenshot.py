"""Makes the README's pictures of the console, over the folder of a demo or of a replay: by day and by night.

python -m tests.browser.screenshot
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from streams.console.folder_knowledge import FolderKnowledge
from tests.browser.conftest import options, program
from tests.console.offered import offered

FOLDER: Final = Path("out/demo/simulated")
IMAGES: Final = Path(__file__).parent.parent.parent / "infra" / "images"
SIZE: Final = ViewportSize(width=1280, height=860)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def take(browser: Browser, address: str, folder: Path) -> list[Path]:
    """Take the pictures of a console's first page, and return where they are."""
    taken = []
    for scheme in SCHEMES:
        with browser.new_context(viewport=SIZE, color_scheme=scheme, device_scale_factor=1) as context:
            page = context.new_page()
            page.goto(address)
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
    with offered(FolderKnowledge(chosen.folder)) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options())
        for picture in take(browser, client.address, chosen.to):
            print(f"{picture}: {picture.stat().st_size:,} bytes")  # noqa: T201 - what a command is for
        browser.close()


if __name__ == "__main__":
    main()
