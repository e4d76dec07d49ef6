"""Turns parts into pages: templates, filters and the files beside them. Knows no knowledge and no request.

Each text is escaped by the template, and a name that a template asks for must be there.
"""

from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from streams import wording
from streams.console import bars, figures, timeline
from streams.pages import readable

TEMPLATES: Final = "templates"
STATIC: Final = {
    "page.css": ("streams.pages", "text/css"),
    "console.css": ("streams.console", "text/css"),
    "console.js": ("streams.console", "text/javascript"),
    "icon.svg": ("streams.console", "image/svg+xml"),
}
"""Files that pages ask for: whose folder of templates has them, and what they are."""

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400


def static_file(name: str) -> str:
    """Return what is in one of the `STATIC` files."""
    return (files(STATIC[name][0]) / TEMPLATES / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates with all that they may use, compiled once."""
    made = Environment(
        loader=PackageLoader("streams.console", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": figures.percent,
        "number": readable.number,
        "many": readable.many,
        "odds": wording.odds,
        "people": wording.people,
        "asked": wording.question_words,
        "votes": wording.short,
        "stage_words": wording.stage_words,
        "at_state": wording.at_state,
        "printable": wording.printable,
        "reached": bars.reached,
        "bar": bars.success_share,
        "kind": timeline.kind_of,
        "moment": moment,
        "iso": wording.instant,
        "seconds": seconds,
        "sentence": sentence,
    }
    made.tests["taken_back"] = timeline.takes_back
    made.globals |= {"ratio": readable.ratio, "ago": ago, "KINDS": timeline.KINDS, "NEEDED_AT": bars.NEEDED_AT}
    return made


def moment(at_ms: int) -> str:
    """Return a time as people read it, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%-d %b %Y, %H:%M:%S")


def ago(at_ms: int, now_ms: int) -> str:
    """Return how long something is past."""
    return f"{seconds((now_ms - at_ms) / 1000)} ago"


def seconds(time_s: float) -> str:
    """Return a time in the unit that people would use."""
    for unit_s, name in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if abs(time_s) >= unit_s:
            return f"{time_s / unit_s:.0f}\u00a0{name}"
    return f"{max(time_s, 0.0):.0f}\u00a0s"


def sentence(words: str) -> str:
    """Return words as a sentence: a capital first, a full stop last."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def rendered(made: Environment, template: str, parts: dict[str, Any]) -> str:
    """Return a page.

    Raises:
        jinja2.UndefinedError: the template shows what is not among the parts.
    """
    return made.get_template(template).render(parts)
