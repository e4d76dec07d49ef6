"""Reads a person's own labelled pairs from files of JSON lines. Knows their fields, no stream and no model.

A line holds ``first``, ``second`` and ``label`` (0 or 1, false or true), and may hold what ``reprise score`` takes:
``reply``, ``first_failed``, ``gap_s``, ``locale``, ``same_question``, ``barge_in``; and ``session``, ``group`` and
``weight``. Null means unknown. Other fields are left alone, as those that ``reprise score`` adds, unless their name is
nearly one of these: a misspelled field would be lost without a word.
"""

import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import Indel

from models.pairs import GAP_S_MIN, GAP_S_UNKNOWN, Example, gap_of
from streams.text import normalise

GAP_S_MAX: Final = 31_536_000
"""Seconds of a year: a longer gap is a time in another unit."""

WEIGHT_MAX: Final = 1e6

MISSPELLED: Final = 0.75
"""Similarity from which the name of an unknown field is taken for a misspelled known one."""


class LabelledPairError(ValueError):
    """A line is no labelled pair. The message names file, line, field, and what to do."""


class LabelledPair(msgspec.Struct, frozen=True):
    """A line of a file of labelled pairs, as written.

    Attributes:
        first: the earlier text.
        second: the later text.
        label: 1 or true where the second rewords the first, else 0 or false.
        reply: the assistant's words in between.
        first_failed: the reply says that it failed.
        gap_s: seconds between the two, 0 unknown; a little below 0 where their recordings overlap.
        locale: BCP 47 tag.
        same_question: both answer the same open question, or neither answers any.
        barge_in: the second interrupted the reply.
        session: what is resampled as a whole in intervals, and kept together in folds where ``group`` is empty.
        group: what must not be split between training and measuring, a day for instance.
        weight: how much the pair counts in training.
    """

    first: Annotated[str, msgspec.Meta(min_length=1)]
    second: Annotated[str, msgspec.Meta(min_length=1)]
    label: bool | int
    reply: str | None = None
    first_failed: bool | None = None
    gap_s: Annotated[float, msgspec.Meta(ge=GAP_S_MIN, le=GAP_S_MAX)] | None = None
    locale: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    same_question: bool | None = None
    barge_in: bool | None = None
    session: str | int | None = None
    group: str | int | None = None
    weight: Annotated[float, msgspec.Meta(gt=0, le=WEIGHT_MAX)] | None = None


def labelled_pairs(path: Path, locale: str = "en") -> list[Example]:
    """Return the labelled pairs of a file, normalised.

    Args:
        path: JSON lines, gzipped where the name ends in ``.gz``; ``-`` is standard input.
        locale: of lines that name none.

    Raises:
        LabelledPairError: a line is no labelled pair, or the file holds none.
        OSError: the file cannot be read.
    """
    examples = list(_examples(path, locale))
    if not examples:
        message = f"{path}: no labelled pair; write one JSON object a line with first, second and label"
        raise LabelledPairError(message)
    return examples


def _examples(path: Path, locale: str) -> Iterator[Example]:
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            yield _example(_decoded(line, f"{path}, line {number}"), path, number, locale)


def _lines(path: Path) -> Iterable[bytes]:
    if str(path) == "-":
        return sys.stdin.buffer.read().splitlines()
    try:
        return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).splitlines()
    except (gzip.BadGzipFile, EOFError) as error:
        message = f"{path}: is no gzip file ({error}); take .gz off its name, or pack it again"
        raise LabelledPairError(message) from error


def _decoded(line: bytes, place: str) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        message = f"{place}: is no JSON ({error}); write one JSON object a line"
        raise LabelledPairError(message) from error
    if not isinstance(given, dict):
        message = f"{place}: is no JSON object; write first, second and label as its fields"
        raise LabelledPairError(message)
    return given


def _example(given: dict[str, Any], path: Path, number: int, locale: str) -> Example:
    place = f"{path}, line {number}"
    try:
        pair = msgspec.convert(given, LabelledPair)
    except msgspec.ValidationError as error:
        message = f"{place}: {error}; fields are {', '.join(LabelledPair.__struct_fields__)}"
        raise LabelledPairError(message) from error
    _refuse_misspelled(given, place)
    if pair.label not in {0, 1}:
        message = f"{place}: label is {pair.label!r}; write 1 where the second rewords the first, else 0"
        raise LabelledPairError(message)
    return _normalised(pair, pair.locale or locale, place, number)


def _refuse_misspelled(given: dict[str, Any], place: str) -> None:
    fields = LabelledPair.__struct_fields__
    for name in given.keys() - set(fields):
        meant = process.extractOne(name, fields, scorer=Indel.normalized_similarity, score_cutoff=MISSPELLED)
        if meant is not None:
            message = f"{place}: {name} is no field; write {meant[0]}, or rename it"
            raise LabelledPairError(message)


def _normalised(pair: LabelledPair, locale: str, place: str, number: int) -> Example:
    first, second = normalise(pair.first, locale), normalise(pair.second, locale)
    for field, text in (("first", first), ("second", second)):
        if not text:
            message = f"{place}: {field} holds no letter and no digit; leave the line out"
            raise LabelledPairError(message)
    session = "" if pair.session is None else str(pair.session)
    return Example(
        first,
        second,
        float(pair.label),
        locale,
        reply=pair.reply or "",
        first_failed=bool(pair.first_failed),
        gap_s=GAP_S_UNKNOWN if pair.gap_s is None else gap_of(pair.gap_s),
        same_question=pair.same_question is not False,
        barge_in=bool(pair.barge_in),
        group=str(pair.group) if pair.group is not None else session or f"line {number}",
        source="own",
        weight=1.0 if pair.weight is None else pair.weight,
        session=session,
    )
