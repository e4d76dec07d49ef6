"""Explanations for whoever asks in the console. Knows rows and views; who may not be told cannot tell why.

A text that is not released is answered exactly as one that nobody ever said, and as soon: else anybody could ask
whether a certain text was said at all.
"""

from streams.console.knowledge import UnknownError
from streams.console.masking import explanation_view
from streams.console.views import ExplanationView
from streams.learn.explain import explain_heard
from streams.learn.settings import LearnSettings
from streams.stage import Rows
from streams.wording import at_state, quoted


def told_explanations(
    rows: Rows,
    settings: LearnSettings,
    heard: str,
    *,
    state: str | None = None,
    tenant: str | None = None,
    locale: str | None = None,
) -> tuple[ExplanationView, ...]:
    """Return what may be told about a text as it was heard, at one question or at all; nothing if nothing may."""
    found = explain_heard(rows, settings, heard, state=state, tenant=tenant, locale=locale, only_shown=True)
    return tuple(view for explanation in found if (view := explanation_view(explanation)) is not None)


def unknown(heard: str, state: str | None) -> UnknownError:
    """Return the error for a text of which nothing may be told, whatever the reason."""
    place = "" if state is None else f" {at_state(state)}"
    return UnknownError(f"nobody said {quoted(heard)}{place}, or too few people did for it to be shown")
