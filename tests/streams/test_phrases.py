"""Short answers, negations, numbers and apologies, in many languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import phrases
from streams.text import normalise
from streams.words.negation import FAILED_REPLIES
from streams.words.numerals import NUMERALS
from streams.words.phrasebook import BACKCHANNELS, CANCELLATIONS, CONFIRMATIONS, DENIALS, RETURNS, UNDOS

LANGUAGES = [
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "cs",
    "tr",
    "ar",
    "he",
    "hi",
    "fa",
    "zh",
    "ja",
    "ko",
    "th",
    "hu",
    "fi",
    "sv",
]


@pytest.mark.parametrize("lists", [BACKCHANNELS, DENIALS, CONFIRMATIONS, CANCELLATIONS, UNDOS, RETURNS])
def test_every_promised_language_has_each_list(lists: dict[str, str]) -> None:
    """No language silently falls back to English."""
    assert set(LANGUAGES) <= set(lists)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_says_yes_and_no(language: str) -> None:
    """Lists that contradict each other would turn an outcome around."""
    said = [normalise(phrase, language) for phrase in CONFIRMATIONS[language].split("|")]
    assert not [text for text in said if phrases.is_denial(text, language) or phrases.is_cancellation(text, language)]


@pytest.mark.parametrize(
    ("locale", "no", "yes", "stop", "listening"),
    [
        ("en-US", "No!", "Yes, please", "never mind", "uh-huh"),
        ("en-GB", "no, no, no", "that's right", "stop, please", "I see."),
        ("de-DE", "Nein, danke", "Ja, genau", "Vergiss es", "hm"),
        ("fr", "Non merci", "Oui", "Laisse tomber", "D'accord"),
        ("es-MX", "No", "Sí, por favor", "Cancelar", "ajá"),
        ("pl", "nie", "tak", "anuluj", "no"),
        ("ru", "Нет", "Да", "отмена", "угу"),
        ("tr", "HAYIR", "Evet", "İPTAL", "tamam"),
        ("ar", "لا", "نَعَم", "إلغاء", "تمام"),
        ("he", "לא", "כן", "תעצור", "אוקיי"),
        ("hi", "नहीं", "जी हाँ", "रद्द करो", "अच्छा"),
        ("zh-CN", "不是", "是的", "取消", "嗯嗯"),
        ("ja", "違います", "はい", "やめて", "なるほど"),
        ("ko", "아니요", "네", "취소해 줘".replace(" ", ""), "그렇구나"),
        ("th", "ไม่ใช่", "ใช่ค่ะ", "ยกเลิก", "อืม"),
        ("xx", "no", "yes", "cancel", "okay"),
    ],
)
def test_short_answers_are_told_apart(locale: str, no: str, yes: str, stop: str, listening: str) -> None:
    """Each short answer is what it is, in any case, with politeness and stammering; a request is none of them."""
    assert phrases.is_denial(normalise(no, locale), locale)
    assert phrases.is_confirmation(normalise(yes, locale), locale)
    assert phrases.is_cancellation(normalise(stop, locale), locale)
    assert phrases.is_backchannel(normalise(listening, locale), locale)
    assert not phrases.is_denial(normalise(yes, locale), locale)
    assert not phrases.is_confirmation(normalise(no, locale), locale)
    assert not phrases.is_cancellation(normalise(listening, locale), locale)


def test_only_a_whole_utterance_is_a_short_answer() -> None:
    """Stopping the music at ten is a request, and Polish "no" is a yes."""
    assert not phrases.is_cancellation("stop the music at ten", "en")
    assert not phrases.is_denial("no doubt play it", "en")
    assert not phrases.is_denial("no", "pl")
    assert not phrases.is_backchannel("", "en")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", "Undo that, please!"),
        ("en", "That's not what I said."),
        ("de", "Das habe ich nicht gesagt"),
        ("fr", "Ce n'est pas ce que j'ai dit"),
        ("es", "Eso no es lo que dije"),
        ("ru", "Я этого не говорил"),
        ("tr", "Geri al"),
        ("ar", "لم أقل هذا"),
        ("ja", "そんなこと言ってない"),
        ("zh", "我没说这个"),
        ("ko", "그런 말 안 했어"),
        ("xx", "undo"),
    ],
)
def test_an_undo_is_one_whether_it_was_understood_or_not(locale: str, said: str) -> None:
    """Nothing else can be meant by it."""
    text = normalise(said, locale)
    assert phrases.is_undo(text, locale, understood=True)
    assert phrases.is_undo(text, locale, understood=False)


@pytest.mark.parametrize(
    ("locale", "said"), [("en", "go back"), ("en", "not that"), ("de", "zurück"), ("ja", "戻って")]
)
def test_going_back_takes_back_only_where_it_is_no_request(locale: str, said: str) -> None:
    """An assistant that understands it goes back a page, or takes it as the answer to its question."""
    text = normalise(said, locale)
    assert not phrases.is_undo(text, locale, understood=True)
    assert phrases.is_undo(text, locale, understood=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_undo_says_yes_or_listens(language: str) -> None:
    """Lists that contradict each other would turn an outcome around; what is plainly undone needs no second list."""
    undos = {normalise(phrase, language) for phrase in UNDOS[language].split("|")}
    returns = {normalise(phrase, language) for phrase in RETURNS[language].split("|")}
    said = [text for text in undos | returns if phrases.is_confirmation(text, language)]
    said += [text for text in undos | returns if phrases.is_backchannel(text, language)]
    assert not said
    assert not undos & returns


def test_a_request_is_no_undo() -> None:
    """Only a whole utterance takes back."""
    assert not phrases.is_undo("undo my last three bookings", "en", understood=False)
    assert not phrases.is_undo("", "en", understood=False)


@pytest.mark.parametrize(
    ("locale", "negated", "plain"),
    [
        ("en", "don't turn on the light", "turn on the light"),
        ("en", "pizza without cheese", "pizza with cheese"),
        ("de", "mach kein Licht an", "mach ein Licht an"),
        ("fr", "n'allume pas la lumière", "allume la lumière"),
        ("es", "no enciendas la luz", "enciende la luz"),
        ("cs", "nezapínej světlo", "zapínej světlo v neděli"),
        ("ru", "не включай свет", "включай свет"),
        ("tr", "ışığı açma", "ışığı aç"),
        ("ar", "لا تفتح الباب", "افتح الباب"),
        ("he", "שלא תפתח את הדלת", "תפתח את הדלת"),
        ("hi", "लाइट मत जलाओ", "लाइट जलाओ"),
        ("fa", "نمی‌خواهم", "می‌خواهم"),
        ("zh", "不要打开灯", "打开特别亮的灯"),
        ("ja", "電気をつけないで", "電気をつけて"),
        ("ja", "電気をつけるな", "電気をつける"),
        ("ko", "불 켜지 마", "불 켜줘"),
        ("th", "อย่าเปิดไฟ", "เปิดไฟ"),
        ("hu", "ne kapcsold fel", "kapcsold fel"),
        ("fi", "älä sytytä valoa", "sytytä valo"),
        ("sv", "tänd inte lampan", "tänd lampan"),
    ],
)
def test_a_negation_is_seen(locale: str, negated: str, plain: str) -> None:
    """No rewrite may turn a request around, in any language."""
    assert phrases.negations(normalise(negated, locale), locale)
    assert not phrases.negations(normalise(plain, locale), locale)


def test_forms_of_one_negation_are_equal() -> None:
    """A rewrite may say "do not" for "don't", but not "never"."""
    forms = {phrases.negations(normalise(text, "en"), "en") for text in ["don't go", "do not go", "you cannot go"]}
    assert forms == {frozenset({"not"})}
    assert phrases.negations("never go", "en") == {"never"}
    assert phrases.negations("no", "en") == {"no"}


@pytest.mark.parametrize(
    ("locale", "said", "expected"),
    [
        ("en", "set a timer for twenty-five minutes", ("25",)),
        ("en", "Channel nine at 07:05", ("9", "7", "5")),
        ("en", "one hundred and five", ("105",)),
        ("en", "call nine one one", ("9", "1", "1")),
        ("en", "rock and roll", ()),
        ("de", "fünfundzwanzig Grad", ("25",)),
        ("de", "ein Licht", ()),
        ("fr", "vingt-cinq degrés", ("25",)),
        ("es", "treinta y cinco", ("35",)),
        ("es", "veintitrés", ("23",)),
        ("it", "ventotto gradi", ("28",)),
        ("nl", "tweeëntwintig graden", ("22",)),
        ("pl", "sto dwadzieścia pięć", ("125",)),
        ("ru", "двадцать пять", ("25",)),
        ("tr", "on beş dakika", ("15",)),
        ("ar", "ثلاث دقائق", ("3",)),
        ("he", "חמש דקות", ("5",)),
        ("hi", "पाँच मिनट", ("5",)),
        ("fa", "بیست و پنج", ("25",)),
        ("hu", "huszonöt fok", ("25",)),
        ("fi", "kaksikymmentäviisi", ("25",)),
        ("sv", "tjugofem grader", ("25",)),
        ("zh", "三十五度", ("35",)),
        ("zh", "打开一下二〇二四", ("2024",)),
        ("ja", "十五分", ("15",)),
        ("th", "สิบห้านาที", ("15",)),
        ("th", "ห้ามเปิดไฟ", ()),
        ("ko", "다섯 시", ("5",)),
    ],
)
def test_numbers_are_read_in_digits_and_words(locale: str, said: str, expected: tuple[str, ...]) -> None:
    """A rewrite may write a number differently but may not change it."""
    assert phrases.numbers(normalise(said, locale), locale) == expected


@pytest.mark.parametrize(
    ("locale", "said", "expected"),
    [
        ("en", "wake me on the fourteenth", ("14",)),
        ("en", "wake me on the 14th", ("14",)),
        ("en", "December twenty-first", ("21",)),
        ("en", "the hundred and third", ("103",)),
        ("en", "a thirty second timer", ("30", "2")),
        ("en", "a 30 second timer", ("30", "2")),
        ("de", "am vierzehnten Mai", ("14",)),
        ("de", "am 14. Mai", ("14",)),
        ("de", "die einundzwanzigste", ("21",)),
        ("fr", "le premier", ("1",)),
        ("fr", "la vingt et unième", ("21",)),
        ("fr", "le 2ème", ("2",)),
        ("es", "la tercera canción", ("3",)),
        ("es", "la 3ª canción", ("3",)),
        ("es", "la luz del cuarto", ()),
        ("it", "il quattordicesimo", ("14",)),
        ("it", "il ventunesimo", ("21",)),
        ("it", "il 14º", ("14",)),
        ("pt", "a quinta música", ("5",)),
        ("nl", "de vijfentwintigste", ("25",)),
        ("pl", "czternastego maja", ("14",)),
        ("pl", "dwudziestego piątego", ("25",)),
        ("ru", "четырнадцатого мая", ("14",)),
        ("ru", "двадцать первого", ("21",)),
        ("cs", "čtrnáctého", ("14",)),
        ("tr", "on dördüncü", ("14",)),
        ("ar", "الأغنية الثالثة", ("3",)),
        ("he", "השיר השלישי", ("3",)),
        ("hi", "तीसरा गाना", ("3",)),
        ("fa", "بیست و پنجم", ("25",)),
        ("ko", "두 번째 노래", ("2",)),
        ("ko", "첫번째 노래", ("1",)),
        ("hu", "tizennegyedikén", ("14",)),
        ("hu", "a huszonegyedik", ("21",)),
        ("fi", "neljästoista", ("14",)),
        ("fi", "toista jazzia", ()),
        ("sv", "den tjugoförsta", ("21",)),
        ("zh", "播放第一首", ("1",)),
        ("zh", "播放第十四首", ("14",)),
        ("ja", "第一問", ("1",)),
        ("th", "เพลงที่หนึ่ง", ("1",)),
        ("th", "เพลงที่สอง", ("2",)),
    ],
)
def test_an_ordinal_is_its_number(locale: str, said: str, expected: tuple[str, ...]) -> None:
    """No rewrite may turn the fourteenth into the thirteenth."""
    assert phrases.numbers(normalise(said, locale), locale) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinals_are_known_in_every_language(language: str) -> None:
    """As words, or by a mark before the number; no language has two that are the same."""
    numerals = NUMERALS[language]
    assert numerals.ordinals or numerals.ordinal_mark
    words = [word for alternatives in numerals.ordinals.split() for word in alternatives.split("/")]
    assert len(words) == len(set(words))


@given(st.text(max_size=30), st.sampled_from([*LANGUAGES, "xx", ""]))
@settings(max_examples=200)
def test_no_text_breaks_a_phrase_rule(said: str, locale: str) -> None:
    """Whatever was heard, the guards answer, and digits are always found."""
    text = normalise(f"{said} 42", locale)
    assert phrases.numbers(text, locale)[-1].endswith("42")
    assert isinstance(phrases.negations(text, locale), frozenset)
    assert not phrases.is_denial(text, locale)
    assert phrases.admits_failure(said, locale) in {True, False}


@pytest.mark.parametrize(
    ("locale", "reply", "failed"),
    [
        ("en", "Sorry, I don't know that one.", True),
        ("en", "I didn’t quite catch that.", True),
        ("en", "Playing Sorry by Justin Bieber.", False),
        ("en", "The light is on.", False),
        ("de", "Das habe ich leider nicht verstanden.", True),
        ("ru", "Извините, я не понимаю.", True),
        ("ja", "すみません、わかりません。", True),
        ("zh", "好的，已打开。", False),
    ],
)
def test_an_apology_that_opens_a_reply_admits_failure(locale: str, reply: str, failed: bool) -> None:  # noqa: FBT001
    """A reply that says sorry, or that it did not understand, failed; a song of that name did not."""
    assert phrases.admits_failure(reply, locale) is failed


def test_apologies_are_known_in_every_language() -> None:
    """No language silently falls back to English."""
    assert set(LANGUAGES) <= set(FAILED_REPLIES)


SPOKEN = sorted({normalise(text, "en") for text in "|".join((*UNDOS.values(), *RETURNS.values())).split("|")})


@given(
    st.lists(st.sampled_from(["no", "yes", "please", "stop", "that", "undo", "light", "the", "ok", ""]), max_size=5),
    st.sampled_from(SPOKEN),
    st.sampled_from([*LANGUAGES, "xx", ""]),
)
def test_an_answer_is_what_one_of_the_five_says(words: list[str], phrase: str, locale: str) -> None:
    """One look-up for all finds what the five find one by one."""
    for text in (" ".join(words), phrase, f"{phrase} please"):
        five = [phrases.is_denial, phrases.is_confirmation, phrases.is_cancellation, phrases.is_backchannel]
        found = any(asked(text, locale) for asked in five) or phrases.is_undo(text, locale, understood=True)
        assert phrases.is_answer(text, locale) is found
