"""Rules of the evaluation on labelled pairs: what is read, who learns from what, what a row says."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.corpora.logs import LabelledPairError
from models.pairs import Example
from streams.detect.scorer import Pair
from tests.bench.evaluate_rephrase import COLUMNS, Predictions, Regression, held_out, row_of
from tests.bench.labelled_pairs import places_of, read_pairs

CORRECTION = {
    "first": "Play Maroon five",
    "response": "Sorry?",
    "first_executed": False,
    "second": "play maroon 5",
    "second_executed": True,
    "gap_s": 8.5,
    "label": 2,
    "date": "2017-02-05",
    "session": 3,
}


def written(path: Path, *rows: dict[str, object]) -> Path:
    """Write rows as packed JSON lines."""
    path.write_bytes(gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    return path


def example(day: str, *, label: float = 1.0, failed: bool = True) -> Example:
    """Return a pair of a day."""
    second = "play it again" if label else "what is the weather"
    return Example("play it once more", second, label, first_failed=failed, group=day, session=f"{day} s")


def test_a_correction_becomes_a_pair_of_its_day(tmp_path: Path) -> None:
    """Normalised, a label above 0 is a rewording, and what is known of its neighbours stays out."""
    (read,) = read_pairs(written(tmp_path / "pairs.jsonl.gz", CORRECTION))
    assert read == Example(
        "play maroon five",
        "play maroon 5",
        1.0,
        reply="Sorry?",
        first_failed=True,
        gap_s=8.5,
        group="2017-02-05",
        session="3",
    )


def test_pairs_to_train_on_are_read_as_training_reads_them(tmp_path: Path) -> None:
    """With their label and session."""
    rows = {"first": "A b", "second": "a c", "label": 0, "session": "x"}, {"first": "d", "second": "e", "label": 1}
    read = read_pairs(written(tmp_path / "pairs.jsonl.gz", *rows))
    assert [(each.first, each.label, each.session) for each in read] == [("a b", 0.0, "x"), ("d", 1.0, "")]


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    """By its number and its field."""
    broken = {**CORRECTION, "label": "yes"}
    with pytest.raises(LabelledPairError, match=r"line 2.*label"):
        read_pairs(written(tmp_path / "pairs.jsonl.gz", CORRECTION, broken))


def test_a_learner_never_sees_the_day_it_scores() -> None:
    """Each fold is scored by what learned from all other days and nothing else."""

    class Spy:
        name, threshold = "spy", 0.5

        def __init__(self, learned: Sequence[Example]) -> None:
            self._days = {each.group for each in learned}

        def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
            days = {each.group for each in pairs}  # type: ignore[attr-defined]
            assert days.isdisjoint(self._days)
            assert days | self._days == {"1", "2", "3"}
            return np.ones(len(pairs), np.float32)

    examples = [example(day) for day in "12313"]
    assert held_out("spy", Spy, examples, places_of(examples)).scores.tolist() == [1.0] * 5


def test_a_row_has_the_measures_of_all_pairs_and_of_the_slices() -> None:
    """A perfect order with one verdict wrong, of a pair whose first was executed."""
    pairs = [example("1"), example("2", label=0.0), example("3", failed=False), example("4", label=0.0, failed=False)]
    scores = np.array([0.9, 0.2, 0.4, 0.1])
    row = dict(zip(COLUMNS, row_of(Predictions("x", scores, scores >= 0.5, 0.5), pairs, draws=20), strict=True))
    assert (row["AP"], row["F1"], row["F1 failed"], row["F1 executed"]) == ("1.000", "0.667", "1.000", "0.000")
    assert (row["AP executed"], row["threshold"], row["ECE"]) == ("1.000", "0.500", "0.250")


def test_the_regression_learns_what_tells_rewordings() -> None:
    """From pairs whose texts are alike and those whose texts are not."""
    pairs = [example(str(day), label=float(day % 2)) for day in range(20)]
    scores = Regression(pairs).score([example("new"), example("new", label=0.0)])  # type: ignore[list-item]
    assert scores[0] > 0.8
    assert scores[1] < 0.2
