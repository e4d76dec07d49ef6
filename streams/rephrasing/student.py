"""Students as the stream runs them: from a file, without torch. Knows where the shipped one is, nothing of training."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

from models.model_files import ModelFileError
from models.student.model import Student
from streams.detect.scorer import Pair

SHIPPED_FILE: Final = Path(str(files("models.student"))) / "shipped.safetensors"
"""The student that comes with the program: learned from licensed data only."""

NAME_LENGTH_MAX: Final = 120
"""Names of two models, joined, must fit into a record."""

PROBE: Final = Pair("play maroon five", "play maroon 5", reply="sorry?", first_failed=True, gap_s=8.0)

REMEDY: Final = "use a student that `reprise train rephrase` has written"


def read_student(path: Path, precision: str) -> Student:
    """Read a student that computes in ``int8`` or ``float32``, and try it.

    Raises:
        ModelFileError: the file is missing or broken, holds something else, or what it holds gives no probability.
    """
    try:
        student = Student.load(path, precision)
        fault = _fault(student)
    except ModelFileError:
        raise
    except Exception as problem:  # noqa: BLE001 - a file may be wrong in any way; nothing but the file is at fault
        raise ModelFileError(path, f"holds no student that can be used ({type(problem).__name__})", REMEDY) from None
    if fault:
        raise ModelFileError(path, fault, REMEDY)
    return student


def _fault(student: Student) -> str:
    """Return why a student must not score for anybody, "" when it may."""
    if not 0 < len(student.name) <= NAME_LENGTH_MAX:
        return f"its model has a name of {len(student.name)} characters; 1 to {NAME_LENGTH_MAX} are allowed"
    if not 0.0 <= student.threshold <= 1.0:
        return f"its model has the threshold {student.threshold}, which is no probability"
    scores = student.score([PROBE])
    # Written so that what is no number fails too.
    return (
        ""
        if scores.shape == (1,) and bool(np.all((scores >= 0.0) & (scores <= 1.0)))
        else "its model gives no probability"
    )
