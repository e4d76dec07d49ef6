"""Scenes in which the second turn is a new request, however alike the two may look. Knows no times.

So that no text alone gives the answer away, new requests are said before and after the same texts as corrections: half
of them take the first or the second turn of a correction that never came about. Shares of kinds are chosen, but for
that of the very same words, which is published (:mod:`models.corpora.circumstances`).
"""

from collections.abc import Callable
from typing import Final

from models.corpora import corrections, forms, replies, variants, wordings
from models.corpora.circumstances import FAILED_BEFORE, SAME_WORDS_NEW
from models.corpora.drawing import ATTEMPTS, SHORT_WORDS, Draw, Maker, Scene, any_request, form_value, scene_of
from models.corpora.phrases import CONTROLS, undoing
from models.corpora.requests import Request

BORROWED: Final = 0.5
"""Share of new requests around which stands a turn of a correction; chosen."""

SAME_AFTER_SUCCESS: Final = SAME_WORDS_NEW / (1 - FAILED_BEFORE["new"])
"""All corrections in the same words come after failures here, all new requests in the same words after successes."""

SWAPPED_IN_OTHER_WORDS: Final = 0.3
"""Share of requests with another slot that also have another wording; chosen."""

STEERED_AFTER: Final = 0.8
"""Share of words that steer the talk that come after a request, not before one; chosen."""

KINDS: Final[dict[bool, dict[str, float]]] = {
    True: {
        "unrelated": 0.61, "same_intent": 0.08, "swapped": 0.05, "form_next": 0.06, "shares_words": 0.05,
        "control": 0.15,
    },
    False: {
        "same": SAME_AFTER_SUCCESS, "unrelated": 0.30, "same_intent": 0.12, "swapped": 0.12, "form_next": 0.17,
        "shares_words": 0.08, "answers": 0.04, "asked_again": 0.05, "more_exact": 0.03, "control": 0.04,
    },
}  # fmt: skip
"""Shares of kinds by whether the first failed."""

PLAINEST: Final = "unrelated"


def next_request(draw: Draw, *, failed: bool) -> Scene | None:
    """Return a scene of a new request after an outcome, None where a locale has too few requests."""
    return scene_of(draw, KINDS[failed], MAKERS, PLAINEST)


def _liked(draw: Draw) -> Scene | None:
    for _ in range(ATTEMPTS):
        same = corrections.same(draw)
        if same is not None and same.first.count(" ") < SHORT_WORDS:
            return same
    return None


def _form_next(draw: Draw) -> Scene | None:
    request, value = form_value(draw)
    _, other = form_value(draw)
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
    return _turn(draw, lambda correction: correction.first)


def _after(draw: Draw) -> tuple[Request, str] | None:
    """Return a second turn: any request, or what would have corrected one."""
    return _turn(draw, lambda correction: correction.second)


def _turn(draw: Draw, borrowed: Callable[[Scene], str]) -> tuple[Request, str] | None:
    if draw.chance.random() < BORROWED:
        made = corrections.any_correction(draw)
        return None if made is None else (made.request, borrowed(made))
    drawn = any_request(draw)
    return None if drawn is None else (drawn[0], drawn[1].text)


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
    drawn = any_request(draw)
    if drawn is None:
        return None
    request, wording = drawn
    second = wordings.swapped(draw.chance, draw.part, request, wording)
    if second is None:
        return None
    if draw.locale == "en" and draw.chance.random() < SWAPPED_IN_OTHER_WORDS:
        second = variants.other_verb(draw.chance, second) or variants.politely(draw.chance, second) or second
    return Scene("swapped", request, wording.text, second)


def _asked_again(draw: Draw) -> Scene | None:
    """Return a request made again in other words although it was done: for practice, or because it is liked."""
    kinds = ("wording", "wording", "verb", "politeness") if draw.locale == "en" else ("wording",)
    made = corrections.MAKERS[draw.chance.choice(kinds)](draw)
    return None if made is None else made._replace(kind="asked_again")


def _more_exact(draw: Draw) -> Scene | None:
    """Return a request and then one that says more: the next step after what was done."""
    kinds = ("longer", "form_named") if draw.locale == "en" else ("longer",)
    made = corrections.MAKERS[draw.chance.choice(kinds)](draw)
    return None if made is None else made._replace(kind="more_exact", refusal="")


def _control(draw: Draw) -> Scene | None:
    """Return a request and a word that steers the talk, in either order."""
    before = _before(draw)
    if before is None:
        return None
    word = draw.chance.choice(CONTROLS) if draw.locale == "en" else undoing(draw.chance, draw.locale)
    if word is None:
        return None
    first, second = (before[1], word) if draw.chance.random() < STEERED_AFTER else (word, before[1])
    return Scene("control", before[0], first, second)


def _shares_words(draw: Draw) -> Scene | None:
    drawn = any_request(draw)
    if drawn is None:
        return None
    request, wording = drawn
    other = wordings.sharing_a_word(draw.chance, draw.part, request, wording.text)
    return None if other is None else Scene("shares_words", request, wording.text, other.text)


def _answers(draw: Draw) -> Scene | None:
    before = _before(draw)
    if before is None:
        return None
    other = any_request(draw)
    values = [] if other is None else [value for _, value in other[1].slots if wordings.holds(other[1].text, value)]
    if not values:
        return None
    reply = replies.question(draw.chance, draw.locale)
    return Scene("answers", *before, draw.chance.choice(values), reply=reply, asked=True)


MAKERS: Final[dict[str, Maker]] = {
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
