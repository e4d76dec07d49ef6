"""``reprise simulate``, judging, and the demo: traffic with known truth, from file to verdict."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli import main
from tests.cli.traffic import rows

TURNS = ["--turns", "3000", "--users", "200"]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Traffic and truth depend on the seed alone, not on when or where they are made."""
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert main(["simulate", "--out", str(tmp_path / name), *TURNS, "--seed", seed]) == 0
    for file in ("turns.jsonl.gz", "truth.json"):
        first, second, other = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert first == second != other


def test_simulated_traffic_is_replayed_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every simulated turn is taken in or known to be a repetition, and the verdict is in the summary."""
    traffic, out = tmp_path / "traffic", tmp_path / "out"
    assert main(["simulate", "--out", str(traffic), *TURNS]) == 0
    files = [str(traffic / "turns.jsonl.gz"), "--judge", str(traffic / "truth.json")]
    assert main(["replay", *files, "--out", str(out)]) == 0
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    sent = gzip.decompress((traffic / "turns.jsonl.gz").read_bytes()).splitlines()
    turns = [row["turn"]["turn_id"] for row in map(json.loads, sent) if row.get("turn")]
    assert (summary["lines"], summary["turns"], summary["rejected"]) == (len(sent), len(set(turns)), {})
    assert summary["judge"]["published"] == summary["rewrites"]["published"]
    assert "Against the truth" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"seed":"x"}'])
def test_a_file_that_is_no_truth_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    """A wrong truth file is noticed before anything is replayed."""
    truth = tmp_path / "truth.json"
    truth.write_bytes(content)
    (tmp_path / "turns").write_bytes(b"{}\n")
    arguments = ["replay", str(tmp_path / "turns"), "--out", str(tmp_path / "out"), "--judge", str(truth)]
    assert main(arguments) == 2
    assert "is no truth file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def excerpt(whole: Any, shape: Any) -> Any:
    """Return the part of a JSON value that another one shows, its numbers to six digits."""
    if isinstance(shape, dict):
        return {name: excerpt(whole[name], shape[name]) for name in shape}
    if isinstance(shape, list):
        return [excerpt(item, shape[0]) for item in whole]
    return float(f"{whole:.6g}") if isinstance(whole, float) else whole


@pytest.mark.slow
def test_the_readme_shows_what_the_demo_learns(tmp_path: Path) -> None:
    """The rewrite in the README is the last one that the demo publishes from the calls."""
    assert main(["demo", "--out", str(tmp_path), "--turns", "1000"]) == 0
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = json.loads(readme.partition("```json")[2].partition("```")[0])
    learned = excerpt(rows(tmp_path / "calls" / "rewrites.jsonl")[-1], example)
    assert example == learned, f"put this into the README:\n{json.dumps(learned)}"


@pytest.mark.slow
def test_the_demo_tells_its_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small demo runs to its end and shows detections, refusals and the verdict."""
    assert main(["demo", "--out", str(tmp_path), "--turns", "5000"]) == 0
    told = capsys.readouterr().out
    assert ["Real calls" in told, "Candidates that were refused" in told, "Against the truth" in told] == [True] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls", "simulated"]


@pytest.mark.slow
def test_the_demo_prints_no_text_that_too_few_callers_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What fewer people said than the floor asks for does not appear, however often they said it."""
    assert main(["demo", "--out", str(tmp_path), "--turns", "1000"]) == 0
    told = capsys.readouterr().out.partition("Simulated traffic")[0]
    users: dict[str, set[str]] = {}
    for line in (tmp_path / "calls" / "trails.jsonl").read_text(encoding="utf-8").splitlines():
        trail = json.loads(line)
        for turn in trail["turns"]:
            users.setdefault(turn["said"], set()).add(trail["user"])
    rare = [said for said, people in users.items() if len(people) < 5]
    assert rare
    assert [said for said in rare if f"“{said}”" in told] == []
