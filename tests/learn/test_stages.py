"""The table of changes: complete, and what the documentation shows."""

import re
from pathlib import Path

import pytest

from schemas.records import Stage
from streams.learn.stages import CHANGES, LIVE, as_markdown, change_of

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


def test_the_documentation_shows_this_table() -> None:
    """The table in ARCHITECTURE.md is the one the code goes by."""
    shown = re.search(r"<!-- stages -->\n(.*?)\n<!-- /stages -->", ARCHITECTURE.read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1] == as_markdown()


def test_no_change_stands_twice() -> None:
    """From, to and reason name one row."""
    named = [
        (before, change.to_stage, reason)
        for change in CHANGES
        for before in change.from_stages
        for reason in change.reasons
    ]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.to_stage}-{change.reasons[0]}")
def test_the_effect_follows_from_the_stages(change) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """What goes live is published; what was live and no longer is is withdrawn; nothing else touches the topic."""
    for before in change.from_stages:
        expected = "publish" if change.to_stage in LIVE else "withdraw" if before in LIVE else ""
        assert change.effect == expected


def test_an_unknown_change_is_an_error() -> None:
    """Nothing happens that the table does not know."""
    with pytest.raises(ValueError, match="from blocked to promoted because of mood"):
        change_of("blocked", "promoted", "mood")


@pytest.mark.parametrize(
    "stage", ["candidate", "shadow", "trial", "promoted", "pinned", "demoted", "blocked", "expired"]
)
def test_every_stage_can_be_left(stage: Stage) -> None:
    """No stage is a dead end."""
    assert any(stage in change.from_stages for change in CHANGES)
