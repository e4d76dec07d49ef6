"""Lines of files, plain or compressed, and of standard input, one at a time. Knows nothing of what a line holds."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from streams.commands.usage import UnusableError

STANDARD_INPUT = "-"
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_BYTES_MAX = 1_048_576
"""Bytes kept of one line: a turn event at all its limits at once, every character escaped, is little over half."""


class Line(NamedTuple):
    """One line without its end, and where it stands. Numbers start at 1."""

    file: str
    number: int
    value: bytes


class Lines:
    """The lines of some files in order, blank ones left out.

    Only one line is held at a time. A line above ``LINE_BYTES_MAX`` is cut there, so that the decoder refuses it,
    and its rest is passed over.

    Attributes:
        total_bytes: size of the files as stored, None when standard input is among them.
        done_bytes: how much of it was read.
    """

    def __init__(self, files: Sequence[str]) -> None:
        if not files:
            message = "no file given; `-` is standard input"
            raise UnusableError(message)
        self.files = tuple(files)
        for file in self.files:
            _check(file)
        named = [Path(file) for file in self.files if file != STANDARD_INPUT]
        self.total_bytes = sum(path.stat().st_size for path in named) if len(named) == len(self.files) else None
        self.done_bytes = 0

    def __iter__(self) -> Iterator[Line]:
        """Yield every line.

        Raises:
            UnusableError: a file cannot be read to its end.
        """
        for file in self.files:
            try:
                yield from self._of(file)
            except (OSError, EOFError, zlib.error) as error:
                message = f"{file}: cannot be read to its end: {_reason(error)}"
                raise UnusableError(message) from None

    def _of(self, file: str) -> Iterator[Line]:
        before = self.done_bytes
        with _open(file) as raw:
            stream = _decompressed(raw)
            for number, value in _numbered(stream):
                self.done_bytes = before + _position(raw)
                yield Line(file, number, value)


def _check(file: str) -> None:
    if file == STANDARD_INPUT:
        return
    path = Path(file)
    if path.is_dir():
        message = f"{file}: is a folder; name the files in it"
        raise UnusableError(message)
    if not os.access(path, os.R_OK):
        message = f"{file}: {'may not be read' if path.exists() else 'no such file'}"
        raise UnusableError(message)


def _open(file: str) -> io.BufferedReader:
    if file == STANDARD_INPUT:
        return cast("io.BufferedReader", sys.stdin.buffer)
    return Path(file).open("rb")


def _decompressed(raw: io.BufferedReader) -> BinaryIO:
    """Return the content, told from its first bytes and not from its name, so that a pipe may be compressed too."""
    if raw.peek(len(GZIP_MAGIC))[: len(GZIP_MAGIC)] == GZIP_MAGIC:
        return cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=raw)))
    return raw


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while read := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if not read.endswith(b"\n"):
            _pass_over_rest(stream)
        value = read.removeprefix(BYTE_ORDER_MARK if number == 1 else b"").rstrip(b"\r\n")
        if value.strip():
            yield number, value


def _pass_over_rest(stream: BinaryIO) -> None:
    while (rest := stream.readline(io.DEFAULT_BUFFER_SIZE)) and not rest.endswith(b"\n"):
        pass


def _position(raw: io.BufferedReader) -> int:
    return raw.tell() if raw.seekable() else 0


def _reason(error: Exception) -> str:
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)
