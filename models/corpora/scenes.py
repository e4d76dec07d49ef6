"""Two turns of one person in each of the ways they may relate. Knows wordings and mishearings, no times and no labels.

A scene has a kind, and its kind says whether the second turn corrects the first (``CORRECTING``). Shares of kinds are
chosen, except those of the very same words, which are published (:mod:`models.corpora.circumstances`).

So that no text alone gives the answer away, new requests are said before and after the same texts as corrections: half
of them take the first or the second turn of a correction that never came about.
"""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Final, NamedTuple

from models.corpora import forms, mishearing, replies, variants, wordings
from models.corpora.circumstances import FAILED_BEFORE, MISHEARD, SAME_WORDS, SAME_WORDS_NEW, Relation
from models.corpora.parts import Part
from models.corpora.phrases import CONTROLS, explicitly, undoing
from models.corpora.requests import Request, Wording, pool

ATTEMPTS: Final = 6
"""Times a kind is tried before the plainest one of its relation is taken."""

CORPUS_SHARES: Final = {"slurp": 0.30, "hwu64": 0.25, "clinc150": 0.20, "alexa_cqr": 0.08, "hass_intents": 0.17}
"""Where English requests come from; chosen: short commands most, long requests to a car least."""

BORROWED: Final = 0.5
"""Share of new requests around which stands a turn of a correction; chosen."""

SHORT_WORDS: Final = 4
"""Words of a request that people say again because they like what it did, at most; chosen."""

SAME_AFTER_FAILURE: Final = SAME_WORDS / ((1 - MISHEARD) * FAILED_BEFORE["reworded"])
SAME_AFTER_SUCCESS: Final = SAME_WORDS_NEW / (1 - FAILED_BEFORE["new"])
"""All corrections in the same words come after failures here, all new requests in the same words after successes."""

KINDS: Final[dict[tuple[Relation, bool], dict[str, float]]] = {
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
    ("new", True): {
        "unrelated": 0.70, "same_intent": 0.08, "swapped": 0.05, "form_next": 0.06, "shares_words": 0.05,
        "control": 0.06,
    },
    ("new", False): {
        "same": SAME_AFTER_SUCCESS, "unrelated": 0.30, "same_intent": 0.12, "swapped": 0.12, "form_next": 0.17,
        "shares_words": 0.08, "answers": 0.04, "asked_again": 0.05, "more_exact": 0.03, "control": 0.04,
    },
}  # fmt: skip
"""Shares of kinds by relation, and by whether the first failed."""

PLAINEST: Final[dict[Relation, str]] = {"reworded": "wording", "misheard": "misheard", "new": "unrelated"}

ENGLISH_ONLY: Final = frozenset(
    "verb politeness keywords form_reworded form_named other_intent partly recordings value form_misheard form_next "  # noqa: SIM905
    "control".split()
)
"""Kinds whose rules or recordings are English; elsewhere the plainest kind takes their place."""

SECOND_HEARD_WRONG: Final = 0.25
"""Share of repairs that are themselves misheard; chosen."""

LIKES_OTHER_WORDING: Final = 0.2
"""Share of repairs that reword as well; chosen."""

NAMES_MISTAKE: Final = 0.6
"""Share of replies to misheard requests that name what was misheard; chosen."""

GARBLED_TIMES: Final = 4
"""Mishearings on top of the first where hardly a word is heard right; chosen."""

SWAPPED_IN_OTHER_WORDS: Final = 0.3
"""Share of requests with another slot that also have another wording; chosen."""

NUMBERS_CONFUSED: Final = {
    "thirteen": "thirty", "fourteen": "forty", "fifteen": "fifty", "sixteen": "sixty", "seventeen": "seventy",
    "eighteen": "eighty", "nineteen": "ninety", "five": "nine", "eight": "a", "two": "to", "four": "for", "one": "won",
    "ten": "then", "six": "sex", "am": "pm", "first": "fourth",
}  # fmt: skip
"""Numbers and what they are heard as, either way."""


class Draw(NamedTuple):
    """What scenes are drawn with: a source of chance, and the part and the locale the requests are of."""

    chance: Random
    part: Part
    locale: str


