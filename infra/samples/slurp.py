"""Gathers the SLURP test requests with what recognisers heard for them. Knows that corpus' rows, no files.

A row is one recording: ``gold``, ``scenario``, ``action``, ``entities``, ``asr``, ``intent_ok``, ``entities_ok``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from streams.simulate.lexicon import Heard, Request

RECORDINGS_MIN: Final = 2
"""A request recorded once has no confusions to show."""

_UNKNOWN: Final = re.compile(r"< unk >|@@UNKNOWN@@")
_REPAIRS: Final = (
    (re.compile(r"\b([ap])\._m \."), r"\1m"),  # the recogniser's way of writing "am"
    (re.compile(r"\bu\._s\b"), "us"),
    (re.compile(r"\b([a-z])\. (?=[a-z]\.)"), r"\1"),  # letters spelled out
    (re.compile(r"\b([a-z]+)\."), r"\1"),
    (re.compile(r" (n't|'[a-z]+)\b"), r"\1"),  # "do n't", "i 'm"
    (re.compile(r"\b(what|it|that|let|there|how|who|where|when|today|tomorrow) s\b"), r"\1's"),
    (re.compile(r"\s+"), " "),
)

Row = Mapping[str, Any]


def cleaned(heard: str) -> str:
    """Return a recogniser's text without its marks for unknown words and its odd spellings."""
    text = _UNKNOWN.sub(" ", heard)
    for pattern, written in _REPAIRS:
        text = pattern.sub(written, text)
    return text.strip(" .")


def requests_of(rows: Iterable[Row]) -> list[Request]:
    """Return the requests recorded often enough, by text, each with its meaning and what was heard for it."""
    recordings: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        recordings[row["gold"], row["scenario"], row["action"], _slots(row)].append(row)
    return [
        Request(said, scenario, action, slots, _heard(of_request))
        for (said, scenario, action, slots), of_request in sorted(recordings.items())
        if len(of_request) >= RECORDINGS_MIN and "@" not in said
    ]


def _slots(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((entity["type"], entity["filler"]) for entity in row["entities"]))


def _heard(rows: Iterable[Row]) -> tuple[Heard, ...]:
    counts: Counter[str] = Counter()
    understood: dict[str, int] = {}
    for row in rows:
        text = cleaned(row["asr"])
        if text:
            counts[text] += 1
            grade = int(row["intent_ok"]) + int(row["intent_ok"] and row["entities_ok"])
            understood[text] = max(understood.get(text, 0), grade)
    return tuple(Heard(text, count, understood[text]) for text, count in sorted(counts.items()))
