"""The dashboards: current files, names from the catalogue, panels that say what they mean, colours told apart."""

import json
import re
from collections.abc import Iterator
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from infra.grafana import __main__ as program
from infra.grafana.panels import PALETTE, high_is_good, low_is_good
from infra.grafana.queries import UnknownMetricError, grown, series
from streams.metrics import METRICS

BOARDS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in program.texts().items()}
GRID = 24
PROVISIONING = program.FOLDER.parent / "provisioning"

LABELS = {exposed: {label.name for label in metric.labels} for metric in METRICS.values() for exposed in metric.exposed}
OWN = {"instance", "le"}
BY_OTHERS = {
    "ALERTS": {"alertname", "alertstate", "severity"},
    **{
        name: set[str]()
        for name in (
            "up",
            "process_start_time_seconds",
            "process_resident_memory_bytes",
            "process_cpu_seconds_total",
            "process_open_fds",
            "process_max_fds",
        )
    },
}
"""What queries may name beside the catalogue, and the labels of it."""

boards = pytest.mark.parametrize("name", BOARDS)


def panels(name: str) -> list[dict[str, Any]]:
    """Return the panels of a dashboard, without the headings of rows."""
    return [panel for panel in BOARDS[name]["panels"] if panel["type"] != "row"]


def queries(name: str) -> Iterator[str]:
    """Yield everything that a dashboard asks Prometheus."""
    for panel in panels(name):
        yield from (target["expr"] for target in panel["targets"])
    yield from (mark["expr"] for mark in BOARDS[name]["annotations"]["list"])


def asked(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the metrics that an expression names, each with the labels that are asked of it, grouping included."""
    grouping = {label for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(", ")}
    bare = re.sub(r"\bby \([^)]*\)", "", expression)
    for name, matchers in re.findall(r"\b([A-Za-z_:][A-Za-z0-9_:]*)\{([^}]*)\}", bare):
        yield name, {*re.findall(r'(\w+)(?:=~|!=|!~|=)"', matchers), *grouping}


def named_bare(expression: str) -> list[str]:
    """Return names that stand in an expression without a selector behind them, so that `asked` passes over them."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)', " ", re.sub(r"[A-Za-z_:][\w:]*\{", "{", expression))
    return [word for word in re.findall(r"[A-Za-z_]\w*(?!\w*\s*\()", bare) if word not in {"or", "and"}]


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_files_are_what_the_code_says() -> None:
    """What Grafana loads was written by this version of the code."""
    assert program.outdated() == []


def test_the_check_names_each_file_that_is_not_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that differs, one that is missing and one too many are three lines; writing cures all of them."""
    program.write(tmp_path)
    (tmp_path / "reprise-health.json").write_text("{}")
    (tmp_path / "reprise-kafka.json").unlink()
    (tmp_path / "old.json").write_text("{}")
    assert program.outdated(tmp_path) == [
        "old.json belongs to no dashboard",
        "reprise-health.json is not what the code says",
        "reprise-kafka.json is missing",
    ]
    program.write(tmp_path)
    assert program.outdated(tmp_path) == []
    assert program.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_the_addresses_stay() -> None:
    """People and alerts link to these."""
    assert {board["uid"] for board in BOARDS.values()} == {
        "reprise-health",
        "reprise-learning",
        "reprise-rewrites",
        "reprise-kafka",
    }


@boards
def test_the_librarys_own_model_reads_a_file_back(name: str) -> None:
    """Nothing in it is unknown to Grafana's model, but the step and the text of marks, which the model lacks."""
    register_default_plugins()
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(BOARDS[name])))
    for panel in again["panels"]:
        if panel["type"] == "heatmap":
            del panel["fieldConfig"]["defaults"]["custom"]  # empty, and only there when read back
    assert {**again, "annotations": None} == {**BOARDS[name], "annotations": None}


def test_grafana_is_told_where_the_files_lie() -> None:
    """The provider reads a folder; nobody can change or delete what is in it by hand."""
    found = yaml.safe_load((PROVISIONING / "dashboards" / "reprise.yml").read_text(encoding="utf-8"))
    (provider,) = found["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)


# -- queries -----------------------------------------------------------------------------------------------------------


@boards
def test_queries_name_only_what_the_catalogue_holds(name: str) -> None:
    """Each metric is one that a worker shows, under the name of a scrape, and has the labels that are asked."""
    known = {**LABELS, **BY_OTHERS}
    wrong = [
        (metric, labels - known.get(metric, set()) - OWN)
        for expression in queries(name)
        for metric, labels in asked(expression)
        if metric not in known or labels - known[metric] - OWN
    ]
    assert wrong == []
    assert [named_bare(expression) for expression in queries(name) if named_bare(expression)] == []


@boards
def test_every_query_is_about_the_workers_that_were_chosen(name: str) -> None:
    """The variable is in every selector, but for alerts, which belong to no worker."""
    selectors = [found for expression in queries(name) for found in re.findall(r"(\w+)\{([^}]*)\}", expression)]
    assert [found for found in selectors if 'instance=~"$instance"' not in found[1] and found[0] != "ALERTS"] == []


def test_every_metric_is_shown_somewhere() -> None:
    """What a worker counts is worth a panel in infra/grafana/boards, or not worth counting."""
    shown = {metric for name in BOARDS for expression in queries(name) for metric, _ in asked(expression)}
    assert sorted(name for name, metric in METRICS.items() if not shown & set(metric.exposed)) == []


def test_what_is_not_in_the_catalogue_cannot_be_asked() -> None:
    """A wrong name and a wrong label are refused when the dashboards are made."""
    with pytest.raises(UnknownMetricError, match="has no 'reprise_turn_total'"):
        series("reprise_turn_total")
    with pytest.raises(UnknownMetricError, match=r"no label \['kind'\]"):
        series("reprise_turns_total", kind="repeat")
    with pytest.raises(UnknownMetricError, match=r"no label \['stage'\]"):
        grown("reprise_turns_total", "stage")


# -- panels ------------------------------------------------------------------------------------------------------------


@boards
def test_every_panel_says_what_it_is(name: str) -> None:
    """A title of its own, a description in sentences, a unit, what an empty one means, and named series."""
    titles = [panel["title"] for panel in panels(name)]
    assert len(titles) == len(set(titles))
    for panel in panels(name):
        assert re.fullmatch(r"[A-Z].{30,}\.", panel["description"]), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]
        assert panel["targets"], panel["title"]
        assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]