class Scene(NamedTuple):
    """Two turns and what lies between them.

    Attributes:
        kind: how they relate.
        request: what the first wants.
        first: the earlier text.
        second: the later text.
        value: words of the first that a reply may name.
        reply: a reply that belongs to the scene if the first did not fail, else any.
        refusal: the same if it failed.
        between: what was said in between.
        asked: the reply to the first asks for what the second gives.
    """

    kind: str
    request: Request
    first: str
    second: str
    value: str = ""
    reply: str = ""
    refusal: str = ""
    between: tuple[str, ...] = ()
    asked: bool = False


Maker = Callable[[Draw], Scene | None]


def scene(draw: Draw, how: Relation, *, failed: bool) -> Scene | None:
    """Return a scene of a relation and an outcome, None where a locale has too few requests for any."""
    shares = KINDS[how, failed]
    kind = draw.chance.choices(tuple(shares), tuple(shares.values()))[0]
    if draw.locale != "en" and kind in ENGLISH_ONLY:
        kind = PLAINEST[how]
    for tried in (kind,) * ATTEMPTS + (PLAINEST[how],) * ATTEMPTS:
        made = (MAKERS_NEW if how == "new" else MAKERS)[tried](draw)
        if made is not None and made.first and made.second and (made.first != made.second or tried == "same"):
            return made
    return None


@cache
def _by_corpus(part: Part, locale: str) -> dict[str, tuple[Request, ...]]:
    return _divided(pool(part).by_locale.get(locale, ()))


@cache
def _reworded_by_corpus(part: Part, locale: str) -> dict[str, tuple[Request, ...]]:
    return _divided(wordings.rewordings(part, locale))


def _divided(requests: tuple[Request, ...]) -> dict[str, tuple[Request, ...]]:
    names = sorted({request.corpus for request in requests})
    return {name: tuple(request for request in requests if request.corpus == name) for name in names}


def _one_of(chance: Random, divided: dict[str, tuple[Request, ...]]) -> Request | None:
    if not divided:
        return None
    return chance.choice(divided[chance.choices(tuple(divided), [CORPUS_SHARES[name] for name in divided])[0]])


def _any(draw: Draw) -> tuple[Request, Wording] | None:
    """Return any request in one of its wordings."""
    request = _one_of(draw.chance, _by_corpus(draw.part, draw.locale))
    return None if request is None else (request, draw.chance.choice(request.wordings))


def _two_wordings(draw: Draw) -> tuple[Request, str, str] | None:
    request = _one_of(draw.chance, _reworded_by_corpus(draw.part, draw.locale))
    if request is None:
        return None
    first, second = draw.chance.sample(request.wordings, 2)
    return request, first.text, second.text


def words_of(chance: Random, text: str, slots: tuple[tuple[str, str], ...] = ()) -> str:
    """Return what a reply may name of a text: the value of a slot, else up to three words at its end or anywhere."""
    held = [value for _, value in slots if wordings.holds(text, value)]
    if held and chance.random() < 1.0 / 2.0:
        return chance.choice(held)
    words = text.split()
    length = min(chance.randint(1, 3), len(words))
    start = len(words) - length if chance.random() < 1.0 / 2.0 else chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def _changed(kind: str, change: Callable[[Random, str], str | None]) -> Maker:
    """Return a maker of scenes whose second turn is the first one changed."""

    def make(draw: Draw) -> Scene | None:
        any_request = _any(draw)
        if any_request is None:
            return None
        request, wording = any_request
        second = change(draw.chance, wording.text)
        return None if second is None else Scene(kind, request, wording.text, second)

    return make


def _wording(draw: Draw) -> Scene | None:
    two = _two_wordings(draw)
    return None if two is None else Scene("wording", *two)


def _same(draw: Draw) -> Scene | None:
    any_request = _any(draw)
    if any_request is None:
        return None
    request, wording = any_request
    return Scene("same", request, wording.text, wording.text)


def _liked(draw: Draw) -> Scene | None:
    for _ in range(ATTEMPTS):
        same = _same(draw)
        if same is not None and same.first.count(" ") < SHORT_WORDS:
            return same
    return None


