"""Finds the rephrase models that benchmarks compare, by a name or a file. Knows where models come from, no measure."""

from pathlib import Path
from typing import Final

from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer

RULES: Final = "rules"
SHIPPED: Final = "shipped"
SHIPPED_FILE: Final = Path("models/student/shipped.safetensors")
MODEL_HELP: Final = "rules, shipped, a student's file or a teacher's folder; again for more"


class NoSuchModelError(ValueError):
    """A model cannot be used; says which, and why."""


def find(name: str, precision: str = "int8") -> Scorer:
    """Return the model of a name.

    Args:
        name: ``rules``, ``shipped``, a student's file, or a teacher's folder.
        precision: of a student: ``int8`` or ``float32``.

    Raises:
        NoSuchModelError: there is no such file, or what it needs is not installed.
        ModelFileError: the file is no model.
    """
    if name == RULES:
        return RuleScorer()
    path = SHIPPED_FILE if name == SHIPPED else Path(name)
    if not path.exists():
        message = f"{name}: there is no {path}; {MODEL_HELP}"
        raise NoSuchModelError(message)
    return _teacher(path) if path.is_dir() else _student(path, precision)


def _student(path: Path, precision: str) -> Scorer:
    from models.student.model import Student  # noqa: PLC0415 - the rules need none of it

    return Student.load(path, precision=precision)


def _teacher(folder: Path) -> Scorer:
    try:
        from models.teacher.model import Teacher  # noqa: PLC0415 - torch, which only a teacher needs
    except ModuleNotFoundError as error:
        message = f"{folder}: a teacher needs {error.name}: pip install 'reprise[models]'"
        raise NoSuchModelError(message) from error
    return Teacher.load(folder)
