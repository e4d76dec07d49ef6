"""Training of students: they learn, the same way every time, and refuse what cannot be learned from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from models.features import matrix
from models.measuring import average_precision, f1_at
from models.pairs import Example
from models.student.config import StudentConfig
from models.student.model import Student
from models.student.training import student_of, train
from streams.detect.scorer import Scorer
from tests.contracts.scorer import ScorerContract
from tests.models.making import examples

QUICK = StudentConfig(hidden=(8,), epochs=8, batch_size=64)
LEARNED, OTHERS = examples(1_000), examples(500, seed=1)


def trained(pairs: Sequence[Example] = LEARNED, config: StudentConfig = QUICK) -> Student:
    """Return a student of few epochs."""
    return student_of(train(pairs, config), pairs, "student-test", {})


@pytest.fixture(scope="module")
def learned() -> Student:
    """Return a student that every test may ask."""
    return trained()


class TestScoresOfATrainedStudent(ScorerContract):
    """What came out of training is a scorer."""

    @pytest.fixture
    def scorer(self, learned: Student) -> Scorer:
        """Return the trained student."""
        return learned


def test_it_learns(learned: Student) -> None:
    """Pairs it never saw are put in order much better than by chance, and judged well at its own threshold."""
    labels = [example.label for example in OTHERS]
    scores = learned.score(OTHERS)
    assert average_precision(labels, scores) > 0.85
    assert f1_at(labels, scores, learned.threshold) > 0.8


def test_its_probabilities_are_calibrated(learned: Student) -> None:
    """The mean probability of pairs it never saw is about their share of rewordings."""
    labels = [example.label for example in OTHERS]
    assert learned.score(OTHERS).mean() == pytest.approx(np.mean(labels), abs=0.05)


def test_the_rounded_network_is_the_trained_one() -> None:
    """Log odds of 24-bit weights are those that torch computes."""
    network = train(LEARNED, QUICK)
    student = student_of(network, LEARNED, "student-test", {})
    fine = Student("student-test", 0.5, student.weights, precision="float32").logits(LEARNED)
    mean, deviation = student.weights.mean, student.weights.deviation
    columns = torch.from_numpy(np.clip((matrix(LEARNED) - mean) / deviation, -8.0, 8.0))
    with torch.inference_mode():
        assert fine == pytest.approx(network(columns).numpy(), abs=1e-3)
    assert np.abs(student.logits(LEARNED) - fine).max() < 0.5


@pytest.mark.parametrize("config", [QUICK, StudentConfig(hidden=(4,), buckets=32, epochs=2, batch_size=100)])
def test_the_same_seed_gives_the_same_file(tmp_path: Path, config: StudentConfig) -> None:
    """Byte for byte, whatever chance torch was left with before."""
    trained(config=config).save(tmp_path / "one")
    torch.manual_seed(99)
    trained(config=config).save(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_another_seed_gives_another_model() -> None:
    """The seed is used."""
    other = StudentConfig(hidden=(8,), epochs=8, batch_size=64, seed=1)
    assert trained(config=other).score(OTHERS).tobytes() != trained().score(OTHERS).tobytes()


def test_training_leaves_torch_as_it_was() -> None:
    """Neither its chance nor its threads are changed for others."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    train(LEARNED[:50], StudentConfig(hidden=(), epochs=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_weights_count() -> None:
    """An example of weight 0 teaches nothing: with its label turned round the model is the same."""
    half = [replace(example, weight=0.0) if place % 2 else example for place, example in enumerate(LEARNED)]
    turned = [replace(one, label=1.0 - one.label) if one.weight == 0.0 else one for one in half]
    nets = [train(pairs, QUICK) for pairs in (half, turned)]
    assert all(torch.equal(one, other) for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True))


def test_soft_labels_are_learned() -> None:
    """Where a teacher says .3 of every pair, the network says so too."""
    soft = [replace(example, label=0.3) for example in LEARNED]
    network = train(soft, QUICK)
    logits = Student("s", 0.5, student_of(network, LEARNED, "s", {}).weights).logits(OTHERS)
    assert (1.0 / (1.0 + np.exp(-logits))).mean() == pytest.approx(0.3, abs=0.03)


def test_each_epoch_is_told() -> None:
    """Its number, how many there are, and a loss that falls."""
    told: list[tuple[int, int, float]] = []
    train(LEARNED, QUICK, lambda *epoch: told.append(epoch))
    assert [(epoch, epochs) for epoch, epochs, _ in told] == [(number, 8) for number in range(1, 9)]
    assert told[-1][2] < told[0][2]


def test_a_threshold_may_be_found_on_other_pairs() -> None:
    """Where rewordings are rare, more must speak for one."""
    network = train(LEARNED, QUICK)
    rare = [example for place, example in enumerate(OTHERS) if example.label == 0.0 or place % 10 == 0]
    usual = student_of(network, LEARNED, "s", {}).threshold
    assert student_of(network, LEARNED, "s", {}, threshold_on=rare).threshold > usual


def test_thresholds_by_language_are_stored(learned: Student) -> None:
    """At each, about the share of unlike pairs it is for is taken for rewordings."""
    for locale in ("en", "de-DE"):
        scores = learned.score([one for one in LEARNED if one.locale == locale and one.label == 0.0])
        for share in (0.05, 0.1):
            assert np.mean(scores >= learned.threshold_for(locale, share)) == pytest.approx(share, abs=0.01)


def test_thresholds_by_language_may_be_measured_on_other_pairs() -> None:
    """Languages that were not calibrated on get their own from there."""
    network = train(LEARNED, QUICK)
    other = [replace(example, locale="fi") for example in OTHERS]
    student = student_of(network, LEARNED, "s", {}, false_alarms_on=other)
    scores = student.score([one for one in other if one.label == 0.0])
    assert np.mean(scores >= student.threshold_for("fi")) == pytest.approx(0.05, abs=0.01)
    assert set(student.description["false_alarm_thresholds"]) == {"", "fi"}


REFUSED = [
    ([], "there is nothing to learn from"),
    ([replace(LEARNED[0], weight=0.0)], "there is nothing to learn from"),
    ([replace(LEARNED[0], label=1.5), *LEARNED[1:9]], "label must be from 0 to 1"),
    ([replace(LEARNED[0], label=float("nan")), *LEARNED[1:9]], "label must be from 0 to 1"),
    ([replace(LEARNED[0], weight=-1.0), *LEARNED[1:9]], "weight must be finite and not negative"),
]


@pytest.mark.parametrize(("pairs", "fault"), REFUSED)
def test_what_cannot_be_learned_from_is_refused(pairs: list[Example], fault: str) -> None:
    """In words that name the field."""
    with pytest.raises(ValueError, match=fault):
        train(pairs, QUICK)


def test_calibration_needs_both_labels() -> None:
    """Of rewordings alone no probability can be told."""
    network = train(LEARNED[:50], StudentConfig(hidden=(), epochs=1))
    alike = [example for example in LEARNED if example.label == 1.0]
    with pytest.raises(ValueError, match="pairs of both labels"):
        student_of(network, alike, "student-test", {})


@pytest.mark.parametrize(
    ("field", "value"),
    [("hidden", (0,)), ("hidden", (129,)), ("epochs", 0), ("dropout", 1.0), ("threads", 3), ("learning_rate", 0.0)],
)
def test_a_value_out_of_range_is_named(field: str, value: object) -> None:
    """A configuration that cannot be trained is refused before training."""
    with pytest.raises(ValueError, match=f"{field}.* must be from"):
        StudentConfig(**{field: value})  # type: ignore[arg-type]
