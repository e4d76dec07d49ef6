"""All settings as one frozen value, read from a file, the environment and options. Runs nothing.

What is given later wins: defaults, then the file, then ``REPRISE_NAME`` in the environment, then ``NAME=VALUE``
options. A name nobody knows or a value outside its range stops the start, with the range and the nearest name; so do
values that are possible alone but not together.

One file and one environment serve every command: those that only run the stages pass over what only workers need.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from streams.configuring.places import AS_AN_OPTION, ENVIRONMENT_PREFIX, Given, Places
from streams.configuring.refusal import SettingsError, secret
from streams.configuring.words import takes
from streams.detect.settings import DetectSettings
from streams.engine.settings import EngineSettings
from streams.kafka.connection import Connection
from streams.learn.settings import LearnSettings
from streams.rephrasing.settings import RephraseSettings

__all__ = [
    "ENVIRONMENT_PREFIX",
    "FILE_NAME",
    "GROUPS",
    "Settings",
    "SettingsError",
    "WorkerSettings",
    "connection_from",
    "expected",
    "settings_from",
    "worker_settings_from",
]

FILE_NAME: Final = "reprise.toml"
"""Read from the working directory when no file is named and this one is there."""

PUBLIC_SECRET: Final = LearnSettings.model_fields["release_secret"].default
"""The key of the release noise that everybody knows: good for replays, worthless where texts are private."""


class Settings(DetectSettings, RephraseSettings, LearnSettings):
    """The settings of both stages and their models, flat: a name means one thing wherever it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def public(self) -> dict[str, Any]:
        """Return all values by name, those hidden whose printing would give a secret away."""
        fields = type(self).model_fields
        return {name: getattr(self, name) if field.repr else "(hidden)" for name, field in fields.items()}


IN_FILES: Final = {"release_secret": "release_secret_file", "user_salt": "user_salt_file"}
"""Secrets of the stages, and the settings that name the file of each: a stage itself reads none."""


class WorkerSettings(Settings, Connection, EngineSettings):
    """Everything a worker runs with: what the stages decide, how Kafka is reached, how the engine works."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, given: dict[str, Any]) -> dict[str, Any]:
        return given | {name: _from_file(name, given) for name, file in IN_FILES.items() if given.get(file)}

    def concerns(self) -> list[str]:
        """Return what is allowed but unsafe, one sentence each, for the log of a worker that starts."""
        found = super().concerns()
        if self.release != "floor" and self.release_secret == PUBLIC_SECRET:
            found.append("`release_secret` is the public one: who knows it can undo the noise that keeps texts private")
        return found


GROUPS: Final[dict[str, type[BaseModel]]] = {
    "Detecting": DetectSettings,
    "Rephrase models": RephraseSettings,
    "Learning": LearnSettings,
    "Reaching Kafka": Connection,
    "Running a worker": EngineSettings,
}
"""All settings by what they are about."""

Read = TypeVar("Read", bound=BaseModel)


def _from_file(name: str, given: Mapping[str, Any]) -> str:
    text = secret(IN_FILES[name], Path(given[IN_FILES[name]]))
    if given.get(name, text) != text:
        message = f"`{name}` and `{IN_FILES[name]}` are both given and differ; keep the file"
        raise SettingsError(message)
    return text


def settings_from(
    sets: Sequence[str] = (),
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings of the stages from their three places.

    Args:
        sets: options, each ``NAME=VALUE``.
        file: a TOML file of names and values, or None; what only a worker needs is passed over.
        environ: the environment; only names that start with ``REPRISE_`` are looked at, a worker's are passed over.
        defaults: values to take where none of the three says otherwise, instead of the settings' own defaults.

    Raises:
        SettingsError: a name is unknown, a value is impossible, or the file cannot be read.
    """
    return _made(Settings, _given(sets, file, environ, defaults))


def worker_settings_from(
    sets: Sequence[str] = (),
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> WorkerSettings:
    """Read all settings from their three places; arguments and errors are those of ``settings_from``."""
    return _made(WorkerSettings, _given(sets, file, environ, defaults))


def connection_from(
    sets: Sequence[str] = (),
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Connection:
    """Read how Kafka is reached, for programs that run no stage; as ``settings_from`` does."""
    return _made(Connection, _given(sets, file, environ, defaults))


def expected(name: str) -> str:
    """Say in words which values a setting takes."""
    return takes(WorkerSettings.model_fields[name])


def _given(
    sets: Sequence[str], file: Path | None, environ: Mapping[str, str] | None, defaults: Mapping[str, Any] | None
) -> Given:
    places = Places(WorkerSettings.model_fields)
    given: Given = {name: (value, "by default") for name, value in (defaults or {}).items()}
    if file is not None:
        given |= places.from_file(file)
    return given | places.from_environment(environ or {}) | places.from_options(sets)


def _made(kind: type[Read], given: Given) -> Read:
    for name, (_, place) in given.items():
        if place == AS_AN_OPTION and name not in kind.model_fields:
            message = f"`{name}` ({place}) is not used by this command; leave it out"
            raise SettingsError(message)
    try:
        return kind(**{name: value for name, (value, _) in given.items() if name in kind.model_fields})
    except ValidationError as error:
        raise SettingsError(_explained(error, given)) from None


def _explained(error: ValidationError, given: Given) -> str:
    faults = [
        _complaint(str(fault["loc"][0]), given) if fault["loc"] else _contradiction(fault["ctx"]["error"], given)
        for fault in error.errors()
    ]
    return "; ".join(dict.fromkeys(faults))


def _complaint(name: str, given: Given) -> str:
    value, place = given.get(name, (None, "from its file"))
    shown = f" is {value!r}" if WorkerSettings.model_fields[name].repr else " cannot be used"
    return f"`{name}` ({place}){shown}; expected {expected(name)}"


def _contradiction(error: object, given: Given) -> str:
    """Add to each setting that a rule names the place it was given in."""
    places = {name: place for name, (_, place) in given.items()}
    return re.sub(
        r"`(\w+)`", lambda match: match[0] + (f" ({places[match[1]]})" if match[1] in places else ""), str(error)
    )
