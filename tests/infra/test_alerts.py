"""Alerts: what they name exists, when they fire, what they say, and that the files made of them are current."""

import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from scipy.stats import binom

from infra.prometheus.__main__ import main
from infra.prometheus.alert import DASHBOARDS, Alert
from infra.prometheus.alerts import ALERTS
from infra.prometheus.durations import paced
from infra.prometheus.grafana_rules import GRAFANA_FILE, grafana_rules, unfolded
from infra.prometheus.recordings import PAIRS_MIN, RECORDINGS, Z
from infra.prometheus.rules import RULES_FILE, rules, write_rules
from streams.metrics import METRICS
from tests.infra.alert_cases import CASES, OTHER, Case, healthy

ROOT = Path(__file__).parent.parent.parent
PROMETHEUS_YML = ROOT / "infra/prometheus/prometheus.yml"
EXPOSED = {name: metric for metric in METRICS.values() for name in metric.exposed}
OF_EVERY_TARGET = {"up", "process_start_time_seconds"}
OF_EVERY_SERIES = {"job", "instance"}
MADE_HERE = {"evidence", "missing"}
"""Labels that queries give by `label_replace`."""

RECORDED = {record.name: record.query for record in RECORDINGS}
QUERIES = RECORDED | {alert.name: alert.value for alert in ALERTS.values()}
WORDS = {"and", "or", "unless", "bool", "offset"}
LISTS = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
LABEL_TESTS = re.compile(r"\{([^}]*)\}")
NAMES = re.compile(r"[a-zA-Z_:][\w:]*")

every_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is missing; it comes with Prometheus (apt-get install prometheus)",
)


def promtool(*arguments: str, folder: Path = ROOT) -> str:
    """Run promtool, and return what it said; it must have been content."""
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607 - the one that is installed
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def bare(query: str) -> str:
    """Return a query without texts and durations, which hold no names."""
    return re.sub(r"\[[^\]]*\]|offset <[^>]+>|<[\w ,]+>", " ", re.sub(r'"[^"]*"', '""', query))


def labels_in(query: str) -> set[str]:
    """Return the labels that a query names."""
    tests = {
        test.split("=")[0].rstrip("!").strip()
        for group in LABEL_TESTS.findall(bare(query))
        for test in group.split(",")
    }
    return (tests | {name.strip() for group in LISTS.findall(query) for name in group.split(",")}) - {""}


def metrics_in(query: str) -> set[str]:
    """Return the metrics and recordings that a query names: all that is neither function, label nor word."""
    plain = LABEL_TESTS.sub("", LISTS.sub("", bare(query)))
    functions = set(re.findall(r"([a-z_]+)\s*\(", plain)) | set(re.findall(r"\b(sum|max|min|count)\b", plain))
    return set(NAMES.findall(plain)) - functions - WORDS


def all_metrics_in(query: str) -> set[str]:
    """Return the metrics that a query names, through its recordings."""
    return metrics_in(unfolded(query))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_what_exists(name: str) -> None:
    """Every metric is in the catalogue under its exposed name, or of every target; every recording is above."""
    known = EXPOSED.keys() | OF_EVERY_TARGET | set(RECORDED)
    assert metrics_in(QUERIES[name])
    assert metrics_in(QUERIES[name]) <= known
    above = list(RECORDED)[: list(RECORDED).index(name)] if name in RECORDED else list(RECORDED)
    assert {used for used in metrics_in(QUERIES[name]) if used in RECORDED} <= set(above)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_labels_that_its_metrics_have(name: str) -> None:
    """A label that no metric of the query has would match nothing, for ever and silently."""
    metrics = all_metrics_in(QUERIES[name]) & EXPOSED.keys()
    had = {label.name for metric in metrics for label in EXPOSED[metric].labels}
    assert labels_in(QUERIES[name]) <= had | OF_EVERY_SERIES


