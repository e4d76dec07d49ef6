"""The one error for settings that cannot be used, and the files settings name. Knows no setting."""

import stat
from pathlib import Path


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it, what was expected, and where it came from."""


def readable(name: str, path: Path) -> str:
    """Return the path of a file that a setting names, after making sure that it can be read.

    Raises:
        SettingsError: it is missing, no file, or closed to this process.
    """
    try:
        with path.open("rb"):
            return str(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"`{name}`: {path} cannot be read: {reason}"
        raise SettingsError(message) from None


def secret(name: str, path: Path) -> str:
    """Return the secret in a file; a line end at its end, which editors leave there, is no part of it.

    Raises:
        SettingsError: the file cannot be read, or holds nothing; the message never holds the secret.
    """
    readable(name, path)
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        message = f"`{name}`: {path} holds no secret: expected one line of UTF-8 text"
        raise SettingsError(message)
    return text


def open_to_everyone(path: Path) -> bool:
    """Return whether every user of the machine may read a file."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
