"""Commands that speak to Kafka, given what they cannot use: one line, exit code 2, and no Kafka needed."""

import io
from pathlib import Path

import pytest

from streams.cli import main
from tests.cli.traffic import repairs, write


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["produce", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
        (["produce", "-", "--rate", "-1"], "--rate"),
        (["produce", "-", "--bootstrap", "nowhere"], "`bootstrap`"),
        (["rejected", "list", "--topic", "turns"], "--topic turns: expected turns.rejected or trails.rejected"),
        (["rejected", "list", "--from", "yesterday"], "--from yesterday: expected a time"),
        (["rejected", "list", "--limit", "0"], "--limit"),
        (["rejected", "replay", "--since", "soon"], "--since soon: expected a time"),
        (["rejected", "replay", "--set", "gap_ms=5000"], "`gap_ms`"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_unusable_options_are_named(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the option and what it takes."""
    assert main(arguments) == 2
    assert expected in capsys.readouterr().err


@pytest.mark.slow
def test_a_kafka_that_is_not_there_is_told_by_its_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read before Kafka has answered."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    file = write(tmp_path / "turns.jsonl", repairs(1))
    for arguments in (["produce", file], ["rejected", "list"]):
        assert main([*arguments, "--bootstrap", "127.0.0.1:1"]) == 2
        assert "Kafka at 127.0.0.1:1 does not answer" in capsys.readouterr().err
