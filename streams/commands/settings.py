"""``reprise settings``: every setting with its value and range. Changes nothing."""

import os
from pathlib import Path
from typing import Any

from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, screen
from streams.settings import FILE_NAME, Settings, expected, settings_from
from streams.tables import table


def settings(sets: SettingOptions = [], settings_file: SettingsFile = "") -> None:  # noqa: B006 - typer copies it
    """List the settings: what each is for, which values it takes, and the value in force.

    Values come from a TOML file, then from the environment (REPRISE_GAP_MS=30000), then from --set; the last wins.
    """
    in_force = read_settings(sets, settings_file).public()
    rows = [
        (name, shown(in_force[name]), expected(name), field.description or "")
        for name, field in sorted(Settings.model_fields.items())
    ]
    screen().print(table("Settings", ("name", "value", "takes", "what for"), rows))


def read_settings(sets: list[str], settings_file: str, **defaults: Any) -> Settings:
    """Read the settings a command runs with, from file, this process's environment and options.

    Args:
        sets: options, each ``NAME=VALUE``.
        settings_file: the file, "" for ``reprise.toml`` of the working directory, if there.
        defaults: what the command itself wants where nobody says otherwise.
    """
    file = Path(settings_file or FILE_NAME)
    if settings_file and not file.is_file():
        message = f"{settings_file}: no such settings file"
        raise UnusableError(message)
    return settings_from(sets, file if file.is_file() else None, os.environ, defaults)


def shown(value: object) -> str:
    """Return a setting's value the way ``--set`` takes it."""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return ",".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
