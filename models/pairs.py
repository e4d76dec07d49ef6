"""What rephrase models look at: a pair of turns, or a source with the turns that followed. Knows no model, no stream.

Texts are normalised (``streams.text.normalise``), replies are as sent.
"""

from typing import Protocol

import msgspec

LATER_TURNS_MAX = 4
"""Turns after the source that a window holds: people who reword do it within these."""

GAP_S_UNKNOWN = 0.0
"""No two commands follow each other at once, so 0 can say that nobody measured."""

GAP_S_MIN = -60.0
"""Times of two recordings overlap where a person begins again before the first has ended; more is a wrong clock."""

GAP_S_OVERLAPPING = 0.001
"""What an overlap counts as: at once, which is not the same as unknown."""


def gap_of(given_s: float) -> float:
    """Return the gap that a model sees for one that was measured: an overlap is no gap, but known."""
    return GAP_S_OVERLAPPING if given_s < 0.0 else given_s


class Pair(Protocol):
    """Two turns of one person; ``streams.detect.scorer.Pair`` is one."""

    @property
    def first(self) -> str:
        """The earlier text, normalised."""

    @property
    def second(self) -> str:
        """The later text, normalised."""

    @property
    def locale(self) -> str:
        """BCP 47 tag of the person."""

    @property
    def reply(self) -> str:
        """The assistant's words after the first, as sent, "" unknown."""

    @property
    def first_failed(self) -> bool:
        """The reply to the first itself says so (not understood, failed, asked again)."""

    @property
    def gap_s(self) -> float:
        """Seconds from the first turn to the second, 0 unknown."""

    @property
    def same_question(self) -> bool:
        """Both answer the same open question, or neither answers any."""

    @property
    def barge_in(self) -> bool:
        """The second interrupted the reply to the first."""


class Example(msgspec.Struct, frozen=True, gc=False):
    """A pair to learn from or to be measured on: a :class:`Pair` with what is known about it.

    Attributes:
        label: probability that the second rewords the first; 0 and 1 where people said so, between by a teacher.
        group: what must not be split between training and measuring: a session, a day, a request.
        source: where it is from, a corpus' name.
        weight: how much it counts in training.
        session: resampled as a whole in bootstrap intervals; the group when empty.
    """

    first: str
    second: str
    label: float
    locale: str = "en"
    reply: str = ""
    first_failed: bool = False
    gap_s: float = GAP_S_UNKNOWN
    same_question: bool = True
    barge_in: bool = False
    group: str = ""
    source: str = ""
    weight: float = 1.0
    session: str = ""


class WindowTurn(msgspec.Struct, frozen=True, gc=False):
    """One turn of a window.

    Attributes:
        said: normalised.
        reply: the assistant's words after it, as sent, "" unknown.
        failed: the reply says so (not understood, failed, asked again).
        gap_s: seconds since the source turn; 0 for the source itself and where unknown.
        same_question: answers the same open question as the source, or neither answers any.
        barge_in: interrupted the reply to the turn before.
    """

    said: str
    reply: str = ""
    failed: bool = False
    gap_s: float = GAP_S_UNKNOWN
    same_question: bool = True
    barge_in: bool = False


class Window(msgspec.Struct, frozen=True, gc=False):
    """A source turn and what followed, with the answer where it is known.

    Attributes:
        source: the turn that may have been reworded.
        later: 1 to ``LATER_TURNS_MAX`` turns after it, oldest first.
        answer: index in ``later`` of the turn that rewords the source; -1 none does; None not known.
        locale: BCP 47 tag of the person.
        group: what must not be split between training and measuring.
        corpus: where it is from.
    """

    source: WindowTurn
    later: tuple[WindowTurn, ...]
    answer: int | None = None
    locale: str = "en"
    group: str = ""
    corpus: str = ""


def window_of(pair: Pair) -> Window:
    """Return a pair as a window of one later turn."""
    source = WindowTurn(pair.first, pair.reply, pair.first_failed)
    later = WindowTurn(pair.second, gap_s=pair.gap_s, same_question=pair.same_question, barge_in=pair.barge_in)
    return Window(source, (later,), locale=pair.locale)


def examples_of(window: Window) -> list[Example]:
    """Return the source with each later turn as a pair; without an answer every label is 0.

    An interruption is told only of the turn right after the source: later ones interrupted other replies.
    """
    return [
        Example(
            first=window.source.said,
            second=turn.said,
            label=float(window.answer == index),
            locale=window.locale,
            reply=window.source.reply,
            first_failed=window.source.failed,
            gap_s=turn.gap_s,
            same_question=turn.same_question,
            barge_in=turn.barge_in and index == 0,
            group=window.group,
            source=window.corpus,
        )
        for index, turn in enumerate(window.later)
    ]
