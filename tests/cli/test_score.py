"""``reprise score``: pairs in, pairs with a probability out."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli import main
from tests.cli.traffic import rows, write
from tests.streams.rephrasing.students import saved

PAIRS: list[dict[str, Any]] = [
    {"first": "play maroon five", "reply": "sorry?", "first_failed": True, "gap_s": 8, "second": "play maroon 5"},
    {"first": "play maroon five", "first_failed": None, "gap_s": 60.5, "second": "what time is it", "label": 0},
]


def test_pairs_come_back_in_order_with_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was given is kept, null counts as unknown, and fields that are not used are named."""
    out = tmp_path / "new" / "scored.jsonl"
    assert main(["score", write(tmp_path / "pairs", PAIRS), "--out", str(out)]) == 0
    scored = rows(out)
    assert [{name: pair[name] for name in given} for pair, given in zip(scored, PAIRS, strict=True)] == PAIRS
    assert [pair["is_rephrase"] for pair in scored] == [True, False]
    assert scored[0]["rephrase"] > 0.5 > scored[1]["rephrase"] >= 0.0
    assert capsys.readouterr().err == "reprise: not used: label\n"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("nonsense", "line 2"), ("[]", "line 2"), ('{"first":"a"}', "`second`"), ('{"first":"a","second":1}', "second")],
)
def test_a_wrong_line_is_named_and_leaves_no_half_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, complaint: str
) -> None:
    """Scores of half a file would be taken for all of it."""
    pairs = tmp_path / "pairs"
    pairs.write_text(f"{json.dumps(PAIRS[0])}\n{line}\n", encoding="utf-8")
    assert main(["score", str(pairs), "--out", str(tmp_path / "scored")]) == 2
    error = capsys.readouterr().err
    assert (complaint in error, "line 2" in error) == (True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]


def test_an_empty_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No pair, no result."""
    (tmp_path / "pairs").touch()
    assert main(["score", str(tmp_path / "pairs"), "--out", str(tmp_path / "scored")]) == 2
    assert "holds no pair" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "verdicts"), [((), [True, True]), (("--false-alarms", "0.05"), [True, False])])
def test_any_model_may_score(tmp_path: Path, options: tuple[str, ...], verdicts: list[bool]) -> None:
    """A student's file is named like the rules are; a verdict may be given at a share of false alarms by language."""
    tables = {"false_alarm_thresholds": {"": {"0.05": 0.6}, "de": {"0.05": 0.7}}}
    model = saved(tmp_path / "own", "own-1", 0.7, description=tables)
    pairs = write(tmp_path / "pairs", [{**PAIRS[0], "locale": locale} for locale in ("en-US", "de-DE")])
    out = tmp_path / "scored"
    assert main(["score", pairs, "--out", str(out), "--model", model, *options]) == 0
    assert [(round(pair["rephrase"], 2), pair["is_rephrase"]) for pair in rows(out)] == [
        (0.67, verdict) for verdict in verdicts
    ]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--model", "missing.safetensors"), "`--model`: missing.safetensors: there is no such file"),
        (("--model", "rules", "--false-alarms", "0.05"), "`--false-alarms`: rules-1 has not measured them"),
    ],
)
def test_a_model_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], complaint: str
) -> None:
    """Nothing is written, and the complaint says which option is meant."""
    out = tmp_path / "scored"
    assert main(["score", write(tmp_path / "pairs", PAIRS), "--out", str(out), *options]) == 2
    assert complaint in capsys.readouterr().err
    assert not out.exists()
