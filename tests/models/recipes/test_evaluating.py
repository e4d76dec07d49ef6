"""What is told of scores: parts, thresholds of their own, the worst mistakes, and no text where none may be shown."""

import numpy as np
import pytest

from models import measuring
from models.pairs import Example
from models.recipes.evaluating import MISTAKES_MAX, Scored, measured, slices
from tests.models.recipes.made import examples, one_measured, scored


def test_the_first_slice_is_all_pairs() -> None:
    """Its numbers are those of the measures themselves."""
    own = scored(examples())
    whole = slices(own, draws=20, seed=0)[0]
    assert (whole.kind, whole.pairs, whole.positives) == ("all", 240, 80)
    assert whole.average_precision.value == measuring.average_precision(own.labels, own.scores)
    assert whole.f1.value == measuring.f1_at(own.labels, own.scores, 0.5)


def test_each_part_holds_its_pairs() -> None:
    """By reply and by locale; a kind with one part only has no rows."""
    found = {(part.kind, part.name): part.pairs for part in slices(scored(examples()), draws=20, seed=0)}
    assert found["reply", "first failed"] + found["reply", "first executed"] == 240
    assert {name: count for (kind, name), count in found.items() if kind == "locale"} == {
        "de-DE": 80, "en-US": 80, "he-IL": 80,
    }  # fmt: skip
    assert not [kind for kind, _ in found if kind == "corpus"]


def test_each_pair_is_judged_by_its_own_threshold() -> None:
    """Folds have thresholds of their own: a score of .5 is a rephrase in one and none in the other."""
    pairs = examples(2)
    own = Scored(pairs, [0.5, 0.5], [0.4, 0.6])
    assert (own.margins >= 0).tolist() == [True, False]


def test_false_alarms_are_the_share_of_other_requests_taken_for_rewordings() -> None:
    """Of four that do not reword, one is above the threshold."""
    pairs = [Example("a", "b", label, group=str(at)) for at, label in enumerate([0.0, 0.0, 0.0, 0.0, 1.0])]
    whole = slices(Scored(pairs, [0.1, 0.2, 0.3, 0.9, 0.8], 0.5), draws=20, seed=0)[0]
    assert whole.false_alarms == pytest.approx(0.25)


def test_mistakes_are_the_worst_of_each_kind_first() -> None:
    """False alarms fall in probability, misses rise, each first text comes once, and there are not too many."""
    pairs = [Example(f"text {at // 2}", "b", float(at % 4 > 1), group=str(at)) for at in range(200)]
    scores = np.linspace(0, 1, 200)
    found = measured("own", "pairs", Scored(pairs, scores, 0.5), [], draws=10, seed=0, texts=True).mistakes
    alarms = [mistake.probability for mistake in found if not mistake.is_rephrase]
    misses = [mistake.probability for mistake in found if mistake.is_rephrase]
    assert alarms == sorted(alarms, reverse=True)
    assert misses == sorted(misses)
    assert min(alarms) >= 0.5 > max(misses)
    assert len(alarms) == len(misses) == MISTAKES_MAX
    assert len({mistake.first for mistake in found}) == len(found)


def test_no_text_is_kept_where_none_may_be_shown() -> None:
    """Everything else stays the same."""
    with_texts, without = one_measured(), one_measured(texts=False)
    assert with_texts.mistakes
    assert without.mistakes == ()
    assert without.slices == with_texts.slices


def test_histogram_and_curve_count_every_pair() -> None:
    """Both histograms together are all pairs; the chosen point lies on the curve's scale."""
    found = one_measured()
    assert [sum(counts) for counts in found.histogram] == [160, 80]
    assert found.curve[-1].recall == pytest.approx(1.0)
    assert 0.0 < found.chosen.precision <= 1.0
