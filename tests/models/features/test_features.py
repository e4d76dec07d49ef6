"""The feature matrix: each column by an example, and what holds for any pair."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.features import COLUMNS, matrix, texts
from models.pairs import Example
from streams.likeness import EQUAL, likeness
from streams.text import similarity
from tests.contracts.scorer import MANY, SAID

NAMES = [column.name for column in COLUMNS]
ANY_TEXT = st.one_of(SAID, st.text(max_size=30), st.text(st.characters(), max_size=5))


def pair(first: str = "turn on the light", second: str = "switch on the light", **other: object) -> Example:
    """Return a pair."""
    return Example(first, second, 0.0, **other)  # type: ignore[arg-type]


def column(name: str, given: Example) -> float:
    """Return one number of a pair."""
    return float(matrix([given])[0, NAMES.index(name)])


def test_columns_are_described() -> None:
    """Each has a name of its own and says what it means."""
    assert len(set(NAMES)) == len(NAMES)
    assert all(column.meaning for column in COLUMNS)


def test_no_pairs_make_an_empty_matrix() -> None:
    """It has all columns and no row."""
    assert matrix([]).shape == (0, len(COLUMNS))


@given(
    ANY_TEXT,
    ANY_TEXT,
    ANY_TEXT,
    st.sampled_from(("en", "de-DE", "zh", "th", "ar", "", "??")),
    st.one_of(st.floats(), st.sampled_from((nan, inf, -inf, 0.0))),
)
def test_every_number_is_finite_and_small(first: str, second: str, reply: str, locale: str, gap_s: float) -> None:
    """Whatever was said, however long it took."""
    values = matrix([pair(first, second, reply=reply, locale=locale, gap_s=gap_s)])
    assert values.dtype == np.float32
    assert values.shape == (1, len(COLUMNS))
    assert (np.abs(values) <= 1.0).all()


def test_a_row_is_the_same_in_any_batch() -> None:
    """Rows do not depend on each other."""
    alone = [matrix([one]) for one in MANY[:60]]
    assert np.vstack(alone).tobytes() == matrix(MANY[:60]).tobytes()


@pytest.mark.parametrize(("first", "second"), [("turn on the light", "light on please"), ("a", "a"), ("灯", "打开灯")])
def test_similarity_and_likeness_are_those_of_the_house(first: str, second: str) -> None:
    """Both are measured as everywhere else."""
    given = pair(first, second)
    assert column("similarity", given) == pytest.approx(similarity(first, second, "en"))
    assert column("likeness", given) == pytest.approx(max(likeness(first, second, "en"), -2.0) / EQUAL)


EXPECTED = [
    ("equal", pair("stop", "stop"), 1.0),
    ("equal", pair("stop", "stop it"), 0.0),
    ("sorted_similarity", pair("light kitchen on", "kitchen light on"), 1.0),
    ("character_similarity", pair("abcd", "abxy"), 0.5),
    ("contained", pair("create a contact", "create a contact named tom"), 1.0),
    ("opening_similarity", pair("light", "light"), 1.0),
    ("sound_similarity", pair("write the night", "rite the nite"), 1.0),
    ("words_shared", pair("a b c", "b c d"), 0.5),
    ("first_kept", pair("kitchen on", "kitchen off"), 7 / 9),
    ("second_old", pair("on", "on now"), 2 / 5),
    ("opening_shared", pair("set alarm to six", "set alarm"), 0.5),
    ("ending_shared", pair("play jazz now", "stop jazz now"), 2 / 3),
    ("substituted", pair("play jazz now", "play rock now"), 1 / 3),
    ("added", pair("play jazz", "play more jazz now"), 0.5),
    ("removed", pair("play some jazz now", "play jazz"), 0.5),
    ("exchanged_sound_similarity", pair("call jon", "call john"), 1.0),
    ("exchanged_sound_similarity", pair("call jon", "call jon now"), 0.0),
    ("first_length", pair("", "a"), 0.0),
    ("second_length", pair("a", " ".join("abcdefgh" * 4)), 1.0),
    ("length_ratio", pair("ab", "abcd"), 0.5),
    ("numbers_differ", pair("wake me at seven", "wake me at eight"), 1.0),
    ("numbers_differ", pair("wake me at seven", "wake me at 7"), 0.0),
    ("negations_differ", pair("do it", "do not do it"), 1.0),
    ("begins_with_denial", pair("call jon", "no call tom"), 1.0),
    ("begins_with_denial", pair("call jon", "no"), 0.0),
    ("answers", pair("call jon", "no"), 1.0),
    ("answers", pair("call jon", "call tom"), 0.0),
    ("failed", pair(first_failed=True), 1.0),
    ("reply_admits_failure", pair(reply="Sorry, I did not understand."), 1.0),
    ("reply_admits_failure", pair(reply="The light is on."), 0.0),
    ("reply_admits_later", pair(reply="Composing a message. Sorry, but I don't know that person."), 1.0),
    ("reply_admits_later", pair(reply="Sorry, I don't know that person. Please say it again."), 0.0),
    ("reply_unknown", pair(), 1.0),
    ("reply_unknown", pair(reply="Done."), 0.0),
    ("reply_asks", pair(reply="Which light?"), 1.0),
    ("reply_asks", pair(reply="\u4f60\u8981\u54ea\u76cf\u706f\uff1f"), 1.0),
    ("reply_asks", pair(reply="Done."), 0.0),
    ("reply_length", pair(reply="la " * 40), 1.0),
    ("gap", pair(gap_s=18.0), 0.0),
    ("gap", pair(gap_s=1e9), 1.0),
    ("gap", pair(gap_s=0.0), 0.0),
    ("gap_unknown", pair(gap_s=0.0), 1.0),
    ("gap_unknown", pair(gap_s=nan), 1.0),
    ("gap_unknown", pair(gap_s=3.0), 0.0),
    ("other_question", pair(same_question=False), 1.0),
    ("barge_in", pair(barge_in=True), 1.0),
    ("first_echoed", pair("call jon", "call tom", reply="Calling Jon."), 3 / 7),
    ("new_in_reply", pair("play it", "play jazz", reply="Jazz or rock?"), 1.0),
    ("dropped_in_reply", pair("subject hallow", "subject hello", reply="Subject is hallow."), 1.0),
    ("failed_similarity", pair("stop", "stop", first_failed=True), 1.0),
    ("failed_similarity", pair("stop", "stop"), 0.0),
    ("done_similarity", pair("stop", "stop"), 1.0),
    ("done_similarity", pair("stop", "stop", first_failed=True), 0.0),
    ("done_exchanged_sound", pair("call jon", "call john", first_failed=True), 0.0),
]


@pytest.mark.parametrize(("name", "given", "value"), EXPECTED)
def test_a_column_says_what_it_means(name: str, given: Example, value: float) -> None:
    """Each column by examples worked out by hand."""
    assert column(name, given) == pytest.approx(value)


def test_every_column_has_an_example() -> None:
    """No column goes untested; the two above and the product are held by other tests."""
    assert set(NAMES) - {name for name, _, _ in EXPECTED} == {"similarity", "likeness"}


def test_texts_without_a_sound_do_not_sound_alike() -> None:
    """Marks alone have no sound; two that nobody can pronounce are not the same."""
    assert column("sound_similarity", pair("\u0300", "\u0301")) == 0.0


def test_digits_have_a_sound() -> None:
    """Another number sounds otherwise, although a phonetic key leaves digits out."""
    assert column("sound_similarity", pair("7", "8")) == 0.0


@pytest.mark.parametrize(("first", "second"), [("привет дом", "превет дом"), ("打开灯", "大开灯"), ("बत्ती", "बती")])
def test_other_scripts_have_sounds(first: str, second: str) -> None:
    """What sounds nearly alike is nearly alike, however it is written."""
    assert column("sound_similarity", pair(first, second)) > 0.7


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    """Two of three characters are shared, although the texts are one word each."""
    assert column("words_shared", pair("打开灯", "打开门", locale="zh")) == pytest.approx(0.5)


def test_the_shorter_way_to_words_is_the_long_one() -> None:
    """Whatever the character, splitting at spaces is used only where the pattern would give the same."""
    every = [chr(code) for code in range(0x110000)]
    spaced = "".join(character for character in every if not texts._MAYBE_UNSPACED.search(character))  # noqa: SLF001
    assert len(spaced) > 1000
    assert spaced.split() == texts._PART.findall(spaced)  # noqa: SLF001


@given(st.text(st.sampled_from("ab .!?\u3002\uff01\uff1f\u061f\n\x1c\t"), max_size=12))
def test_a_reply_without_a_mark_inside_has_one_sentence(reply: str) -> None:
    """Asking first whether there is a later sentence loses none."""
    assert texts._later_sentences(reply) == texts._SENTENCES.split(reply)[1:]  # noqa: SLF001


def test_the_matrix_can_be_written_to() -> None:
    """Who standardises it need not copy it."""
    values = matrix([pair()])
    values[0, 0] = 0.5
    assert values[0, 0] == 0.5
