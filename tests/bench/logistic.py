"""A logistic regression on eight of the features: the simplest learner to compare with. Knows no files."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models import features
from models.measuring import best_f1
from models.pairs import Pair

EIGHT: Final = (
    "equal",
    "similarity",
    "sorted_similarity",
    "sound_similarity",
    "words_shared",
    "failed",
    "reply_admits_failure",
    "gap",
)
"""How alike the texts are in five ways, how the first ended in two, and the time between."""

SHRINKAGE: Final = 1.0
"""Of squared weights of standardised columns, as if one pair in doubt spoke against each of them."""

Floats = NDArray[np.float64]


class Logistic(NamedTuple):
    """A fitted regression.

    Attributes:
        weights: of the columns as they are, shape ``(8,)``.
        intercept: log odds where every column is 0.
        threshold: the one with the highest F1 on what it was fitted on.
    """

    weights: Floats
    intercept: float
    threshold: float

    def probabilities(self, columns: Floats) -> Floats:
        """Return the probability of each row, shape ``(n,)``."""
        return sigmoid(columns @ self.weights + self.intercept)


def sigmoid(odds: Floats) -> Floats:
    """Return log odds as probabilities."""
    chances: Floats = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return chances


def eight_columns(examples: Sequence[Pair]) -> Floats:
    """Return the columns of the regression, shape ``(n, 8)``."""
    names = [column.name for column in features.COLUMNS]
    return features.matrix(examples)[:, [names.index(name) for name in EIGHT]].astype(np.float64)


def fit(columns: Floats, labels: Floats) -> Logistic:
    """Fit by the penalised likelihood.

    Args:
        columns: shape ``(n, k)``.
        labels: 0 or 1, shape ``(n,)``.
    """
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread[spread == 0.0] = 1.0
    scaled = (columns - mean) / spread

    def loss(line: Floats) -> tuple[float, Floats]:
        odds = scaled @ line[1:] + line[0]
        off = sigmoid(odds) - labels
        value = float((np.logaddexp(0.0, odds) - labels * odds).sum() + SHRINKAGE * (line[1:] ** 2).sum() / 2.0)
        return value, np.concatenate([[off.sum()], off @ scaled + SHRINKAGE * line[1:]])

    line = minimize(loss, np.zeros(columns.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = line[1:] / spread
    fitted = Logistic(weights, float(line[0] - mean @ weights), 0.5)
    return fitted._replace(threshold=best_f1(labels, fitted.probabilities(columns)).threshold)
