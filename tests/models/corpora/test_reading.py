"""Tests of the corpora that come along: files, notices, readers, parts."""

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from models.corpora import reading
from models.corpora.parts import PARTS, checked, part_of
from models.corpora.requests import owner_of, pool
from streams.text import normalise

DATA = Path(str(files("models.corpora").joinpath(reading.DATA)))
CORPORA = sorted(path.name.removesuffix(".jsonl.gz") for path in DATA.glob("*.jsonl.gz"))
BYTES_MAX = 1_500_000


@pytest.mark.parametrize("name", CORPORA)
def test_each_corpus_has_its_notice(name: str) -> None:
    """A notice names source, commit and licence, and says what was modified."""
    notice = (DATA / f"{name}.NOTICE").read_text(encoding="utf-8")
    assert [word for word in ("https://github.com/", "commit", "Licence", "MODIFIED: ") if word not in notice] == []


def test_corpora_are_those_that_may_be_passed_on() -> None:
    """Only five corpora come along, and together they are small."""
    assert CORPORA == ["alexa_cqr", "clinc150", "hass_intents", "hwu64", "slurp"]
    assert sum(path.stat().st_size for path in DATA.iterdir()) < BYTES_MAX


def test_readers_give_every_line() -> None:
    """Readers name what a row holds, and no text is empty."""
    assert len(reading.slurp()) == 4106
    assert len(reading.hwu64()) == 10601
    assert len(reading.clinc150()) == 22499
    assert len(reading.alexa_cqr()) == 206
    assert len(reading.hass_intents()) == 2086
    assert all(row.said for rows in (reading.slurp(), reading.hwu64(), reading.clinc150()) for row in rows)
    assert all(row.sentences for row in reading.hass_intents())


def test_recognised_texts_are_clean() -> None:
    """What a recogniser heard holds none of its marks for unknown words."""
    heard = [hearing.text for row in reading.slurp() for hearing in row.heard]
    assert len(heard) > 4000
    assert not [text for text in heard if "<" in text or "@" in text or "._m" in text]


def test_parts_have_the_shares_they_should() -> None:
    """A tenth of the groups is for validation, a tenth for the test."""
    counts = Counter(part_of(f"group {number}") for number in range(20_000))
    assert counts["test"] == pytest.approx(2000, rel=0.1)
    assert counts["validation"] == pytest.approx(2000, rel=0.1)


def test_an_unknown_part_is_refused_by_name() -> None:
    """The message says which parts there are."""
    with pytest.raises(ValueError, match="part: 'dev' is none of train, validation, test"):
        checked("dev")


def test_no_text_is_in_two_parts() -> None:
    """What a model is measured on it has not seen, heard texts included."""
    seen: Counter[str] = Counter()
    for part in PARTS:
        seen.update(pool(part).texts)
        assert {owner_of(text) for text in pool(part).texts} == {part}
    assert max(seen.values()) == 1


def test_no_group_is_in_two_parts() -> None:
    """All wordings of a request stay together."""
    groups = [{request.group for requests in pool(part).by_locale.values() for request in requests} for part in PARTS]
    assert set.intersection(groups[0], groups[1] | groups[2]) | (groups[1] & groups[2]) == set()


def test_texts_are_normalised() -> None:
    """A model sees texts as every key and count does."""
    for locale, requests in pool("test").by_locale.items():
        for request in requests:
            assert [wording.text for wording in request.wordings] == [
                normalise(wording.text, locale) for wording in request.wordings
            ]
