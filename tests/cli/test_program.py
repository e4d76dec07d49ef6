"""The program as a whole: help, exit codes, pipes."""

import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli import application, main

COMMANDS = sorted(command.callback.__name__ for command in application.registered_commands if command.callback)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` of each command ends well and says more than its name."""
    assert main([command, "--help"]) == 0
    assert f"reprise {command}" in capsys.readouterr().out


def test_all_settings_are_listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of settings shows the value in force, and no secret."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("REPRISE_RELEASE_SECRET", "correct horse")
    assert main(["settings", "--set", "gap_ms=31000"]) == 0
    shown = capsys.readouterr().out
    assert "31000" in shown
    assert "correct horse" not in shown


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error() -> None:
    """``reprise settings | head`` ends quietly."""
    with subprocess.Popen(
        [sys.executable, "-m", "streams.cli", "settings"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
