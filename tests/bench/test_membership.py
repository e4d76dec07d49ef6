"""Rules of the membership attack: it finds what students remember, and only that."""

import numpy as np
import pytest

from models.student.config import StudentConfig
from tests.bench.bench_membership import OVERFITTED, different_pairs, partly_by_lot
from tests.bench.membership import attack, attacked, halves


def test_each_pair_is_seen_by_half_of_the_students() -> None:
    """So that its confidence with and without it can be compared."""
    members = halves(6, 50, seed=1)
    assert (members.sum(axis=0) == 3).all()
    assert not (members == members[0]).all()


def test_confidence_that_does_not_depend_on_what_was_seen_tells_nothing() -> None:
    """The attack on log odds drawn by lot is a guess, within the noise of 16 targets of 2,000 pairs."""
    chance = np.random.default_rng(0)
    odds, labels = chance.normal(size=(16, 2_000)), chance.random(2_000) < 0.5
    assert attacked(odds, labels, halves(16, 2_000, seed=2)).auc == pytest.approx(0.5, abs=0.02)


def test_more_confidence_in_what_was_seen_is_found() -> None:
    """Log odds 4 spreads surer of the right label where the pair was seen give the attack nearly everything."""
    chance, members = np.random.default_rng(0), halves(16, 2_000, seed=2)
    labels = chance.random(2_000) < 0.5
    odds = chance.normal(size=members.shape) + 4.0 * members * np.where(labels, 1.0, -1.0)
    assert attacked(odds, labels, members).auc > 0.98


@pytest.mark.slow
def test_an_overfitted_student_is_caught_and_one_on_features_alone_is_not() -> None:
    """Few pairs learned by heart with their words: .8 or more. Features alone, a few epochs: .55 at most."""
    pairs = different_pairs(1_200)
    assert attack(partly_by_lot(pairs[:400]), OVERFITTED, students=6).auc >= 0.8
    assert attack(pairs, StudentConfig(epochs=10, batch_size=64), students=6).auc <= 0.55
