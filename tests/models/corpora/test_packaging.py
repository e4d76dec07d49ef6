"""Tests of how the packaged corpora are made from the published ones."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from infra.samples import corpora
from infra.samples.package_corpora import main, rows

RECORDING = {
    "slurp_id": 7, "gold": "play jazz", "scenario": "play", "action": "music", "asr": "< unk > plays jazz",
    "entities": [{"type": "music_genre", "filler": "jazz"}], "pred_scenario": "qa", "pred_action": "factoid",
    "intent_ok": False, "entities_ok": True,
}  # fmt: skip


def test_recordings_of_a_request_are_gathered() -> None:
    """A request stands once, each text heard for it once, cleaned; what was understood wrongly is not right."""
    sentence = {"slurp_id": 8, "gold": "stop", "scenario": "audio", "action": "stop", "entities": []}
    assert list(corpora.slurp([RECORDING, RECORDING], [sentence])) == [
        {
            "said": "play jazz",
            "intent": "play.music",
            "slots": [("music_genre", "jazz")],
            "heard": [{"text": "plays jazz", "taken_for": "qa.factoid", "right": False}],
        },
        {"said": "stop", "intent": "audio.stop", "slots": [], "heard": []},
    ]


def test_slot_marks_are_taken_out_of_the_text() -> None:
    """The text reads as it was typed, and the slots are listed."""
    row = {"scenario": "alarm", "intent": "set", "annot": "wake me at [time : nine am] on [date : friday]"}
    assert list(corpora.hwu64([row])) == [
        {
            "said": "wake me at nine am on friday",
            "intent": "alarm.set",
            "slots": [("time", "nine am"), ("date", "friday")],
        }
    ]


def test_the_talk_around_a_request_is_left_out() -> None:
    """Only the crowd's wordings are kept, the commonest first; some requests have a single one."""
    row = {"intent": "weather", "gold_slots": None, "rewrite": "rain  in Oslo?", "crowd_rewrites": ["b", "c", "b"]}
    assert list(corpora.alexa_cqr([row, {**row, "crowd_rewrites": None}])) == [
        {"intent": "weather", "slots": [], "wordings": ["b", "rain in Oslo?", "c"]},
        {"intent": "weather", "slots": [], "wordings": ["rain in Oslo?"]},
    ]


def test_sentences_out_of_scope_are_left_out() -> None:
    """They have no intent."""
    both = [{"text": "a", "intent": "oos"}, {"text": "b", "intent": "yes"}]
    assert list(corpora.clinc150(both)) == [{"said": "b", "intent": "yes"}]


def test_groups_without_an_intent_are_named_by_their_file() -> None:
    """Slots with several values become one."""
    row: dict[str, Any] = {
        "locale": "tr", "file": "a.yaml", "intent": None, "slots": {"area": ["Salon", "Oda"]}, "sentences": ["x"],
    }  # fmt: skip
    assert next(corpora.hass_intents([row])) | {"sentences": []} == {
        "locale": "tr",
        "intent": "a",
        "slots": [("area", "Salon | Oda")],
        "sentences": [],
    }


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    """Nothing is packaged without one of them."""
    with pytest.raises(FileNotFoundError, match="hwu64"):
        list(rows(tmp_path, "hwu64/*.jsonl.gz"))


def test_addresses_are_left_out_and_each_row_stands_once(tmp_path: Path) -> None:
    """What is written has no e-mail address in it."""
    contents: dict[str, list[dict[str, Any]]] = {
        "slurp_asr/asr_nlu.jsonl.gz": [RECORDING],
        "slurp_asr/devel_gold.jsonl.gz": [],
        "hwu64/hwu64_slots.jsonl.gz": [],
        "clinc150/clinc150.jsonl.gz": [
            {"text": text, "intent": "text"} for text in ("mail a@b.com", "mail ann", "mail ann")
        ],
        "alexa_cqr/cqr_dev.jsonl.gz": [],
        "hass_intents/de.jsonl.gz": [],
    }
    for name, lines in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    assert main([str(tmp_path), str(tmp_path)]) == 0
    assert gzip.decompress((tmp_path / "clinc150.jsonl.gz").read_bytes()) == b'{"said":"mail ann","intent":"text"}\n'
