"""``reprise simulate`` and judging: traffic with known truth, from file to verdict."""

import gzip
import json
from pathlib import Path

import pytest

from streams.cli import main

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
