"""What a user brings to train on: labelled pairs, and turn events as windows. Knows files, no model."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from models.corpora.logs import LabelledPairError, labelled_pairs
from models.pairs import Example, Window
from schemas.codec import decode_json
from schemas.errors import DecodeError
from schemas.records import TurnEvent
from streams.commands.reading import Lines
from streams.commands.usage import UnusableError, progress
from streams.detect.settings import DetectSettings
from streams.rephrasing.logs import sample, windows_of


def own_pairs(files: Sequence[str]) -> Iterator[Example]:
    """Yield the labelled pairs of all files.

    Raises:
        UnusableError: a file cannot be read, or a line is no labelled pair.
    """
    for file in files:
        try:
            yield from labelled_pairs(Path(file))
        except LabelledPairError as error:
            raise UnusableError(str(error)) from None
        except OSError as error:
            message = f"{file}: {error.strerror or error}"
            raise UnusableError(message) from None


def own_windows(files: Sequence[str], count: int, seed: int) -> list[Window]:
    """Return windows of the turn events of all files, at most ``count`` of them by chance; none of no file.

    Raises:
        UnusableError: a file cannot be read, a line is no turn event, or no turn follows another.
    """
    if not files:
        return []
    lines = Lines(files)
    with progress("reading turns", lines.total_bytes) as show:
        found = sample(windows_of(_events(lines, show), DetectSettings()), count, seed)
    if not found:
        message = f"{', '.join(files)}: nobody said two things within the gap, so there is nothing to learn from"
        raise UnusableError(message)
    return found


def _events(lines: Lines, show: Callable[[float], None]) -> Iterator[TurnEvent]:
    for line in lines:
        show(lines.done_bytes)
        try:
            yield decode_json(TurnEvent, line.value)
        except DecodeError as error:
            message = f"{line.file}, line {line.number}: {error}"
            raise UnusableError(message) from None
