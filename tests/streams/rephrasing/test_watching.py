"""A model file that changes under a running program: taken up between batches, or refused with the old one kept."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rephrasing.student import read_student
from streams.rephrasing.telling import REFUSED
from streams.rephrasing.watching import LOOK_EVERY_S, WatchedFile
from tests.streams.rephrasing.students import EAGER, RELUCTANT, student


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


class Watching:
    """A watched student's file, with its clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        student("one-1", EAGER).save(path)
        self.file = WatchedFile(path, partial(read_student, precision="int8"), self.clock)

    def later(self, looks: int = 2) -> str:
        """Let a number of looks pass, and return the name of the model after them."""
        for _ in range(looks):
            self.clock.now_s += LOOK_EVERY_S
            self.file.current()
        return self.file.current().name

    def refused(self) -> float:
        """Return how many files were refused since the last question."""
        return self.file.take_facts().get(REFUSED, 0.0)


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    """Give a watched file."""
    return Watching(tmp_path / "model.safetensors")


def by_rename(path: Path, content: bytes) -> None:
    """Replace a file in one step."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def in_place(path: Path, content: bytes) -> None:
    """Write over a file, and let its time differ even where clocks are coarse."""
    path.write_bytes(content)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def content_of(name: str, log_odds: float, folder: Path) -> bytes:
    """Return the bytes of a student's file."""
    student(name, log_odds).save(folder / "made")
    return (folder / "made").read_bytes()


@pytest.mark.parametrize("write", [by_rename, in_place])
def test_a_new_file_is_taken_up(watching: Watching, tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    """However it was put in place, the new model scores from then on."""
    write(watching.path, content_of("two-2", RELUCTANT, tmp_path))
    assert watching.later() == "two-2"
    assert watching.refused() == 0


def test_nothing_changes_between_two_looks(watching: Watching, tmp_path: Path) -> None:
    """A file is looked at at most once a second: whoever asks more often gets the same object."""
    before = watching.file.current()
    by_rename(watching.path, content_of("two-2", RELUCTANT, tmp_path))
    watching.clock.now_s += LOOK_EVERY_S * 0.99
    assert watching.file.current() is before


@pytest.mark.parametrize("content", [b"", b"no model", b"\xff" * 5_000])
def test_a_broken_file_is_refused_once_and_the_old_model_stays(watching: Watching, content: bytes) -> None:
    """Its refusal is counted once, however often somebody looks afterwards."""
    by_rename(watching.path, content)
    assert watching.later(5) == "one-1"
    assert watching.refused() == 1


def test_a_file_that_is_gone_is_refused_and_taken_up_when_it_is_back(watching: Watching, tmp_path: Path) -> None:
    """Between a removal and a copy there is no file; that must not stop anything."""
    watching.path.unlink()
    assert watching.later() == "one-1"
    assert watching.refused() == 1
    watching.path.write_bytes(content_of("two-2", RELUCTANT, tmp_path))
    assert watching.later() == "two-2"


def test_a_file_is_not_read_while_it_is_written(watching: Watching, tmp_path: Path) -> None:
    """As long as it looks different each time, somebody is writing it; that is no refusal."""
    content = content_of("two-2", RELUCTANT, tmp_path)
    for part in range(1, 6):
        in_place(watching.path, content[: len(content) * part // 6])
        assert watching.later(1) == "one-1"
    in_place(watching.path, content)
    assert watching.later() == "two-2"
    assert watching.refused() == 0


@given(kept=st.floats(0.0, 0.999))
def test_a_half_written_file_is_refused_then_taken_when_complete(
    tmp_path_factory: pytest.TempPathFactory, kept: float
) -> None:
    """A writer that stopped midway, wherever, costs nothing but a refusal."""
    folder = tmp_path_factory.mktemp("half")
    watching = Watching(folder / "model.safetensors")
    content = content_of("two-2", RELUCTANT, folder)
    in_place(watching.path, content[: int(len(content) * kept)])
    assert (watching.later(), watching.refused()) == ("one-1", 1)
    in_place(watching.path, content)
    assert (watching.later(), watching.refused()) == ("two-2", 0)
