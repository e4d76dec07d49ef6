"""What may stand behind the question mark of an address: read, bounded, refused by name. Knows no page."""

from collections.abc import Collection, Mapping
from typing import Final

from schemas.limits import SAID_LENGTH_MAX

START_MAX: Final = 10_000_000
"""Nobody pages further; they search."""


class QueryError(ValueError):
    """A value of a query cannot be used; the message names the parameter and the fix."""


class Query:
    """The parameters of a request.

    Raises:
        QueryError: one is not among ``names``.
    """

    def __init__(self, values: Mapping[str, str], names: Collection[str]) -> None:
        self._values = values
        for name in values:
            if name not in names:
                message = f"{name}: no parameter of this address; expected {', '.join(names) or 'none'}"
                raise QueryError(message)

    def text(self, name: str, default: str = "", *, size: int = SAID_LENGTH_MAX) -> str:
        """Return a text without spaces around it.

        Raises:
            QueryError: it is longer than ``size`` characters.
        """
        text = self._values.get(name, default).strip()
        if len(text) > size:
            message = f"{name}: expected at most {size} characters"
            raise QueryError(message)
        return text

    def optional(self, name: str) -> str | None:
        """Return a text that may be empty, None where it is not given; raises as `text`."""
        return self.text(name) if name in self._values else None

    def number(self, name: str, default: int, *, low: int = 0, high: int = START_MAX) -> int:
        """Return a whole number.

        Raises:
            QueryError: it is none, or not from ``low`` to ``high``.
        """
        text = self._values.get(name, "")
        if not text:
            return default
        # Digits of other scripts are numbers to Python as well; length first, as huge ones are slow to read.
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high):
            message = f"{name}: expected a whole number from {low} to {high}"
            raise QueryError(message)
        return int(text)

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """Return one of ``choices``, "" where it is not given.

        Raises:
            QueryError: it is another.
        """
        text = self.text(name)
        if text and text not in choices:
            message = f"{name}: expected one of {', '.join(choices)}"
            raise QueryError(message)
        return text
