"""The student without torch: what every scorer promises, its file, and what it refuses."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from models import model_files
from models.calibrating import Calibration
from models.features import COLUMNS
from models.model_files import ModelFileError
from models.student.config import WIDTH_MAX
from models.student.exact import INPUT_RANGE, PRECISIONS, ExactNetwork, Layer
from models.student.model import Student, Weights
from streams.detect.scorer import Scorer
from tests.contracts.scorer import MANY, ScorerContract

HIDDEN = 6


def _normal(chance: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    return chance.normal(scale=0.1, size=shape).astype(np.float32)


def weights(seed: int = 0, buckets: int = 0) -> Weights:
    """Return random weights of a small student."""
    chance = np.random.default_rng(seed)
    dimension = 4 if buckets else 0
    columns = len(COLUMNS)
    return Weights(
        mean=chance.random(columns, np.float32),
        deviation=chance.random(columns, np.float32) + np.float32(0.1),
        layers=(
            Layer(_normal(chance, columns + dimension, HIDDEN), _normal(chance, HIDDEN), INPUT_RANGE),
            Layer(_normal(chance, HIDDEN, 1), _normal(chance, 1), 30.0),
        ),
        embedding=_normal(chance, buckets, dimension),
    )


def student(**changes: Any) -> Student:
    """Return a small student."""
    return Student("student-test", 0.4, weights(), calibration=Calibration((-9.0, 9.0), (-3.0, 3.0)), **changes)


class TestScoresOfWholeNumbers(ScorerContract):
    """Weights of 8 bits."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        """Return a student."""
        return student()


class TestScoresOfFineNumbers(ScorerContract):
    """Weights of 24 bits."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        """Return a student."""
        return student(precision="float32")


class TestScoresWithWords(ScorerContract):
    """Hashed words beside the features."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        """Return a student."""
        return Student("student-words", 0.4, weights(buckets=64))


def test_a_student_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Name, threshold, description and every score come back, in either precision."""
    path = tmp_path / "student.safetensors"
    student(description={"seed": 7}).save(path)
    for precision in PRECISIONS:
        read = Student.load(path, precision)
        assert (read.name, read.threshold, read.description) == ("student-test", 0.4, {"seed": 7})
        assert read.precision == precision
        assert read.score(MANY).tobytes() == student(precision=precision).score(MANY).tobytes()


def test_words_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The rows of words are in the file too."""
    path = tmp_path / "student.safetensors"
    written = Student("student-words", 0.4, weights(buckets=64))
    written.save(path)
    assert Student.load(path).score(MANY).tobytes() == written.score(MANY).tobytes()


def test_both_precisions_agree() -> None:
    """Rounding weights to 8 bits moves log odds by little."""
    whole, fine = student().logits(MANY), student(precision="float32").logits(MANY)
    assert np.abs(whole - fine).max() < 0.1 * np.abs(fine).max()
    assert np.corrcoef(whole, fine)[0, 1] > 0.999


def test_fine_numbers_are_what_floating_point_computes() -> None:
    """The network in whole numbers is the network that was trained."""
    chance = np.random.default_rng(1)
    layers = weights().layers
    inputs = np.clip(chance.normal(size=(50, len(COLUMNS))), -INPUT_RANGE, INPUT_RANGE)
    hidden = np.maximum(inputs @ layers[0].weight.astype(np.float64) + layers[0].bias, 0.0)
    expected = np.minimum(hidden, layers[1].input_max) @ layers[1].weight.astype(np.float64) + layers[1].bias
    logits = ExactNetwork(layers, PRECISIONS["float32"]).logits(inputs)
    assert logits == pytest.approx(expected[:, 0], rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("name", PRECISIONS)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_sums_never_shows(name: str, seed: int) -> None:
    """The widest layer, its inputs in another order, gives the same bits: all its sums are exact."""
    chance = np.random.default_rng(seed)
    weight = chance.uniform(-1.0, 1.0, (WIDTH_MAX, 3)).astype(np.float32)
    weight[:, 0] = 1.0
    inputs = np.sign(chance.normal(size=(4, WIDTH_MAX))) * INPUT_RANGE
    inputs[0] = INPUT_RANGE
    bias = chance.normal(size=3).astype(np.float32)
    order = chance.permutation(WIDTH_MAX)
    last = Layer(np.ones((3, 1), np.float32), np.zeros(1, np.float32), 1e4)
    one = ExactNetwork((Layer(weight, bias, INPUT_RANGE), last), PRECISIONS[name]).logits(inputs)
    other = ExactNetwork((Layer(weight[order], bias, INPUT_RANGE), last), PRECISIONS[name]).logits(inputs[:, order])
    assert one.tobytes() == other.tobytes()


def test_a_language_may_have_an_offset() -> None:
    """It moves the scores of its own locales, and no others."""
    offset = Calibration((-9.0, 9.0), (-3.0, 3.0), {"de": 2.0})
    plain, moved = student(), Student("student-test", 0.4, weights(), calibration=offset)
    pairs = MANY[:20]
    german = [replace(pair, locale="de-AT") for pair in pairs]
    assert plain.score(pairs).tobytes() == moved.score(pairs).tobytes()
    assert (plain.score(german) < moved.score(german)).all()


def test_thresholds_by_language() -> None:
    """A language has its own, others that of all together, and an unmeasured share the student's."""
    table = {"": {"0.05": 0.6}, "de": {"0.05": 0.7}}
    measured = student(description={"false_alarm_thresholds": table})
    assert measured.threshold_for("de-DE") == 0.7
    assert measured.threshold_for("fr") == 0.6
    assert measured.threshold_for("de", false_alarms=0.2) == 0.4
    assert student().threshold_for("de") == 0.4


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1.0, float("nan")])
def test_a_threshold_that_decides_nothing_is_refused(threshold: float) -> None:
    """It lies between 0 and 1."""
    with pytest.raises(ValueError, match="threshold must be above 0 and below 1"):
        Student("student-test", threshold, weights())


