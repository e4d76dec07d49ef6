"""Measures rephrase models on labelled pairs: order, verdicts and calibration in one table, intervals by session.

Run ``python -m tests.bench.evaluate_rephrase --pairs FILE [--model NAME_OR_FILE]... [--train]``. Two forms of JSON
lines are understood, plain or ``.gz``: pairs as ``reprise train rephrase --labelled`` takes them, and published
correction data with ``first``, ``response``, ``first_executed``, ``gap_s``, ``second``, ``label`` (above 0 is a
correction), ``date`` and ``session``. Such data is measured on and never stored: no text of it is printed, no model
trained on it is written.

What learns from the pairs (the logistic regression, and with ``--train`` the student) learns on the other days and
scores the day held out, threshold included; the scores of all days are then judged together. Days, not pairs, because
one day may supply half of them, all from the same few people.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import measuring
from models.corpora.logs import LabelledPairError
from models.pairs import Example
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Pair, Scorer
from streams.tables import Cell, table
from tests.bench import logistic
from tests.bench.labelled_pairs import failed_of, labels_of, places_of, read_pairs, sessions_of
from tests.bench.printing import both, screen, three
from tests.bench.retraining import Retraining
from tests.bench.scorers import MODEL_HELP, find, names_of, scores_of, shown

COLUMNS: Final = (
    "model", "AP", "AP 95 %", "F1", "F1 95 %", "threshold", "AP failed", "AP executed", "F1 failed", "F1 executed",
    "ECE",
)  # fmt: skip
DRAWS: Final = 1_000
Learner = Callable[[Sequence[Example]], Scorer]
"""From labelled pairs to a model."""


class Predictions(msgspec.Struct, frozen=True):
    """What a model said of every pair.

    Attributes:
        scores: probabilities, shape ``(n,)``.
        hits: whether it calls the pair a rewording, at its own threshold, shape ``(n,)``.
        threshold: that threshold; the median where each fold has its own.
    """

    name: str
    scores: NDArray[np.float64]
    hits: NDArray[np.bool_]
    threshold: float


def scored(name: str, scorer: Scorer, examples: Sequence[Example]) -> Predictions:
    """Return what a finished model says."""
    scores = scores_of(scorer, examples)
    return Predictions(name, scores, scores >= scorer.threshold, scorer.threshold)


def held_out(name: str, learner: Learner, examples: Sequence[Example], folds: NDArray[np.intp]) -> Predictions:
    """Return what a learner says of each fold after it has learned from the others."""
    scores, thresholds = np.zeros(len(examples)), np.zeros(len(examples))
    for fold in np.unique(folds):
        outside, inside = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        model = learner([examples[index] for index in outside])
        scores[inside] = scores_of(model, [examples[index] for index in inside])
        thresholds[inside] = model.threshold
    return Predictions(name, scores, scores >= thresholds, float(np.median(thresholds)))


class Regression:
    """The logistic regression as a :class:`Scorer`."""

    name = "logistic"

    def __init__(self, examples: Sequence[Example]) -> None:
        """Learn from labelled pairs."""
        labels = labels_of(examples).astype(np.float64)
        self._fitted = logistic.fit(logistic.eight_columns(examples), labels)
        self.threshold = self._fitted.threshold

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return probabilities, shape ``(n,)``."""
        return self._fitted.probabilities(logistic.eight_columns(pairs)).astype(np.float32)


def row_of(said: Predictions, examples: Sequence[Example], draws: int = DRAWS) -> tuple[Cell, ...]:
    """Return a model as a row of the table."""
    labels, failed = labels_of(examples), failed_of(examples)
    sessions = sessions_of(examples)
    f1 = partial(measuring.f1_at, threshold=0.5)
    ap_found = measuring.intervals(measuring.average_precision, labels, said.scores, sessions, draws=draws)
    f1_found = measuring.intervals(f1, labels, said.hits, sessions, draws=draws)
    slices = [
        three(measure(labels[part], values[part]))
        for measure, values in ((measuring.average_precision, said.scores), (f1, said.hits))
        for part in (failed, ~failed)
    ]
    error = measuring.expected_calibration_error(labels, said.scores)
    return (said.name, *both(ap_found), *both(f1_found), three(said.threshold), *slices, three(error))


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE", help="labelled pairs, JSON lines")
    parser.add_argument("--model", action="append", default=[], dest="models", metavar="NAME", help=MODEL_HELP)
    parser.add_argument("--train", action="store_true", help="also a student trained on the pairs of the other days")
    parser.add_argument("--folds", type=int, default=0, help="days are put together in so many; 0: each by itself")
    parser.add_argument("--windows", type=int, default=40_000, help="bundled windows that --train also learns from")
    parser.add_argument("--draws", type=int, default=DRAWS, help="resamples of an interval")
    return parser.parse_args(arguments)


def main() -> int:
    """Measure and print."""
    options = parsed()
    try:
        examples = read_pairs(options.pairs)
        predictions = [scored(shown(name), find(name), examples) for name in names_of(options.models)]
    except (LabelledPairError, OSError, SettingsError) as error:
        sys.stderr.write(f"evaluate_rephrase: {error}\n")
        return 2
    folds = places_of(examples, options.folds)
    learners: list[tuple[str, Learner]] = [("logistic, 8 features", Regression)]
    learners += [("student, trained", Retraining(options.windows))] if options.train else []
    predictions += [held_out(name, learner, examples, folds) for name, learner in learners]
    rows = [row_of(said, examples, options.draws) for said in predictions]
    screen().print(table(title_of(examples, folds), COLUMNS, rows))
    return 0


def title_of(examples: Sequence[Example], folds: NDArray[np.intp]) -> str:
    """Say what was measured on."""
    labels, failed = labels_of(examples), failed_of(examples)
    return (
        f"{len(examples):,} pairs, {labels.sum():,} rewordings; first failed {failed.sum():,}, "
        f"executed {(~failed).sum():,} with {labels[~failed].sum():,} rewordings; {len(np.unique(folds))} folds by day"
    )


if __name__ == "__main__":
    sys.exit(main())
