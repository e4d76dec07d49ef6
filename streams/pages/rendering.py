"""Puts a page into one file that needs no other. Knows templates, style and scripts, no result.

Each text is escaped by the template. As a second wall, the page allows only the scripts whose fingerprint stands in it,
and no request to anywhere. A page extends ``page.html`` and takes what it needs from ``macros.html``.
"""

import base64
import hashlib
from importlib.resources import files
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

TEMPLATES: Final = "templates"


def render(package: str, template: str, **parts: Any) -> str:
    """Return a page; the same parts give the same page.

    Args:
        package: whose folder of templates holds the page's own one.
        template: its file name.
        parts: everything that it shows.

    Raises:
        jinja2.UndefinedError: the template shows what is not among the parts.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, TEMPLATES), PackageLoader(__package__, TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    library, script = get_plotlyjs(), _text("page.js")
    return environment.get_template(template).render(
        **parts,
        style=Markup(_text("page.css")),  # noqa: S704 - our own file
        library=Markup(library),  # noqa: S704 - the plot library's own file
        script=Markup(script),  # noqa: S704 - our own file
        allowed=" ".join(_fingerprint(source) for source in (library, script)),
    )


def _text(name: str) -> str:
    return (files(__package__) / TEMPLATES / name).read_text(encoding="utf-8")


def _fingerprint(script: str) -> str:
    """Return what a content security policy knows a script by."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
