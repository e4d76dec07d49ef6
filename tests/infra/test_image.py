"""What the file of the image says. What the program needs of its machine: ``tests/broker/test_confined.py``."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import yaml

from streams.settings import worker_settings_from

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "infra/image/Dockerfile").read_text(encoding="utf-8")
EXACT_IMAGE = re.compile(r"[a-z0-9/.-]+:v?\d+\.\d+\.\d+(-[a-z0-9-]+)?")
COMPOSE_WORKER = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["worker"]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the file, each with its arguments, lines joined."""
    lines = [line for line in TEXT.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in whole.splitlines())]


def stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage of the build."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


FINAL = stages()[-1]


def all_of(name: str) -> list[str]:
    """Return the arguments of all instructions of a name in the image itself."""
    return [rest for each, rest in FINAL if each == name]


def environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    return dict(word.split("=", 1) for rest in all_of("ENV") for word in shlex.split(rest))


def test_it_is_built_from_exact_versions() -> None:
    """The base is pinned, libraries come from the lock file, and as wheels alone: no compiler is needed."""
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert [base for base in bases if not EXACT_IMAGE.fullmatch(base)] == []
    assert len(set(bases)) == 1
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert any("--constraint requirements.lock" in each for each in installs)
    assert "PIP_ONLY_BINARY=:all:" in TEXT
    assert not re.search(r"\b(apt-get|gcc|build-essential|curl|wget)\b", TEXT)


def test_it_does_not_run_as_root() -> None:
    """As the user that compose and Kubernetes name too."""
    assert all_of("USER") == [COMPOSE_WORKER["user"]]


def test_signals_reach_the_program() -> None:
    """It is started by itself: a shell in between would keep SIGTERM to itself."""
    assert json.loads(all_of("ENTRYPOINT")[0]) == ["reprise"]
    assert json.loads(all_of("CMD")[0]) == ["worker"]


def test_it_says_what_it_is() -> None:
    """Labels that registries show, with this project's version and licence."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = dict(word.split("=", 1) for rest in all_of("LABEL") for word in shlex.split(rest))
    known = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    assert known["version"] == project["version"]
    assert known["licenses"] == project["license"]
    assert known["description"] == project["description"]
    assert COMPOSE_WORKER["image"].endswith(f":{project['version']}")


def test_its_variables_are_settings() -> None:
    """A worker refuses what is no setting; what it writes lies where a volume belongs."""
    settings = worker_settings_from([], None, environment())
    assert str(settings.data_dir) == all_of("WORKDIR")[0] == "/data"
    assert settings.metrics_port != 0


def test_it_is_asked_whether_it_lives_where_it_answers() -> None:
    """And the ports it is known by are those of metrics and console."""
    settings = worker_settings_from([], None, environment())
    (check,) = all_of("HEALTHCHECK")
    assert f"http://127.0.0.1:{settings.metrics_port}/live" in check
    assert all_of("EXPOSE") == [f"{settings.metrics_port} {COMPOSE_WORKER['environment']['REPRISE_CONSOLE_PORT']}"]


def test_what_it_copies_is_there_and_let_in() -> None:
    """Each source of a COPY is a file or folder of this project that the build is shown."""
    copies = [rest for name, rest in instructions() if name == "COPY" and not rest.startswith("--from")]
    sources = {source for line in copies for source in line.split()[:-1]}
    ignored = (ROOT / "infra/image/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
