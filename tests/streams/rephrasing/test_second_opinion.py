"""A teacher asked about what the student is unsure of: which pairs, how many, and what comes of it."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Pair
from streams.rephrasing.choosing import scorer_of
from streams.rephrasing.second_opinion import Band, SecondOpinion, band_of
from streams.rephrasing.settings import RephraseSettings
from streams.rephrasing.telling import OPINION_ASKED, OPINION_PAIRS, facts_of
from tests.streams.rephrasing.students import Counting, pair, student

MEASURED: dict[str, object] = {"uncertain": {"0.02": [0.48, 0.54], "0.10": [0.4, 0.7]}}


class ByGap:
    """A student whose probability is the pair's gap, in hundredths of a second."""

    name = "gap-1"
    threshold = 0.5

    def __init__(self, description: dict[str, object] | None = None) -> None:
        self.description = description or {}

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return a probability from 0 to 1 for a gap from 0 to 100 s."""
        return np.array([pair.gap_s / 100.0 for pair in pairs], np.float32)


def teacher(probability: float, threshold: float = 0.5) -> Counting:
    """Return a teacher that says the same of "second"."""
    return Counting("teacher-1", {"second": probability}, threshold)


def pairs_at(*probabilities: float) -> list[Pair]:
    """Return pairs to which the student gives these probabilities."""
    return [pair("first", "second", gap_s=100.0 * value) for value in probabilities]


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [(0.02, 0.48, 0.54), (0.10, 0.4, 0.7), (0.06, 0.44, 0.62), (0.01, 0.49, 0.52), (1.0, 0.0, 1.0), (0.55, 0.2, 0.85)],
)
def test_the_band_is_what_the_model_measured(share: float, low: float, high: float) -> None:
    """Between measured shares, no pair and all pairs, its edges are interpolated."""
    band = band_of(ByGap(MEASURED), share)
    assert list(band) == pytest.approx([low, high, 1.0])


def test_only_unsure_pairs_are_asked_about_all_at_once() -> None:
    """The teacher never sees what the student is sure of, and is called once a batch; the share asked about is told."""
    asked = teacher(0.9)
    both = SecondOpinion(ByGap(MEASURED), asked, 0.02)
    both.score(pairs_at(0.1, 0.47, 0.49, 0.53, 0.55, 0.9))
    assert asked.sizes == [2]
    assert facts_of(both) == {OPINION_PAIRS: 6, OPINION_ASKED: 2}


def test_sure_scores_stay_as_they_are() -> None:
    """Outside the band the student's probability is given on bit for bit."""
    pairs = pairs_at(0.1, 0.47, 0.55, 0.9)
    assert SecondOpinion(ByGap(MEASURED), teacher(0.9), 0.02).score(pairs).tolist() == ByGap().score(pairs).tolist()


@given(mine=st.floats(0.01, 0.99), opinion=st.floats(0.01, 0.99), threshold=st.floats(0.05, 0.95))
def test_both_count_half_each_on_its_own_threshold(mine: float, opinion: float, threshold: float) -> None:
    """A teacher right at its threshold changes no verdict, and a higher opinion never lowers the score."""
    together = [
        float(SecondOpinion(ByGap(), teacher(said, threshold), 1.0).score(pairs_at(mine))[0])
        for said in (threshold, opinion)
    ]
    assert (together[0] - 0.5) * (mine - 0.5) >= -1e-6
    assert (together[1] - together[0]) * (opinion - threshold) >= -1e-6


def test_the_name_tells_both_models_and_the_threshold_is_the_students() -> None:
    """Whoever reads a feedback sees that two models made it."""
    both = SecondOpinion(ByGap(), teacher(0.9), 0.5)
    assert (both.name, both.threshold) == ("gap-1+teacher-1", 0.5)


@given(
    values=st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=12),
    cut=st.integers(0, 12),
    share=st.floats(0.0, 1.0),
    description=st.sampled_from([{}, MEASURED]),
)
def test_how_batches_are_cut_changes_nothing(
    values: list[float], cut: int, share: float, description: dict[str, object]
) -> None:
    """Whether a pair is asked about, and its score, follow from the pair alone."""
    pairs = pairs_at(*values)
    both = SecondOpinion(ByGap(description), teacher(0.8), share)
    parts = [*both.score(pairs[:cut]).tolist(), *both.score(pairs[cut:]).tolist()]
    assert parts == both.score(pairs).tolist()


def test_without_measured_edges_lots_keep_to_the_budget() -> None:
    """Where probabilities are spread evenly, the share asked about is the share wanted."""
    both = SecondOpinion(ByGap(), teacher(0.8), 0.02)
    both.score(pairs_at(*np.linspace(0.0, 1.0, 20_000).tolist()))
    facts = facts_of(both)
    assert 0.017 < facts[OPINION_ASKED] / facts[OPINION_PAIRS] < 0.023


def test_no_share_asks_about_nothing() -> None:
    """A budget of 0 leaves the teacher alone, also about a pair right at the threshold."""
    for description in ({}, MEASURED):
        assert not band_of(ByGap(description), 0.0).holds(0.5, pair())


def test_lots_are_drawn_by_the_pair() -> None:
    """The same pair always draws the same lot; other texts and times draw others."""
    band = Band(0.0, 1.0, 0.5)
    drawn = [band.holds(0.5, pair(gap_s=float(second))) for second in range(200)]
    assert drawn == [band.holds(0.5, pair(gap_s=float(second))) for second in range(200)]
    assert 60 < sum(drawn) < 140


def test_a_student_is_no_teacher(tmp_path: Path) -> None:
    """The teacher is a folder; a file in its place is refused by name."""
    student("own-1", 0.0).save(tmp_path / "own")
    with pytest.raises(SettingsError, match=r"`second_opinion_model`: .*own is not the folder of a teacher"):
        scorer_of(RephraseSettings(rephrase_model="rules", second_opinion_model=str(tmp_path / "own")))


def test_a_teacher_without_its_libraries_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed the program for its stream alone is told which extra is missing."""
    monkeypatch.setitem(sys.modules, "models.teacher.model", None)
    with pytest.raises(SettingsError, match=r"`second_opinion_model`: .*pip install 'reprise\[models\]'"):
        scorer_of(RephraseSettings(rephrase_model="rules", second_opinion_model=str(tmp_path)))


def test_a_folder_without_a_teacher_is_refused(tmp_path: Path) -> None:
    """An empty folder, or that of an encoder, is no teacher."""
    with pytest.raises(SettingsError, match=r"`second_opinion_model`: .*teacher\.safetensors: there is no such file"):
        scorer_of(RephraseSettings(rephrase_model="rules", second_opinion_model=str(tmp_path)))
