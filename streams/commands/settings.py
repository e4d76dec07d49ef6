"""``reprise settings``: every setting with its value and range. Changes nothing."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, screen
from streams.kafka.connection import Connection
from streams.settings import (
    FILE_NAME,
    GROUPS,
    Settings,
    WorkerSettings,
    connection_from,
    expected,
    settings_from,
    worker_settings_from,
)
from streams.tables import table

BootstrapOption = Annotated[
    str, typer.Option("--bootstrap", metavar="HOST:PORT", help="Kafka's addresses; the setting `bootstrap`.")
]
PrefixOption = Annotated[
    str | None,
    typer.Option("--prefix", metavar="TEXT", help="Put before all names in Kafka; the setting `prefix`."),
]


def settings(sets: SettingOptions = [], settings_file: SettingsFile = "") -> None:  # noqa: B006 - typer copies it
    """List the settings: what each is for, which values it takes, and the value in force.

    Values come from a TOML file, then from the environment (REPRISE_GAP_MS=30000), then from --set; the last wins.
    """
    in_force = read_worker_settings(sets, settings_file).public()
    for title, group in GROUPS.items():
        rows = [
            (name, shown(in_force[name]), expected(name), field.description or "")
            for name, field in group.model_fields.items()
        ]
        screen().print(table(title, ("name", "value", "takes", "what for"), rows))


def read_settings(sets: list[str], settings_file: str, **defaults: Any) -> Settings:
    """Read the settings a command runs with, from file, this process's environment and options.

    Args:
        sets: options, each ``NAME=VALUE``.
        settings_file: the file, "" for ``reprise.toml`` of the working directory, if there.
        defaults: what the command itself wants where nobody says otherwise.
    """
    return settings_from(sets, _file(settings_file), os.environ, defaults)


def read_worker_settings(sets: list[str], settings_file: str, **defaults: Any) -> WorkerSettings:
    """Read all settings, as ``read_settings`` does; for commands that speak to Kafka as a worker does."""
    return worker_settings_from(sets, _file(settings_file), os.environ, defaults)


def read_connection(sets: list[str], settings_file: str, **defaults: Any) -> Connection:
    """Read how Kafka is reached, as ``read_settings`` does; for commands that run no stage."""
    return connection_from(sets, _file(settings_file), os.environ, defaults)


def with_shortcuts(sets: list[str], bootstrap: str = "", prefix: str | None = None) -> list[str]:
    """Return options with those added that have a shorter name on the command line, which win."""
    added = [f"bootstrap={bootstrap}"] if bootstrap else []
    return [*sets, *added, *([] if prefix is None else [f"prefix={prefix}"])]


def shown(value: object) -> str:
    """Return a setting's value the way ``--set`` takes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return ",".join(str(item) for item in value) if isinstance(value, tuple) else str(value)


def _file(settings_file: str) -> Path | None:
    file = Path(settings_file or FILE_NAME)
    if settings_file and not file.is_file():
        message = f"{settings_file}: no such settings file"
        raise UnusableError(message)
    return file if file.is_file() else None
