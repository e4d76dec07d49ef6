"""Where settings come from: a TOML file, the environment, options. Knows names and kinds, no value's meaning."""

import difflib
import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final

import msgspec
from pydantic.fields import FieldInfo

from streams.configuring.refusal import SettingsError

ENVIRONMENT_PREFIX: Final = "REPRISE_"
AS_AN_OPTION: Final = "as an option"

Given = dict[str, tuple[Any, str]]
"""Values by name, each with the place it came from."""


class Places:
    """Reads the places for one set of known settings; a name that is unknown everywhere is refused."""

    def __init__(self, fields: Mapping[str, FieldInfo]) -> None:
        self._fields = fields

    def from_file(self, file: Path) -> Given:
        """Read a TOML file of names and values."""
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            reason = error.strerror or error if isinstance(error, OSError) else error
            message = f"settings file {file}: {reason}"
            raise SettingsError(message) from None
        return {self._known(name, f"in {file}"): (value, f"in {file}") for name, value in values.items()}

    def from_environment(self, environ: Mapping[str, str]) -> Given:
        """Read ``REPRISE_NAME`` variables."""
        found = {}
        for variable, text in sorted(environ.items()):
            if variable.startswith(ENVIRONMENT_PREFIX):
                name = self._known(variable.removeprefix(ENVIRONMENT_PREFIX).lower(), f"from {variable}")
                found[name] = (self._read(name, text, f"from {variable}"), f"from {variable}")
        return found

    def from_options(self, sets: Iterable[str]) -> Given:
        """Read options, each ``NAME=VALUE``."""
        found = {}
        for option in sets:
            name, equals, text = option.partition("=")
            if not equals:
                message = f"`{option}` is not a setting: expected NAME=VALUE"
                raise SettingsError(message)
            name = self._known(name.strip(), AS_AN_OPTION)
            found[name] = (self._read(name, text.strip(), AS_AN_OPTION), AS_AN_OPTION)
        return found

    def _known(self, name: str, place: str) -> str:
        if name in self._fields:
            return name
        near = difflib.get_close_matches(name, self._fields, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "`reprise settings` lists all of them"
        message = f"`{name}` ({place}) is not a setting; {hint}"
        raise SettingsError(message)

    def _read(self, name: str, text: str, place: str) -> Any:
        """Turn text into what pydantic can check: lists from commas or JSON, mappings from ``a=b,c=d`` or JSON."""
        annotation = self._fields[name].annotation
        shape = typing.get_origin(annotation)
        if NoneType in typing.get_args(annotation):
            return text or None
        if shape not in {tuple, dict}:
            return text
        if text.startswith(("[", "{")):
            return _from_json(name, text, place)
        items = [item.strip() for item in text.split(",") if item.strip()]
        return items if shape is tuple else dict(_pair(name, item, place) for item in items)


def _from_json(name: str, text: str, place: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        message = f"`{name}` ({place}) is not valid JSON: {error}"
        raise SettingsError(message) from None


def _pair(name: str, item: str, place: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals:
        message = f"`{name}` ({place}): `{item}` should be KEY=VALUE; several are joined by commas"
        raise SettingsError(message)
    return key.strip(), value.strip()
