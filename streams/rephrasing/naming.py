"""From the name of a model to the model: rules, shipped, a student's file, a teacher's folder. Knows no stage."""

from pathlib import Path

from models.model_files import ModelFileError
from streams.configuring.refusal import SettingsError
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from streams.rephrasing.second_opinion import read_teacher
from streams.rephrasing.settings import RULES, SHIPPED, RephraseSettings
from streams.rephrasing.student import SHIPPED_FILE, read_student


def model_named(choice: str, precision: str, setting: str) -> Scorer:
    """Return the model that a setting names.

    Args:
        choice: ``rules``, ``shipped``, the path of a student's file or of a teacher's folder.
        precision: ``int8`` or ``float32``, for students.
        setting: what to call the setting in an error.

    Raises:
        SettingsError: there is no such model, or it cannot be read; the message says what to do.
    """
    if choice == RULES:
        return RuleScorer()
    path = file_of(choice)
    try:
        return read_teacher(path) if _is_folder(path) else read_student(path, precision)
    except (OSError, ModelFileError, SettingsError) as error:
        message = f"`{setting}`: {_reason(choice, error)}"
        raise SettingsError(message) from None


def file_of(choice: str) -> Path:
    """Return where a model is that is not the rules."""
    return SHIPPED_FILE if choice == SHIPPED else Path(choice)


def is_watched(choice: str) -> bool:
    """Return whether a model may be exchanged while programs run: a student's file that somebody named."""
    return choice not in {RULES, SHIPPED} and not _is_folder(Path(choice))


def teacher_of(settings: RephraseSettings) -> Scorer | None:
    """Return the teacher that is asked for a second opinion, None when there is none.

    Raises:
        SettingsError: it cannot be read, or a student's file was named.
    """
    choice = settings.second_opinion_model
    if not choice:
        return None
    if not _is_folder(Path(choice)):
        message = f"`second_opinion_model`: {choice} is not the folder of a teacher"
        raise SettingsError(message)
    return model_named(choice, settings.rephrase_precision, "second_opinion_model")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _reason(choice: str, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{choice} cannot be read: {error.strerror or error}"
    return str(error)
