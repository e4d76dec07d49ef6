"""A teacher as a scorer, as a chooser of turns, and as a folder."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import model_files
from models.model_files import ModelFileError
from models.pairs import Example, Window, WindowTurn, examples_of
from models.teacher.model import FILE, Teacher, is_teacher
from tests.contracts.scorer import ScorerContract
from tests.models.teacher.made import windows

WINDOWS = windows(30, seed=2)


class TestTeacherScores(ScorerContract):
    """A teacher is a scorer like any other."""

    @pytest.fixture
    def scorer(self, teacher: Teacher) -> Teacher:
        """Return the trained teacher."""
        return teacher


def test_shares_are_of_the_turns_that_are_there(teacher: Teacher) -> None:
    """Each row sums to 1, and nothing goes to turns that a window does not have."""
    shares = teacher.choose(WINDOWS)
    assert shares.shape == (30, 5)
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    for row, window in zip(shares, WINDOWS, strict=True):
        assert (row[1 + len(window.later) :] == 0.0).all()


def test_windows_come_back_in_order(teacher: Teacher) -> None:
    """Reading windows of like length together does not mix up their answers."""
    together = teacher.choose(WINDOWS)
    alone = np.concatenate([teacher.choose([window]) for window in WINDOWS])
    assert np.allclose(together, alone, atol=1e-5)


def test_no_window_gives_no_row(teacher: Teacher) -> None:
    """Nothing asked, nothing answered."""
    assert teacher.choose([]).shape == (0, 5)


def test_none_can_be_chosen_and_so_can_a_turn(teacher: Teacher) -> None:
    """A teacher tells a turn that repeats the source from windows in which nothing is alike."""
    source = WindowTurn("set alarm for seven", "sorry what", failed=True)
    unlike = Window(source, (WindowTurn("music louder", gap_s=90.0), WindowTurn("door", gap_s=200.0)))
    alike = Window(source, (WindowTurn("set the alarm for seven", gap_s=8.0), WindowTurn("door", gap_s=200.0)))
    assert teacher.choose([unlike, alike]).argmax(axis=1).tolist() == [0, 1]


def test_what_was_not_said_is_no_rewording(teacher: Teacher) -> None:
    """An empty turn gets nothing, and so does every turn after an empty source."""
    shares = teacher.choose(
        [
            Window(WindowTurn("stop"), (WindowTurn(""), WindowTurn("stop"))),
            Window(WindowTurn(""), (WindowTurn("stop"),)),
        ]
    )
    assert shares[0, 1] == shares[1, 1] == 0.0


def test_estimates_are_scores_but_for_the_last_digits(teacher: Teacher) -> None:
    """Scoring many at once says the same as scoring one by one."""
    pairs: list[Example] = [pair for window in WINDOWS for pair in examples_of(window)]
    assert np.allclose(teacher.estimates(pairs), teacher.score(pairs), atol=1e-4)


def test_a_folder_gives_the_same_teacher(teacher: Teacher, tmp_path: Path) -> None:
    """Saved and loaded, a teacher has the same name, threshold and scores to the last bit, and needs nothing else."""
    teacher.save(tmp_path)
    again = Teacher.load(tmp_path)
    pairs = [pair for window in WINDOWS for pair in examples_of(window)]
    assert (again.name, again.threshold, again.description) == (teacher.name, teacher.threshold, teacher.description)
    assert np.array_equal(again.score(pairs), teacher.score(pairs))
    assert np.array_equal(again.choose(WINDOWS), teacher.choose(WINDOWS))


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Change arrays and description of a teacher's file."""
    arrays, description = model_files.read(path)
    change(arrays, description)
    model_files.write(path, arrays, description)


def set_to(key: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Return a change of one field of the description."""
    return lambda _arrays, description: description.update({key: value})


def first_weight(change: Callable[[Any], Any]) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Return a change of one array."""
    return lambda arrays, _description: arrays.update({"features.mean": change(arrays["features.mean"])})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (set_to("format", "reprise student 1"), "is no teacher"),
        (set_to("features", "0"), "features of version 0"),
        (set_to("threshold", 1.5), "threshold"),
        (set_to("temperature", 0.0), "temperature"),
        (set_to("config", {"head": "both"}), "head"),
        (set_to("calibration", {}), "calibration"),
        (first_weight(lambda array: array * np.nan), "features.mean"),
        (first_weight(lambda array: array[1:]), "features.mean"),
    ],
)
def test_a_broken_teacher_is_refused(
    teacher: Teacher, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], fault: str
) -> None:
    """A file that is of another kind or version, or holds what cannot be, is an error with the file and the remedy."""
    teacher.save(tmp_path)
    rewritten(tmp_path / FILE, change)
    with pytest.raises(ModelFileError, match=fault) as error:
        Teacher.load(tmp_path)
    assert str(tmp_path / FILE) in str(error.value)
    assert error.value.fault != str(error.value)


def test_a_folder_without_its_encoder_is_refused(teacher: Teacher, tmp_path: Path) -> None:
    """A teacher whose tokenizer is gone is not read, and the error says what to do."""
    teacher.save(tmp_path)
    shutil.rmtree(tmp_path / "encoder")
    with pytest.raises(ModelFileError, match="train it again"):
        Teacher.load(tmp_path)


def test_a_folder_without_a_teacher_is_refused(tmp_path: Path) -> None:
    """An empty folder is no teacher."""
    assert not is_teacher(tmp_path)
    with pytest.raises(ModelFileError, match="no such file"):
        Teacher.load(tmp_path)
