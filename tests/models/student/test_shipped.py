"""The student that comes with the program: it is what its card says, and better than the rules."""

from pathlib import Path

import numpy as np
import pytest

from models.corpora import benchmarks
from models.corpora.synthesis import windows
from models.measuring import average_precision, roc_auc
from models.pairs import Example, examples_of
from streams.detect.rephrase import RuleScorer
from streams.rephrasing.student import SHIPPED_FILE, read_student
from tests.bench.scorers import scores_of

SEED = 5
"""Of windows that neither its training nor its card has seen."""


def unseen() -> list[Example]:
    """Return pairs made of requests of the test part."""
    return [pair for window in windows(SEED, 800, "test") for pair in examples_of(window)]


def test_its_card_lies_beside_it() -> None:
    """The card gives its name, its threshold, and a licence for every corpus it learned from."""
    student = read_student(SHIPPED_FILE, "int8")
    card = Path(SHIPPED_FILE).with_suffix(".md").read_text(encoding="utf-8")
    assert student.name in card
    assert f"from probability {student.threshold:.3f} on" in card
    assert "your own" not in card.split("## Measures")[0]


def test_it_tells_rewordings_better_than_the_rules() -> None:
    """On pairs of requests it has not learned from, also where the first request was carried out."""
    pairs = unseen()
    labels = np.array([pair.label for pair in pairs])
    carried_out = np.array([not pair.first_failed for pair in pairs])
    student, rules = (scores_of(model, pairs) for model in (read_student(SHIPPED_FILE, "int8"), RuleScorer()))
    assert average_precision(labels, student) > average_precision(labels, rules)
    assert average_precision(labels[carried_out], student[carried_out]) > average_precision(
        labels[carried_out], rules[carried_out]
    )


def test_eight_bits_cost_nothing_that_matters() -> None:
    """Coarse and fine arithmetic agree in nearly every verdict."""
    pairs = unseen()
    coarse, fine = (read_student(SHIPPED_FILE, precision) for precision in ("int8", "float32"))
    verdicts = [model.score(pairs) >= model.threshold for model in (coarse, fine)]
    assert (verdicts[0] == verdicts[1]).mean() > 0.99


@pytest.mark.parametrize("locale", ["de", "en", "fi", "hu", "ko", "pl", "ru"])
def test_words_alone_tell_in_every_language(locale: str) -> None:
    """Where nothing but words is known it still ranks rewordings above other requests of the same intent."""
    pairs = benchmarks.languages("test")[locale]
    labels = np.array([pair.label for pair in pairs])
    assert roc_auc(labels, read_student(SHIPPED_FILE, "int8").score(pairs)) > 0.8
