"""Draws requests, and says what a scene is: two turns of one person. Knows requests of a part, no kind of scene."""

from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Final, NamedTuple

from models.corpora import wordings
from models.corpora.parts import Part
from models.corpora.requests import Request, Wording, pool

CORPUS_SHARES: Final = {"slurp": 0.30, "hwu64": 0.25, "clinc150": 0.20, "alexa_cqr": 0.08, "hass_intents": 0.17}
"""Where English requests come from; chosen: short commands most, long requests to a car least."""

ATTEMPTS: Final = 6
"""Times a kind is tried before the plainest one of its relation is taken."""

ENGLISH_ONLY: Final = frozenset((
    "verb", "politeness", "keywords", "form_reworded", "form_named", "other_intent", "partly", "recordings", "value",
    "form_misheard", "form_next",
))  # fmt: skip
"""Kinds whose rules or recordings are English; elsewhere the plainest kind takes their place."""

SHORT_WORDS: Final = 4
"""Words of a request that people say again because they like what it did, at most; chosen."""


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
"""Makes a scene of one kind, None where what was drawn does not do."""


def scene_of(draw: Draw, shares: Mapping[str, float], makers: Mapping[str, Maker], plainest: str) -> Scene | None:
    """Return a scene of one of several kinds, None where a locale has too few requests.

    Args:
        draw: what to draw with.
        shares: of the kinds.
        makers: by kind.
        plainest: kind that stands in for those that the locale or the requests drawn do not allow.
    """
    kind = draw.chance.choices(tuple(shares), tuple(shares.values()))[0]
    if draw.locale != "en" and kind in ENGLISH_ONLY:
        kind = plainest
    for tried in (kind,) * ATTEMPTS + (plainest,) * ATTEMPTS:
        made = makers[tried](draw)
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


def any_request(draw: Draw) -> tuple[Request, Wording] | None:
    """Return any request in one of its wordings."""
    request = _one_of(draw.chance, _by_corpus(draw.part, draw.locale))
    return None if request is None else (request, draw.chance.choice(request.wordings))


def two_wordings(draw: Draw) -> tuple[Request, str, str] | None:
    """Return a request in two of its wordings."""
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


def form_value(draw: Draw) -> tuple[Request, str]:
    """Return what a field is filled with: a value of a slot, or a short sentence; with the request it is of."""
    while True:
        request = draw.chance.choice(pool(draw.part).by_locale["en"])
        wording = request.wordings[0]
        held = [value for _, value in wording.slots if wordings.holds(wording.text, value)]
        if held:
            return request, draw.chance.choice(held)
        if wording.text.count(" ") < SHORT_WORDS:
            return request, wording.text
