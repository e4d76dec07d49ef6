"""A worker in the confinement that its image and manifests give it: one folder to write in, no rights, no root."""

import os
import shutil
import subprocess
import sys
import urllib.request
from http import HTTPStatus
from pathlib import Path

import pytest

from infra.kafka.broker import Broker
from tests.bench.kafka_scene import free_port
from tests.broker.waiting import eventually
from tests.broker.workers import Service, arriving
from tests.building import said
from tests.chaos.processes import Program

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
DATA = "/mnt"
CONFINED = f"""\
set -e
mount --make-rprivate /
mount -t tmpfs -o uid=10001,gid=10001,mode=0700 data {DATA}
awk '{{print $5}}' /proc/self/mountinfo | grep -Ev '^(/proc|/sys|/dev|{DATA})' | sort -u | while read -r place; do
  mount -o remount,ro,bind "$place"
done
cd {DATA}
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all "$@"
"""
"""In mounts of its own, everything is read-only but one empty folder; then the program, without root and rights."""

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "HOME": "/nonexistent", "PYTHONSAFEPATH": "1"}


def confined(*command: str) -> list[str]:
    """Return a command that runs another one confined."""
    return ["unshare", "--mount", "sh", "-c", CONFINED, "confined", *command]


@pytest.fixture(scope="module", autouse=True)
def possible() -> None:
    """Skip where mounts of one's own are not to be had, or where another user cannot read the program."""
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        pytest.skip("unshare and setpriv are not installed (they come with util-linux)")
    tried = confined(sys.executable, "-c", f"import streams; open('{DATA}/x', 'w')")
    found = subprocess.run(tried, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.skip(f"nothing can be confined here: {(found.stderr.strip() or 'no reason given').splitlines()[-1]}")


def test_confinement_is_real() -> None:
    """What the next test relies on: neither the temporary folder nor the program's own can be written."""
    tried = f"""
import pathlib
for place in ("/tmp", "{ROOT}", "{DATA}"):
    try:
        pathlib.Path(place, "reprise-was-here").touch()
        print("written")
    except OSError:
        print("refused")
"""
    found = subprocess.run(confined(sys.executable, "-c", tried), capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["refused", "refused", "written"]


def test_a_confined_worker_works_and_stops_when_told(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    """It writes to its folder alone, needs no home, no temporary folder and no rights; probes and SIGTERM reach it."""
    service = Service(kafka.bootstrap, prefix, tmp_path).create_topics()
    port = free_port()
    given = {"prefix": prefix, "data_dir": DATA, "instance": "confined", "metrics_port": port}
    given |= {"turns_partitions": 1, "trails_partitions": 1}
    sets = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "streams.cli", "worker", "--bootstrap", kafka.bootstrap, *sets]
    with Program("confined", confined(*command), tmp_path / "log", ENVIRONMENT) as worker:
        worker.wait_for("partitions.open")
        service.send(arriving(said("hello", place, user=f"u{place}")) for place in range(20))
        eventually(lambda: service.fences("detect").get(0))
        for path in ("live", "ready"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
                assert answer.status == HTTPStatus.OK
        assert worker.stop() == 0
