"""How long a model takes, batch by batch. Knows a scorer and a clock."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.detect.scorer import Pair, Scorer


class Scoring(NamedTuple):
    """One question to a model: how many pairs, how many seconds."""

    pairs: int
    seconds: float


class Timed:
    """A model, unchanged, with its times.

    Attributes:
        scorings: each question so far.
    """

    def __init__(self, scorer: Scorer) -> None:
        self.name = scorer.name
        self.threshold = scorer.threshold
        self.scorings: list[Scoring] = []
        self._scorer = scorer

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return what the model says, shape ``(len(pairs),)``."""
        began = time.perf_counter()
        scores = self._scorer.score(pairs)
        self.scorings.append(Scoring(len(pairs), time.perf_counter() - began))
        return scores