@every_alert
def test_an_alert_tells_labels_that_it_has(alert: Alert) -> None:
    """What is said names labels of the series that fires, or it would say nothing there."""
    told = set(re.findall(r"\$labels\.(\w+)", alert.meaning + alert.figure))
    metrics = all_metrics_in(alert.value) & EXPOSED.keys()
    had = {label.name for metric in metrics for label in EXPOSED[metric].labels} | OF_EVERY_SERIES | MADE_HERE
    assert told <= had
    assert "$value" in alert.figure


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    """An alert that was never seen firing, or never silent, is not known."""
    assert CASES.keys() == ALERTS.keys()
    assert [name for name, cases in CASES.items() if not any(case.firing for case in cases)] == []
    assert [name for name, cases in CASES.items() if all(case.firing for case in cases)] == []


def scene(name: str, case: Case) -> dict[str, Any]:
    """Return a case as promtool reads it: how many alerts of a name fire at its moment."""
    return {
        "name": case.rule,
        "interval": f"{case.every:g}m",
        "input_series": [{"series": series, "values": text} for series, text in (OTHER | dict(case.series)).items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                "eval_time": f"{case.at:g}m",
                "exp_samples": [{"labels": "{}", "value": case.firing}],
            }
        ],
    }


def used_by(query: str) -> set[str]:
    """Return the recordings that a query rests on."""
    direct = {name for name in metrics_in(query) if name in RECORDED}
    return direct.union(*(used_by(RECORDED[name]) for name in direct))


def rules_for(name: str, every: float, content: dict[str, Any]) -> dict[str, Any]:
    """Return the rules that one alert rests on, looked at as often as samples come."""
    needed = used_by(ALERTS[name].value) | {name}
    kept = [
        rule
        for group in content["groups"]
        for rule in group["rules"]
        if {rule.get("record"), rule.get("alert")} & needed
    ]
    return {"groups": [{"name": "tried", "interval": f"{every:g}m", "rules": kept}]}


def unfolded_rules(content: dict[str, Any]) -> dict[str, Any]:
    """Return the rules with the queries that Grafana asks, and no recording."""
    asked = {
        rule["title"]: rule["data"][0]["model"]["expr"]
        for group in grafana_rules()["groups"]
        for rule in group["rules"]
    }
    judged = [rule for group in content["groups"] for rule in group["rules"] if "alert" in rule]
    for rule in judged:
        alert = ALERTS[rule["alert"]]
        rule["expr"] = f"({asked[alert.name]}) {alert.fires} {paced(str(alert.limit), 1.0)}"
    return {"groups": [{"name": "asked by Grafana", "rules": judged}]}


def play(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Play the cases of one alert through promtool."""
    for every in {case.every for case in CASES[name]}:
        trial = folder / f"{every:g}"
        trial.mkdir()
        (trial / "rules.yml").write_text(yaml.safe_dump(rules_for(name, every, content)), encoding="utf-8")
        scenes = [scene(name, case) for case in CASES[name] if case.every == every]
        tests = {"rule_files": ["rules.yml"], "evaluation_interval": f"{every:g}m", "tests": scenes}
        (trial / "cases.yml").write_text(yaml.safe_dump(tests, sort_keys=False), encoding="utf-8")
        promtool("test", "rules", "cases.yml", folder=trial)


@needs_promtool
@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_when_it_should_and_only_then(name: str, tmp_path: Path) -> None:
    """Each case, played through Prometheus' own evaluation of the rules."""
    play(tmp_path, name, rules())


@needs_promtool
@pytest.mark.parametrize("name", ALERTS)
def test_what_grafana_asks_fires_in_the_same_cases(name: str, tmp_path: Path) -> None:
    """Its queries use no recording, and mean the same."""
    content = unfolded_rules(rules())
    assert "reprise:" not in yaml.safe_dump(content)
    play(tmp_path, name, content)


@needs_promtool
@pytest.mark.parametrize("pace", [1.0, 30.0])
def test_prometheus_takes_the_rules_at_any_pace(pace: float, tmp_path: Path) -> None:
    """What is written for service and for a trial is understood, and holds no mark of a duration."""
    write_rules(tmp_path / "rules.yml", pace, "https://example.com/runbooks/")
    text = (tmp_path / "rules.yml").read_text(encoding="utf-8")
    assert not re.search(r"<\d", text)
    assert "https://example.com/runbooks/RepriseNoWorker.md" in text
    promtool("check", "rules", str(tmp_path / "rules.yml"))


@needs_promtool
def test_a_healthy_service_is_silent(tmp_path: Path) -> None:
    """Two workers at work: nothing is even suspected, no rule errs, and all that alerts ask for is there."""
    named = set().union(*(all_metrics_in(query) for query in QUERIES.values()))
    assert {series.partition("{")[0] for series in healthy()} >= named
    tried = scene("any", Case("well", 0, 30, healthy()))
    tried["promql_expr_test"][0]["expr"] = "count(ALERTS) or vector(0)"
    write_rules(tmp_path / "rules.yml")
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [tried]}
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    promtool("test", "rules", "cases.yml", folder=tmp_path)


