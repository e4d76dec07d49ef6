"""A folder of results: JSON lines, one file a kind. Knows nothing of what a row holds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

from streams.commands.usage import UnusableError


class Results:
    """An output folder, open for writing; files of an earlier run with the same names are replaced.

    Raises:
        UnusableError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._encode = msgspec.json.Encoder().encode
        self._files = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path("summary.json").unlink(missing_ok=True)  # an old summary beside new rows would mislead
            for name in names:
                self._files[name] = self.path(f"{name}.jsonl").open("wb")
        except OSError as error:
            self.close()
            message = f"{folder}: cannot be written: {error.strerror or error}"
            raise UnusableError(message) from None

    def path(self, name: str) -> Path:
        """Return the path of a file in the folder."""
        return self.folder / name

    def write(self, name: str, rows: Iterable[Any]) -> None:
        """Append rows, one line each."""
        file = self._files[name]
        for row in rows:
            file.write(self._encode(row) + b"\n")

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def created(path: Path) -> Iterator[BinaryIO]:
    """Open one output file, making its folder; an error on the way leaves no file behind.

    Raises:
        UnusableError: the file cannot be made or written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise UnusableError(message) from None
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write one value as JSON that people can read."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
