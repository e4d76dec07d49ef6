"""Measures rephrase models by their words alone: rewordings against other requests of the same intent.

Run ``python -m tests.bench.evaluate_languages [--home FILE...] [--spoken FILE...] [--model NAME_OR_FILE]...``. Without
files it takes the test part of the corpora that come with the package, which no shipped model was trained on.
``--home`` is Home Assistant Intents, a file a locale; it holds requests that shipped models were trained on as well.
``--spoken`` is SLURP recordings and Alexa contextual query rewrites. Nothing is known of replies, times and failures,
so that only the texts can tell.

The first table has a row a locale: AUC; AUC without pairs whose slots are equal (they ask for the same in a group of
their own, so that the label may be wrong); and what thresholds for 5 % false alarms give. "Refitted" ones are set on
half of the groups and measured on the other half, mean of many splits: what calibrating on one's own pairs would give.
The "stored" one is in the model's file: it is used as it is, and marked with ``*`` where it is that of all languages
together because the locale's own could not be measured. The second table has average precision.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.measuring import average_precision, intervals, roc_auc
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Scorer
from streams.rephrasing.levels import threshold_at
from streams.tables import Cell, table
from streams.text import language_of
from tests.bench.calibrate import Group
from tests.bench.labelled_pairs import labels_of
from tests.bench.likenesses import ENCODER_PACKAGE, Cosine, TokenSort, encoder_folder
from tests.bench.printing import both, screen, three
from tests.bench.request_pairs import RequestPairs, bundled, from_files, pairs_of
from tests.bench.scorers import MODEL_HELP, find, names_of, scores_of, shown

FALSE_ALARMS: Final = 0.05
SPLITS: Final = 200
NEGATIVES_MIN: Final = 20
"""Negatives in each half below which a share of them says nothing."""

HOME_COLUMNS: Final = (
    "locale", "groups", "rewordings", "others", "model", "AUC", "AUC other slots", "refitted: alarms", "found",
    "stored", "stored: alarms", "found",
)  # fmt: skip
SPOKEN_COLUMNS: Final = ("corpus", "pairs", "rewordings", "model", "AP", "95 %")
SPOKEN: Final = ("alexa_cqr", "slurp")
Groups = Mapping[tuple[str, str], list[Group]]
Scores = NDArray[np.float64]


class Alarms(NamedTuple):
    """What thresholds for a nominal share of false alarms gave.

    Attributes:
        share: false alarms that came.
        found: rewordings that were found.
    """

    share: float
    found: float


def alarms_of(
    pairs: RequestPairs, scores: Scores, nominal: float = FALSE_ALARMS, splits: int = SPLITS
) -> Alarms | None:
    """Set a threshold on half of the groups, measure on the other half, mean of many; None with too few negatives."""
    chance, labels = np.random.default_rng(0), labels_of(pairs.examples)
    found = []
    for _ in range(splits):
        half = chance.permutation(pairs.groups) < pairs.groups // 2
        ours, theirs = half[pairs.members].all(axis=1), (~half[pairs.members]).all(axis=1)
        if min((ours & ~labels).sum(), (theirs & ~labels).sum()) < NEGATIVES_MIN:
            continue
        threshold = np.quantile(scores[ours & ~labels], 1.0 - nominal)
        above = scores > threshold
        caught = above[theirs & labels].mean() if (theirs & labels).any() else np.nan
        found.append((above[theirs & ~labels].mean(), caught))
    if 2 * len(found) < splits:
        return None
    share, caught = np.nanmean(found, axis=0)
    return Alarms(float(share), float(caught))


class Stored(NamedTuple):
    """The threshold for a nominal share of false alarms that a model's file holds for a locale.

    Attributes:
        threshold: probability from which a pair is called a rewording.
        borrowed: it is that of all languages together.
    """

    threshold: float
    borrowed: bool


def stored_of(scorer: Scorer, locale: str, nominal: float = FALSE_ALARMS) -> Stored | None:
    """Return a model's own threshold for a locale, None for a model that has measured none."""
    try:
        threshold = threshold_at(scorer, nominal)(locale)
    except SettingsError:
        return None
    measured = scorer.description["false_alarm_thresholds"]  # type: ignore[attr-defined]
    return Stored(threshold, language_of(locale) not in measured)


