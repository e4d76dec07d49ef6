"""``reprise replay`` and ``reprise explain``: from a file of turns to a rewrite and the reason for it."""

import gzip
import json
from pathlib import Path

import pytest

from streams.cli import main
from tests.cli.traffic import repairs, rows, turn, write
from tests.streams.rephrasing.students import EAGER, saved

FLOOR = ("--set", "release=floor", "--set", "users_min=5")


def test_what_people_repair_is_published_and_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Enough people who repair one text to another make a rewrite, and the program can say why."""
    out = tmp_path / "out"
    assert main(["replay", write(tmp_path / "turns.jsonl", repairs(30)), "--out", str(out), *FLOOR]) == 0
    published = rows(out / "rewrites.jsonl")
    assert [(row["state"], row["source"], row["target"]) for row in published] == [("step", "next", "continue")]
    assert [row["to_stage"] for row in rows(out / "decisions.jsonl")] == ["candidate", "trial"]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["lines"], summary["turns"], summary["rewrites"]["live"]) == (90, 90, 1)

    assert main(["explain", "Next", "--expecting", "step", "--from", str(out)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "“next” when asked “step”" in told
    assert "published" in told
    assert "20:1" in told
    assert "The record that decided is in trails, partition 0, offset " in told


def test_too_few_people_publish_nothing(tmp_path: Path) -> None:
    """The floor of people holds in a replay."""
    turns = write(tmp_path / "turns.jsonl", repairs(30))
    assert main(["replay", turns, "--out", str(tmp_path / "out"), *FLOOR, "--set", "users_min=31"]) == 0
    assert rows(tmp_path / "out" / "rewrites.jsonl") == []


def test_a_bad_line_is_set_aside_with_its_place_and_reason(tmp_path: Path) -> None:
    """What cannot be used is kept as it was, byte for byte, and the rest is read on."""
    events = [json.dumps(event).encode() for event in repairs(3)]
    lines = [events[0], b'{"tenant":', b"\xff\xfe", *events[1:]]
    file = tmp_path / "turns.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n\n".join(lines)))
    assert main(["replay", str(file), "--out", str(tmp_path / "out")]) == 0
    rejected = rows(tmp_path / "out" / "rejected.jsonl")
    assert [(row["line"], row["encoding"], row["value"]) for row in rejected] == [
        (3, "utf-8", '{"tenant":'),
        (5, "base64", "//4="),
    ]
    assert {(row["file"], row["reason"]) for row in rejected} == {(str(file), "undecodable")}
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["turns"], summary["rejected"]) == (9, {"undecodable": 2})


def test_the_same_input_gives_the_same_results(tmp_path: Path) -> None:
    """Two replays of one file write the same bytes, timing aside."""
    turns = write(tmp_path / "turns.jsonl", repairs(12))
    for name in ("a", "b"):
        assert main(["replay", turns, "--out", str(tmp_path / name), "--trails", *FLOOR]) == 0
    for file in ("rewrites", "decisions", "feedback", "rejected", "trails"):
        first, second = ((tmp_path / name / f"{file}.jsonl").read_bytes() for name in ("a", "b"))
        assert first == second


def test_several_files_are_one_stream(tmp_path: Path) -> None:
    """A trail may begin in one file and end in the next."""
    events = repairs(30)
    whole, first, second = (tmp_path / name for name in ("whole", "first", "second"))
    assert main(["replay", write(whole, events), "--out", str(tmp_path / "a"), *FLOOR]) == 0
    parts = [write(first, events[:40]), write(second, events[40:])]
    assert main(["replay", *parts, "--out", str(tmp_path / "b"), *FLOOR]) == 0
    assert (tmp_path / "a" / "rewrites.jsonl").read_bytes() == (tmp_path / "b" / "rewrites.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the input holds no line"),
        (b"one\ntwo\n", "none of 2 lines could be used"),
        (b"\x1f\x8bxx", "cannot be read"),
    ],
)
def test_nothing_usable_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    """An input of which nothing can be used is an error in one line, and leaves no summary behind."""
    file = tmp_path / "turns"
    file.write_bytes(content)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "summary.json").write_text("{}", encoding="utf-8")
    assert main(["replay", str(file), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["replay", "nowhere.jsonl", "--out", "out"], "nowhere.jsonl: no such file"),
        (["replay", "--out", "out"], "Missing argument"),
        (["replay", "turns", "--out", "turns/out"], "turns/out: cannot be written"),
        (["replay", "turns", "--out", "out", "--set", "gap=1"], "did you mean `gap_ms`?"),
        (["replay", "turns", "--out", "out", "--settings", "none.toml"], "none.toml: no such settings file"),
        (["explain", "next", "--from", "nowhere"], "holds no state of a replay"),
        (["no-such-command"], "No such command"),
        (["settings", "--set", "alpha=2"], "expected a number above 0.0 below 1.0"),
    ],
)
def test_a_mistake_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    complaint: str,
) -> None:
    """Whatever a person gets wrong ends with exit code 2 and a line that says what, never a traceback."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "turns", repairs(1))
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert (error.startswith("reprise: "), error.count("\n")) == (True, 1)


def test_an_unknown_text_is_answered_with_the_nearest_known_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in the question to `explain` is cheap."""
    out = str(tmp_path / "out")
    assert main(["replay", write(tmp_path / "turns", repairs(3)), "--out", out]) == 0
    assert main(["explain", "contniue", "--from", out]) == 2
    assert "did you mean “continue”?" in capsys.readouterr().err


def test_texts_in_the_explanation_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An open question's id is printed as text, whatever it holds."""
    event = turn("u1", "next", 1_700_000_000_000, "answered", expecting="[red]\x1b[2J")
    out = str(tmp_path / "out")
    assert main(["replay", write(tmp_path / "turns", [event]), "--out", out]) == 0
    assert main(["explain", "next", "--from", out]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]" in shown


def test_a_replay_takes_any_model(tmp_path: Path) -> None:
    """The model is a setting like any other; the summary and every trail name it."""
    model = saved(tmp_path / "own", "own-7", EAGER)
    turns = write(tmp_path / "turns.jsonl", repairs(3))
    out = tmp_path / "out"
    assert main(["replay", turns, "--out", str(out), "--trails", "--set", f"rephrase_model={model}"]) == 0
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["scorer"] == "own-7"
    assert {row["detector"] for row in rows(out / "trails.jsonl")} == {"own-7"}


def test_a_model_that_is_not_there_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in a path costs no results of an earlier replay."""
    turns = write(tmp_path / "turns.jsonl", repairs(3))
    missing = f"rephrase_model={tmp_path / 'missing'}"
    assert main(["replay", turns, "--out", str(tmp_path / "out"), "--set", missing]) == 2
    assert "`rephrase_model`:" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
