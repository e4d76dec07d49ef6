"""Makes students: one for use, and one a fold to measure the user's own pairs with. Knows pairs, no teacher."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from models.measuring import Floats
from models.pairs import Example
from models.recipes.context import Watch
from models.recipes.options import Options
from models.recipes.own import folds_of, weighed
from models.student.config import StudentConfig
from models.student.model import Student
from models.student.training import student_of, train

UNCERTAIN_SHARES: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of pairs for which a student says between which probabilities it is least sure."""


WORDS_ALONE_SHARE: Final = 0.3
"""Of what is learned from the bundled corpora, pairs of words alone weigh this share. Of 0, .1, .2 and .3 it did best
on unseen pairs of words, and no worse on pairs with events."""


class Lesson(NamedTuple):
    """What a student learns from and is judged on.

    Attributes:
        learned: pairs to learn from, with soft labels; none where only own pairs count.
        judged: labelled pairs that were not learned from, to calibrate on and to set the threshold; none likewise.
        own: the user's own labelled pairs, which serve for both. A student is too small to learn single pairs by
            heart, so its threshold comes out as on pairs held out.
        alone: labelled pairs of words alone to learn from; none where only own pairs count.
        apart: pairs of other requests, words alone, on which thresholds by language are measured; none likewise.
    """

    learned: Sequence[Example]
    judged: Sequence[Example]
    own: Sequence[Example]
    alone: Sequence[Example] = ()
    apart: Sequence[Example] = ()


def trained(lesson: Lesson, options: Options, watch: Watch, doing: str) -> Student:
    """Return a student.

    Args:
        lesson: what it learns from.
        options: of the recipe.
        watch: told about epochs.
        doing: what it is told.

    Raises:
        ValueError: there is nothing to learn from, or only one label.
    """
    config = StudentConfig(epochs=options.epochs, buckets=options.buckets, seed=options.seed)
    bundled = [*lesson.learned, *weighed(lesson.alone, lesson.learned, WORDS_ALONE_SHARE)]
    examples = [*bundled, *weighed(lesson.own, bundled, options.own_share)]
    judges = [*lesson.judged, *weighed(lesson.own, lesson.judged, options.own_share)]
    network = train(examples, config, lambda epoch, epochs, _loss: watch(doing, epoch, epochs))
    student = student_of(network, judges, options.name, {}, false_alarms_on=lesson.apart or None)
    student.description["uncertain"] = uncertain(student.score(judges), student.threshold)
    return student


def uncertain(probabilities: ArrayLike, threshold: float) -> dict[str, list[float]]:
    """Return, by share of pairs, the probabilities around the threshold between which that share lies.

    Half of the pairs are taken from either side of the threshold, as far as there are that many.
    """
    ordered = np.sort(np.asarray(probabilities, np.float64))
    middle = int(np.searchsorted(ordered, threshold))
    edges = {}
    for share in UNCERTAIN_SHARES:
        half = max(1, round(share * ordered.size / 2.0))
        low, high = max(0, middle - half), min(ordered.size - 1, middle + half - 1)
        edges[f"{share:g}"] = [min(float(ordered[low]), threshold), max(float(ordered[high]), threshold)]
    return edges


def held_out(lesson: Lesson, options: Options, watch: Watch) -> tuple[Floats, Floats]:
    """Return the score of each own pair by a student that did not learn from its group, and that student's threshold.

    Raises:
        ValueError: the own pairs are of one group, or a fold leaves only one label.
    """
    folds = np.array(folds_of(lesson.own, options.folds))
    scores, thresholds = np.zeros(len(folds)), np.zeros(len(folds))
    count = int(folds.max()) + 1
    for fold in range(count):
        rest = [example for example, place in zip(lesson.own, folds, strict=True) if place != fold]
        held = [example for example, place in zip(lesson.own, folds, strict=True) if place == fold]
        told = _part_of(watch, fold, count)
        student = trained(lesson._replace(own=rest), options, told, "trying it on your own pairs")
        scores[folds == fold], thresholds[folds == fold] = student.score(held), student.threshold
    return scores, thresholds


def _part_of(watch: Watch, part: int, parts: int) -> Watch:
    """Return a watch that is told about one of several equal parts."""
    return lambda doing, done, total: watch(doing, part + done / total, parts)
