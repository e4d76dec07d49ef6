"""``reprise console``: the console over a folder that a replay wrote. Knows options and addresses, no page."""

import os
import threading
from pathlib import Path
from typing import Annotated, Final

import typer

from streams.commands.usage import UnusableError

LOOK_EVERY_S: Final = 0.5
"""How soon a console notices that its time is over, or that another one took its place."""

HOST: Final = "127.0.0.1"

FOLDER_HELP = "The folder that a replay or the demo wrote to."
PLACE_HELP = "Write the address into this file, and end when the file says something else or is gone."

Folder = Annotated[Path, typer.Argument(metavar="DIR", help=FOLDER_HELP)]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port on this machine; 0: any free one.")]
Minutes = Annotated[float, typer.Option("--minutes", min=0, help="End after so long; 0: at Ctrl-C.")]
PlaceFile = Annotated[str, typer.Option("--address-file", metavar="FILE", help=PLACE_HELP, show_default=False)]


def console(folder: Folder, port: Port = 0, minutes: Minutes = 0, address_file: PlaceFile = "") -> None:
    """Show in a browser what a replay learned and why: rewrites, evidence, decisions, candidates, the chain.

    Shows texts only as far as the release rule lets them out, as a worker's console does, and takes no orders. Only
    programs on this machine reach it. A worker has its own console: set `console_port`.

    [bold]Examples[/bold]

    reprise console out/first

    reprise console out/demo/simulated --port 8080 --minutes 30
    """
    # The web server takes half a second to load, which no other command needs.
    from streams.console.app import make_app  # noqa: PLC0415
    from streams.console.folder_knowledge import FolderError, FolderKnowledge  # noqa: PLC0415
    from streams.observing.web import Site, SiteError, Sites  # noqa: PLC0415

    try:
        sites = Sites([Site(HOST, port, make_app(FolderKnowledge(folder)), "console")]).start()
    except FolderError as error:
        raise UnusableError(str(error)) from None
    except SiteError as error:
        message = f"{str(error).partition(';')[0]}; choose another --port, or 0 for any free one"
        raise UnusableError(message) from None
    try:
        address = f"{sites.addresses[0]}/"
        typer.echo(f"Console: {address}")
        _stay(minutes * 60, Place(address_file, address) if address_file else None)
    except KeyboardInterrupt:
        pass  # how one is ended from the terminal
    finally:
        sites.stop()


class Place:
    """A file that says which console is there, so that one that is started later can take over."""

    def __init__(self, file: str, address: str) -> None:
        self._path = Path(file)
        self._told = f"{address}\n{os.getpid()}\n"
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        part.write_text(self._told, encoding="utf-8")
        part.replace(self._path)

    def is_ours(self) -> bool:
        """Return whether the file still says what was written."""
        try:
            return self._path.read_text(encoding="utf-8") == self._told
        except FileNotFoundError:
            return False


def _stay(seconds: float, place: Place | None) -> None:
    """Wait until the time is over, for ever with 0, or until another one took the place."""
    waiting, left_s = threading.Event(), seconds or float("inf")
    while left_s > 0 and (place is None or place.is_ours()):
        waiting.wait(min(LOOK_EVERY_S, left_s))
        left_s -= LOOK_EVERY_S
