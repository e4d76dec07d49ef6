"""Trains a student on labelled pairs as ``reprise train rephrase --teacher none`` does. Knows the recipe, no file.

What it makes lives as long as the process: nothing is written.
"""

import sys
from collections.abc import Sequence

from models.corpora.synthesis import windows
from models.pairs import Example
from models.recipes.data import pairs_of
from models.recipes.options import NO_TEACHER, Limit, Options
from models.recipes.rephrase import lesson
from models.recipes.students import trained
from models.student.model import Student


class Retraining:
    """From labelled pairs to a student that also learned from the bundled corpora."""

    def __init__(self, count: int, seed: int = 0) -> None:
        """Make the windows that every student learns from; 0 leaves the bundled corpora out."""
        limit: Limit = "bundled+own" if count else "own"
        self._options = Options(name="student, trained", seed=seed, windows=count, teacher=NO_TEACHER, limit_to=limit)
        self._learned = pairs_of(windows(seed, count, "train"))
        self._judged = pairs_of(windows(seed, count // 10, "validation"))

    def __call__(self, own: Sequence[Example]) -> Student:
        """Return a student that learned from labelled pairs."""
        taught = lesson(self._options, self._learned, self._judged, own)
        student = trained(taught, self._options, lambda _doing, _done, _total: None, "")
        sys.stderr.write(f"trained on {len(own):,} labelled pairs\n")
        return student
