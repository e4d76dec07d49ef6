"""``reprise console`` over a folder, ``reprise explain`` from an address, and the console that the demo leaves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from streams.cli import main
from streams.commands.asking import ask_console
from streams.commands.console import console
from streams.commands.leaving import ADDRESS_FILE, NoConsoleError, leave_console
from streams.console.app import make_app
from streams.console.folder_knowledge import FolderKnowledge
from streams.observing.web import Site, Sites
from tests.broker.waiting import eventually
from tests.cli.consoles import answers
from tests.cli.traffic import repairs, write


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Give a folder in which a replay has learned that "next" means "continue"."""
    out = tmp_path / "out"
    file = write(tmp_path / "turns.jsonl", repairs(30))
    assert main(["replay", file, "--out", str(out), "--set", "release=floor", "--set", "users_min=5"]) == 0
    capsys.readouterr()
    return out


@contextmanager
def offered(folder: Path, token: str | None = None) -> Iterator[str]:
    """Offer a console over a folder in this process, and give its address."""
    with Sites([Site("127.0.0.1", 0, make_app(FolderKnowledge(folder), token=token))]) as sites:
        yield sites.addresses[0]


EXPLAINED: Final = {
    "tenant": "demo",
    "locale": "en-US",
    "state": "",
    "source": "next",
    "users": 20,
    "accepted": 1.0,
    "failed": 1.0,
    "usual_meaning": None,
    "words": [],
    "candidates": [],
    "chain": {
        "nodes": [{"id": "n0", "kind": "text", "state": "", "text": "next", "success": 0.5, "level": 0}],
        "edges": [],
    },
}
"""What a console says of a text, as JSON."""


@contextmanager
def answering(body: object, status: int = 200) -> Iterator[str]:
    """Offer something that answers every question like this, and give its address."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_get("/api/explain", answer)
    with Sites([Site("127.0.0.1", 0, app)]) as sites:
        yield sites.addresses[0]


# -- reprise console -------------------------------------------------------------------------------------------------


def test_a_console_over_a_folder_answers_until_its_place_is_taken(folder: Path) -> None:
    """It tells its address in the file, and ends when the file is gone."""
    place = folder / ADDRESS_FILE
    given = {"folder": folder, "port": 0, "minutes": 5.0, "address_file": str(place)}
    thread = threading.Thread(target=console, kwargs=given)
    thread.start()
    address = eventually(lambda: place.exists() and place.read_text().partition("\n")[0])
    assert answers(str(address))
    place.unlink()
    thread.join(10)
    assert not thread.is_alive()
    assert not answers(str(address))


def test_a_console_ends_when_its_time_is_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After so many minutes, having said where it was."""
    assert main(["console", str(folder), "--minutes", "0.001"]) == 0
    assert capsys.readouterr().out.startswith("Console: http://127.0.0.1:")


def test_a_folder_without_a_replay_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line that says what to do."""
    assert main(["console", str(tmp_path)]) == 2
    assert "reprise replay FILE --out" in capsys.readouterr().err


def test_a_port_in_use_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line that says what to do."""
    with offered(folder) as address:
        assert main(["console", str(folder), "--port", address.rpartition(":")[2]]) == 2
    assert "choose another --port" in capsys.readouterr().err


# -- reprise explain --from URL --------------------------------------------------------------------------------------


def test_a_text_is_explained_by_a_console(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With steps, questions and history, as the folder itself tells them."""
    with offered(folder) as address:
        assert main(["explain", "Next", "--expecting", "step", "--from", f"{address}/"]) == 0
    told = capsys.readouterr().out
    parts = [
        "“next” when asked “step”",
        "What came next",
        "“continue”",
        "published, on trial",
        "History",
        "so yes",
        "The record that decided",
    ]
    assert [part for part in parts if part not in told] == []


def test_what_a_console_does_not_tell_is_its_own_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On one line, with the exit code of what cannot be used."""
    with offered(folder) as address:
        assert main(["explain", "abracadabra", "--from", address]) == 2
    assert "nobody said “abracadabra”, or too few people did" in capsys.readouterr().err


def test_an_address_without_a_console_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Not as a trace."""
    assert main(["explain", "next", "--from", "http://127.0.0.1:1"]) == 2
    assert "no console answers there" in capsys.readouterr().err


def test_a_console_that_asks_for_a_token_gets_it_from_a_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option or by environment; without it nothing is told."""
    file = tmp_path / "token"
    file.write_text("a long enough token\n")
    with offered(folder, "a long enough token") as address:
        assert main(["explain", "next", "--from", address]) == 2
        assert "token" in capsys.readouterr().err
        assert main(["explain", "next", "--from", address, "--token-file", str(file)]) == 0
        monkeypatch.setenv("REPRISE_CONSOLE_TOKEN_FILE", str(file))
        assert main(["explain", "next", "--from", address]) == 0
    assert "a long enough token" not in capsys.readouterr().out


def test_a_long_explanation_arrives_whole() -> None:
    """Whatever is sent in parts: a text with many pairs is more than one packet."""
    words = ("so many words " * 20_000,)
    with answering([{**EXPLAINED, "words": words}]) as address:
        (found,) = ask_console(address, "next", state=None, tenant=None, locale=None, token_file="")
    assert found.words == words


def test_a_console_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither with what it tells nor with its refusal: who knows what stands at an address."""
    with answering([{**EXPLAINED, "locale": "\x1b[2J", "words": ["\x1b]0;owned\x07"]}]) as address:
        assert main(["explain", "next", "--from", address]) == 0
    with answering({"error": "\x1b[31mno"}, 404) as address:
        assert main(["explain", "next", "--from", address]) == 2
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "[31mno" in told.err


# -- what the demo leaves --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_console_left_behind_answers_and_gives_way_to_the_next(folder: Path) -> None:
    """It outlives who started it, and ends when another one of the same folder is started."""
    first = leave_console(folder, 1)
    assert answers(first)
    second = leave_console(folder, 1)
    eventually(lambda: not answers(first))
    assert answers(second)
    (folder / ADDRESS_FILE).unlink()
    eventually(lambda: not answers(second))


@pytest.mark.slow
def test_a_console_that_cannot_start_names_its_log(tmp_path: Path) -> None:
    """Which says why."""
    with pytest.raises(NoConsoleError, match=r"console\.log says why"):
        leave_console(tmp_path, 1)
    assert "holds no state of a replay" in (tmp_path / "console.log").read_text()
