"""The end of a recipe: what the student says about itself, its card and its result, as files. Knows no step."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from models import features
from models.pairs import Example
from models.recipes.card import card
from models.recipes.context import Run
from models.recipes.options import Options
from models.recipes.results import Measured, Result, Slice, Source
from models.student.model import Student

STUDENT_FILE: Final = "student.safetensors"
CARD_FILE: Final = "card.md"
RESULT_FILE: Final = "result.json"

NOT_PUBLISHED: Final = "your own; not part of the program"
"""Stands for the licence of what a user brought."""

_LICENCE: Final = re.compile(r"Licence[^:]*:\s*([^\n,(]+\([^)]*\))")


def sources(learned: Sequence[Example], own: Sequence[Example], measured: Sequence[Example]) -> tuple[Source, ...]:
    """Return where pairs are from, with licences and counts; the user's own labelled pairs count in both columns."""
    counts = Counter(pair.source for pair in (*learned, *own)), Counter(pair.source for pair in (*measured, *own))
    names = sorted({name for count in counts for name in count})
    return tuple(Source(name, licence_of(name), counts[0][name], counts[1][name]) for name in names)


def licence_of(corpus: str) -> str:
    """Return the licence of a bundled corpus, as its notice names it; what is not bundled is the user's own."""
    notice = files("models.corpora") / "data" / f"{corpus}.NOTICE"
    if not notice.is_file():
        return NOT_PUBLISHED
    found = _LICENCE.search(notice.read_text(encoding="utf-8"))
    if found is None:
        message = f"the notice of {corpus} names no licence"
        raise ValueError(message)
    return found.group(1)


def result_of(
    run: Run, student: Student, origins: tuple[Source, ...], teacher: str, measured: tuple[Measured, ...]
) -> Result:
    """Return what a run came to."""
    return Result(
        name=student.name,
        version=version("reprise"),
        threshold=student.threshold,
        command=run.command,
        options=_named(run.options) | {"teacher": teacher or run.options.teacher},
        sources=origins,
        teacher=teacher,
        measured=measured,
        membership_auc=run.options.membership_auc,
    )


def _named(options: Options) -> dict[str, str | int | float | bool]:
    """Return what was chosen, by name; what is said elsewhere, or not chosen, is left out."""
    return {name: value for name, value in msgspec.structs.asdict(options).items() if name != "membership_auc"}


def write(folder: Path, student: Student, result: Result) -> None:
    """Write the student with what it says about itself, its card, and the result.

    Raises:
        OSError: one of them cannot be written.
        ModelFileError: likewise.
    """
    student.description |= description_of(result)
    student.save(folder / STUDENT_FILE)
    (folder / CARD_FILE).write_text(card(result), encoding="utf-8")
    (folder / RESULT_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def description_of(result: Result) -> dict[str, Any]:
    """Return what goes into the student's file: no path, no time and no text of anybody."""
    return {
        "product": f"reprise {result.version}",
        "features": features.VERSION,
        "options": result.options,
        "data": [msgspec.structs.asdict(source) for source in result.sources],
        "teacher": result.teacher,
        "metrics": dict(_metrics(result)),
    }


def _metrics(result: Result) -> Iterator[tuple[str, dict[str, Any]]]:
    for measured in result.measured:
        slices = {part.name: _numbers(part) for part in measured.slices if part.kind in {"all", "reply"}}
        yield measured.key, {"calibration_error": _short(measured.calibration_error), **slices}


def _numbers(part: Slice) -> dict[str, Any]:
    """Return the measures of a slice; an interval that is not defined is left out."""
    found: dict[str, Any] = {"pairs": part.pairs, "positives": part.positives}
    for name, interval in (("average_precision", part.average_precision), ("f1", part.f1)):
        ends = (interval.value, interval.low, interval.high)
        if all(end == end for end in ends):  # noqa: PLR0124 - only NaN differs from itself
            found[name] = [_short(end) for end in ends]
    return found


def _short(value: float) -> float:
    return round(value, 4)
