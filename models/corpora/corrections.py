"""Scenes in which the second turn corrects the first: other words for it, or a misrecognition repaired. Knows no times.

Shares of kinds are chosen, but for that of the very same words, which is published
(:mod:`models.corpora.circumstances`).
"""

from collections.abc import Callable
from random import Random
from typing import Final, Literal

from models.corpora import forms, mishearing, replies, variants, wordings
from models.corpora.circumstances import FAILED_BEFORE, MISHEARD, SAME_WORDS
from models.corpora.drawing import Draw, Maker, Scene, any_request, form_value, scene_of, two_wordings, words_of
from models.corpora.phrases import explicitly, undoing
from models.corpora.requests import Wording

SAME_AFTER_FAILURE: Final = SAME_WORDS / ((1 - MISHEARD) * FAILED_BEFORE["reworded"])
"""Share of rewordings after a failure in the very same words: all such corrections come after one here."""

Correction = Literal["reworded", "misheard"]

KINDS: Final[dict[tuple[Correction, bool], dict[str, float]]] = {
    ("reworded", True): {
        "same": SAME_AFTER_FAILURE, "wording": 0.26, "verb": 0.06, "politeness": 0.05, "keywords": 0.06,
        "shorter": 0.06, "longer": 0.10, "form_reworded": 0.08, "form_named": 0.05,
    },
    ("reworded", False): {
        "wording": 0.20, "explicit": 0.14, "undone": 0.14, "longer": 0.12, "keywords": 0.05, "shorter": 0.06,
        "other_intent": 0.13, "form_reworded": 0.05, "partly": 0.11,
    },
    ("misheard", True): {
        "recordings": 0.40, "misheard": 0.25, "garbled": 0.12, "value": 0.09, "form_misheard": 0.14,
    },
    ("misheard", False): {
        "recordings": 0.20, "misheard": 0.36, "value": 0.12, "form_misheard": 0.18, "misheard_explicit": 0.14,
    },
}  # fmt: skip
"""Shares of kinds by relation, and by whether the first failed."""

PLAINEST: Final[dict[Correction, str]] = {"reworded": "wording", "misheard": "misheard"}

SECOND_HEARD_WRONG: Final = 0.25
"""Share of repairs that are themselves misheard; chosen."""

LIKES_OTHER_WORDING: Final = 0.2
"""Share of repairs that reword as well; chosen."""

NAMES_MISTAKE: Final = 0.6
"""Share of replies to misheard requests that name what was misheard; chosen."""

GARBLED_TIMES: Final = 4
"""Mishearings on top of the first where hardly a word is heard right; chosen."""

NUMBERS_CONFUSED: Final = {
    "thirteen": "thirty", "fourteen": "forty", "fifteen": "fifty", "sixteen": "sixty", "seventeen": "seventy",
    "eighteen": "eighty", "nineteen": "ninety", "five": "nine", "eight": "a", "two": "to", "four": "for", "one": "won",
    "ten": "then", "six": "sick", "am": "pm", "first": "fourth",
}  # fmt: skip
"""Numbers and what they are heard as, either way."""


def correction(draw: Draw, how: Correction, *, failed: bool) -> Scene | None:
    """Return a scene of a relation and an outcome, None where a locale has too few requests."""
    return scene_of(draw, KINDS[how, failed], MAKERS, PLAINEST[how])


def any_correction(draw: Draw) -> Scene | None:
    """Return a scene of any correction."""
    how: Correction = "misheard" if draw.chance.random() < MISHEARD else "reworded"
    return correction(draw, how, failed=draw.chance.random() < FAILED_BEFORE[how])


def _changed(kind: str, change: Callable[[Random, str], str | None]) -> Maker:
    """Return a maker of scenes whose second turn is the first one changed."""

    def make(draw: Draw) -> Scene | None:
        drawn = any_request(draw)
        if drawn is None:
            return None
        request, wording = drawn
        second = change(draw.chance, wording.text)
        return None if second is None else Scene(kind, request, wording.text, second)

    return make


