"""Measures in real telephone calls which later turn a model takes for the rewording of a source, or none.

Run ``python -m tests.bench.evaluate_windows --calls FILE [--model NAME_OR_FILE]...``, where FILE has the calls of the
CMU GetGoing corpus. What is right follows from what the assistant did: ``tests/bench/call_windows.py`` defines it.
"Next turn" is what people without a model do: it takes the turn after a source that failed. A model that scores pairs
takes its best later turn, if that reaches its threshold; a teacher compares all of them with none at once.

"In the stream" is what comes out of the detect stage with that model and default settings: it also joins a turn that
answers a question asked again, and one that repeats. The turn taken is the first one of the source's trail that follows
the source and was not itself asked again; none, if the trail ends in failure or unknown, or the turn lies outside the
window (``tests/bench/call_trails.py``). Events call the fate of a call's last turn unknown even where the records show
another prompt after it, so whoever got through only there counts as wrongly left. "No model" is what the same rules
join where no pair is called a rewording. All these rows know what was asked again from the record that the truth comes
from: they show what rules and models share out among themselves, not how the stream would do where an assistant hides
its failures. A turn of another question, or of the same one on a new occasion, is never a rewording to the stream; so a
model is asked about few pairs, or none, where every turn answers some question. How many, stands with the row. Shares
come with bootstrap intervals by call. No text is printed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models import measuring
from models.pairs import Window
from models.recipes.data import pairs_of
from streams.configuring.refusal import SettingsError
from streams.detect.scorer import Pair, Scorer
from streams.tables import Cell, table
from tests.bench.call_trails import Choices, joined_in_stream
from tests.bench.call_windows import NONE, Call, read_calls, windows_of
from tests.bench.printing import both, screen, three
from tests.bench.scorers import MODEL_HELP, find, names_of, scores_of, shown

COLUMNS: Final = (
    "model", "failed: right", "95 %", "turn right where there is one", "none where there is none", "not failed: none",
)  # fmt: skip
DRAWS: Final = 1_000


@runtime_checkable
class Chooser(Protocol):
    """A model that sees a whole window."""

    def choose(self, windows: Sequence[Window]) -> NDArray[np.float32]:
        """Return probabilities of none and of each later turn, shape ``(n, 1 + LATER_TURNS_MAX)``."""


class Unlike:
    """A model that calls nothing a rewording: what the stream joins with it, rules of joining alone have joined."""

    name, threshold = "none", 0.5

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return zeros, shape ``(n,)``."""
        return np.zeros(len(pairs), np.float32)


class Counted:
    """A model that counts what it is asked: rules of joining may leave it nothing to say."""

    def __init__(self, scorer: Scorer) -> None:
        """Take a model."""
        self._scorer = scorer
        self.name, self.threshold, self.pairs = scorer.name, scorer.threshold, 0

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return what the model says, shape ``(n,)``."""
        self.pairs += len(pairs)
        return self._scorer.score(pairs)


def next_turn(windows: Sequence[Window]) -> Choices:
    """Take the turn after every source that failed."""
    return np.array([0 if window.source.failed else NONE for window in windows], dtype=np.intp)


def chosen_by(scorer: Scorer, windows: Sequence[Window]) -> Choices:
    """Return what a model takes: by itself if it sees whole windows, else the best of the pairs above its threshold."""
    if isinstance(scorer, Chooser):
        taken: Choices = scorer.choose(windows).argmax(axis=1) - 1
        return taken
    return best_pairs(scorer, windows)


def best_pairs(scorer: Scorer, windows: Sequence[Window]) -> Choices:
    """Return the best later turn of each window, judged pair by pair, if it reaches the threshold."""
    scores = scores_of(scorer, pairs_of(windows))
    ends = np.cumsum([len(window.later) for window in windows])
    parts = np.split(scores, ends[:-1])
    return np.array([part.argmax() if part.max() >= scorer.threshold else NONE for part in parts], dtype=np.intp)


def row_of(name: str, choices: Choices, windows: Sequence[Window], draws: int = DRAWS) -> tuple[Cell, ...]:
    """Return a way of choosing as a row of the table."""
    answers = np.array([window.answer for window in windows])
    failed = np.array([window.source.failed for window in windows])
    right = (choices == answers).astype(np.float64)
    calls = np.array([window.group for window in windows])[failed]
    found = measuring.intervals(_mean, right[failed], right[failed], calls, draws=draws)
    slices = (right[failed & (answers != NONE)], right[failed & (answers == NONE)], right[~failed])
    shares = [three(part.mean()) if part.size else "-" for part in slices]
    return name, *both(found), *shares


def _mean(right: NDArray[np.float64], _: NDArray[np.float64]) -> float:
    return float(right.mean())


def choices_of(
    scorers: Sequence[tuple[str, Scorer]], calls: Sequence[Call], windows: Sequence[Window]
) -> Iterator[tuple[str, Choices]]:
    """Yield what every way of choosing takes, with its name; a teacher also judges pair by pair."""
    yield "next turn", next_turn(windows)
    yield "no model in the stream", joined_in_stream(Unlike(), calls)
    for name, scorer in scorers:
        yield name, chosen_by(scorer, windows)
        if isinstance(scorer, Chooser):
            yield f"{name}, pairs", best_pairs(scorer, windows)
        counted = Counted(scorer)
        taken = joined_in_stream(counted, calls)
        yield f"{name} in the stream, {counted.pairs:,} pairs asked", taken


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=Path, required=True, metavar="FILE", help="calls, JSON lines")
    parser.add_argument("--model", action="append", default=[], dest="models", metavar="NAME", help=MODEL_HELP)
    parser.add_argument("--draws", type=int, default=DRAWS, help="resamples of an interval")
    options = parser.parse_args()
    try:
        calls = read_calls(options.calls)
        scorers = [(shown(name), find(name)) for name in names_of(options.models)]
    except (OSError, SettingsError) as error:
        sys.stderr.write(f"evaluate_windows: {error}\n")
        return 2
    windows = windows_of(calls)
    rows = [row_of(name, taken, windows, options.draws) for name, taken in choices_of(scorers, calls, windows)]
    screen().print(table(title_of(windows), COLUMNS, rows))
    return 0


def title_of(windows: Sequence[Window]) -> str:
    """Say what was measured on."""
    failed = [window for window in windows if window.source.failed]
    answered = sum(window.answer != NONE for window in failed)
    return f"{len(windows):,} windows, {len(failed):,} sources failed, {answered:,} of them got through later"


if __name__ == "__main__":
    sys.exit(main())
