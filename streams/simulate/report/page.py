"""Puts the parts of the report into one file that needs no other. Knows the parts, not how they are made.

Each text is escaped by the template. As a second wall, the page allows only the scripts whose fingerprint stands in it,
and no request to anywhere.
"""

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from streams.simulate.loop_result import LoopResult
from streams.simulate.report import days, delays, effects, gallery, headlines, pairs, words

TEMPLATES: Final = "templates"
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
    environment = Environment(
        loader=PackageLoader(__package__, TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    library, script = get_plotlyjs(), _text("report.js")
    return environment.get_template("report.html").render(
        **_parts(result, reasons),
        style=Markup(_text("report.css")),  # noqa: S704 - our own file
        library=Markup(library),  # noqa: S704 - the plot library's own file
        script=Markup(script),  # noqa: S704 - our own file
        allowed=" ".join(_fingerprint(source) for source in (library, script)),
    )


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
        "words": words,
    }


def _text(name: str) -> str:
    return (files(__package__) / TEMPLATES / name).read_text(encoding="utf-8")


def _fingerprint(script: str) -> str:
    """Return what a content security policy knows a script by."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
