"""Puts the parts of the report into one file that needs no other. Knows the parts, not how they are made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from streams.pages import readable
from streams.pages.rendering import render
from streams.simulate.loop_result import LoopResult
from streams.simulate.report import days, delays, effects, gallery, headlines, pairs, words

NO_REASONS: Final[Mapping[str, str]] = {}


def write_report(result: LoopResult, path: Path, reasons: Mapping[str, str] = NO_REASONS) -> None:
    """Write a run as one HTML page.

    Args:
        result: the run.
        path: the file; an old one is replaced.
        reasons: reason codes of decisions in plain words; others are shown with their underscores opened up.

    Raises:
        ValueError: the windows of the result overlap.
        OSError: the file cannot be written.
    """
    # A text may hold half a character that no encoding has; it is shown as a question mark.
    path.write_bytes(page(result, reasons).encode("utf-8", "replace"))


def page(result: LoopResult, reasons: Mapping[str, str] = NO_REASONS) -> str:
    """Return the page; the same result gives the same page."""
    return render(__package__, "report.html", **_parts(result, reasons))


def _parts(result: LoopResult, reasons: Mapping[str, str]) -> dict[str, Any]:
    """Return everything that the template shows."""
    return {
        "result": result,
        "headlines": headlines.headlines(result),
        "learning": days.learning(result),
        "arms": days.arms(result),
        "promoted_set": days.promoted_set(result),
        "windows": days.windows(result),
        "attribution": days.attribution(result),
        "forest": effects.forest(result),
        "pairs": pairs.curves(result),
        "share_to_beat": pairs.share_to_beat(result),
        "found": delays.found(result),
        "withdrawn": delays.withdrawn(result),
        "gallery": gallery.gallery(result, reasons),
        "glossary": words.GLOSSARY,
        "drifted": any(story.drift for story in result.stories),
        "readable": readable,
    }
