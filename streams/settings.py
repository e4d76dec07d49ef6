"""All settings of the stages as one frozen value, read from a file, the environment and options. Runs nothing.

What is given later wins: defaults, then the file, then ``REPRISE_NAME`` in the environment, then ``NAME=VALUE``
options. A name nobody knows or a value outside its range stops the start, with the range and the nearest name.
"""

import difflib
import tomllib
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from streams.detect.settings import DetectSettings
from streams.learn.settings import LearnSettings

ENVIRONMENT_PREFIX: Final = "REPRISE_"
FILE_NAME: Final = "reprise.toml"
"""Read from the working directory when no file is named and this one is there."""


BOUND_WORDS: Final = {
    "ge": "from {}",
    "gt": "above {}",
    "le": "to {}",
    "lt": "below {}",
    "min_length": "of at least {} characters",
}
"""How each kind of limit is said."""


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it, what was expected, and where it came from."""


class Settings(DetectSettings, LearnSettings):
    """The settings of both stages, flat: a name means one thing wherever it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def public(self) -> dict[str, Any]:
        """Return all values by name, those hidden whose printing would give a secret away."""
        fields = type(self).model_fields
        return {name: getattr(self, name) if field.repr else "(hidden)" for name, field in fields.items()}


def settings_from(
    sets: Sequence[str] = (),
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings from their three places.

    Args:
        sets: options, each ``NAME=VALUE``.
        file: a TOML file of names and values, or None.
        environ: the environment; only names that start with ``REPRISE_`` are looked at.
        defaults: values to take where none of the three says otherwise, instead of the settings' own defaults.

    Raises:
        SettingsError: a name is unknown, a value is impossible, or the file cannot be read.
    """
    given: dict[str, tuple[Any, str]] = {name: (value, "by default") for name, value in (defaults or {}).items()}
    if file is not None:
        given |= _from_file(file)
    given |= _from_environment(environ or {})
    given |= _from_options(sets)
    try:
        return Settings(**{name: value for name, (value, _) in given.items()})
    except ValidationError as error:
        raise SettingsError(_explained(error, given)) from None


def expected(name: str) -> str:
    """Say in words which values a setting takes."""
    field = Settings.model_fields[name]
    return _kind(field.annotation) + _range(field.metadata)


def _from_file(file: Path) -> dict[str, tuple[Any, str]]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"settings file {file}: {_reason(error)}"
        raise SettingsError(message) from None
    return {_known(name, f"in {file}"): (value, f"in {file}") for name, value in values.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found = {}
    for variable, text in sorted(environ.items()):
        if variable.startswith(ENVIRONMENT_PREFIX):
            name = _known(variable.removeprefix(ENVIRONMENT_PREFIX).lower(), f"from {variable}")
            found[name] = (_read(name, text, f"from {variable}"), f"from {variable}")
    return found


def _from_options(sets: Iterable[str]) -> dict[str, tuple[Any, str]]:
    found = {}
    for option in sets:
        name, equals, text = option.partition("=")
        if not equals:
            message = f"`{option}` is not a setting: expected NAME=VALUE"
            raise SettingsError(message)
        name = _known(name.strip(), "as an option")
        found[name] = (_read(name, text.strip(), "as an option"), "as an option")
    return found


def _known(name: str, place: str) -> str:
    if name in Settings.model_fields:
        return name
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`reprise settings` lists all of them"
    message = f"`{name}` ({place}) is not a setting; {hint}"
    raise SettingsError(message)


def _read(name: str, text: str, place: str) -> Any:
    """Turn text into what pydantic can check: lists from commas or JSON, mappings from ``a=b,c=d`` or JSON."""
    shape = typing.get_origin(Settings.model_fields[name].annotation)
    if shape not in {tuple, dict}:
        return text
    if text.startswith(("[", "{")):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            message = f"`{name}` ({place}) is not valid JSON: {error}"
            raise SettingsError(message) from None
    items = [item.strip() for item in text.split(",") if item.strip()]
    return items if shape is tuple else dict(_pair(name, item, place) for item in items)


def _pair(name: str, item: str, place: str) -> tuple[str, str]:
    key, equals, value = item.partition("=")
    if not equals:
        message = f"`{name}` ({place}): `{item}` should be KEY=VALUE; several are joined by commas"
        raise SettingsError(message)
    return key.strip(), value.strip()


def _explained(error: ValidationError, given: Mapping[str, tuple[Any, str]]) -> str:
    return "; ".join(dict.fromkeys(_complaint(str(fault["loc"][0]), given) for fault in error.errors()))


def _complaint(name: str, given: Mapping[str, tuple[Any, str]]) -> str:
    value, place = given[name]
    shown = f" is {value!r}" if Settings.model_fields[name].repr else " cannot be used"
    return f"`{name}` ({place}){shown}; expected {expected(name)}"


def _kind(annotation: Any) -> str:
    if typing.get_origin(annotation) is Annotated:
        inner, *constraints = typing.get_args(annotation)
        return _kind(inner) + _range(_constraints(constraints))
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(choice) for choice in arguments)
    if typing.get_origin(annotation) is dict:
        return f"pairs a=b, joined by commas, each b {_kind(arguments[1])}"
    if typing.get_origin(annotation) is tuple:
        return (
            "texts, joined by commas"
            if Ellipsis in arguments
            else f"{len(arguments)} whole numbers with a comma between"
        )
    return {int: "a whole number", float: "a number", str: "a text"}.get(annotation, str(annotation))


def _constraints(metadata: Iterable[Any]) -> list[Any]:
    """Return the bounds themselves, also those still wrapped in a ``Field``."""
    return [bound for item in metadata for bound in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _range(metadata: Iterable[Any]) -> str:
    bounds = [
        BOUND_WORDS[bound].format(f"{limit:,}" if isinstance(limit, int) else limit)
        for constraint in metadata
        for bound in BOUND_WORDS
        if (limit := getattr(constraint, bound, None)) is not None
    ]
    return " " + " ".join(bounds) if bounds else ""


def _reason(error: Exception) -> str:
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)