@needs_promtool
def test_what_people_are_told_is_filled_in(tmp_path: Path) -> None:
    """Figures and labels stand in the words of an alert that fires."""
    told = {
        "exp_labels": {"job": "reprise", "stage": "detect", "severity": "ticket"},
        "exp_annotations": {
            "summary": "Stage detect rejects much of what it is sent; a larger share stops the worker.",
            "description": "Stage detect rejects much of what it is sent; a larger share stops the worker. "
            "6% of what was sent in 10 minutes was rejected.",
            "runbook_url": "infra/runbooks/RepriseRejectedRatio.md",
            "dashboard": "Rewrites and feedback: /d/reprise-rewrites",
        },
    }
    tried = scene("RepriseRejectedRatio", CASES["RepriseRejectedRatio"][0])
    tried["alert_rule_test"] = [{"alertname": "RepriseRejectedRatio", "eval_time": "20m", "exp_alerts": [told]}]
    write_rules(tmp_path / "rules.yml")
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [tried]}
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    promtool("test", "rules", "cases.yml", folder=tmp_path)


@pytest.mark.parametrize("what", ["rules", "grafana"])
def test_a_file_is_current(what: str) -> None:
    """What is checked in is what the alerts say; else run `python -m infra.prometheus` with this name."""
    assert main([what, "--check"]) == 0


def test_a_file_that_is_not_current_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check can fail, and says what to run."""
    (tmp_path / "old.yml").write_text("groups: []\n", encoding="utf-8")
    assert main(["rules", "--check", "--out", str(tmp_path / "old.yml")]) == 1
    assert "python -m infra.prometheus rules" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "pace", "written"),
    [
        ("x[<10m>]", 1.0, "x[10m]"),
        ("x[<90s>]", 1.0, "x[90s]"),
        ("x[<10m>]", 30.0, "x[20s]"),
        ("x[<1m>]", 7.0, "x[8571ms]"),
        ("> <2m in seconds>", 1.0, "> 120"),
        ("> <1m in seconds>", 40.0, "> 1.5"),
        ("<0s>", 30.0, "0s"),
        ("> <1m in seconds, at least 10s>", 60.0, "> 10"),
        ("x offset <5m, at least 5s>", 1.0, "x offset 5m"),
    ],
)
def test_a_marked_duration_passes_at_the_pace(text: str, pace: float, written: str) -> None:
    """Windows, offsets and limits in seconds are divided alike."""
    assert paced(text, pace) == written


def test_prometheus_reads_the_folder_of_rules() -> None:
    """The configuration of the containers names the folder where the rules are mounted."""
    assert yaml.safe_load(PROMETHEUS_YML.read_text(encoding="utf-8"))["rule_files"] == ["/etc/prometheus/rules/*.yml"]
    assert RULES_FILE.parent.name == "rules"


def upper(won: int, pairs: int) -> float:
    """Return Wilson's upper bound, written down once more."""
    share = won / pairs
    spread = Z * (share * (1 - share) / pairs + Z**2 / (4 * pairs**2)) ** 0.5
    return float((share + Z**2 / (2 * pairs) + spread) / (1 + Z**2 / pairs))


