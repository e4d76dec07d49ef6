"""Tests of rewordings, of what only looks like them, and of mishearing."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.corpora import mishearing, replies, variants, wordings
from models.corpora.phrases import explicitly
from models.corpora.requests import Request, Wording, pool
from streams.phrases import admits_failure

ALARM = Wording("wake me at five am on friday", (), (("date", "friday"), ("time", "five am")))


def drawn(seed: int) -> Random:
    """Return a source of chance."""
    return Random(seed)  # noqa: S311 - a sample, not a secret


def request(name: str, *slots: tuple[str, str], said: Wording = ALARM) -> Request:
    """Return a request with some slots."""
    return Request(name, "alarm.set", "en", "hwu64", frozenset(slots), (said,))


def test_sentences_with_equal_slots_are_rewordings() -> None:
    """The corpora hold hundreds of requests in several wordings, in English and in other languages."""
    assert len(wordings.rewordings("train", "en")) > 500
    assert len(wordings.rewordings("train", "de")) > 100
    assert all(len(reworded.wordings) > 1 for reworded in wordings.rewordings("train", "en"))


def test_other_requests_of_an_intent_differ_in_a_slot_each() -> None:
    """A request with more slots may be the same one, more exactly, and is never taken for another."""
    chance = drawn(1)
    found = 0
    for some in pool("test").by_locale["en"][:400]:
        other = wordings.same_intent(chance, "test", some)
        if other is not None:
            found += 1
            assert other.intent == some.intent
            assert other.slots - some.slots
            assert some.slots - other.slots
    assert found > 50


def test_a_thing_and_its_room_may_be_one_request() -> None:
    """The bedroom's light by room and by name is the same light; five and fifty are two numbers."""
    by_room = request("room", ("area", "bedroom"), ("domain", "light"), ("brightness", "50"))
    by_name = request("name", ("name", "Bedroom light"), ("brightness", "50"))
    darker = request("dark", ("area", "kitchen"), ("brightness", "5"))
    assert not wordings.names_another(by_room, by_name)
    assert not wordings.names_another(by_name, by_room)
    assert wordings.names_another(by_room, darker)


def test_a_swapped_slot_changes_its_value_and_nothing_else() -> None:
    """What is left when the values are taken out is the same."""
    chance = drawn(2)
    swapped = [wordings.swapped(chance, "train", request("x", *ALARM.slots), ALARM) for _ in range(40)]
    changed = [text for text in swapped if text is not None]
    assert changed
    assert all(text != ALARM.text for text in changed)
    assert all(text.startswith("wake me at ") for text in changed)
    assert all(text.endswith(" on friday") or text.startswith("wake me at five am on ") for text in changed)


def test_what_shares_a_word_is_of_another_intent() -> None:
    """A wording found by a word holds one of the text's, and wants something else."""
    chance = drawn(3)
    some = request("x")
    for _ in range(20):
        other = wordings.sharing_a_word(chance, "train", some, ALARM.text)
        if other is not None:
            assert set(other.text.split()) & set(ALARM.text.split())


def test_recordings_differ_from_what_was_said() -> None:
    """A misrecognition is none where everything was heard right."""
    assert len(wordings.misrecognitions("train")) > 1500
    assert all(wording.text != hearing.text for _, wording, hearing in wordings.misrecognitions("train"))


def test_confusions_are_read_off_recordings() -> None:
    """Words that became others are paired; words lost or put in are not."""
    assert list(mishearing.differences("play the song", "play this song now")) == [(("the",), ("this",))]
    assert list(mishearing.differences("lights on", "lights on")) == []


@pytest.mark.parametrize("locale", ["en", "de", "ru", "zh-cn", "ko", "he"])
def test_a_misheard_text_is_another_text(locale: str) -> None:
    """Something is misheard, and what it was and became is told."""
    chance = drawn(4)
    hearing = mishearing.ear("train", locale)
    for some in pool("train").by_locale[locale][:60]:
        text = some.wordings[0].text
        wrong = mishearing.misheard(chance, text, hearing)
        if wrong is not None:
            assert wrong.said in text
            assert wrong.said != wrong.heard


def test_mishearing_is_a_function_of_its_chance() -> None:
    """The same seed mishears alike."""
    hearing = mishearing.ear("train", "en")
    once, again = (mishearing.misheard(drawn(5), "turn on the kitchen lights", hearing) for _ in range(2))
    assert once == again


@given(st.integers(0, 10_000))
def test_politeness_leaves_the_request(seed: int) -> None:
    """With more or fewer words of politeness, what is left without them is the same."""
    text = "turn on the kitchen lights"
    polite = variants.politely(drawn(seed), text)
    assert polite is not None
    assert text in polite


def test_politeness_is_dropped() -> None:
    """What is left is the bare request; a request without any has none to drop."""
    assert variants.bluntly("could you please call a taxi for me") == "call a taxi"
    assert variants.bluntly("call a taxi") is None


@given(st.integers(0, 10_000))
def test_shorter_forms_begin_the_longer(seed: int) -> None:
    """A detail is left out at the end, never all of the request."""
    text = "create a contact named tom for the office"
    short = variants.shortened(drawn(seed), text)
    assert short is not None
    assert text.startswith(f"{short} ")
    assert " " in short


def test_keywords_are_words_of_the_request() -> None:
    """Function words go, others stay."""
    kept = variants.keywords(drawn(1), "what is the weather in paris")
    assert kept is not None
    assert set(kept.split()) == {"weather", "paris"}


@pytest.mark.parametrize("locale", sorted(replies.APOLOGIES))
def test_apologies_admit_failure(locale: str) -> None:
    """Every apology, as sent, is one to who reads it; refusals, acknowledgements and echoes are none."""
    for template in replies.APOLOGIES[locale]:
        assert admits_failure(template.format(said="abc", value="abc"), locale), template
    for others in (replies.REFUSALS, replies.DONE, replies.ECHOES):
        for template in others.get(locale, ()):
            assert not admits_failure(template.format(said="abc", value="abc"), locale), template


def test_results_and_forms_admit_no_failure() -> None:
    """What an assistant says after it did something never reads as a failure."""
    results = [reply for scenario in replies.BY_SCENARIO.values() for reply in scenario]
    assert not [reply for reply in (*results, *replies.FILLED, *replies.CREATED) if admits_failure(reply, "en")]


def test_explicit_corrections_say_what_was_wanted() -> None:
    """The right words stand in it; a language without phrases has none."""
    said = explicitly(drawn(1), "en", "hello", "hallow")
    assert said is not None
    assert "hello" in said
    assert explicitly(drawn(1), "te", "hello") is None
