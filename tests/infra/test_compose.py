"""The files that bring the service up in containers: exact versions, checked, reachable from this machine alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.kafka.jars import version
from streams.settings import worker_settings_from

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
PROMETHEUS = ROOT / "infra/prometheus/prometheus.yml"
EXACT_IMAGE = re.compile(r"[a-z0-9/.-]+:v?\d+\.\d+\.\d+(-[a-z0-9-]+)?")
ONE_SHOT = {"topics"}
WRITES_ITS_ROOT = {"kafka"}

services = pytest.mark.parametrize("name", SERVICES)
lasting = pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
own = pytest.mark.parametrize("name", ["topics", "worker"])


def ran(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the project's folder to its end."""
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)


def has_compose() -> bool:
    """Return whether Docker's own reader of the file is installed."""
    return shutil.which("docker") is not None and ran("docker", "compose", "version").returncode == 0


def mounted(name: str) -> list[list[str]]:
    """Return what a service mounts: source, target, and how."""
    return [volume.split(":") for volume in SERVICES[name].get("volumes", [])]


@services
def test_a_service_names_an_exact_version(name: str) -> None:
    """What was tried today is what runs tomorrow."""
    assert EXACT_IMAGE.fullmatch(SERVICES[name]["image"])


@lasting
def test_a_service_that_stays_is_checked(name: str) -> None:
    """Docker sees when it does not answer, and starts it again when it ends."""
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@services
def test_a_service_is_published_on_loopback_only(name: str) -> None:
    """No other machine can reach it."""
    ports = SERVICES[name].get("ports", [])
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []
    assert "network_mode" not in SERVICES[name]


@services
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    """No root, no capability, no new privilege, a bound on memory; a root file system that it cannot write."""
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "mem_limit" in service
    assert service.get("read_only", False) is (name not in WRITES_ITS_ROOT)


@services
def test_what_a_service_mounts_is_there(name: str) -> None:
    """Folders of this project exist and are read only; volumes are declared."""
    for source, _, *how in mounted(name):
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert how == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


@services
def test_a_service_waits_for_others_that_are_there(name: str) -> None:
    """And for their health only where it is checked."""
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert wait["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
        assert wait["condition"] != "service_completed_successfully" or other in ONE_SHOT


@own
def test_the_settings_of_the_program_are_known_and_possible(name: str) -> None:
    """A setting written wrong would be found out only when the container starts."""
    settings = worker_settings_from([], None, SERVICES[name]["environment"])
    assert settings.bootstrap == "kafka:19092"
    assert settings.replication == 1


def test_a_worker_gets_the_time_it_asks_for_to_stop() -> None:
    """Docker kills it only after it would have given up by itself."""
    settings = worker_settings_from([], None, SERVICES["worker"]["environment"])
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) * 1_000 > settings.shutdown_ms


def test_kafka_is_the_one_the_tests_run_on() -> None:
    """One version everywhere."""
    assert SERVICES["kafka"]["image"].split(":")[1] == version()


def test_the_password_has_no_default() -> None:
    """Whoever starts Grafana names a file; no password stands in any file of this project."""
    assert COMPOSE["secrets"]["grafana_password"]["file"].startswith("${GRAFANA_PASSWORD_FILE:?")
    passwords = [key for service in SERVICES.values() for key in service.get("environment", {}) if "PASSWORD" in key]
    assert passwords == ["GF_SECURITY_ADMIN_PASSWORD__FILE"]


def test_the_console_asks_for_a_token_that_has_no_default() -> None:
    """Inside its container it answers everybody, so that the settings want a token, from a file that somebody names."""
    console = worker_settings_from([], None, SERVICES["worker"]["environment"])
    assert str(console.console_token_file) == "/run/secrets/console_token"
    assert SERVICES["worker"]["secrets"] == ["console_token"]
    assert COMPOSE["secrets"]["console_token"]["file"].startswith("${CONSOLE_TOKEN_FILE:?")
    assert f"127.0.0.1:{console.console_port}:{console.console_port}" in SERVICES["worker"]["ports"]


@pytest.mark.parametrize("variable", ["GRAFANA_PASSWORD_FILE", "CONSOLE_TOKEN_FILE"])
def test_the_first_lines_say_how_to_start(variable: str) -> None:
    """Whoever opens the file can copy the commands."""
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").split("\nname:")[0]
    assert f"{variable}=./" in head
    assert "docker compose up" in head


@services
def test_a_secret_is_declared(name: str) -> None:
    """Docker mounts it under /run/secrets."""
    assert set(SERVICES[name].get("secrets", [])) <= set(COMPOSE["secrets"])


def test_a_worker_is_asked_whether_it_is_ready() -> None:
    """So that `--wait` waits until its partitions are open."""
    port = SERVICES["worker"]["environment"]["REPRISE_METRICS_PORT"]
    assert f"http://127.0.0.1:{port}/ready" in SERVICES["worker"]["healthcheck"]["test"][-1]


def test_grafana_finds_its_dashboards_where_they_are_mounted() -> None:
    """The folder that its provider names holds what this project made."""
    provider = yaml.safe_load((ROOT / "infra/grafana/provisioning/dashboards/reprise.yml").read_text(encoding="utf-8"))
    targets = {target: source for source, target, *_ in mounted("grafana")}
    for each in provider["providers"]:
        assert list((ROOT / targets[each["options"]["path"]]).glob("*.json"))


def test_prometheus_asks_the_worker_where_it_answers() -> None:
    """Address and port are those of the worker's metrics."""
    scraped = yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in scraped}
    port = SERVICES["worker"]["environment"]["REPRISE_METRICS_PORT"]
    assert targets["reprise"] == [f"worker:{port}"]


def test_prometheus_finds_its_rules_where_they_are_mounted() -> None:
    """The files that its settings name are those that this project made."""
    (pattern,) = yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))["rule_files"]
    folder, _, names = pattern.rpartition("/")
    targets = {target: source for source, target, *_ in mounted("prometheus")}
    assert list((ROOT / targets[folder]).glob(names))


def test_grafana_asks_prometheus() -> None:
    """The one source of numbers is the service next to it."""
    file = ROOT / "infra/grafana/provisioning/datasources/prometheus.yml"
    sources = yaml.safe_load(file.read_text(encoding="utf-8"))["datasources"]
    assert [source["url"] for source in sources] == ["http://prometheus:9090"]


def test_prometheus_can_read_its_settings() -> None:
    """By its own checker."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (it comes with Prometheus)")
    checked = ran(promtool, "check", "config", str(PROMETHEUS))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_docker_can_read_the_file(tmp_path: Path) -> None:
    """By its own reader, which knows every key."""
    if not has_compose():
        pytest.skip("`docker compose` is not installed")
    password = tmp_path / "password"
    password.touch()
    secrets = {"GRAFANA_PASSWORD_FILE": str(password), "CONSOLE_TOKEN_FILE": str(password)}
    checked = ran("docker", "compose", "config", "--quiet", **secrets)
    assert checked.returncode == 0, checked.stderr
