"""A real Prometheus on this machine, for the length of a block. Knows no metric and no rule of the product.

    with Prometheus(folder, ["127.0.0.1:9464"], rules=[path]) as prometheus:
        prometheus.query("up")

It scrapes and evaluates every second, listens on loopback at a port of its own, and ends with the block.
"""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pytest

from tests.broker.waiting import eventually

PROGRAM = "prometheus"
READY_S = 30.0
STOP_S = 20.0
ANSWER_S = 10.0
LISTENING = re.compile(r'msg="Listening on" address=(\S+)')

CONFIGURATION = """\
global:
  scrape_interval: {every}
  scrape_timeout: {every}
  evaluation_interval: {every}
rule_files: {rules}
scrape_configs:
  - job_name: {job}
    file_sd_configs:
      - files: [{targets}]
        refresh_interval: 1s
"""
"""Written as YAML, with JSON where values stand: every JSON is YAML."""


class Sample(NamedTuple):
    """A value at one time."""

    labels: dict[str, str]
    value: float


class Series(NamedTuple):
    """Values over time: pairs of Unix time in seconds and value."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


class Alert(NamedTuple):
    """An alert that is pending or firing, and since when."""

    name: str
    state: str
    labels: dict[str, str]
    annotations: dict[str, str]
    active_at: str


class PrometheusError(Exception):
    """Prometheus refused a query, or did not start; the message is its own."""


def missing() -> str | None:
    """Return why no Prometheus can be run here, None when one can."""
    return None if shutil.which(PROGRAM) else f"`{PROGRAM}` is not installed (Debian's package prometheus has it)"


class Prometheus:
    """A Prometheus that scrapes some addresses.

    Args:
        folder: for its configuration, data and log; made if missing.
        targets: HOST:PORT of what to scrape; `watch` changes them.
        rules: files with alerting and recording rules.
        job: what the label `job` says.
        every_s: seconds between two scrapes, and between two evaluations of rules.

    Attributes:
        address: http://HOST:PORT, once started.
    """

    def __init__(
        self, folder: Path, targets: Sequence[str], *, rules: Sequence[Path] = (), job: str = "reprise",
        every_s: int = 1,
    ) -> None:  # fmt: skip
        reason = missing()
        if reason is not None:
            pytest.skip(f"no real Prometheus here: {reason}")
        self.address = ""
        self._folder = folder
        self._log = folder / "prometheus.log"
        self._discovered = folder / "targets.json"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.watch(targets)
        written = CONFIGURATION.format(
            every=f"{every_s}s",
            rules=json.dumps([str(path.resolve()) for path in rules]),
            job=json.dumps(job),
            targets=json.dumps(str(self._discovered.resolve())),
        )
        (folder / "prometheus.yml").write_text(written, encoding="utf-8")

    def watch(self, targets: Sequence[str]) -> None:
        """Scrape these addresses from now on; noticed within a second or two."""
        scratch = self._discovered.with_suffix(".new")
        scratch.write_text(json.dumps([{"targets": list(targets)}]), encoding="utf-8")
        scratch.replace(self._discovered)

    def start(self) -> Self:
        """Start it, and wait until it answers.

        Raises:
            PrometheusError: it ended instead; says what its log said last.
        """
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    PROGRAM,
                    "--config.file=prometheus.yml",
                    "--storage.tsdb.path=data",
                    "--web.listen-address=127.0.0.1:0",
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            eventually(self._is_ready, READY_S)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    # -- questions -------------------------------------------------------------------------------------------------

    def query(self, expression: str, at_s: float | None = None) -> list[Sample]:
        """Return what an expression is now, or was at a Unix time; a scalar has no labels.

        Raises:
            PrometheusError: the expression is wrong.
        """
        asked = {"query": expression} if at_s is None else {"query": expression, "time": repr(at_s)}
        found = self._ask("query", asked)
        if found["resultType"] == "scalar":
            return [Sample({}, float(found["result"][1]))]
        return [Sample(series["metric"], float(series["value"][1])) for series in found["result"]]

    def query_range(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[Series]:
        """Return what an expression was, from one Unix time to another.

        Raises:
            PrometheusError: the expression is wrong.
        """
        asked = {"query": expression, "start": repr(start_s), "end": repr(end_s), "step": repr(step_s)}
        found = self._ask("query_range", asked)
        return [Series(series["metric"], list(_points(series["values"]))) for series in found["result"]]

    def value(self, expression: str) -> float | None:
        """Return the value of an expression that gives one series, None where it gives none."""
        found = self.query(expression)
        assert len(found) <= 1, f"{expression} gives {len(found)} series"
        return found[0].value if found else None

    def alerts(self) -> list[Alert]:
        """Return the alerts that are pending or firing."""
        return [
            Alert(
                found["labels"]["alertname"], found["state"], found["labels"], found["annotations"], found["activeAt"]
            )
            for found in self._ask("alerts")["alerts"]
        ]

    def firing(self) -> set[str]:
        """Return the names of the alerts that are firing."""
        return {alert.name for alert in self.alerts() if alert.state == "firing"}

    def targets(self) -> dict[str, str]:
        """Return the health of each target by its address: up, down or unknown."""
        active = self._ask("targets", {"state": "active"})["activeTargets"]
        return {target["labels"]["instance"]: target["health"] for target in active}

    # -- how -------------------------------------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        assert self._process is not None
        said = self._log.read_text(errors="replace")
        if self._process.poll() is not None:
            message = f"Prometheus did not start:\n{said[-2000:]}"
            raise PrometheusError(message)
        listening = LISTENING.search(said)
        if listening is None:
            return False
        self.address = f"http://{listening[1]}"
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=ANSWER_S):  # noqa: S310 - our own address
                return True
        except urllib.error.HTTPError as not_yet:
            not_yet.close()
            return False

    def _ask(self, path: str, asked: dict[str, str] | None = None) -> Any:
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(asked or {})}"
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310 - our own address
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                said = json.load(refusal)
        message = f"{said['error']} ({path}: {asked})"
        raise PrometheusError(message)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _points(values: Sequence[tuple[float, str]]) -> Iterator[tuple[float, float]]:
    return ((float(at_s), float(value)) for at_s, value in values)
