"""Calibration and thresholds: by hand, and what holds for any scores and labels."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibrating import PROBABILITY_STEPS, Calibration, best_threshold, calibrate, thresholds_at

LOGITS = st.floats(-20.0, 20.0)
LABELLED = st.lists(st.tuples(LOGITS, st.integers(0, 1)), min_size=2, max_size=80).filter(
    lambda pairs: {label for _, label in pairs} == {0, 1}
)


def drawn(count: int, slope: float, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return log odds of a model, and labels whose true log odds are a line of them."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0.0, 2.0, count)
    return logits, chance.random(count) < 1.0 / (1.0 + np.exp(-(slope * logits + shift)))


def test_without_labels_log_odds_are_believed() -> None:
    """The calibration that changes nothing."""
    assert Calibration().probabilities([0.0, 2.0]).tolist() == pytest.approx([0.5, 0.880797], abs=1e-6)


@given(LABELLED, st.lists(LOGITS, min_size=2, max_size=30))
def test_order_is_kept(labelled: list[tuple[float, int]], asked: list[float]) -> None:
    """Of two pairs the one the model holds likelier never gets the smaller probability."""
    calibration = calibrate(*zip(*labelled, strict=True))
    probabilities = calibration.probabilities(sorted(asked))
    assert probabilities.dtype == np.float32
    assert (np.diff(probabilities) >= 0.0).all()
    assert ((probabilities >= 0.0) & (probabilities <= 1.0)).all()


@pytest.mark.parametrize("count", [300, 20_000])
@pytest.mark.parametrize(("slope", "shift"), [(0.5, 1.0), (1.0, 0.0), (2.0, -1.0)])
def test_the_truth_is_found(count: int, slope: float, shift: float) -> None:
    """With few labels and with many, probabilities are near the true ones."""
    calibration = calibrate(*drawn(count, slope, shift))
    asked = np.linspace(-3.0, 3.0, 25)
    truth = 1.0 / (1.0 + np.exp(-(slope * asked + shift)))
    assert np.abs(calibration.probabilities(asked) - truth).mean() < (0.08 if count < 1_000 else 0.03)


def test_weights_count_as_repetition() -> None:
    """A pair of weight 3 is three pairs."""
    logits, labels = drawn(60, 1.0, 0.5)
    weights = np.arange(60) % 3 + 1
    repeated = calibrate(np.repeat(logits, weights), np.repeat(labels, weights))
    weighted = calibrate(logits, labels, weights)
    assert weighted.meant == pytest.approx(repeated.meant, abs=0.02)


@pytest.mark.parametrize("label", [0, 1])
def test_one_kind_of_label_is_refused(label: int) -> None:
    """Nothing can be learned of a difference nobody saw."""
    with pytest.raises(ValueError, match="both labels"):
        calibrate([0.0, 1.0], [label, label])


def test_lists_of_other_lengths_are_refused() -> None:
    """A label belongs to a score."""
    with pytest.raises(ValueError, match="three lists of one length"):
        calibrate([0.0, 1.0], [1])


@given(LABELLED)
def test_a_calibration_survives_json(labelled: list[tuple[float, int]]) -> None:
    """What was written is what is read."""
    calibration = calibrate(*zip(*labelled, strict=True))
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"given": [0.0], "meant": []},
        {"given": [], "meant": []},
        {"given": [0.0, 1.0], "meant": [1.0, 1.0]},
        {"given": [0.0, float("nan")], "meant": [0.0, 1.0]},
        {"given": [0.0], "meant": [0.0], "offsets": {"de": float("inf")}},
        {"given": ["a"], "meant": [0.0]},
    ],
)
def test_what_is_no_calibration_is_refused(value: dict[str, object]) -> None:
    """In words."""
    with pytest.raises(ValueError, match=r"calibration|float"):
        Calibration.from_json(value)


def test_offsets_are_by_language() -> None:
    """A language's own, that of any other, and none where nothing is known of locales."""
    calibration = Calibration(offsets={"de": 1.0, "": -1.0})
    scores = calibration.probabilities([0.0, 0.0], ["de-AT", "fr"]).tolist()
    assert scores == pytest.approx([0.731059, 0.268941], abs=1e-6)
    assert calibration.probabilities([0.0]).tolist() == [0.5]


def test_probabilities_are_of_a_grid() -> None:
    """They are whole steps, so that a last bit computed otherwise elsewhere does not show."""
    steps = Calibration().probabilities(np.linspace(-5.0, 5.0, 99)).astype(np.float64) * PROBABILITY_STEPS
    assert (steps == np.rint(steps)).all()


def test_the_best_threshold_by_hand() -> None:
    """Taking the first three of these finds both rewordings with one mistake; the line is drawn half way down."""
    assert best_threshold([0.9, 0.8, 0.6, 0.4], [1, 0, 1, 0]) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=30))
def test_no_threshold_is_better(rows: list[tuple[int, int, int]]) -> None:
    """None of all there are has a greater F1; and it lies inside (0, 1)."""
    scores, labels, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    scores /= 10.0
    if not labels.any():
        return

    def f1(threshold: float) -> float:
        taken = scores >= threshold
        return float(2.0 * (weights * labels)[taken].sum() / (weights[taken].sum() + (weights @ labels)))

    threshold = best_threshold(scores, labels, weights)
    assert 0.0 < threshold < 1.0
    possible = [(place + 0.5) / 10.0 for place in range(10)]
    assert f1(threshold) >= max(map(f1, possible)) - 1e-9


def test_a_threshold_needs_something_to_find() -> None:
    """Without any rewording all thresholds are alike."""
    with pytest.raises(ValueError, match="label 1"):
        best_threshold([0.1, 0.2], [0, 0])


def test_thresholds_for_a_share_of_false_alarms() -> None:
    """Each language has its own, one with few pairs has none, and all together stand under the empty name."""
    scores = np.concatenate([np.arange(100) / 100.0, np.arange(100) / 200.0, np.ones(10) / 2.0])
    locales = ["en-US"] * 100 + ["de"] * 100 + ["fr"] * 10
    found = thresholds_at(scores, np.zeros(210), locales, 0.05)
    assert set(found) == {"", "en", "de"}
    assert np.mean(scores[:100] >= found["en"]) == pytest.approx(0.05)
    assert np.mean(scores[100:200] >= found["de"]) == pytest.approx(0.05)


def test_rewordings_are_no_false_alarms() -> None:
    """Only pairs that are rather none count."""
    scores, labels = np.arange(200) / 200.0, np.repeat([0.0, 0.9], 100)
    assert thresholds_at(scores, labels, ["en"] * 200, 0.05)["en"] < 0.5
