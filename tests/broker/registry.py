"""A real Schema Registry on this machine, in memory, without Docker. Knows nothing of the product.

Apicurio Registry speaks the interface of Confluent's; Maven fetches it once into the user's cache.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "2.6.13.Final"
COORDINATES = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack"
READY_S = 60.0
STOP_S = 20.0
FOLDER_VARIABLE = "REGISTRY_JARS"
PID_FILE = "registry.pid"
"""Where in its folder a running one writes its process id."""


def missing() -> str | None:
    """Return why no registry can be run here, None when one can; starts nothing and fetches nothing."""
    if shutil.which("java") is None:
        return "`java` is not installed; it runs the Schema Registry (Java 17 or newer)"
    if _runner() is None and shutil.which("mvn") is None:
        return (
            f"`mvn` is not installed; it fetches the Schema Registry (or let {FOLDER_VARIABLE} name a folder with it)"
        )
    return None


@contextmanager
def running(directory: Path) -> Iterator[str]:
    """Run a registry while the block lasts; gives the address of its Confluent interface."""
    runner = _runner() or _fetched()
    port = _free_port()
    options = [f"-Dquarkus.http.port={port}", "-Dquarkus.http.host=127.0.0.1", "-Xmx384m", "-XX:TieredStopAtLevel=1"]
    with (directory / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            ["java", *options, "-jar", str(runner)],  # noqa: S607 - the java on the path is the one meant
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    (directory / PID_FILE).write_text(str(process.pid))
    try:
        url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        _await(url, process, directory / "registry.log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _folder() -> Path:
    named = os.environ.get(FOLDER_VARIABLE)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else cache / "reprise" / f"registry-{VERSION}"


def _runner() -> Path | None:
    return next(_folder().glob("*-runner.jar"), None)


def _fetched() -> Path:
    """Fetch into a folder beside the cache's, so that a fetch that is killed leaves nothing that looks finished."""
    folder = _folder()
    scratch = folder.with_name(f"{folder.name}.{os.getpid()}")
    scratch.mkdir(parents=True)
    print(f"fetching {COORDINATES} with Maven (once, about 140 MB) ...", file=sys.stderr)  # noqa: T201 - a person waits
    command = ["mvn", "-B", "-q", UNPACK, f"-Dartifact={COORDINATES}", f"-DoutputDirectory={scratch}"]
    try:
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"Maven could not fetch {COORDINATES}:\n{done.stdout[-2000:]}"
        if not folder.exists():
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    runner = _runner()
    assert runner is not None, f"{COORDINATES} holds no runner"
    return runner


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/subjects", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    message = f"the Schema Registry did not get ready:\n{log.read_text(errors='replace')[-2000:]}"
    raise AssertionError(message)
