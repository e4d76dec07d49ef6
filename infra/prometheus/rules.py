"""Alerts and recordings as a rule file of Prometheus. Knows nothing of what they say."""

from pathlib import Path
from typing import Any, Final

import yaml

from infra.prometheus.alert import DASHBOARDS, Alert
from infra.prometheus.alerts import GROUPS
from infra.prometheus.durations import paced
from infra.prometheus.recordings import RECORDINGS

RULES_FILE: Final = Path(__file__).parent / "rules" / "reprise.yml"
RUNBOOKS: Final = "infra/runbooks"
"""Where runbooks lie: in this repository, unless told an address."""

RECORDED_EVERY: Final = "<15s, at least 1s>"
HEAD: Final = "# Made from infra/prometheus/alerts.py by `python -m infra.prometheus {command}`. Do not edit.\n\n"


def rules(pace: float = 1.0, runbooks: str = RUNBOOKS) -> dict[str, Any]:
    """Return the content of a rule file.

    Args:
        pace: how much faster time is to pass than in service: every window, wait and interval is divided by it.
        runbooks: address under which the runbooks lie.
    """
    recorded = {
        "name": "reprise-recorded",
        "interval": paced(RECORDED_EVERY, pace),
        "rules": [{"record": record.name, "expr": paced(record.query, pace)} for record in RECORDINGS],
    }
    groups = [
        {
            "name": group.name,
            "interval": paced(group.every, pace),
            "rules": [_rule(alert, pace, runbooks) for alert in group.alerts],
        }
        for group in GROUPS
    ]
    return {"groups": [recorded, *groups]}


def write_rules(path: Path, pace: float = 1.0, runbooks: str = RUNBOOKS) -> None:
    """Write the rule file."""
    path.write_text(rules_text(pace, runbooks), encoding="utf-8")


def rules_text(pace: float = 1.0, runbooks: str = RUNBOOKS) -> str:
    """Return the rule file as text."""
    return HEAD.format(command="rules") + as_yaml(rules(pace, runbooks))


def limit_of(alert: Alert, pace: float) -> float:
    """Return an alert's limit as a number."""
    return float(paced(str(alert.limit), pace))


def annotations_of(alert: Alert, runbooks: str) -> dict[str, str]:
    """Return what people are told."""
    return {
        "summary": alert.meaning,
        "description": f"{alert.meaning} {alert.figure}",
        "runbook_url": f"{runbooks.rstrip('/')}/{alert.name}.md",
        "dashboard": f"{alert.dashboard}: {DASHBOARDS[alert.dashboard]}",
    }


def as_yaml(content: Any) -> str:
    """Return a file's content as YAML, in the order given, with queries in lines as they are read."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)


def _rule(alert: Alert, pace: float, runbooks: str) -> dict[str, Any]:
    query = paced(alert.value, pace)
    return {
        "alert": alert.name,
        "expr": f"(\n{_indented(query)}\n) {alert.fires} {limit_of(alert, pace):g}",
        "for": paced(alert.lasting, pace),
        "labels": {"severity": alert.severity},
        "annotations": annotations_of(alert, runbooks),
    }


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as it is called
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
