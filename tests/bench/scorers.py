"""Finds the rephrase models that benchmarks compare, by a name or a file. Knows no measure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.pairs import Example
from streams.detect.scorer import Scorer
from streams.rephrasing.naming import model_named
from streams.rephrasing.settings import RULES, SHIPPED
from streams.rephrasing.student import SHIPPED_FILE

MODEL_HELP: Final = "rules, shipped, a student's file or a teacher's folder; again for more"


def find(name: str, precision: str = "int8") -> Scorer:
    """Return the model of a name.

    Args:
        name: ``rules``, ``shipped``, a student's file, or a teacher's folder.
        precision: of a student: ``int8`` or ``float32``.

    Raises:
        SettingsError: there is no such model, or it cannot be read.
    """
    return model_named(name, precision, "--model")


def shown(name: str) -> str:
    """Return a model's name as a table has room for it: a file by its folder and its own name."""
    return "/".join(Path(name).parts[-2:])


def names_of(more: Sequence[str]) -> list[str]:
    """Return what every comparison has, the rules and the student that is shipped, if it is, and then more."""
    shipped = [SHIPPED] if SHIPPED_FILE.exists() else []
    return list(dict.fromkeys([RULES, *shipped, *more]))


def scores_of(scorer: Scorer, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return the scores of examples, shape ``(n,)``: an example has all that a pair has."""
    return scorer.score(examples).astype(np.float64)  # type: ignore[arg-type]
