"""Python source while it is being written. Knows lines, names and indentation, not what they are for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """Source lines, and the values their names stand for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0
        self._constants: dict[str, Any] = {}

    def line(self, text: str) -> None:
        """Add a line at the present depth; one that opens a function is followed deeper."""
        self._lines.append("    " * self._depth + text)
        if text.startswith("def "):
            self._depth += 1

    @contextmanager
    def block(self, opening: str, after: Callable[[], None] | None = None) -> Iterator[None]:
        """Add a line and everything written meanwhile below it; ``after`` is called at its end."""
        self.line(opening)
        self._depth += 1
        yield
        self._depth -= 1
        if after is not None:
            after()

    def variable(self, hint: str) -> str:
        """Return a new name."""
        self._names += 1
        return f"{hint}_{self._names}"

    def constant(self, hint: str, value: Any) -> str:
        """Return the name of a value; plain ones are written out."""
        if value is None or value in ("", ()) or isinstance(value, bool):
            return repr(value)
        for name, known in self._constants.items():
            if known is value:
                return name
        name = self.variable(hint)
        self._constants[name] = value
        return name

    def text(self) -> str:
        """Return the source written so far."""
        return "\n".join(self._lines) + "\n"

    def function(self, name: str, text: str) -> Callable[..., Any]:
        """Compile source that defines a function, and return it; the constants are its global names."""
        namespace = dict(self._constants)
        exec(compile(text, f"<generated {name}>", "exec"), namespace)  # noqa: S102 - made of our own schemas alone
        function: Callable[..., Any] = namespace[name]
        return function