def _longer(draw: Draw) -> Scene | None:
    shorter = MAKERS["shorter"](draw)
    if shorter is None:
        return None
    lacking = replies.lacking(draw.chance, draw.locale, shorter.second.split()[-1])
    return Scene("longer", shorter.request, shorter.second, shorter.first, refusal=lacking)


def _explicit(draw: Draw) -> Scene | None:
    two = _two_wordings(draw)
    if two is None:
        return None
    second = explicitly(draw.chance, draw.locale, two[2])
    return None if second is None else Scene("explicit", two[0], two[1], second)


def _undone(draw: Draw) -> Scene | None:
    two = _two_wordings(draw)
    undo = undoing(draw.chance, draw.locale)
    return None if two is None or undo is None else Scene("undone", *two, between=(undo,))


def _other_intent(draw: Draw) -> Scene | None:
    two = _two_wordings(draw)
    if two is None:
        return None
    request, first, second = two
    others = [name for name in replies.BY_SCENARIO if name != request.intent.split(".")[0]]
    reply = replies.result(draw.chance, draw.chance.choice(others))
    return Scene("other_intent", request, first, second, reply=reply)


def _partly(draw: Draw) -> Scene | None:
    """Return a request that was done by half, as the reply says after what it did."""
    two = _two_wordings(draw)
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
    any_request = _any(draw)
    if any_request is None:
        return None
    request, wording = any_request
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
    any_request = _any(draw)
    if any_request is None:
        return None
    request, wording = any_request
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


def _form_value(draw: Draw) -> tuple[Request, str]:
    """Return what a field is filled with: a value of a slot, or a short sentence; with the request it is of."""
    while True:
        request = draw.chance.choice(pool(draw.part).by_locale["en"])
        wording = request.wordings[0]
        held = [value for _, value in wording.slots if wordings.holds(wording.text, value)]
        if held:
            return request, draw.chance.choice(held)
        if wording.text.count(" ") < SHORT_WORDS:
            return request, wording.text


def _form_reworded(draw: Draw) -> Scene | None:
    request, value = _form_value(draw)
    first = forms.entry(draw.chance, value)
    second = forms.other_way(draw.chance, first)
    return Scene("form_reworded", request, first.said, second.said, value, reply=replies.filled(draw.chance, first))


def _form_named(draw: Draw) -> Scene | None:
    request, value = _form_value(draw)
    thing = draw.chance.choice(tuple(forms.FIELDS))
    first = forms.action(draw.chance, thing)
    second = forms.named(draw.chance, first, value)
    return Scene("form_named", request, first, second, thing, refusal=replies.lacking(draw.chance, "en", thing))


def _form_misheard(draw: Draw) -> Scene | None:
    request, value = _form_value(draw)
    second = forms.entry(draw.chance, value)
    wrong = mishearing.misheard(draw.chance, value, mishearing.ear(draw.part, "en"))
    if wrong is None:
        return None
    first = second._replace(value=wrong.text)
    if draw.chance.random() < LIKES_OTHER_WORDING:
        second = forms.other_way(draw.chance, second)
    reply = replies.filled(draw.chance, first)
    return Scene("form_misheard", request, first.said, second.said, wrong.text, reply=reply)


def _form_next(draw: Draw) -> Scene | None:
    request, value = _form_value(draw)
    _, other = _form_value(draw)
    first = forms.entry(draw.chance, value)
    reply = replies.filled(draw.chance, first)
    place = draw.chance.random()
    if place < 1.0 / 6.0:
        return Scene("form_next", request, first.said, forms.action(draw.chance, first.thing), value, reply=reply)
    if place < 1.0 / 3.0:
        created = replies.created(draw.chance, first.thing)
        return Scene("form_next", request, forms.action(draw.chance, first.thing), first.said, value, reply=created)
    if place < 1.0 / 2.0:
        return Scene("form_next", request, first.said, forms.question(draw.chance, first), value, reply=reply)
    second = forms.next_field(draw.chance, first, other)
    return Scene("form_next", request, first.said, second.said, value, reply=reply)