@pytest.mark.parametrize("floor", [1.0, 2.0, 3.0, 9.0])
def test_one_look_at_win_and_loss_is_seldom_wrong(floor: float) -> None:
    """A rewrite exactly at its floor is called worse in less than one look of four thousand, at any number of pairs."""
    share = floor / (1 + floor)
    for pairs in range(PAIRS_MIN, 400):
        told = [won for won in range(pairs + 1) if upper(won, pairs) < share]
        assert not told or binom.cdf(max(told), pairs, share) < 2.5e-4


def test_the_bound_is_wilsons() -> None:
    """The recorded query gives the figure of the textbook."""
    query = RECORDED["reprise:win_share_upper"].partition("and ")[0].replace("\n", " ")
    won, pairs = 40, 100
    filled = query.replace("reprise:won", str(won)).replace("reprise:decided", str(pairs))
    assert eval(filled, {"sqrt": math.sqrt}) == pytest.approx(upper(won, pairs))  # noqa: S307 - our own arithmetic


GRAFANA: dict[str, Any] = yaml.safe_load(GRAFANA_FILE.read_text(encoding="utf-8"))
GRAFANA_RULES = [rule for group in GRAFANA["groups"] for rule in group["rules"]]


def test_grafana_groups_have_what_its_format_asks_for() -> None:
    """A version, and for each group an organisation, a name of its own, a folder, and an interval in tens of seconds.

    Grafana's page on file provisioning of alerting lists these fields; its scheduler looks every ten seconds.
    """
    assert GRAFANA["apiVersion"] == 1
    for group in GRAFANA["groups"]:
        assert group.keys() == {"orgId", "name", "folder", "interval", "rules"}
        assert re.fullmatch(r"\d*0s", group["interval"])
    names = [group["name"] for group in GRAFANA["groups"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("rule", GRAFANA_RULES, ids=lambda rule: str(rule["title"]))
def test_a_grafana_rule_has_what_its_format_asks_for(rule: dict[str, Any]) -> None:
    """A lasting identifier, a query of Prometheus, a threshold as condition, and what no data and errors mean."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rule["uid"])
    assert {"title", "condition", "data", "for", "annotations", "labels"} <= rule.keys()
    assert "$" not in rule["title"] + "".join(rule["labels"].values())
    assert all(
        name in {"labels", "values"} for text in rule["annotations"].values() for name in re.findall(r"\$(\w+)", text)
    )
    assert re.fullmatch(r"\d+s", rule["for"])
    assert (rule["noDataState"], rule["execErrState"]) == ("OK", "Error")
    asked, judged = rule["data"]
    assert all({"refId", "relativeTimeRange", "datasourceUid", "model"} <= part.keys() for part in rule["data"])
    assert all(part["model"]["refId"] == part["refId"] for part in rule["data"])
    assert (asked["refId"], judged["refId"], rule["condition"]) == ("A", "C", "C")
    assert asked["model"]["instant"] is True
    assert judged["model"]["expression"] == "A"
    assert judged["model"]["conditions"][0]["evaluator"]["type"] in {"gt", "lt"}


def test_grafana_asks_the_data_source_that_is_provisioned() -> None:
    """The identifier in the rules is the one in the file of data sources, and none is used twice among rules."""
    sources = yaml.safe_load((GRAFANA_FILE.parent.parent / "datasources/prometheus.yml").read_text(encoding="utf-8"))
    known = {source["uid"] for source in sources["datasources"]} | {"__expr__"}
    assert {part["datasourceUid"] for rule in GRAFANA_RULES for part in rule["data"]} == known
    assert len({rule["uid"] for rule in GRAFANA_RULES}) == len(ALERTS)


def test_an_alert_points_to_a_dashboard_that_is_there() -> None:
    """Each address ends in the identifier of a dashboard of this repository."""
    files = (ROOT / "infra/grafana/dashboards").glob("*.json")
    there = {f"/d/{json.loads(path.read_text(encoding='utf-8'))['uid']}" for path in files}
    assert set(DASHBOARDS.values()) <= there
