"""The manifests for Kubernetes: they build, every object is one that Kubernetes knows, and workers may do little."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from infra.kubernetes.rules import MANIFEST, manifest
from streams.engine.settings import EngineSettings
from streams.settings import WorkerSettings, worker_settings_from

ROOT = Path(__file__).parent.parent.parent
KUBERNETES = ROOT / "infra/kubernetes"
BUILDS = ("base", "overlays/example")
VERSIONS = ("1.30", "1.34")
"""The oldest that the manifests are for, and a new one."""

OPERATORS = {"keda.sh", "monitoring.coreos.com"}
"""Whose kinds have no schema of Kubernetes."""

SECRETS = "/run/reprise"
PORTS = {"metrics": 9464, "console": 8470}

Resource = dict[str, Any]
builds = pytest.mark.parametrize("build", BUILDS)


@cache
def built(build: str) -> list[Resource]:
    """Return what a folder gives, as it would be applied."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: the manifests cannot be built")
    command = [kubectl, "kustomize", str(KUBERNETES / build)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return [resource for resource in yaml.safe_load_all(found.stdout) if resource]


def one(build: str, kind: str) -> Resource:
    """Return the only object of a kind."""
    (found,) = [resource for resource in built(build) if resource["kind"] == kind]
    return found


def pods(build: str) -> Iterator[Resource]:
    """Yield what pods are made from."""
    for resource in built(build):
        if resource["kind"] in {"StatefulSet", "Job"}:
            yield resource["spec"]["template"]["spec"]


def containers(build: str) -> list[Resource]:
    """Return all containers."""
    return [each for pod in pods(build) for each in [*pod["containers"], *pod.get("initContainers", [])]]


def worker(build: str) -> Resource:
    """Return the container of a worker."""
    container: Resource = one(build, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    return container


def variables(container: Resource) -> dict[str, str]:
    """Return the variables that stand in a manifest with their values."""
    return {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}


def settings_file(build: str) -> str:
    """Return the settings that all workers share."""
    return str(one(build, "ConfigMap")["data"]["reprise.toml"])


def settings(build: str, folder: Path) -> WorkerSettings:
    """Return the settings that a pod would run with; secrets lie in a folder instead of where they are mounted."""
    for name in ("release_secret", "user_salt", "console_token", "sasl_password"):
        (folder / name).write_text("of a test", encoding="utf-8")
    file = folder / "reprise.toml"
    file.write_text(settings_file(build).replace(SECRETS, str(folder)), encoding="utf-8")
    given = {name: value.replace(SECRETS, str(folder)) for name, value in variables(worker(build)).items()}
    return worker_settings_from([], file, {**given, "REPRISE_INSTANCE": "reprise-worker-0"})


@builds
def test_every_object_is_one_that_kubernetes_knows(build: str) -> None:
    """By the schemas of an old and a new version, in which no key may be unknown."""
    for resource in built(build):
        if resource["apiVersion"].partition("/")[0] not in OPERATORS:
            for version in VERSIONS:
                kubernetes_validate.validate(resource, version, strict=True)


@builds
def test_the_settings_are_known_and_possible(build: str, tmp_path: Path) -> None:
    """A worker would start with them, and topics are made with the same ones."""
    found = settings(build, tmp_path)
    assert str(found.data_dir) == "/data"
    assert found.metrics_port == PORTS["metrics"]
    arguments = {tuple(container["args"][-2:]) for container in containers(build)}
    assert arguments == {("--settings", "/etc/reprise/reprise.toml")}


@builds
def test_a_worker_has_the_name_of_its_pod(build: str) -> None:
    """So that a restart moves no partitions; and names of pods of a StatefulSet last."""
    (instance,) = [each for each in worker(build)["env"] if each["name"] == "REPRISE_INSTANCE"]
    assert instance["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


@builds
def test_a_worker_gets_the_time_it_asks_for_to_stop(build: str, tmp_path: Path) -> None:
    """Kubernetes kills it only after it would have given up by itself."""
    pod = one(build, "StatefulSet")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] * 1_000 > settings(build, tmp_path).shutdown_ms
    assert pod["terminationGracePeriodSeconds"] * 1_000 > EngineSettings().shutdown_ms


@builds
def test_a_worker_is_asked_whether_it_lives_and_whether_it_is_ready(build: str) -> None:
    """A restore may take long and kills nobody: only `/ready` waits for it."""
    container = worker(build)
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/live",
        "liveness": "/live",
        "readiness": "/ready",
    }
    assert {probe["port"] for probe in probes.values()} == {"metrics"}
    assert {each["name"]: each["containerPort"] for each in container["ports"]} == {"metrics": PORTS["metrics"]}


@builds
def test_a_container_may_do_no_more_than_it_must(build: str) -> None:
    """What the strictest of Kubernetes' own policies asks for, and a root file system that cannot be written."""
    for pod in pods(build):
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not pod["automountServiceAccountToken"]
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    for container in containers(build):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@builds
def test_a_pod_gets_no_variables_of_services(build: str) -> None:
    """They begin with the name of the service, and a worker refuses unknown settings."""
    assert [pod.get("enableServiceLinks") for pod in pods(build)] == [False, False]


@builds
def test_a_container_says_what_it_needs(build: str) -> None:
    """Memory is as much as is asked for, so that no node promises more than it has; cores have no limit."""
    for container in containers(build):
        asked, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert set(asked) == {"cpu", "memory"}
        assert limits == {"memory": asked["memory"]}


@builds
def test_what_is_written_has_a_place(build: str) -> None:
    """Each mount has its volume; only the stores and the temporary folder can be written."""
    for resource in built(build):
        if resource["kind"] in {"StatefulSet", "Job"}:
            pod = resource["spec"]["template"]["spec"]
            claims = [each["metadata"]["name"] for each in resource["spec"].get("volumeClaimTemplates", [])]
            there = {each["name"] for each in pod["volumes"]} | set(claims)
            mounts = pod["containers"][0]["volumeMounts"]
            assert {mount["name"] for mount in mounts} == there
            writable = {mount["mountPath"] for mount in mounts if not mount.get("readOnly")}
            assert writable <= {"/data", "/tmp"}  # noqa: S108 - of the container


@builds
def test_no_secret_stands_in_a_manifest(build: str) -> None:
    """Secrets are named, never given: not as objects, not as variables, not in the settings."""
    assert [resource for resource in built(build) if resource["kind"] == "Secret"] == []
    given = {**tomllib.loads(settings_file(build)), **variables(worker(build))}
    suspicious = re.compile("secret|salt|password|token", re.IGNORECASE)
    named = {name: value for name, value in given.items() if suspicious.search(name)}
    assert [name for name, value in named.items() if not str(value).startswith(f"{SECRETS}/")] == []
    for pod in pods(build):
        for volume in pod["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["defaultMode"] == 0o440


@builds
def test_a_secret_that_a_setting_names_is_mounted(build: str) -> None:
    """For the workers and for the job that makes the topics."""
    for pod in pods(build):
        container = pod["containers"][0]
        text = settings_file(build) + " ".join(f"{value} " for value in variables(container).values())
        items = [item for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", [])]
        wanted = set(re.findall(rf"{SECRETS}/(\w+)", text))
        assert wanted == {item["path"] for item in items}


@builds
def test_an_image_has_an_exact_version(build: str) -> None:
    """What was tried today is what runs tomorrow, and it is the version of this project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {container["image"].rpartition(":")[2] for container in containers(build)} == {project["version"]}


@builds
def test_one_worker_at_a_time_is_taken_away(build: str) -> None:
    """By whoever empties nodes; the budget and the service mean the pods of the workers."""
    pod = one(build, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    budget, service = one(build, "PodDisruptionBudget")["spec"], one(build, "Service")["spec"]
    assert budget["maxUnavailable"] == 1
    for wanted in (budget["selector"]["matchLabels"], service["selector"]):
        assert wanted.items() <= pod.items()
    job = one(build, "Job")["spec"]["template"]["metadata"]["labels"]
    assert not budget["selector"]["matchLabels"].items() <= job.items()


@builds
def test_only_prometheus_has_a_way_in(build: str) -> None:
    """And only to the metrics: the console has none."""
    policy = one(build, "NetworkPolicy")["spec"]
    assert sorted(policy["policyTypes"]) == ["Egress", "Ingress"]
    (way_in,) = policy["ingress"]
    assert [port["port"] for port in way_in["ports"]] == [PORTS["metrics"]]
    assert way_in["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    for pod in (
        each["spec"]["template"]["metadata"] for each in built(build) if each["kind"] in {"StatefulSet", "Job"}
    ):
        assert policy["podSelector"]["matchLabels"].items() <= pod["labels"].items()


@builds
def test_the_way_out_leads_to_kafka(build: str) -> None:
    """The port that workers call is open, each way out says where it leads, and names can be looked up."""
    policy = one(build, "NetworkPolicy")["spec"]
    assert all(way["to"] for way in policy["egress"])
    ports = {port["port"] for way in policy["egress"] for port in way["ports"]}
    kafka = int(tomllib.loads(settings_file(build))["bootstrap"].rpartition(":")[2])
    assert {53, kafka} <= ports


@builds
def test_the_console_is_on_loopback(build: str, tmp_path: Path) -> None:
    """Who may forward a port to the pod, and knows the token, sees it; no port of the pod is offered for it."""
    found = settings(build, tmp_path)
    assert found.console_port == PORTS["console"]
    assert found.console_host == "127.0.0.1"
    assert found.console_token_file is not None


def test_workers_are_scaled_to_the_partitions_and_no_further() -> None:
    """By the group that workers join and the topics they read, slowly downwards."""
    scaled = one("overlays/example", "ScaledObject")["spec"]
    given = tomllib.loads(settings_file("overlays/example"))
    prefix = given.get("prefix", "")
    assert scaled["maxReplicaCount"] == given["turns_partitions"]
    triggers = [trigger["metadata"] for trigger in scaled["triggers"]]
    assert [trigger["topic"] for trigger in triggers] == [
        given.get("prefix", "") + name for name in ("turns", "trails")
    ]
    assert {trigger["consumerGroup"] for trigger in triggers} == {f"{prefix}reprise"}
    behavior = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] > behavior["scaleUp"]["stabilizationWindowSeconds"]
    assert "replicas" not in one("overlays/example", "StatefulSet")["spec"]


def test_prometheus_is_told_of_the_workers() -> None:
    """The monitor means the service and its port."""
    monitor = one("overlays/example", "ServiceMonitor")["spec"]
    service = one("overlays/example", "Service")
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert [endpoint["port"] for endpoint in monitor["endpoints"]] == [
        port["name"] for port in service["spec"]["ports"]
    ]
    assert service["metadata"]["labels"][monitor["jobLabel"]] == "reprise"


def test_the_alerts_are_those_of_prometheus() -> None:
    """The manifest is what `python -m infra.kubernetes` writes."""
    assert MANIFEST.read_text(encoding="utf-8") == manifest(), "run `python -m infra.kubernetes`"


@builds
def test_an_overlay_stands_on_the_base(build: str) -> None:
    """Nothing of the base is lost on the way."""
    names = {(resource["kind"], resource["metadata"]["name"]) for resource in built(build)}
    base = {(each["kind"], each["metadata"]["name"]) for each in built("base") if each["kind"] != "ConfigMap"}
    assert base <= names
