"""What recipes keep in files between steps: windows and columns of numbers. Knows shapes, no model."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.pairs import Example, Window, examples_of
from models.recipes.steps import fingerprint_of


class UnusableDataError(ValueError):
    """What a user brought cannot be learned from. The message says what to give instead."""


class Own(msgspec.Struct, frozen=True):
    """What a user brings.

    Attributes:
        labelled: pairs that people labelled, texts normalised.
        windows: what followed what in turn logs, not labelled.
    """

    labelled: tuple[Example, ...] = ()
    windows: tuple[Window, ...] = ()

    def labelled_digest(self) -> str:
        """Return a digest of the labelled pairs."""
        return fingerprint_of(msgspec.to_builtins(self.labelled))

    def windows_digest(self) -> str:
        """Return a digest of the windows."""
        return fingerprint_of(msgspec.to_builtins(self.windows))


def write_windows(path: Path, windows: Iterable[Window]) -> None:
    """Write windows as JSON lines."""
    with path.open("wb") as file:
        file.writelines(msgspec.json.encode(window) + b"\n" for window in windows)


def read_windows(path: Path) -> list[Window]:
    """Read what :func:`write_windows` wrote."""
    decoder = msgspec.json.Decoder(Window)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]


def pairs_of(windows: Iterable[Window]) -> list[Example]:
    """Return the pairs of all windows, in their order."""
    return [example for window in windows for example in examples_of(window)]


def write_numbers(path: Path, values: Sequence[float] | NDArray[Any]) -> None:
    """Write numbers so that the file is there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        np.save(file, np.asarray(values, np.float64))
    part.replace(path)


def read_numbers(path: Path) -> NDArray[np.float64]:
    """Read what :func:`write_numbers` wrote."""
    numbers: NDArray[np.float64] = np.load(path, allow_pickle=False)
    return numbers