def _before(draw: Draw) -> tuple[Request, str] | None:
    """Return a first turn: any request, or what would have been corrected."""
    if draw.chance.random() < BORROWED:
        made = _would_be(draw)
        return None if made is None else (made.request, made.first)
    any_request = _any(draw)
    return None if any_request is None else (any_request[0], any_request[1].text)


def _after(draw: Draw) -> tuple[Request, str] | None:
    """Return a second turn: any request, or what would have corrected one."""
    if draw.chance.random() < BORROWED:
        made = _would_be(draw)
        return None if made is None else (made.request, made.second)
    any_request = _any(draw)
    return None if any_request is None else (any_request[0], any_request[1].text)


def _would_be(draw: Draw) -> Scene | None:
    how: Relation = "misheard" if draw.chance.random() < MISHEARD else "reworded"
    failed = draw.chance.random() < FAILED_BEFORE[how]
    return scene(draw, how, failed=failed)


def unrelated_to(draw: Draw, intent: str) -> str | None:
    """Return a turn that wants something of another intent."""
    for _ in range(ATTEMPTS):
        after = _after(draw)
        if after is not None and after[0].intent != intent:
            return after[1]
    return None


def _unrelated(draw: Draw) -> Scene | None:
    before = _before(draw)
    second = None if before is None else unrelated_to(draw, before[0].intent)
    return None if before is None or second is None else Scene("unrelated", *before, second)


def _same_intent(draw: Draw) -> Scene | None:
    before = _before(draw)
    other = None if before is None else wordings.same_intent(draw.chance, draw.part, before[0])
    if before is None or other is None:
        return None
    return Scene("same_intent", *before, draw.chance.choice(other.wordings).text)


def _swapped(draw: Draw) -> Scene | None:
    any_request = _any(draw)
    if any_request is None:
        return None
    request, wording = any_request
    second = wordings.swapped(draw.chance, draw.part, request, wording)
    if second is None:
        return None
    if draw.locale == "en" and draw.chance.random() < SWAPPED_IN_OTHER_WORDS:
        second = variants.other_verb(draw.chance, second) or variants.politely(draw.chance, second) or second
    return Scene("swapped", request, wording.text, second)


def _asked_again(draw: Draw) -> Scene | None:
    """Return a request made again in other words although it was done: for practice, or because it is liked."""
    made = MAKERS[draw.chance.choice(("wording", "wording", "verb", "politeness"))](draw)
    return None if made is None else made._replace(kind="asked_again")


def _more_exact(draw: Draw) -> Scene | None:
    """Return a request and then one that says more: the next step after what was done."""
    made = MAKERS[draw.chance.choice(("longer", "form_named"))](draw)
    return None if made is None else made._replace(kind="more_exact", refusal="")


def _control(draw: Draw) -> Scene | None:
    """Return a request and a word that steers the talk, in either order."""
    before = _before(draw)
    if before is None:
        return None
    word = draw.chance.choice(CONTROLS)
    first, second = (before[1], word) if draw.chance.random() < 2.0 / 3.0 else (word, before[1])
    return Scene("control", before[0], first, second)


def _shares_words(draw: Draw) -> Scene | None:
    any_request = _any(draw)
    if any_request is None:
        return None
    request, wording = any_request
    other = wordings.sharing_a_word(draw.chance, draw.part, request, wording.text)
    return None if other is None else Scene("shares_words", request, wording.text, other.text)


def _answers(draw: Draw) -> Scene | None:
    before = _before(draw)
    if before is None:
        return None
    other = _any(draw)
    values = [] if other is None else [value for _, value in other[1].slots if wordings.holds(other[1].text, value)]
    if not values:
        return None
    reply = replies.question(draw.chance, draw.locale)
    return Scene("answers", *before, draw.chance.choice(values), reply=reply, asked=True)


MAKERS: Final[dict[str, Maker]] = {
    "same": _same,
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

MAKERS_NEW: Final[dict[str, Maker]] = {
    "same": _liked,
    "unrelated": _unrelated,
    "same_intent": _same_intent,
    "swapped": _swapped,
    "shares_words": _shares_words,
    "form_next": _form_next,
    "answers": _answers,
    "asked_again": _asked_again,
    "more_exact": _more_exact,
    "control": _control,
}
"""Kinds in which the second turn is a new request."""
