"""Measures rephrase models by their words alone: rewordings against other requests of the same intent.

Run ``python -m tests.bench.evaluate_languages [--home FILE...] [--spoken FILE...] [--model NAME_OR_FILE]...``. Without
files it takes the test part of the corpora that come with the package, which no shipped model was trained on.
``--home`` is Home Assistant Intents, a file a locale; ``--spoken`` is SLURP recordings and Alexa contextual query
rewrites. Nothing is known of replies, times and failures, so that only the texts can tell.

The first table has a row a locale: AUC; AUC without pairs whose slots are equal (they ask for the same in a group of
their own, so that the label may be wrong); and what a threshold promises: set for 5 % false alarms on half of the
groups, it is measured on the other half, mean of many splits. The second has average precision.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.measuring import average_precision, intervals, roc_auc
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Scorer
from streams.tables import Cell, table
from tests.bench.calibrate import Group
from tests.bench.labelled_pairs import labels_of
from tests.bench.likenesses import ENCODER_PACKAGE, Cosine, TokenSort, encoder_folder
from tests.bench.printing import screen
from tests.bench.request_pairs import RequestPairs, bundled, from_files, pairs_of
from tests.bench.scorers import MODEL_HELP, find, names_of, scores_of, shown

FALSE_ALARMS: Final = 0.05
SPLITS: Final = 200
NEGATIVES_MIN: Final = 20
"""Negatives in each half below which a share of them says nothing."""

HOME_COLUMNS: Final = (
    "locale", "groups", "rewordings", "others", "model", "AUC", "AUC other slots", "alarms", "found", "own alarms",
)  # fmt: skip
SPOKEN_COLUMNS: Final = ("corpus", "pairs", "rewordings", "model", "AP", "95 %")
SPOKEN: Final = ("alexa_cqr", "slurp")
Groups = Mapping[tuple[str, str], list[Group]]
Scores = NDArray[np.float64]


class Alarms(NamedTuple):
    """What thresholds for a nominal share of false alarms gave on other groups.

    Attributes:
        share: false alarms that came, mean over splits.
        found: rewordings that were found, the same.
    """

    share: float
    found: float


def alarms_of(
    pairs: RequestPairs, scores: Scores, nominal: float = FALSE_ALARMS, splits: int = SPLITS
) -> Alarms | None:
    """Set a threshold on half of the groups, measure on the other half, many times; None with too few negatives."""
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


def stored_alarms(scorer: Any, locale: str, pairs: RequestPairs, scores: Scores) -> float | None:
    """Return the share of negatives at the threshold that the model itself holds for the locale, None without one."""
    threshold_for = getattr(scorer, "threshold_for", None)
    negatives = scores[~labels_of(pairs.examples)]
    if threshold_for is None or not negatives.size:
        return None
    return float((negatives >= threshold_for(locale, FALSE_ALARMS)).mean())


def home_rows(groups: Groups, scorers: Sequence[tuple[str, Scorer]]) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each locale and model."""
    for (_, locale), parts in sorted(groups.items()):
        pairs = pairs_of(parts, locale)
        labels = labels_of(pairs.examples)
        if labels.all() or not labels.any():
            yield locale, len(parts), int(labels.sum()), int((~labels).sum()), "none: no others", *["-"] * 5
            continue
        for model, scorer in scorers:
            scores = scores_of(scorer, pairs.examples)
            alarms = alarms_of(pairs, scores)
            told = (None, None) if alarms is None else alarms
            own = stored_alarms(scorer, locale, pairs, scores)
            other = ~pairs.same_slots
            aucs = roc_auc(labels, scores), roc_auc(labels[other], scores[other])
            numbers = (len(parts), int(labels.sum()), int((~labels).sum()))
            yield (locale, *numbers, model, *map(_three, (*aucs, *told, own)))


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
            between = f"{_three(found.low)}-{_three(found.high)}"
            yield name, len(labels), int(labels.sum()), model, _three(found.value), between


def _three(value: float | None) -> str:
    return "-" if value is None or np.isnan(value) else f"{value:.3f}"


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
