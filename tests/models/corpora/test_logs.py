"""Tests of a person's own labelled pairs: what is read, and what is refused in which words."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from models.corpora.logs import LabelledPairError, labelled_pairs
from models.pairs import Example

PAIR = {"first": "Play maroon five!", "second": "play Maroon 5", "label": 1}


def written(folder: Path, *rows: dict[str, Any] | str, name: str = "pairs.jsonl") -> Path:
    """Write lines to a file."""
    lines = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    path = folder / name
    path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    return path


def test_a_line_becomes_an_example(tmp_path: Path) -> None:
    """Texts are normalised; what is not said is unknown; the session keeps pairs together."""
    full = {**PAIR, "label": False, "reply": "Sorry?", "first_failed": True, "gap_s": 8, "session": 3, "weight": 2.0}
    assert labelled_pairs(written(tmp_path, PAIR, full)) == [
        Example("play maroon five", "play maroon 5", 1.0, group="line 1", source="own"),
        Example(
            "play maroon five", "play maroon 5", 0.0, reply="Sorry?", first_failed=True, gap_s=8.0, group="3",
            source="own", weight=2.0, session="3",
        ),
    ]  # fmt: skip


def test_packed_files_and_other_locales_are_read(tmp_path: Path) -> None:
    """A name that ends in .gz is unpacked; lines without a locale get the one given."""
    path = written(tmp_path, PAIR, {**PAIR, "locale": "de"}, name="pairs.jsonl.gz")
    assert [example.locale for example in labelled_pairs(path, "fi")] == ["fi", "de"]


def test_null_means_unknown(tmp_path: Path) -> None:
    """A field that is null is as good as missing."""
    nulls = dict.fromkeys(("reply", "first_failed", "gap_s", "locale", "same_question", "barge_in", "session"))
    assert labelled_pairs(written(tmp_path, {**PAIR, **nulls})) == labelled_pairs(written(tmp_path, PAIR))


def test_what_score_adds_is_left_alone(tmp_path: Path) -> None:
    """Scored pairs can be labelled and read as they are."""
    scored = {**PAIR, "rephrase": 0.93, "is_rephrase": True, "note": "mine"}
    assert labelled_pairs(written(tmp_path, scored)) == labelled_pairs(written(tmp_path, PAIR))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"first": "a", "second": "b"}, "missing required field `label`"),
        ({**PAIR, "label": 2}, "label is 2; write 1 where"),
        ({**PAIR, "label": "yes"}, r"\$\.label"),
        ({**PAIR, "first": ""}, r"\$\.first"),
        ({**PAIR, "second": "?!"}, "second holds no letter"),
        ({**PAIR, "gap_s": -61}, r"\$\.gap_s"),
        ({**PAIR, "weight": 0}, r"\$\.weight"),
        ({**PAIR, "gap_ms": 800}, "gap_ms is no field; write gap_s"),
        ({**PAIR, "first_fail": True}, "first_fail is no field; write first_failed"),
        ("[1, 2]", "is no JSON object"),
        ("{first", "is no JSON"),
    ],
)
def test_a_bad_line_is_refused_by_name(tmp_path: Path, row: dict[str, Any] | str, says: str) -> None:
    """The message names file, line, field and what to do."""
    path = written(tmp_path, PAIR, row)
    with pytest.raises(LabelledPairError, match=says) as caught:
        labelled_pairs(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """Nothing to learn from is said, with what a line should hold."""
    with pytest.raises(LabelledPairError, match="no labelled pair; write one JSON object a line"):
        labelled_pairs(written(tmp_path, ""))


def test_a_file_that_only_claims_to_be_packed_is_refused(tmp_path: Path) -> None:
    """The message says what to do about its name."""
    path = tmp_path / "pairs.gz"
    path.write_text("{}")
    with pytest.raises(LabelledPairError, match=r"take \.gz off its name"):
        labelled_pairs(path)
