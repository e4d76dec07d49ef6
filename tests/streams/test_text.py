"""The normaliser and the similarity, for every script: what is equal to a reader is equal here."""

import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.limits import SAID_LENGTH_MAX
from streams.text import NORMALISER, language_of, normalise, similarity

LOCALES = st.sampled_from(
    ["en-US", "tr-TR", "az", "lt", "zh-CN", "ja", "th", "ar", "fa", "he", "hi", "ko", "de", "xx", ""]
)
# Letters, marks, spaces and fillers of the scripts with rules of their own, and anything else.
TRICKY_WORDS = [
    "um",
    "uh",
    "huh",
    " ",
    "嗯",
    "呃",
    "えっと",
    "เอ่อ",
    "打",
    "か",
    "I",
    "İ",
    "i",
    "ı",
    "Σ",
    "ß",
    "ا",
    "أ",
    "ي",
    "צ",
]
TRICKY_SIGNS = "\"'\u00b4\u0307\u0301\u0e33\u200d\u0640\u064e\u0653\u0654\ufe0f"
TRICKY = st.lists(st.sampled_from([*TRICKY_WORDS, *TRICKY_SIGNS]) | st.characters(), max_size=12).map("".join)
TEXTS = st.one_of(TRICKY, st.text(max_size=40))


@given(TEXTS, LOCALES)
@example("\ud800", "en")
@example("İ\u0307\u0307", "en")
@example("嗯\u0e31", "th")
@settings(max_examples=400)
def test_normalising_twice_changes_nothing(said: str, locale: str) -> None:
    """What is stored under a key is found again when its own text comes in."""
    once = normalise(said, locale)
    assert normalise(once, locale) == once


@given(TEXTS, LOCALES)
@settings(max_examples=300)
def test_only_words_of_letters_marks_and_digits_remain(said: str, locale: str) -> None:
    """A key holds nothing that could be taken for a separator, and no word that starts with a mark."""
    assert regex.fullmatch(r"(?:[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?: (?=\S)|$))*", normalise(said, locale))


@given(st.integers(0, 0x10FFFF).map(chr), LOCALES)
@settings(max_examples=300)
def test_a_letter_or_digit_never_vanishes_whole(character: str, locale: str) -> None:
    """No utterance with a letter or digit becomes empty, save for signs that only look like letters."""
    if regex.fullmatch(r"[\p{Lu}\p{Ll}\p{Lo}\p{Nd}]", character) and unicodedata.decomposition(character)[:1] != "<":
        assert normalise(character, locale)


@given(st.text(min_size=SAID_LENGTH_MAX - 5, max_size=SAID_LENGTH_MAX + 20), LOCALES)
@example("\ufdfa" * SAID_LENGTH_MAX, "ar")
@example("brella um " * 150, "en")
@settings(max_examples=20)
def test_the_result_is_bounded(said: str, locale: str) -> None:
    """No text grows beyond what a record may hold, though some characters unfold into eighteen."""
    once = normalise(said, locale)
    assert len(once) <= SAID_LENGTH_MAX
    assert normalise(once, locale) == once


@pytest.mark.parametrize(
    ("locale", "spellings"),
    [
        ("en", ["Don't stop!", "don’t stop", "DON`T  STOP.", "don´t stop", "um, don't stop", "d\u00adon't stop"]),
        ("en", ["timer for 5", "Timer, for ５", "timer for ٥", "timer for ५"]),
        ("de", ["Größe ändern", "GRÖSSE ÄNDERN", "Gro\u0308sse a\u0308ndern"]),
        ("tr", ["ışık kapat İstanbul", "IŞIK KAPAT istanbul", "ışık, kapat: İSTANBUL"]),
        ("el", ["άναψε το φως", "Άναψε το φωΣ"]),
        ("lt", ["i\u0307\u0301", "í"]),
        (
            "ar",
            [
                "افتح الأبواب ٣",
                "اِفْتَحْ اَلأبْوَاب 3",
                "افتح الابواب 3",
                "افتـــح آلأبواب ۳".replace("آ", "ا"),
                "\u202bافتح الأبواب ٣\u202c",
            ],
        ),
        ("fa", ["می‌خواهم", "میخواهم", "ميخواهم"]),
        ("he", ['שלום צה"ל', "שָׁלוֹם צה״ל", "שלום צהל"]),
        ("hi", ["क़लम नीचे", "क\u093cलम नीचे", "क\u200dलम नीचे".replace("क\u200d", "क\u093c")]),
        ("ja", ["テレビをつけて", "ﾃﾚﾋﾞをつけて", "テレビ を つけて。", "えっと、テレビをつけて"]),
        ("zh", ["打开客厅的灯", "打开 客厅 的 灯。", "嗯打开客厅的灯", "嗯 打开客厅的灯"]),
        ("zh", ["打开wifi", "打开 WiFi", "打开ＷｉＦｉ"]),
        ("th", ["เปิดไฟในน้ำ", "เปิด ไฟ ใน น้ำ", "เปิดไฟในนํ้า".replace("นํ้า", "น้ํา")]),
        ("ko", ["불 켜줘", "불 켜줘!", unicodedata.normalize("NFD", "불 켜줘")]),
        ("ta", ["விளக்கை அணை", "விளக்கை  அணை?", unicodedata.normalize("NFD", "விளக்கை அணை")]),
        ("uk", ["п'ять", "п’ять", "пʼять"]),
    ],
)
def test_spellings_a_reader_takes_for_equal_are_equal(locale: str, spellings: list[str]) -> None:
    """Apostrophes, case, width, harakat, joiners, bidi controls, digits, spaces and composition are no difference."""
    assert {normalise(spelling, locale) for spelling in spellings} == {normalise(spellings[0], locale)}