def _wording(draw: Draw) -> Scene | None:
    two = two_wordings(draw)
    return None if two is None else Scene("wording", *two)


def same(draw: Draw) -> Scene | None:
    """Return a request in the very same words."""
    drawn = any_request(draw)
    if drawn is None:
        return None
    request, wording = drawn
    return Scene("same", request, wording.text, wording.text)


def _longer(draw: Draw) -> Scene | None:
    shorter = MAKERS["shorter"](draw)
    if shorter is None:
        return None
    lacking = replies.lacking(draw.chance, draw.locale, shorter.second.split()[-1])
    return Scene("longer", shorter.request, shorter.second, shorter.first, refusal=lacking)


def _explicit(draw: Draw) -> Scene | None:
    two = two_wordings(draw)
    if two is None:
        return None
    second = explicitly(draw.chance, draw.locale, two[2])
    return None if second is None else Scene("explicit", two[0], two[1], second)


def _undone(draw: Draw) -> Scene | None:
    two = two_wordings(draw)
    undo = undoing(draw.chance, draw.locale)
    return None if two is None or undo is None else Scene("undone", *two, between=(undo,))


def _other_intent(draw: Draw) -> Scene | None:
    two = two_wordings(draw)
    if two is None:
        return None
    request, first, second = two
    others = [name for name in replies.BY_SCENARIO if name != request.intent.split(".")[0]]
    reply = replies.result(draw.chance, draw.chance.choice(others))
    return Scene("other_intent", request, first, second, reply=reply)


def _partly(draw: Draw) -> Scene | None:
    """Return a request that was done by half, as the reply says after what it did."""
    two = two_wordings(draw)
    if two is None:
        return None
    value = words_of(draw.chance, two[1])
    done = replies.echo(draw.chance, draw.locale, two[1], value)
    missing = replies.apology(draw.chance, draw.locale, two[1], words_of(draw.chance, two[1]))
    return Scene("partly", *two, value, reply=f"{done} {missing}")


def _recordings(draw: Draw) -> Scene | None:
    request, wording, hearing = draw.chance.choice(wordings.misrecognitions(draw.part))
    if hearing.right:
        return None
    place = draw.chance.random()
    second = wording.text
    if place < SECOND_HEARD_WRONG:
        second = draw.chance.choice(wording.heard).text
    elif place < SECOND_HEARD_WRONG + LIKES_OTHER_WORDING:
        second = draw.chance.choice(request.wordings).text
    reply = "" if hearing.taken_for == request.intent else replies.result(draw.chance, hearing.taken_for.split(".")[0])
    return Scene("recordings", request, hearing.text, second, reply=reply)


def _misheard(draw: Draw) -> Scene | None:
    drawn = any_request(draw)
    if drawn is None:
        return None
    request, wording = drawn
    wrong = mishearing.misheard(draw.chance, wording.text, mishearing.ear(draw.part, draw.locale))
    if wrong is None:
        return None
    second = wording.text
    if draw.chance.random() < LIKES_OTHER_WORDING:
        second = draw.chance.choice(request.wordings).text
    return Scene("misheard", request, wrong.text, second, value=_mistake(draw.chance, wrong.text, wrong.heard))


def _mistake(chance: Random, text: str, heard: str) -> str:
    """Return what a reply names of a misheard text: mostly what was misheard, with a word before or after it."""
    if chance.random() >= NAMES_MISTAKE or not heard:
        return words_of(chance, text)
    before, found, after = f" {text} ".partition(f" {heard} ")
    if not found:
        return heard
    nearest = before.split()[-1:] if chance.random() < 1.0 / 2.0 else []
    return " ".join((*nearest, heard, *after.split()[: chance.randint(0, 1)]))


