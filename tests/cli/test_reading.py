"""Lines from files: plain, compressed, broken, endless."""

import gzip
from pathlib import Path

import pytest

from streams.commands.reading import LINE_BYTES_MAX, Line, Lines
from streams.commands.usage import UnusableError


def write(path: Path, content: bytes) -> str:
    """Write a file and return its name."""
    path.write_bytes(content)
    return str(path)


def test_lines_keep_their_number_and_lose_their_end(tmp_path: Path) -> None:
    """Blank lines are passed over, but still counted, so that a number leads to the line in an editor."""
    file = write(tmp_path / "a.jsonl", b"\xef\xbb\xbfone\r\n\n  \ntwo")
    assert list(Lines([file])) == [Line(file, 1, b"one"), Line(file, 4, b"two")]


def test_compression_is_told_from_content(tmp_path: Path) -> None:
    """A compressed file is read whatever its name is, several members included, and so is a plain one named .gz."""
    packed = write(tmp_path / "packed", gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    plain = write(tmp_path / "plain.gz", b"three\n")
    assert [line.value for line in Lines([packed, plain])] == [b"one", b"two", b"three"]


def test_an_endless_line_is_cut_and_the_next_one_read(tmp_path: Path) -> None:
    """A line above the largest record costs no more memory than one record, and does not swallow what follows."""
    file = write(tmp_path / "a", b"x" * (LINE_BYTES_MAX + 100_000) + b"\nnext\n")
    lengths = [(line.number, len(line.value)) for line in Lines([file])]
    assert lengths == [(1, LINE_BYTES_MAX + 1), (2, 4)]


def test_a_line_of_exactly_the_largest_size_is_whole(tmp_path: Path) -> None:
    """Cutting starts above the limit, not at it."""
    file = write(tmp_path / "a", b"x" * LINE_BYTES_MAX + b"\nnext\n")
    assert [len(line.value) for line in Lines([file])] == [LINE_BYTES_MAX, 4]


def test_progress_reaches_the_size_of_all_files(tmp_path: Path) -> None:
    """The bytes done grow to the bytes there are."""
    lines = Lines([write(tmp_path / "a", b"one\n"), write(tmp_path / "b.gz", gzip.compress(b"two\n"))])
    assert len(list(lines)) == 2
    assert lines.done_bytes == lines.total_bytes


def test_what_cannot_be_read_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    """A missing file, a folder, or no file at all is one clear line."""
    with pytest.raises(UnusableError, match="no such file"):
        Lines([str(tmp_path / "nowhere")])
    with pytest.raises(UnusableError, match="is a folder"):
        Lines([str(tmp_path)])
    with pytest.raises(UnusableError, match="no file given"):
        Lines([])


@pytest.mark.parametrize("cut", [12, -6, 40])
def test_a_damaged_file_is_named(tmp_path: Path, cut: int) -> None:
    """A compressed file that ends too early is no silent end of input."""
    file = write(tmp_path / "a.gz", gzip.compress(bytes(range(256)) * 9)[:cut])
    with pytest.raises(UnusableError, match=r"a\.gz: cannot be read to its end"):
        list(Lines([file]))
