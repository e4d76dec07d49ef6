"""Students as the stream runs them: from a file, without torch. Knows where the shipped one is, nothing of training."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from models.model_files import ModelFileError
from models.student.model import Student

SHIPPED_FILE: Final = Path(str(files("models.student"))) / "shipped.safetensors"
"""The student that comes with the program: learned from licensed data only."""

REMEDY: Final = "use a student that `reprise train rephrase` has written"


def read_student(path: Path, precision: str) -> Student:
    """Read a student that computes in ``int8`` or ``float32``.

    Raises:
        ModelFileError: the file is missing or broken, or holds something else.
    """
    try:
        return Student.load(path, precision)
    except ModelFileError:
        raise
    except Exception as problem:  # noqa: BLE001 - bytes may be wrong in any way, and must never stop who reads them anew
        raise ModelFileError(path, f"holds no student that can be used ({type(problem).__name__})", REMEDY) from None
