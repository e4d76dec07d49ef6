"""Reads labelled pairs that a person names on the command line. Knows two forms of line, no model and no measure.

What is read is measured on and never stored.
"""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.pairs import GAP_S_UNKNOWN, Example
from streams.scoring import pair_of, request_of
from streams.text import normalise

CORRECTIONS_LOCALE: Final = "en"
OWN_FIELDS: Final = frozenset({"label", "session", "date"})
DATE: Final = "date"


class PairsError(ValueError):
    """A line is no labelled pair; says which, and why."""


class _Correction(msgspec.Struct, frozen=True):
    """A line of the form of published correction data; fields about the pair's neighbours are not even read.

    Whether a neighbour of a row exists tells its label, so ``second_executed`` and whatever chains rows stay out.
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
    """Return the labelled pairs of a file of JSON lines, plain or ``.gz``; the group is the day, else the session.

    Raises:
        PairsError: a line is no labelled pair, or there is none.
    """
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    examples = [_example(path, number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    if not examples:
        message = f"{path}: holds no pair"
        raise PairsError(message)
    return examples


def _example(path: Path, number: int, line: bytes) -> Example:
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
        return _of_correction(row) if "first_executed" in row else _of_request(row, number)
    except (msgspec.DecodeError, ValueError) as error:
        message = f"{path}, line {number}: {error}"
        raise PairsError(message) from None


def _of_correction(row: Mapping[str, Any]) -> Example:
    given = msgspec.convert(row, _Correction)
    return Example(
        first=normalise(given.first, CORRECTIONS_LOCALE),
        second=normalise(given.second, CORRECTIONS_LOCALE),
        label=float(given.label > 0),
        locale=CORRECTIONS_LOCALE,
        reply=given.response or "",
        first_failed=not given.first_executed,
        gap_s=given.gap_s or GAP_S_UNKNOWN,
        group=given.date,
        session=str(given.session),
    )


def _of_request(row: Mapping[str, Any], number: int) -> Example:
    if row.get("label") not in {0, 1}:
        message = "label must be 0 or 1: does the second text reword the first"
        raise ValueError(message)
    pair = pair_of(request_of({name: value for name, value in row.items() if name not in OWN_FIELDS}))
    session = str(row.get("session", number))
    return Example(
        **msgspec.structs.asdict(pair), label=float(row["label"]), group=str(row.get(DATE, session)), session=session
    )


def labels_of(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return which pairs are rewordings, shape ``(n,)``."""
    return np.array([example.label >= 0.5 for example in examples])


def failed_of(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return of which pairs the first turn is known to have failed, shape ``(n,)``."""
    return np.array([example.first_failed for example in examples])


def folds_of(examples: Sequence[Example], count: int = 0) -> NDArray[np.intp]:
    """Return the fold of each pair, shape ``(n,)``; no group is ever split.

    Args:
        examples: pairs with their groups.
        count: folds; 0 gives each group its own. Otherwise the largest group goes first, each to the smallest fold.
    """
    groups, members = np.unique([example.group for example in examples], return_inverse=True)
    if not count:
        return members.astype(np.intp)
    sizes, loads = np.bincount(members), np.zeros(count)
    places = np.zeros(len(groups), dtype=np.intp)
    for group in np.argsort(-sizes, kind="stable"):
        places[group] = loads.argmin()
        loads[places[group]] += sizes[group]
    return places[members]