@boards
def test_panels_fill_the_page_and_do_not_overlap(name: str) -> None:
    """No two share a cell, none sticks out, and each line is full."""
    places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    for _, line in groupby(places, key=lambda place: place["y"]):
        assert sum(place["w"] for place in line) == GRID
    assert len({panel["id"] for panel in BOARDS[name]["panels"]}) == len(places)


@boards
def test_the_first_row_answers_whether_it_is_fine(name: str) -> None:
    """Large figures, at least one of which changes its colour when something is wrong."""
    first, *rest = BOARDS[name]["panels"]
    assert first["title"] == "Is it fine?"
    figures = [panel for panel in rest if panel["gridPos"]["y"] == 1]
    assert {panel["type"] for panel in figures} == {"stat"}
    assert any(len(panel["fieldConfig"]["defaults"]["thresholds"]["steps"]) > 1 for panel in figures)


@boards
def test_colours_are_told_apart_by_everybody(name: str) -> None:
    """Only the palette that colour-blind people can tell apart, and no colour twice in one panel."""
    used = re.findall(r"#[0-9A-Fa-f]{6}", json.dumps(BOARDS[name]))
    assert set(used) <= set(PALETTE)
    assert "palette-classic" not in json.dumps(BOARDS[name])
    for panel in panels(name):
        fixed = [
            part["value"]["fixedColor"]
            for override in panel["fieldConfig"]["overrides"]
            for part in override["properties"]
            if part["id"] == "color"
        ]
        assert len(fixed) == len(set(fixed)), panel["title"]


@boards
def test_dashboards_lead_to_each_other_and_to_the_console(name: str) -> None:
    """With the same time and workers; the console's address is a variable that each person may change."""
    to_boards, to_console = BOARDS[name]["links"]
    assert (to_boards["tags"], to_boards["keepTime"], to_boards["includeVars"]) == (BOARDS[name]["tags"], True, True)
    assert to_console["url"] == "${console}"
    variables = {found["name"]: found for found in BOARDS[name]["templating"]["list"]}
    assert list(variables) == ["datasource", "instance", "console"]
    assert (variables["instance"]["multi"], variables["instance"]["includeAll"]) == (True, True)


def test_limits_colour_a_figure_from_the_side_that_is_bad() -> None:
    """One limit separates fine from bad; two leave room for a warning between them."""
    _, green, vermilion, orange = PALETTE[1], PALETTE[2], PALETTE[3], PALETTE[1]
    assert low_is_good(1) == ((None, green), (1, vermilion))
    assert low_is_good(1, 2) == ((None, green), (1, orange), (2, vermilion))
    assert high_is_good(1) == ((None, vermilion), (1, green))
    assert high_is_good(1, 2) == ((None, vermilion), (1, orange), (2, green))