def alarms_at(threshold: float, labels: NDArray[np.bool_], scores: Scores) -> Alarms:
    """Return what a threshold gives on pairs of both labels."""
    above = scores >= threshold
    return Alarms(float(above[~labels].mean()), float(above[labels].mean()))


def home_rows(groups: Groups, scorers: Sequence[tuple[str, Scorer]]) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each locale and model."""
    for (_, locale), parts in sorted(groups.items()):
        pairs = pairs_of(parts, locale)
        labels = labels_of(pairs.examples)
        counts = (locale, len(parts), int(labels.sum()), int((~labels).sum()))
        if labels.all() or not labels.any():
            yield *counts, "none: no others", *["-"] * (len(HOME_COLUMNS) - len(counts) - 1)
            continue
        for model, scorer in scorers:
            yield *counts, model, *_measures(scorer, locale, pairs, labels)


def _measures(scorer: Scorer, locale: str, pairs: RequestPairs, labels: NDArray[np.bool_]) -> Iterator[str]:
    """Yield the cells of a row that tell of a model."""
    scores, other = scores_of(scorer, pairs.examples), ~pairs.same_slots
    yield three(roc_auc(labels, scores))
    yield three(roc_auc(labels[other], scores[other]))
    yield from map(three, alarms_of(pairs, scores) or (None, None))
    stored = stored_of(scorer, locale)
    if stored is None:
        yield from ("-", "-", "-")
        return
    yield three(stored.threshold) + "*" * stored.borrowed
    yield from map(three, alarms_at(stored.threshold, labels, scores))


def spoken_rows(groups: Groups, scorers: Sequence[tuple[str, Scorer]], draws: int) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each corpus and model: average precision, pairs with equal slots left out."""
    for (name, locale), parts in sorted(groups.items()):
        pairs = pairs_of(parts, locale)
        kept = np.flatnonzero(~pairs.same_slots)
        examples = [pairs.examples[index] for index in kept]
        labels, sessions = labels_of(examples), [example.session for example in examples]
        for model, scorer in scorers:
            scores = scores_of(scorer, examples)
            found = intervals(average_precision, labels, scores, sessions, draws=draws)
            yield name, len(labels), int(labels.sum()), model, *both(found)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, nargs="*", default=[], metavar="FILE", help="Home Assistant Intents")
    parser.add_argument("--spoken", type=Path, nargs="*", default=[], metavar="FILE", help="SLURP or Alexa rewrites")
    parser.add_argument("--model", action="append", default=[], dest="models", metavar="NAME", help=MODEL_HELP)
    parser.add_argument("--draws", type=int, default=1_000, help="resamples of an interval")
    return parser.parse_args(arguments)


def main() -> int:
    """Measure and print."""
    options = parsed()
    try:
        models = [(shown(name), find(name)) for name in names_of(options.models)]
    except SettingsError as error:
        sys.stderr.write(f"evaluate_languages: {error}\n")
        return 2
    sort = (TokenSort.name, TokenSort())
    whose = "files" if options.home else "test part of the package"
    home = from_files(options.home) if options.home else bundled("test", "hass_intents")
    console = screen()
    title = f"rewordings against other requests of the same intent, {whose}; alarms at nominal {FALSE_ALARMS:g}"
    console.print(table(title, HOME_COLUMNS, home_rows(home, [*models, sort])))
    spoken: dict[tuple[str, str], list[Group]] = {}
    for corpus in () if options.spoken else SPOKEN:
        spoken |= bundled("test", corpus)
    spoken |= from_files(options.spoken)
    folder = encoder_folder()
    if folder is None:
        console.print(f"No cosine: {ENCODER_PACKAGE} or transformers is not installed.")
    cosine = [] if folder is None else [(Cosine.name, Cosine(folder))]
    title = "rewordings against other requests of the same intent with other slots"
    rows = spoken_rows(spoken, [*models, sort, *cosine], options.draws)
    console.print(table(title, SPOKEN_COLUMNS, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
