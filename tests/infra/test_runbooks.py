"""Runbooks: there is one for each alert, and all that they name exists."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from infra.prometheus.alerts import ALERTS
from schemas.records import Evidence
from streams.cli import application
from streams.learn.stages import CHANGES
from streams.metrics import METRICS
from streams.observing.events import EVENTS
from streams.observing.facts import REJECTIONS
from streams.settings import WorkerSettings
from streams.topology import STAGES

FOLDER = Path(__file__).parent.parent.parent / "infra/runbooks"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("Reprise*.md"))}
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
TEXTS = PAGES | {"README": INDEX}
HEADINGS = ["What it means", "What people feel", "First steps", "It is over when", "What not to do"]
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[a-z]+(_[a-z]+)+")
DOTTED = re.compile(r"(?!reprise\.toml)[a-z]+\.[a-z_]+")
LINES_MAX = 60
"""More is not read at night."""

every_page = pytest.mark.parametrize("name", PAGES)
every_text = pytest.mark.parametrize("name", TEXTS)


def code_in(name: str) -> list[str]:
    """Return what stands between backticks, line breaks taken out."""
    return [" ".join(code.split()) for code in CODE.findall(TEXTS[name])]


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    """Who is woken finds the page, and no page is left of an alert that is gone."""
    assert PAGES.keys() == ALERTS.keys()


def test_the_index_lists_every_alert_with_what_it_is_worth() -> None:
    """In one row, with a link to its page."""
    missing = [
        alert.name
        for alert in ALERTS.values()
        if f"| [{alert.name}]({alert.name}.md) | {alert.severity} |" not in INDEX
    ]
    assert missing == []


@every_page
def test_a_runbook_is_short_and_says_the_same_things_in_the_same_order(name: str) -> None:
    """Somebody who is half asleep knows where to look."""
    assert re.findall(r"^## (.+)$", PAGES[name], re.MULTILINE) == HEADINGS
    assert PAGES[name].startswith(f"# {name}\n\n*{ALERTS[name].severity}*, dashboard {ALERTS[name].dashboard}\n")
    assert len(PAGES[name].splitlines()) <= LINES_MAX


def unknown_in(command: str) -> list[str]:
    """Return the words of a command line that the program does not know: sub-commands and options."""
    found: typer.core.TyperCommand | typer.core.TyperGroup = get_command(application)  # type: ignore[assignment]
    words = shlex.split(command)[1:]
    while isinstance(found, typer.core.TyperGroup):
        if not words or words[0] not in found.commands:
            return words[:1] or [command]
        found = found.commands[words.pop(0)]  # type: ignore[assignment]
    options = {option for parameter in found.params for option in parameter.opts}
    return [word for word in words if word.startswith("--") and word not in options]


@every_text
def test_a_command_that_is_named_exists(name: str) -> None:
    """With every option that is given to it."""
    commands = [code for code in code_in(name) if code.startswith("reprise ")]
    assert {command: unknown for command in commands if (unknown := unknown_in(command))} == {}


def test_a_command_that_does_not_exist_would_be_found() -> None:
    """The test before this one can fail."""
    assert unknown_in("reprise rewrites revive ID") == ["revive"]
    assert unknown_in("reprise rewrites kill ID --gently") == ["--gently"]


@every_text
def test_a_name_with_underscores_is_a_metric_a_setting_a_reason_or_a_field(name: str) -> None:
    """What is written as code can be found where it is looked for."""
    known = {exposed for metric in METRICS.values() for exposed in metric.exposed}
    known |= WorkerSettings.model_fields.keys() | set(Evidence.__struct_fields__)
    known |= {reason for change in CHANGES for reason in change.reasons} | {r for rs in REJECTIONS.values() for r in rs}
    assert {code for code in code_in(name) if NAME.fullmatch(code)} - known == set()


@every_text
def test_a_dotted_name_is_an_event_of_the_log_or_a_topic(name: str) -> None:
    """What is to be looked for in the log is written there."""
    topics = {f"{stage.name}.state" for stage in STAGES}
    assert {code for code in code_in(name) if DOTTED.fullmatch(code)} - EVENTS.keys() - topics == set()


@every_text
def test_a_link_leads_to_a_file(name: str) -> None:
    """Paths are relative to the folder of the runbooks."""
    assert [link for link in re.findall(r"\]\(([^)#]+)\)", TEXTS[name]) if not (FOLDER / link).exists()] == []
