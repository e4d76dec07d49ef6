"""Brings rows of five public corpora into the shape that training reads. Knows their fields, no files.

Texts stay as written, but for marks that belong to a recogniser or an annotator. Sentences with an e-mail address are
left out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from infra.samples.slurp import cleaned

_MARK: Final = re.compile(r"\[([^:\]]+) : ([^\]]+)\]")
_SPACES: Final = re.compile(r"\s+")

Row = Mapping[str, Any]


def slurp(recordings: Iterable[Row], sentences: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield each request once: its text, intent and slots, and what a recogniser heard for it.

    A heard text comes with the intent that a published model took it for, and whether that model got everything right.
    """
    requests: dict[int, Row] = {}
    heard: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in [*sentences, *recordings]:
        requests[row["slurp_id"]] = row
        text = cleaned(row.get("asr", ""))
        if text:
            heard[row["slurp_id"]].setdefault(text, row)
    for number, row in sorted(requests.items()):
        yield {
            "said": row["gold"],
            "intent": f"{row['scenario']}.{row['action']}",
            "slots": sorted({(entity["type"], entity["filler"]) for entity in row["entities"]}),
            "heard": [_heard(text, recording) for text, recording in sorted(heard[number].items())],
        }


def _heard(text: str, recording: Row) -> dict[str, Any]:
    return {
        "text": text,
        "taken_for": f"{recording['pred_scenario']}.{recording['pred_action']}",
        "right": recording["intent_ok"] and recording["entities_ok"],
    }


def hwu64(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield each sentence with its intent and slots."""
    for row in rows:
        slots = [(name.strip(), value.strip()) for name, value in _MARK.findall(row["annot"])]
        said = _SPACES.sub(" ", _MARK.sub(r"\2", row["annot"])).strip()
        yield {"said": said, "intent": f"{row['scenario']}.{row['intent']}", "slots": slots}


def clinc150(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield each sentence that has an intent, with it."""
    for row in rows:
        if row["intent"] != "oos":
            yield {"said": row["text"], "intent": row["intent"]}


def alexa_cqr(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield each request as its wordings by the crowd, the commonest first; the talk around it is left out."""
    for row in rows:
        counts = Counter(_SPACES.sub(" ", text).strip() for text in [row["rewrite"], *(row["crowd_rewrites"] or [])])
        yield {
            "intent": row["intent"],
            "slots": row["gold_slots"] or [],
            "wordings": [text for text, _ in counts.most_common()],
        }


def hass_intents(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield each group of sentences that mean the same, with locale, intent and slots."""
    for row in rows:
        yield {
            "locale": row["locale"],
            "intent": row["intent"] or row["file"].removesuffix(".yaml"),
            "slots": sorted((name, _flat(value)) for name, value in (row["slots"] or {}).items()),
            "sentences": row["sentences"],
        }


def _flat(value: object) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


Maker = Callable[..., Iterator[dict[str, Any]]]

MAKERS: Final[dict[str, tuple[Maker, tuple[str, ...]]]] = {
    "slurp": (slurp, ("slurp_asr/asr_nlu.jsonl.gz", "slurp_asr/devel_gold.jsonl.gz")),
    "hwu64": (hwu64, ("hwu64/hwu64_slots.jsonl.gz",)),
    "clinc150": (clinc150, ("clinc150/clinc150.jsonl.gz",)),
    "alexa_cqr": (alexa_cqr, ("alexa_cqr/cqr_dev.jsonl.gz",)),
    "hass_intents": (hass_intents, ("hass_intents/*.jsonl.gz",)),
}
"""By name of what is written: how its rows are made, and of which files."""
