"""Reads labelled pairs that a person names on the command line. Knows two forms of line, no model and no measure.

What is read is measured on and never stored.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.corpora.logs import LabelledPairError, labelled_pairs
from models.pairs import GAP_S_UNKNOWN, Example
from models.recipes.own import folds_of
from streams.text import normalise


class _Correction(msgspec.Struct, frozen=True):
    """A line of published correction data; fields about a pair's neighbours are not even read.

    Whether a row's neighbour exists tells its label, so ``second_executed`` and whatever else chains rows stay out.
    """

    first: str
    second: str
    first_executed: bool
    label: int
    date: str
    session: int
    response: str | None = None
    gap_s: float | None = None


def read_pairs(path: Path) -> list[Example]:
    """Return the labelled pairs of a file of JSON lines, plain or ``.gz``.

    The group of a correction is its day; of other lines, what they say it is.

    Raises:
        LabelledPairError: a line is no labelled pair, or there is none.
        OSError: the file cannot be read.
    """
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = content.splitlines()
    if not lines or b'"first_executed"' not in lines[0]:
        return labelled_pairs(path)
    return [_example(path, number, line) for number, line in enumerate(lines, 1)]


def _example(path: Path, number: int, line: bytes) -> Example:
    try:
        given = msgspec.json.decode(line, type=_Correction)
    except msgspec.DecodeError as error:
        message = f"{path}, line {number}: {error}"
        raise LabelledPairError(message) from error
    return Example(
        first=normalise(given.first, "en"),
        second=normalise(given.second, "en"),
        label=float(given.label > 0),
        reply=given.response or "",
        first_failed=not given.first_executed,
        gap_s=given.gap_s or GAP_S_UNKNOWN,
        group=given.date,
        session=str(given.session),
    )


def labels_of(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return which pairs are rewordings, shape ``(n,)``."""
    return np.array([example.label >= 0.5 for example in examples])


def failed_of(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return of which pairs the first turn is known to have failed, shape ``(n,)``."""
    return np.array([example.first_failed for example in examples])


def sessions_of(examples: Sequence[Example]) -> list[str]:
    """Return what is resampled as a whole."""
    return [example.session or example.group for example in examples]


def places_of(examples: Sequence[Example], folds: int = 0) -> NDArray[np.intp]:
    """Return the fold of each pair, shape ``(n,)``; no group is ever split.

    Args:
        examples: pairs with their groups.
        folds: as equal as groups allow; 0 gives each group its own.
    """
    return np.array(folds_of(examples, folds or len(examples)), dtype=np.intp)
