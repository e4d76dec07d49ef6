"""The house rules that no linter knows. Reads the repository's own files, runs nothing of the product."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from streams.cli import application
from streams.settings import Settings, expected

ROOT = Path(__file__).parent.parent
MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Written in pieces, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
MACHINE_PATHS = re.compile(r"(^|[^A-Za-z0-9._-])/(wo" + r"rk|fa" + r"rm|ho" + r"me/\w+|ro" + r"ot)/|\.\./sha" + "red")
REGISTRY_HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + "hosted", "registry" + r"\.npm", "deb" + r"\.debian"))
)


def tracked_files() -> list[Path]:
    """Return the files of the repository, or of the folder where there is none."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 - the git that checked it out
    if listing.returncode == 0:
        return [path for name in listing.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("schemas", "models", "streams", "infra", "tests", ".ci")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [path for path in [*ROOT.iterdir(), *inside] if path.is_file()]


FILES = tracked_files()
MODULES = [path for path in FILES if path.suffix == ".py"]
PRODUCT_MODULES = [path for path in MODULES if path.relative_to(ROOT).parts[0] != "tests"]


def named(path: Path) -> str:
    """Return how a file is called in a failing test."""
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file, none for a binary one."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def places(path: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return where a pattern stands in a file."""
    return [f"{named(path)}:{number}" for number, line in enumerate(lines_of(path), 1) if pattern.search(line)]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and length of each function, docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_what_it_is(path: Path) -> None:
    """The first line of a module is a sentence about it."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", "?"))


@pytest.mark.parametrize("path", PRODUCT_MODULES, ids=named)
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module has at most 500 lines and a function at most 70."""
    assert len(lines_of(path)) <= MODULE_LINES_MAX
    assert [name for name, length in functions(path) if length > FUNCTION_LINES_MAX] == []


def test_nothing_is_left_marked_as_unfinished() -> None:
    """What is not done is said in the README or not at all."""
    assert [place for path in MODULES for place in places(path, UNFINISHED)] == []


def test_the_repository_stands_alone() -> None:
    """No file names a path of somebody's machine or the host of a package registry."""
    patterns = (MACHINE_PATHS, REGISTRY_HOSTS)
    assert [place for path in FILES for pattern in patterns for place in places(path, pattern)] == []


def test_every_command_is_in_the_readme() -> None:
    """A command nobody reads about does not exist."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [str(command.callback.__name__) for command in application.registered_commands if command.callback]
    assert commands
    assert [name for name in commands if f"`reprise {name}" not in readme and f"reprise {name} " not in readme] == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    """A setting says what it is for and which values it takes, in words."""
    assert Settings.model_fields[name].description
    assert not re.search(r"[<\[|]", expected(name))


def test_the_lock_holds_a_fitting_version_of_every_dependency() -> None:
    """What pyproject.toml asks for and what requirements.lock pins agree, and the lock names no place."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        Requirement(text) for text in [*project["dependencies"], *extras["dev"], *extras["models"], *extras["tracing"]]
    ]
    rows = [line for line in lines_of(ROOT / "requirements.lock") if not line.startswith("#")]
    assert [row for row in rows if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9A-Za-z.+!]+", row)] == []
    locked = {name.lower().replace("_", "-"): version for name, version in (row.split("==") for row in rows)}
    assert [need.name for need in wanted if not need.specifier.contains(locked.get(need.name.lower(), "0"))] == []
