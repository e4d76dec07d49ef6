"""What no rewrite may do: the guards on two texts, on a meaning, and on the parts texts play."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.learn import guards
from streams.learn.rows import Roles
from streams.learn.settings import LearnSettings

PROTECTED = LearnSettings().protected


@pytest.mark.parametrize(
    "meaning",
    [
        "home.unlock(what=door)",
        "contacts_lookup",
        "contacts_lookup.find(name=ann)",
        "phone.contacts-lookup()",
        "UnlockDoor",
        "home.unlockDoor(what=front)",
        "IOTUnlock.door()",
        "SMSContacts",
        "ALARM_SET",
        "alarm2.set()",
        "pay the bill",
    ],
)
def test_a_protected_word_is_found_however_names_are_written(meaning: str) -> None:
    """In domain or intent, in snake, camel or capital letters, beside digits and acronyms, and in a bare text."""
    assert guards.is_protected(meaning, PROTECTED)


@pytest.mark.parametrize("meaning", ["shop.orders()", "Contacts", "LOCKS", "payments.list()"])
def test_the_plural_of_a_protected_word_is_protected(meaning: str) -> None:
    """Intents are named either way."""
    assert guards.is_protected(meaning, PROTECTED)


@pytest.mark.parametrize("meaning", ["clock.show()", "list.reorder()", "dialog.start()", "blocklist", "unlocked.x()"])
def test_a_word_that_only_contains_a_protected_one_is_free(meaning: str) -> None:
    """A clock is no lock."""
    assert not guards.is_protected(meaning, PROTECTED)


def test_values_of_slots_are_not_looked_at() -> None:
    """A song may be called after what is protected."""
    assert not guards.is_protected("music.play(song=pay me my money)", PROTECTED)


def test_nothing_is_protected_when_the_operator_says_so() -> None:
    """The setting replaces the list, it does not add to it."""
    assert not guards.is_protected("home.unlock(what=door)", ())
    assert guards.is_protected("home.heat()", ("heat",))


@settings(max_examples=100)
@given(st.sampled_from(PROTECTED), st.lists(st.sampled_from(["get", "device", "my"]), max_size=2), st.integers(0, 2))
def test_a_protected_word_is_found_at_any_place(word: str, others: list[str], place: int) -> None:
    """Whatever stands before and after it, in each style of writing names."""
    words = [*others[:place], word, *others[place:]]
    styles = ("_".join(words), "".join(map(str.capitalize, words)), "_".join(words).upper(), " ".join(words))
    assert [style for style in styles if not guards.is_protected(f"domain.{style}()", PROTECTED)] == []


@pytest.mark.parametrize(
    ("source", "target", "locale", "broken"),
    [
        ("next", "continue", "en-US", []),
        ("do go on", "do not go on", "en-US", ["guard_negation"]),
        ("never mind", "mind", "en-US", ["guard_negation"]),
        ("channel two", "channel 2", "en-US", []),
        ("channel too", "channel 2", "en-US", ["guard_number"]),
        ("channel 12", "channel 21", "en-US", ["guard_number"]),
        ("5 or 7", "7 or 5", "en-US", []),
        ("mach das licht an", "mach das licht nicht an", "de-DE", ["guard_negation"]),
        ("not at 7", "at 8", "en-US", ["guard_negation", "guard_number"]),
    ],
)
def test_negation_and_numbers_stay(source: str, target: str, locale: str, broken: list[str]) -> None:
    """However they are written; the order of numbers is a matter of wording."""
    assert guards.text_guards(source, target, locale) == broken


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["go", "not", "no", "two", "2", "twelve", "never", "on"]), max_size=5))
def test_a_text_breaks_nothing_by_staying_itself(words: list[str]) -> None:
    """The guards compare, they forbid no word."""
    assert guards.text_guards(" ".join(words), " ".join(words), "en-US") == []


@pytest.mark.parametrize(
    ("source", "target", "broken"),
    [
        (None, None, []),
        (Roles(as_source=1), Roles(as_target=3), []),
        (Roles(as_target=1), None, ["guard_chain"]),
        (None, Roles(as_source=1), ["guard_chain"]),
    ],
)
def test_a_live_target_is_never_a_live_source(source: Roles | None, target: Roles | None, broken: list[str]) -> None:
    """A text may be the source of several rewrites, or the target of several, but not both."""
    assert guards.role_guards(source, target) == broken
