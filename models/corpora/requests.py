"""All corpora as requests of one shape, normalised and split into parts. Knows readers and parts, no pairs or windows.

A request has all its wordings: those of a group that its corpus made, and sentences of SLURP and HWU64 that have the
same intent and the same words in the same slots. No text is in two parts: one that is in groups of several stays in
one of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, TypeVar

import msgspec

from models.corpora import reading
from models.corpora.parts import RARER_FIRST, Part, part_of
from streams.text import normalise

Slot = tuple[str, str]
Key = TypeVar("Key")

INTENTS_OF_ITS_OWN: Final = "Hass"
"""Groups of Home Assistant whose intent starts so mean the same if intent and slots are equal; others stand alone."""

RARE_SHARE: Final = 0.02
"""A word that fewer sentences of an intent have is taken for a slot where nobody marked slots; chosen."""

LETTERS_MIN: Final = 3
"""Letters of a word that may be such a slot."""

SLOTTED_INTENTS: Final = frozenset(
    "accept_reservations alarm balance book_flight book_hotel calculator calendar_update calories cancel_reservation "  # noqa: SIM905
    "car_rental carry_on confirm_reservation cook_time definition directions distance exchange_rate flight_status "
    "ingredient_substitution ingredients_list international_visa make_call measurement_conversion nutrition_info "
    "pay_bill play_music plug_type recipe reminder_update restaurant_reservation restaurant_reviews "
    "restaurant_suggestion shopping_list_update spelling text timer timezone todo_list_update transfer translate "
    "travel_alert travel_suggestion vaccines weather".split()
)
"""Intents of CLINC150 whose sentences name something; two sentences of the others mean the same, more or less."""


class Hearing(msgspec.Struct, frozen=True, gc=False):
    """What a recogniser heard: its text, normalised, the intent it was taken for, and whether that was right."""

    text: str
    taken_for: str
    right: bool


class Wording(msgspec.Struct, frozen=True, gc=False):
    """One way to say a request: the text, normalised, what recognisers heard for it, and its slots by type."""

    text: str
    heard: tuple[Hearing, ...] = ()
    slots: tuple[Slot, ...] = ()


class Request(msgspec.Struct, frozen=True, gc=False):
    """What somebody wants, in all its wordings.

    Attributes:
        group: its name, unique over all corpora.
        intent: its intent, unique over corpora that name intents differently.
        locale: BCP 47 tag.
        corpus: where it is from.
        slots: type and value of each; the rare words of a sentence where its corpus has no slots.
        wordings: at least one.
    """

    group: str
    intent: str
    locale: str
    corpus: str
    slots: frozenset[Slot]
    wordings: tuple[Wording, ...]


class Pool(NamedTuple):
    """The requests of one part.

    Attributes:
        by_locale: requests of each locale.
        by_intent: requests of each intent and locale.
        texts: all texts of the part, heard ones included.
    """

    by_locale: Mapping[str, tuple[Request, ...]]
    by_intent: Mapping[tuple[str, str], tuple[Request, ...]]
    texts: frozenset[str]


@cache
def pool(part: Part) -> Pool:
    """Return the requests of a part."""
    by_locale: dict[str, list[Request]] = defaultdict(list)
    by_intent: dict[tuple[str, str], list[Request]] = defaultdict(list)
    kept = [request for request in _all() if part_of(request.group) == part]
    for request in filter(None, (_within(request, part) for request in kept)):
        by_locale[request.locale].append(request)
        by_intent[request.intent, request.locale].append(request)
    texts = frozenset(text for requests in by_locale.values() for request in requests for text in texts_of(request))
    return Pool(_frozen(by_locale), _frozen(by_intent), texts)


def texts_of(request: Request) -> Iterator[str]:
    """Yield every text of a request, heard ones included."""
    for wording in request.wordings:
        yield wording.text
        yield from (hearing.text for hearing in wording.heard)


def owner_of(text: str) -> Part | None:
    """Return the part that a text of the corpora is in, None for a text that is in none."""
    return _owners().get(text)


def _frozen(lists: Mapping[Key, list[Request]]) -> dict[Key, tuple[Request, ...]]:
    return {key: tuple(values) for key, values in lists.items()}


def _within(request: Request, part: Part) -> Request | None:
    """Return a request without texts that belong to another part, None when nothing is left."""
    owners = _owners()
    wordings = tuple(
        Wording(
            wording.text, tuple(hearing for hearing in wording.heard if owners[hearing.text] == part), wording.slots
        )
        for wording in request.wordings
        if owners[wording.text] == part
    )
    return msgspec.structs.replace(request, wordings=wordings) if wordings else None


@cache
def _owners() -> dict[str, Part]:
    """Return the part that each text stays in."""
    owners: dict[str, Part] = {}
    rank = {part: place for place, part in enumerate(RARER_FIRST)}
    for request in _all():
        part = part_of(request.group)
        for text in texts_of(request):
            owners[text] = min(owners.get(text, part), part, key=rank.__getitem__)
    return owners


@cache
def _all() -> tuple[Request, ...]:
    """Return the requests of all corpora, one a group."""
    groups: dict[str, list[Request]] = defaultdict(list)
    for request in (*_slurp(), *_hwu64(), *_clinc150(), *_alexa_cqr(), *_hass_intents()):
        if request.wordings:
            groups[request.group].append(request)
    return tuple(_joined(requests) for _, requests in sorted(groups.items()))


def _joined(requests: list[Request]) -> Request:
    """Return requests of one group as one, each text once; what was heard for it is kept."""
    wordings: dict[str, Wording] = {}
    for wording in (wording for request in requests for wording in request.wordings):
        known = wordings.get(wording.text)
        if known is None or (wording.heard and not known.heard):
            wordings[wording.text] = wording
    return msgspec.structs.replace(requests[0], wordings=tuple(wordings.values()))


def _slurp() -> Iterator[Request]:
    for row in reading.slurp():
        heard = {normalise(hearing.text, "en"): hearing for hearing in row.heard}
        hearings = tuple(Hearing(text, row_.taken_for, row_.right) for text, row_ in heard.items() if text)
        yield from _spoken("slurp", row.said, row.intent, row.slots, hearings)


def _hwu64() -> Iterator[Request]:
    for row in reading.hwu64():
        yield from _spoken("hwu64", row.said, row.intent, row.slots, ())


def _spoken(
    corpus: str, said: str, intent: str, slots: Iterable[Slot], heard: tuple[Hearing, ...]
) -> Iterator[Request]:
    """Yield a sentence with slot marks as a request; without slots nothing tells whether two mean the same."""
    text = normalise(said, "en")
    values = tuple(sorted({(name, normalise(value, "en")) for name, value in slots}))
    group = "|".join((intent, *(f"{name}={value}" for name, value in values))) if values else f"{intent}|said={text}"
    if text:
        yield Request(group, intent, "en", corpus, frozenset(values), (Wording(text, heard, values),))


def _clinc150() -> Iterator[Request]:
    rows = [(normalise(row.said, "en"), row.intent) for row in reading.clinc150()]
    rare = _rare_words(rows)
    for text, intent in rows:
        if text:
            named = rare[intent] if intent in SLOTTED_INTENTS else frozenset()
            slots = frozenset(("word", word) for word in text.split() if word in named)
            name = f"clinc.{intent}"
            yield Request(f"{name}|said={text}", name, "en", "clinc150", slots, (Wording(text),))


def _rare_words(rows: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return the words that few sentences of an intent have, by intent."""
    sentences: Counter[str] = Counter()
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for text, intent in rows:
        sentences[intent] += 1
        words[intent].update({word for word in text.split() if len(word) >= LETTERS_MIN})
    return {
        intent: frozenset(word for word, count in counts.items() if count < RARE_SHARE * sentences[intent])
        for intent, counts in words.items()
    }


def _alexa_cqr() -> Iterator[Request]:
    for number, row in enumerate(reading.alexa_cqr()):
        texts = dict.fromkeys(filter(None, (normalise(text, "en") for text in row.wordings)))
        slots = frozenset(("slot", normalise(value, "en")) for value in row.slots) or frozenset({("", str(number))})
        wordings = tuple(map(Wording, texts))
        yield Request(f"cqr.{number}", f"cqr.{row.intent}", "en", "alexa_cqr", slots, wordings)


def _hass_intents() -> Iterator[Request]:
    for number, row in enumerate(reading.hass_intents()):
        named = row.intent.startswith(INTENTS_OF_ITS_OWN)
        slots = row.slots if named else (("row", str(number)),)
        group = "|".join((row.locale, row.intent, *(f"{name}={value}" for name, value in slots)))
        texts = dict.fromkeys(filter(None, (normalise(text, row.locale) for text in row.sentences)))
        values = tuple((name, normalise(value, row.locale)) for name, value in row.slots)
        wordings = tuple(Wording(text, (), values) for text in texts)
        yield Request(group, f"{row.intent}", row.locale, "hass_intents", frozenset(slots), wordings)
