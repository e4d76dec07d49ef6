"""``reprise simulate --closed-loop``: options, files and tables."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from streams.cli import main
from streams.simulate.loop_result import LoopResult

LOOP = ["simulate", "--closed-loop", "--turns", "3000", "--users", "100", "--days", "8", "--seed", "2"]
SETS = ["--set", "release=floor", "--set", "users_min=4"]


def test_a_closed_loop_writes_what_it_showed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Traffic with its rewrites, its truth and the result are written; the result names the command."""
    assert main([*LOOP, *SETS, "--unaware", "--out", str(tmp_path)]) == 0
    result = msgspec.json.decode((tmp_path / "result.json").read_bytes(), type=LoopResult)
    assert result.command.startswith("reprise simulate --closed-loop --out")
    assert (len(result.days), len(result.attribution), result.settings["users_min"]) == (8, 8, "4")
    lines = map(json.loads, gzip.decompress((tmp_path / "turns.jsonl.gz").read_bytes()).splitlines())
    applied = {line["turn"]["turn_id"] for line in lines if line.get("turn", {}).get("rewrite")}
    assert len(applied) > 0
    assert json.loads((tmp_path / "truth.json").read_bytes())["seed"] == 2
    shown = capsys.readouterr().out
    assert "Promoted rewrites against the truth" in shown
    assert "Fewer defects" in shown


@pytest.mark.parametrize(
    "option", [["--set", "users_min=4"], ["--randomise", "source"], ["--report", "page.html"], ["--unaware"]]
)
def test_options_of_the_loop_need_the_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    """Without --closed-loop nothing is learned, so that what is about learning is refused."""
    assert main(["simulate", "--out", str(tmp_path / "out"), *option]) == 2
    assert f"{option[0]} needs --closed-loop" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_page_is_written_on_request(tmp_path: Path) -> None:
    """--report writes one page beside the rest."""
    page = tmp_path / "pages" / "loop.html"
    assert main([*LOOP, *SETS, "--out", str(tmp_path / "out"), "--report", str(page)]) == 0
    assert page.read_bytes().lstrip().lower().startswith(b"<!doctype html>")
