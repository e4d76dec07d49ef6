"""Settings from file, environment and options: who wins, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.settings import Settings, SettingsError, settings_from


def test_what_is_given_later_wins(tmp_path: Path) -> None:
    """An option beats the environment, the environment the file, the file the default of a command."""
    file = tmp_path / "reprise.toml"
    file.write_text("gap_ms = 20000\nusers_min = 7\nalpha = 0.01\n", encoding="utf-8")
    read = settings_from(
        ["gap_ms=40000"],
        file,
        {"REPRISE_GAP_MS": "30000", "REPRISE_USERS_MIN": "8", "HOME": "anything"},
        {"gap_ms": 10_000, "users_min": 5, "alpha": 0.2, "release": "floor"},
    )
    assert (read.gap_ms, read.users_min, read.alpha, read.release) == (40_000, 8, 0.01, "floor")


@pytest.mark.parametrize(
    ("option", "name", "value"),
    [
        ("shared_users=caller-271, caller-9", "shared_users", ("caller-271", "caller-9")),
        ('shared_users=["a,b"]', "shared_users", ("a,b",)),
        ("shared_users=", "shared_users", ()),
        ("repeat_later_ms=1000,2000", "repeat_later_ms", (1000, 2000)),
        ('repeat_means={"joke":"approval"}', "repeat_means", {"joke": "approval"}),
        ("repeat_means=joke=approval,time=failure", "repeat_means", {"joke": "approval", "time": "failure"}),
        (" release = both ", "release", "both"),
    ],
)
def test_lists_and_pairs_are_written_with_commas_or_as_json(option: str, name: str, value: Any) -> None:
    """An option takes what a shell makes easy to write."""
    assert getattr(settings_from([option]), name) == value


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("gap_ms=5", "`gap_ms` (as an option) is '5'; expected a whole number from 1,000 to 600,000"),
        ("gap=5", "`gap` (as an option) is not a setting; did you mean `gap_ms`?"),
        ("zzz=5", "`zzz` (as an option) is not a setting; `reprise settings` lists all of them"),
        ("release=never", "`release` (as an option) is 'never'; expected one of private, floor, both"),
        ("prior_wins=inf", "`prior_wins` (as an option) is 'inf'; expected a number above 0.0"),
        ("alpha=nan", "`alpha` (as an option) is 'nan'; expected a number above 0.0 below 1.0"),
        ("alpha", "`alpha` is not a setting: expected NAME=VALUE"),
        (
            "repeat_means=joke",
            "`repeat_means` (as an option): `joke` should be KEY=VALUE; several are joined by commas",
        ),
    ],
)
def test_an_impossible_setting_is_refused_with_what_was_expected(option: str, message: str) -> None:
    """A mistake is named together with its way out."""
    with pytest.raises(SettingsError) as refused:
        settings_from([option])
    assert str(refused.value) == message


def test_an_unknown_name_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    """A misspelt setting never passes silently, and the message says where it was."""
    file = tmp_path / "other.toml"
    file.write_text("gapms = 5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"`gapms` \(in .*other\.toml\) is not a setting; did you mean `gap_ms`"):
        settings_from(file=file)
    with pytest.raises(SettingsError, match=r"`gapms` \(from REPRISE_GAPMS\) is not a setting"):
        settings_from(environ={"REPRISE_GAPMS": "5"})


@pytest.mark.parametrize("content", [b"gap_ms = ", b"\xff\xfe", b"[gap_ms]\nx = 1\n"])
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    """Neither bad syntax, nor bad bytes, nor a table in place of a number gets through."""
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"broken\.toml"):
        settings_from(file=file)


def test_secrets_are_never_shown() -> None:
    """Neither printing the settings nor a refused secret gives the secret away."""
    settings = settings_from(["release_secret=correct horse", "user_salt=battery"])
    shown = f"{settings!r} {settings.public()}"
    assert "correct horse" not in shown
    assert "battery" not in shown
    with pytest.raises(SettingsError) as refused:
        settings_from(["release_secret=short"])
    assert "'short'" not in str(refused.value)


@given(name=st.sampled_from(sorted(Settings.model_fields)), text=st.text(max_size=20))
def test_any_text_is_taken_or_refused_with_the_name(name: str, text: str) -> None:
    """No value can end in another error than the one that names the setting."""
    try:
        settings_from([f"{name}={text}"])
    except SettingsError as error:
        assert f"`{name}`" in str(error)  # noqa: PT017 - either outcome is right