def test_an_unknown_precision_is_refused() -> None:
    """The message names those there are."""
    with pytest.raises(ValueError, match="one of int8, float32, not int4"):
        student(precision="int4")


Change = Callable[[dict[str, Any], dict[str, Any]], object]


def _without_bias(arrays: dict[str, Any], _: dict[str, Any]) -> None:
    del arrays["bias_1"]


def _wide(arrays: dict[str, Any], _: dict[str, Any]) -> None:
    arrays["weight_0"] = np.zeros((len(COLUMNS) + 1, HIDDEN), np.float32)


def _infinite(arrays: dict[str, Any], _: dict[str, Any]) -> None:
    arrays["weight_0"] = np.full((len(COLUMNS), HIDDEN), np.inf, np.float32)


def _level(arrays: dict[str, Any], _: dict[str, Any]) -> None:
    arrays["deviation"] = np.zeros(len(COLUMNS), np.float32)


def _double(arrays: dict[str, Any], _: dict[str, Any]) -> None:
    arrays["mean"] = arrays["mean"].astype(np.float64)


BROKEN: list[tuple[Change, str]] = [
    (lambda _, told: told.update(format="something else"), "is no student; use a file that `reprise train rephrase`"),
    (lambda _, told: told.update(features="0"), "was trained on features of version 0, not .*; train it again"),
    (lambda _, told: told.update(columns=["one"]), "looks at other columns than the .*; train it again"),
    (lambda _, told: told.update(threshold=1.0), "threshold must be above 0 and below 1"),
    (lambda _, told: told.pop("name"), "is no whole student .'name'."),
    (lambda _, told: told.update(calibration={"given": [1, 0], "meant": [0, 1]}), "numbers of a calibration must rise"),
    (lambda _, told: told.update(calibration=None), "a calibration needs given and meant"),
    (lambda _, told: told.update(input_max=[8.0, 0.0]), "input_max must have 1 to 8 numbers above 0"),
    (lambda _, told: told.update(input_max=[]), "input_max must have 1 to 8 numbers above 0"),
    (lambda _, told: told.update(description=[1]), "is no whole student"),
    (
        lambda _, told: told.update(description={"false_alarm_thresholds": {"en": {"0.05": 1.0}}}),
        "false_alarm_thresholds must hold",
    ),
    (lambda _, told: told.update(description={"false_alarm_thresholds": [1]}), "false_alarm_thresholds must hold"),
    (lambda _, told: told.update(name=" "), "name must have 1 to 64 characters"),
    (lambda _, told: told.update(name="s" * 65), "name must have 1 to 64 characters"),
    (_without_bias, "is no whole student .'bias_1'."),
    (_wide, "weight_0 has shape"),
    (_infinite, "weight_0 holds other than finite numbers"),
    (_double, "mean holds other than finite numbers of 32 bits"),
    (_level, "deviations above 0"),
]


@pytest.mark.parametrize(("change", "fault"), BROKEN)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, change: Change, fault: str) -> None:
    """The message names the file, what is wrong with it, and what to do."""
    path = tmp_path / "student.safetensors"
    student().save(path)
    arrays, told = model_files.read(path)
    change(arrays, told)
    model_files.write(path, arrays, told)
    with pytest.raises(ModelFileError, match=f"student.safetensors: .*{fault}"):
        Student.load(path)


def test_a_student_runs_without_torch() -> None:
    """A worker has no torch; importing the student must not ask for it."""
    program = "import sys; import models.student.model; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