def _garbled(draw: Draw) -> Scene | None:
    """Return a request of which hardly a word was heard right."""
    made = _misheard(draw)
    if made is None:
        return None
    heard = made.first
    for _ in range(GARBLED_TIMES):
        again = mishearing.misheard(draw.chance, heard, mishearing.ear(draw.part, draw.locale))
        heard = heard if again is None else again.text
    return made._replace(kind="garbled", first=heard, value=words_of(draw.chance, heard))


def _value(draw: Draw) -> Scene | None:
    """Return a request whose name or number was taken for another."""
    drawn = any_request(draw)
    if drawn is None:
        return None
    request, wording = drawn
    value = _some_value(draw.chance, wording)
    wrong = None if value is None else _misheard_value(draw, value)
    if value is None or wrong is None:
        return None
    first = f" {wording.text} ".replace(f" {value} ", f" {wrong} ", 1).strip()
    return Scene("value", request, first, wording.text, value=wrong)


def _some_value(chance: Random, wording: Wording) -> str | None:
    numbers = [word for word in wording.text.split() if word in NUMBERS_CONFUSED or word.isdigit()]
    held = [value for _, value in wording.slots if wordings.holds(wording.text, value)]
    return chance.choice(numbers or held) if numbers or held else None


def _misheard_value(draw: Draw, value: str) -> str | None:
    if value in NUMBERS_CONFUSED:
        return NUMBERS_CONFUSED[value]
    if value.isdigit():
        place = draw.chance.randrange(len(value))
        return value[:place] + draw.chance.choice("0123456789") + value[place + 1 :]
    wrong = mishearing.misheard(draw.chance, value, mishearing.ear(draw.part, draw.locale))
    return None if wrong is None else wrong.text


def _misheard_explicit(draw: Draw) -> Scene | None:
    made = _misheard(draw)
    if made is None:
        return None
    second = explicitly(draw.chance, draw.locale, made.second, made.value)
    return None if second is None else made._replace(kind="misheard_explicit", second=second)


def _form_reworded(draw: Draw) -> Scene | None:
    request, value = form_value(draw)
    first = forms.entry(draw.chance, value)
    second = forms.other_way(draw.chance, first)
    return Scene("form_reworded", request, first.said, second.said, value, reply=replies.filled(draw.chance, first))


def _form_named(draw: Draw) -> Scene | None:
    request, value = form_value(draw)
    thing = draw.chance.choice(tuple(forms.FIELDS))
    first = forms.action(draw.chance, thing)
    second = forms.named(draw.chance, first, value)
    return Scene("form_named", request, first, second, thing, refusal=replies.lacking(draw.chance, "en", thing))


def _form_misheard(draw: Draw) -> Scene | None:
    request, value = form_value(draw)
    second = forms.entry(draw.chance, value)
    wrong = mishearing.misheard(draw.chance, value, mishearing.ear(draw.part, "en"))
    if wrong is None:
        return None
    first = second._replace(value=wrong.text)
    if draw.chance.random() < LIKES_OTHER_WORDING:
        second = forms.other_way(draw.chance, second)
    reply = replies.filled(draw.chance, first)
    return Scene("form_misheard", request, first.said, second.said, wrong.text, reply=reply)


MAKERS: Final[dict[str, Maker]] = {
    "same": same,
    "wording": _wording,
    "verb": _changed("verb", variants.other_verb),
    "politeness": _changed("politeness", variants.politely),
    "keywords": _changed("keywords", variants.keywords),
    "shorter": _changed("shorter", variants.shortened),
    "longer": _longer,
    "explicit": _explicit,
    "undone": _undone,
    "other_intent": _other_intent,
    "partly": _partly,
    "recordings": _recordings,
    "misheard": _misheard,
    "garbled": _garbled,
    "value": _value,
    "misheard_explicit": _misheard_explicit,
    "form_reworded": _form_reworded,
    "form_named": _form_named,
    "form_misheard": _form_misheard,
}
"""Kinds in which the second turn corrects the first."""
