"""Where Kafka's jars are, fetched once by Maven into the user's cache. Knows no broker."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

POM = Path(__file__).with_name("pom.xml")
JARS_VARIABLE = "KAFKA_JARS"  # not REPRISE_...: those are settings, and unknown ones are refused


class KafkaError(Exception):
    """The local Kafka cannot be had, started or stopped; the message says why and what helps."""


def version() -> str:
    """Return the version of Kafka that the pom names."""
    found = ET.parse(POM).getroot().findtext("{http://maven.apache.org/POM/4.0.0}version")  # noqa: S314 - our own file
    return str(found)


def cache_folder() -> Path:
    """Return the folder where the jars are kept between runs."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "reprise" / f"kafka-{version()}"


def program(name: str, purpose: str) -> str:
    """Return the full path of a program.

    Raises:
        KafkaError: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        message = f"`{name}` is not installed; it is needed {purpose}"
        raise KafkaError(message)
    return path


def missing() -> str | None:
    """Return why no Kafka can be run here, None when one can; starts nothing and fetches nothing."""
    try:
        program("java", "to run Kafka (Java 17 or newer)")
        if not _present(_wanted_folder()):
            program("mvn", _FETCHING)
    except KafkaError as error:
        return str(error)
    return None


def jars() -> Path:
    """Return the folder that holds the jars, and fetch them when they are not there.

    The variable KAFKA_JARS names another folder, which is never written to. Processes that fetch at once wait
    for the first; one that is killed leaves nothing that looks finished.

    Raises:
        KafkaError: Maven is missing or failed, or the named folder holds no Kafka.
    """
    folder = _wanted_folder()
    if _present(folder):
        return folder
    if os.environ.get(JARS_VARIABLE):
        message = f"{JARS_VARIABLE} names {folder}, which holds no kafka-clients-*.jar"
        raise KafkaError(message)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _present(folder):
            _fetch(folder)
    return folder


_FETCHING = f"to fetch Kafka's jars (or let {JARS_VARIABLE} name a folder that holds them)"


def _wanted_folder() -> Path:
    named = os.environ.get(JARS_VARIABLE)
    return Path(named) if named else cache_folder()


def _present(folder: Path) -> bool:
    return any(folder.glob("kafka-clients-*.jar"))


def _fetch(folder: Path) -> None:
    maven = program("mvn", _FETCHING)
    print(f"fetching Kafka {version()} with Maven into {folder} (once, about 45 MB) ...", file=sys.stderr)  # noqa: T201 - a person waits
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        # Maven writes beside the pom it is given, so it gets a copy.
        pom = shutil.copy(POM, scratch)
        target = Path(scratch) / "jars"
        goal = "dependency:copy-dependencies"
        command = [maven, "-B", "-q", "-f", pom, goal, "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
        if done.returncode:
            message = f"Maven could not fetch Kafka {version()}:\n{(done.stdout + done.stderr)[-2000:]}"
            raise KafkaError(message)
        shutil.rmtree(folder, ignore_errors=True)
        target.rename(folder)
    print(f"fetched Kafka {version()}", file=sys.stderr)  # noqa: T201 - a person waited
