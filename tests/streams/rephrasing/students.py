"""Students made by hand and pairs to score, for tests. Knows no training and no stream."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from models.features import COLUMNS
from models.student.exact import Layer
from models.student.model import Student, Weights
from streams.detect.scorer import Pair

EAGER, RELUCTANT = 3.0, -3.0
"""Log odds of students that call everything a rephrase, or nothing."""

COLUMN: Final = 0
"""The only column that a student with a slope looks at."""


def student(name: str, log_odds: float, slope: float = 0.0, **given: Any) -> Student:
    """Return a student that gives every pair the same log odds, but for a slope on one feature."""
    columns = len(COLUMNS)
    weight = np.zeros((columns, 1), np.float32)
    weight[COLUMN] = slope
    layer = Layer(weight, np.array([log_odds], np.float32), 8.0)
    zeros, ones = np.zeros(columns, np.float32), np.ones(columns, np.float32)
    weights = Weights(zeros, ones, (layer,), np.zeros((0, 0), np.float32))
    return Student(name, 0.5, weights, **given)


def saved(path: Path, name: str, log_odds: float, **given: Any) -> str:
    """Write a student and return its file's name."""
    student(name, log_odds, **given).save(path)
    return str(path)


def pair(first: str = "play maroon five", second: str = "play maroon 5", **given: Any) -> Pair:
    """Return a pair of texts."""
    return Pair(first, second, **given)


class Counting:
    """A model of fixed scores, by the second text, that remembers how many pairs it was asked about at a time."""

    def __init__(self, name: str, scores: dict[str, float], threshold: float = 0.5) -> None:
        self.name = name
        self.threshold = threshold
        self.sizes: list[int] = []
        self._scores = scores

    def score(self, pairs: Any) -> Any:
        """Return what was fixed."""
        self.sizes.append(len(pairs))
        return np.array([self._scores[pair.second] for pair in pairs], np.float32)