@pytest.mark.parametrize(
    ("locale", "said", "kept"),
    [
        ("hi", "नमस्ते, लाइट जलाओ!", "नमस्ते लाइट जलाओ"),
        ("th", "เปิดไฟในห้องครัว", "เปิดไฟในห้องครัว"),
        ("ta", "விளக்கை அணை", "விளக்கை அணை"),
        ("ar", "رَجَاءً", "رجاء"),
        ("ko", "에어컨 켜줘", "에어컨 켜줘"),
        ("en", "Play the Beatles", "play the beatles"),
        ("en", "wake me at 7:05", "wake me at 7 05"),
        ("en", "❤️ 1️⃣", "1"),
    ],
)
def test_what_carries_meaning_survives(locale: str, said: str, kept: str) -> None:
    """Marks that spell vowels stay; so do articles."""
    assert normalise(said, locale) == kept


@pytest.mark.parametrize(
    ("locale", "said", "kept"),
    [
        ("en", "um, turn uh on the er light", "turn on the light"),
        ("en", "Um", "um"),
        ("en", "uh-huh", "uh huh"),
        ("en", "mm-hmm", "mm hmm"),
        ("de", "um acht äh Uhr ruft er an", "um acht uhr ruft er an"),
        ("pt", "um café", "um café"),
        ("nl", "is er post", "is er post"),
        ("ru", "э включи эээ свет", "включи свет"),
        ("zh", "嗯", "嗯"),
        ("xx", "um hmm er", "um er"),
    ],
)
def test_hesitations_go_by_language_and_never_leave_nothing(locale: str, said: str, kept: str) -> None:
    """A filler of one language is a word of another; an utterance of fillers alone stays."""
    assert normalise(said, locale) == kept


def test_nothing_said_is_nothing() -> None:
    """Texts without letter, mark or digit are empty."""
    assert {normalise(said, "en") for said in ["", " ", "?!", "\u0301", "\u200d", "…"]} == {""}


def test_the_version_is_pinned() -> None:
    """A change of what the normaliser gives must come with a new version, since stored keys hold it."""
    sample = normalise("Um, DON'T play “Ça ira” №5 — İt's ﬁne…  أهلاً ２", "en")
    assert (NORMALISER, sample) == ("1", "dont play ça ira no5 its fine اهلا 2")


def test_the_language_is_the_first_subtag() -> None:
    """Regions and scripts choose no rules of their own."""
    assert [language_of(tag) for tag in ["pt-BR", "zh-Hant-TW", "TR", "en_US", ""]] == ["pt", "zh", "tr", "en", ""]


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_similarity_is_symmetric_bounded_and_one_for_equals_only(one: str, other: str) -> None:
    """What a threshold on it means does not depend on which text came first."""
    first, second = normalise(one, "en"), normalise(other, "en")
    value = similarity(first, second)
    assert value == similarity(second, first)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (first == second)


def test_similarity_sees_letters_and_words() -> None:
    """A misheard letter and another order of words both leave texts more alike than another request."""
    request = "turn on the light in the kitchen"
    other = similarity(request, "what is the weather tomorrow")
    assert similarity(request, "turn on the lied in the chicken") > other + 0.3
    assert similarity(request, "kitchen light on") > other + 0.3
    assert similarity("打开客厅的灯", "把客厅的灯打开") > similarity("打开客厅的灯", "明天天气怎么样") + 0.3
