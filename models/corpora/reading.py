"""Reads the corpora that come with the package, as they were written. Knows their files, not what is made of them.

Which corpus is whose, and what was changed, stands in the notice beside each file. Texts are as people typed them or as
a recogniser gave them, not normalised.
"""

import gzip
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

import msgspec

DATA: Final = "data"


class Heard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a recogniser heard for a request.

    Attributes:
        text: its words.
        taken_for: intent that a language understanding model found in them.
        right: intent and slots found are those of the request.
    """

    text: str
    taken_for: str
    right: bool


class SlurpRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A request of SLURP (Bastianelli et al., EMNLP 2020).

    Attributes:
        said: what was read out.
        intent: ``scenario.action``.
        slots: type and words of each.
        heard: different texts that its recordings gave, none for sentences that were not recognised.
    """

    said: str
    intent: str
    slots: tuple[tuple[str, str], ...]
    heard: tuple[Heard, ...]


class HwuSentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A sentence of HWU64 (Liu et al., IWSDS 2019): its text, ``scenario.intent``, and type and words of each slot."""

    said: str
    intent: str
    slots: tuple[tuple[str, str], ...]


class ClincSentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A sentence of CLINC150 (Larson et al., EMNLP 2019) with its intent; those out of scope are left out."""

    said: str
    intent: str


class CrowdRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A request to a car in the words of up to ten people (Regan et al., arXiv:1903.11783).

    Attributes:
        intent: navigate, schedule or weather.
        slots: words that every wording should hold.
        wordings: the commonest first.
    """

    intent: str
    slots: tuple[str, ...]
    wordings: tuple[str, ...]


class HomeGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Sentences of Home Assistant Intents that mean the same.

    Attributes:
        locale: BCP 47 tag.
        intent: its name there.
        slots: name and value of each.
        sentences: the wordings.
    """

    locale: str
    intent: str
    slots: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


Row = TypeVar("Row")


@cache
def slurp() -> tuple[SlurpRequest, ...]:
    """Return the requests of SLURP."""
    return tuple(_rows("slurp", SlurpRequest))


@cache
def hwu64() -> tuple[HwuSentence, ...]:
    """Return the sentences of HWU64."""
    return tuple(_rows("hwu64", HwuSentence))


@cache
def clinc150() -> tuple[ClincSentence, ...]:
    """Return the sentences of CLINC150."""
    return tuple(_rows("clinc150", ClincSentence))


@cache
def alexa_cqr() -> tuple[CrowdRequest, ...]:
    """Return the requests of Alexa Contextual Query Rewrite."""
    return tuple(_rows("alexa_cqr", CrowdRequest))


@cache
def hass_intents() -> tuple[HomeGroup, ...]:
    """Return the groups of Home Assistant Intents, locale by locale."""
    return tuple(_rows("hass_intents", HomeGroup))


def _rows(name: str, kind: type[Row]) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(kind)
    packed = files("models.corpora").joinpath(DATA, f"{name}.jsonl.gz").read_bytes()
    return map(decoder.decode, gzip.decompress(packed).splitlines())
