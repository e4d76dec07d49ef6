"""Students of a recipe: where they are unsure, and that what is measured on own pairs was not learned from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pairs import Example
from models.recipes import students
from models.recipes.options import Options
from models.recipes.students import UNCERTAIN_SHARES, Lesson, held_out, uncertain
from tests.models.making import examples

PROBABILITIES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=400)


def ignored(_title: str, _done: float, _total: float) -> None:
    """Be told how far it is, and do nothing."""


@given(PROBABILITIES, st.floats(0.01, 0.99))
def test_bands_hold_the_threshold_and_each_other(probabilities: list[float], threshold: float) -> None:
    """A larger share of pairs has a wider band, and the threshold lies in all."""
    bands = list(uncertain(probabilities, threshold).values())
    assert len(bands) == len(UNCERTAIN_SHARES)
    assert all(low <= threshold <= high for low, high in bands)
    lows, highs = zip(*bands, strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs)


def test_a_band_holds_its_share_of_pairs() -> None:
    """Of a thousand evenly spread probabilities, a tenth lies in the band of .1."""
    probabilities = np.linspace(0, 1, 1000)
    low, high = uncertain(probabilities, 0.5)["0.1"]
    assert ((probabilities >= low) & (probabilities <= high)).sum() == pytest.approx(100, abs=2)


def test_no_pair_is_scored_by_a_student_that_learned_from_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fold's student is given the own pairs of all other folds and no pair of its own."""
    own = [Example(f"a {at}", "b", float(at % 2), group=str(at // 4)) for at in range(40)]
    learned: list[set[str]] = []
    real = students.trained

    def noting(lesson: Lesson, *rest: object) -> object:
        learned.append({example.group for example in lesson.own})
        return real(lesson, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(students, "trained", noting)
    lesson = Lesson(examples(60), examples(40, seed=1), own)
    scores, thresholds = held_out(lesson, Options(name="a", folds=5, epochs=1), ignored)
    everything = {example.group for example in own}
    assert sorted(group for groups in learned for group in everything - groups) == sorted(everything)
    assert scores.shape == thresholds.shape == (40,)
    assert ((thresholds > 0) & (thresholds < 1)).all()
