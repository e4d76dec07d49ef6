"""Puts what was measured on one page, with the worst mistakes as cards. Knows a result, not how it came to be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from models.recipes.results import Measured, Mistake, Result, Slice, spread
from streams.pages import readable
from streams.pages.drawing import Plot, Table
from streams.pages.rendering import render
from streams.rephrasing.report import plots

TITLES: Final = {"bundled": "On bundled pairs", "own": "On your own pairs"}

MARKS: Final = (("alarm", "False alarms"), ("miss", "Misses"), ("bundled", "Bundled pairs"), ("own", "Your own pairs"))


class Headline(msgspec.Struct, frozen=True):
    """One figure on top: a value, what it is, and what it says."""

    key: str
    value: str
    label: str
    meaning: str


class Card(msgspec.Struct, frozen=True):
    """One mistake as shown."""

    marks: tuple[str, ...]
    mistake: Mistake
    status: str
    context: str


class Section(msgspec.Struct, frozen=True):
    """All about one kind of pairs; plots that have nothing to show are left out."""

    key: str
    title: str
    about: str
    order: Plot
    calibration: Plot
    histogram: Plot
    replies: Plot | None
    locales: Plot | None
    corpora: Plot | None


def write_report(result: Result, path: Path) -> None:
    """Write a result as one HTML page.

    Raises:
        OSError: the file cannot be written.
    """
    # A text may hold half a character that no encoding has; it is shown as a question mark.
    path.write_bytes(page(result).encode("utf-8", "replace"))


def page(result: Result) -> str:
    """Return the page; the same result gives the same page."""
    cards = tuple(card for measured in result.measured for card in _cards(measured))
    return render(
        __package__,
        "report.html",
        result=result,
        headlines=tuple(headline for measured in result.measured for headline in _headlines(measured)),
        sections=tuple(_section(result.name, measured) for measured in result.measured),
        cards=cards,
        filters=tuple(
            (mark, name, count) for mark, name in MARKS if (count := sum(mark in card.marks for card in cards))
        ),
        texts_own=any("own" in card.marks for card in cards),
        sources=Table(
            ("from", "licence", "pairs learned from", "pairs measured on"),
            tuple((each.name, each.licence, f"{each.learned:,}", f"{each.measured:,}") for each in result.sources),
        ),
        readable=readable,
    )


def _section(name: str, measured: Measured) -> Section:
    return Section(
        key=measured.key,
        title=TITLES.get(measured.key, measured.key),
        about=measured.about,
        order=plots.precision_recall(measured),
        calibration=plots.calibration(measured),
        histogram=plots.histogram(measured),
        replies=plots.parts(name, measured, ("all", "reply"), "replies"),
        locales=plots.parts(name, measured, ("locale",), "locales"),
        corpora=plots.parts(name, measured, ("corpus",), "corpora"),
    )


def _headlines(measured: Measured) -> Iterator[Headline]:
    everything = measured.slices[0]
    where = TITLES.get(measured.key, measured.key).lower()
    yield Headline(
        f"order-{measured.key}",
        f"{everything.average_precision.value:.3f}",
        f"average precision {where}",
        f"Rewordings come before other requests when pairs are put in the order of their probability: 1 is all of "
        f"them, {readable.percent(everything.positives / everything.pairs, 0)} of pairs by chance. "
        f"{_interval(everything)}",
    )
    yield Headline(
        f"verdicts-{measured.key}",
        f"{everything.f1.value:.3f}",
        f"F1 {where}",
        f"Of pairs taken for rewordings, {readable.percent(measured.chosen.precision, 0)} are some, and "
        f"{readable.percent(measured.chosen.recall, 0)} of rewordings are found. Interval: {spread(everything.f1)}.",
    )


def _interval(part: Slice) -> str:
    return f"Interval: {spread(part.average_precision)}."


def _cards(measured: Measured) -> Iterator[Card]:
    for mistake in measured.mistakes:
        kind = "miss" if mistake.is_rephrase else "alarm"
        status = "Missed" if mistake.is_rephrase else "False alarm"
        yield Card((kind, measured.key), mistake, f"{status}, probability {mistake.probability:.3f}", _context(mistake))


def _context(mistake: Mistake) -> str:
    """Return what is known around the words."""
    parts = (
        "the first failed" if mistake.first_failed else "the first was carried out",
        f"{mistake.gap_s:.0f} s later" if mistake.gap_s else "",
        mistake.locale,
        mistake.source,
    )
    return " · ".join(part for part in parts if part)
