"""Alerts as rules that Grafana looks at itself, in the file it reads at its start. Knows nothing of what they say.

For those who run Grafana without an Alertmanager. The file follows Grafana's page "Use configuration files to provision
alerting resources" (grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning).
It asks for no recording, so that any Prometheus that scrapes the workers will do. Grafana takes a ``$`` in titles and
labels for a variable of its environment, in annotations and queries it does not.
"""

import re
from pathlib import Path
from typing import Any, Final

from infra.prometheus.alert import Alert, Group
from infra.prometheus.alerts import GROUPS
from infra.prometheus.durations import paced, seconds
from infra.prometheus.recordings import RECORDINGS
from infra.prometheus.rules import HEAD, RUNBOOKS, annotations_of, as_yaml, limit_of

GRAFANA_FILE: Final = Path(__file__).parent.parent / "grafana/provisioning/alerting/reprise.yml"
DATASOURCE: Final = "prometheus"
"""The identifier that infra/grafana/provisioning/datasources gives to Prometheus."""

EXPRESSIONS: Final = "__expr__"
"""What Grafana calls its own arithmetic."""

FOLDER: Final = "Reprise"
SUBQUERY_STEP: Final = "<1m>"
LOOK_BACK_S: Final = 600
SIDES: Final = {">": "gt", "<": "lt"}
NAMED: Final = re.compile(r"(?P<name>reprise:\w+)(\[(?P<window>[^\]]+)\]| offset (?P<ago><[^>]+>))?")
QUERIES: Final = {record.name: record.query for record in RECORDINGS}


def grafana_rules(runbooks: str = RUNBOOKS) -> dict[str, Any]:
    """Return the content of Grafana's file."""
    return {"apiVersion": 1, "groups": [_group(group, runbooks) for group in GROUPS]}


def grafana_text(runbooks: str = RUNBOOKS) -> str:
    """Return Grafana's file as text."""
    return HEAD.format(command="grafana") + as_yaml(grafana_rules(runbooks))


def unfolded(query: str) -> str:
    """Return a query in which every recording is replaced by its own query.

    A window over one, and what one was some time ago, become subqueries: nothing else may be moved in time.
    """
    while NAMED.search(query):
        query = NAMED.sub(_replaced, query)
    return query


def _replaced(found: re.Match[str]) -> str:
    query = f"({QUERIES[found['name']]})"
    if found["ago"]:
        return f"last_over_time({query}[{SUBQUERY_STEP}:{SUBQUERY_STEP}] offset {found['ago']})"
    return f"{query}[{found['window']}:{SUBQUERY_STEP}]" if found["window"] else query


def _group(group: Group, runbooks: str) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": group.name,
        "folder": FOLDER,
        "interval": paced(group.every, 1.0),
        "rules": [_rule(alert, runbooks) for alert in group.alerts],
    }


def _rule(alert: Alert, runbooks: str) -> dict[str, Any]:
    told = annotations_of(alert, runbooks)
    return {
        "uid": _uid(alert.name),
        "title": alert.name,
        "condition": "C",
        "data": [_asked(alert), _judged(alert)],
        # No series means that nothing is there to be wrong; what is missed on purpose is asked for by name.
        "noDataState": "OK",
        "execErrState": "Error",
        "for": f"{seconds(alert.lasting):g}s",
        "labels": {"severity": alert.severity},
        "annotations": {name: text.replace("$value", "$values.A.Value") for name, text in told.items()},
        "isPaused": False,
    }


def _uid(name: str) -> str:
    """Return a name that stays and that Grafana takes: at most 40 letters, digits and hyphens."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _asked(alert: Alert) -> dict[str, Any]:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": LOOK_BACK_S, "to": 0},
        "datasourceUid": DATASOURCE,
        "model": {
            "refId": "A",
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
            "editorMode": "code",
            "expr": paced(unfolded(alert.value), 1.0),
            "instant": True,
            "range": False,
            "intervalMs": 1_000,
            "maxDataPoints": 43_200,
        },
    }


def _judged(alert: Alert) -> dict[str, Any]:
    return {
        "refId": "C",
        "relativeTimeRange": {"from": LOOK_BACK_S, "to": 0},
        "datasourceUid": EXPRESSIONS,
        "model": {
            "refId": "C",
            "datasource": {"type": EXPRESSIONS, "uid": EXPRESSIONS},
            "type": "threshold",
            "expression": "A",
            "conditions": [{"evaluator": {"type": SIDES[alert.fires], "params": [limit_of(alert, 1.0)]}}],
            "intervalMs": 1_000,
            "maxDataPoints": 43_200,
        },
    }
