"""``reprise train rephrase``: from options and files to a model that scores, and what is refused on the way."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.cli import main
from streams.commands.own_data import own_windows
from streams.commands.usage import UnusableError
from tests.cli.traffic import repairs, rows, write
from tests.models.making import examples

SMALL = ["--teacher", "none", "--windows", "300", "--epochs", "1", "--folds", "2"]


def pairs(count: int = 40) -> list[dict[str, Any]]:
    """Return labelled pairs as a user has them."""
    return [
        {"first": pair.first, "second": pair.second, "label": int(pair.label), "session": pair.session}
        for pair in examples(count, seed=5)
    ]


def trained(out: Path, *options: str) -> int:
    """Run the command in small."""
    return main(["train", "rephrase", "--out", str(out), *SMALL, *options])


@pytest.mark.slow
def test_a_model_is_trained_and_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Model, card, page and result lie in the folder; the terminal tells how good it is on either kind of pairs."""
    out, own = tmp_path / "new" / "out", write(tmp_path / "own.jsonl", pairs())
    assert trained(out, "--labelled", own, "--name", "own-7") == 0
    assert {"student.safetensors", "card.md", "report.html", "result.json", "work"} == {
        path.name for path in out.iterdir()
    }
    told = capsys.readouterr().out
    assert "On bundled pairs not learned from" in told
    assert "On your own pairs, sessions held out" in told
    assert "own-7" in told
    scored = tmp_path / "scored"
    assert main(["score", own, "--out", str(scored), "--model", str(out / "student.safetensors")]) == 0
    assert len(rows(scored)) == 40
    assert "own-7" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_on_the_card_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names files without their folders, so it is run where they lie, and every option that matters."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "own.jsonl", pairs())
    assert trained(tmp_path / "first", "--labelled", str(tmp_path / "own.jsonl"), "--seed", "3", "--no-texts") == 0
    command = json.loads((tmp_path / "first" / "result.json").read_bytes())["command"].split()
    before = {name: (tmp_path / "first" / name).read_bytes() for name in ("student.safetensors", "card.md")}
    (tmp_path / "first").rename(tmp_path / "kept")
    assert main(command[1:]) == 0
    assert {name: (tmp_path / "first" / name).read_bytes() for name in before} == before
    assert str(tmp_path) not in " ".join(command)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--labelled", "nowhere.jsonl"), "nowhere.jsonl: No such file"),
        (("--turns", "turns.jsonl"), "so a teacher must give them"),
        (("--limit-to", "own"), "none are labelled"),
        (("--name", "n" * 65), "--name may have up to"),
        pytest.param(("--teacher", "./nowhere"), "holds no encoder", marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_used_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], complaint: str
) -> None:
    """One line that says what is wrong, exit code 2, and no model."""
    assert trained(tmp_path / "out", *options) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out" / "student.safetensors").exists()


def test_a_wrong_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and field, before anything is trained."""
    own = write(tmp_path / "own.jsonl", [*pairs(2), {"first": "a", "second": "b", "label": 3}])
    assert trained(tmp_path / "out", "--labelled", own) == 2
    error = capsys.readouterr().err
    assert "line 3" in error
    assert "label" in error
    assert not (tmp_path / "out").exists()


def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    """The program starts without torch, and the command names the extra."""
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from streams.cli import main; sys.exit(main(['train', 'rephrase', '--out', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'reprise[models]'" in done.stderr


def test_turns_become_windows(tmp_path: Path) -> None:
    """Of people who say two things in a row there is a window each; those who say one have none."""
    file = write(tmp_path / "turns.jsonl", repairs(3))
    windows = own_windows([file], 10, 0)
    assert [(window.source.said, window.later[0].said) for window in windows] == [("next", "continue")] * 3
    assert own_windows([], 10, 0) == []


def test_turns_of_which_none_follows_another_are_refused(tmp_path: Path) -> None:
    """There is nothing to learn from people who each say one thing."""
    file = write(tmp_path / "turns.jsonl", repairs(3)[::3])
    with pytest.raises(UnusableError, match="nobody said two things"):
        own_windows([file], 10, 0)


def test_a_line_that_is_no_turn_event_is_named(tmp_path: Path) -> None:
    """File and line; nothing is skipped in silence."""
    file = write(tmp_path / "turns.jsonl", [*repairs(1), {"tenant": "demo"}])
    with pytest.raises(UnusableError, match=r"turns\.jsonl, line 4"):
        own_windows([file], 10, 0)


@pytest.mark.slow
def test_no_number_is_cut_in_a_narrow_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the model's name is, average precision keeps its three digits in 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    assert trained(tmp_path, "--name", "student-of-somebody-with-a-long-name") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("all ")]
    assert len(rows) == 2
    assert all(re.fullmatch(r"\d\.\d{3}", word) for row in rows for word in (row[-5], row[-3], row[-1]))
