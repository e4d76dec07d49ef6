"""Steps of a recipe that are done once: what a step makes stands in a folder until something it depends on changes.

A step depends on its options, on what the steps before it made, and on the code that makes it; one fingerprint stands
for all of them. A run that was cut short begins again with the step it was in, which may use what it finds in its
folder; finished steps are read back. Knows folders and fingerprints, not what a step makes.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

STARTED: Final = "started.json"
"""Holds the fingerprint of what a folder is being filled with."""

DONE: Final = "done.json"
"""Holds the fingerprint of what a folder was filled with, and a digest of each file; written last."""

LOCK: Final = ".lock"

READ_BYTES: Final = 1 << 20


class BusyError(ValueError):
    """Another run works in the same folder."""


class Made(NamedTuple):
    """What a step made: its folder, and a digest that changes with any of its files."""

    folder: Path
    digest: str


class Code(NamedTuple):
    """The code that a step depends on.

    Attributes:
        modules: dotted names; a package stands for all that is in it.
        libraries: distributions whose version matters.
    """

    modules: tuple[str, ...]
    libraries: tuple[str, ...] = ()


class _Done(msgspec.Struct, frozen=True):
    fingerprint: str
    files: dict[str, str]


class Work:
    """The folder of a recipe's steps, for one run at a time.

    Attributes:
        folder: where each step has a folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def step(self, name: str, code: Code, made_from: Mapping[str, Any], make: Callable[[Path], None]) -> Made:
        """Return what a step made, now or in an earlier run.

        Args:
            name: the step's, and its folder's.
            code: what makes it.
            made_from: options, and digests of earlier steps and of files; anything JSON can hold.
            make: fills the folder. It may find there what an earlier call with the same fingerprint left.
        """
        folder = self.folder / name
        fingerprint = fingerprint_of({"step": name, "from": made_from, "code": _code_digest(code)})
        if (digest := _digest_if_done(folder, fingerprint)) is not None:
            return Made(folder, digest)
        _begin(folder, fingerprint)
        make(folder)
        done = _Done(fingerprint, _files(folder))
        _write(folder / DONE, msgspec.json.encode(done))
        return Made(folder, fingerprint_of(done.files))


@contextmanager
def working(folder: Path) -> Iterator[Work]:
    """Open a folder of steps for this run alone.

    Raises:
        BusyError: another run works in it.
        OSError: it cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{folder}: another run works in it; wait for it, or choose another folder"
            raise BusyError(message) from None
        yield Work(folder)


def fingerprint_of(value: Any) -> str:
    """Return a digest of a value that JSON can hold; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return a digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """Return a digest of all files in a folder, by name and bytes."""
    return fingerprint_of(_files(folder))


def _begin(folder: Path, fingerprint: str) -> None:
    """Leave what an earlier run with this fingerprint began, and clear away anything else."""
    started = folder / STARTED
    if not started.is_file() or started.read_bytes() != fingerprint.encode():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(started, fingerprint.encode())
    (folder / DONE).unlink(missing_ok=True)


def _digest_if_done(folder: Path, fingerprint: str) -> str | None:
    """Return the digest of a finished step, None if it is not finished, is another, or its files were touched."""
    try:
        done = msgspec.json.decode((folder / DONE).read_bytes(), type=_Done)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return fingerprint_of(done.files) if done.fingerprint == fingerprint and done.files == _files(folder) else None


def _files(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in {STARTED, DONE})
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in paths}


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


@cache
def _code_digest(code: Code) -> str:
    digests = {name: [file_digest(path) for path in _sources(name)] for name in code.modules}
    return fingerprint_of({"modules": digests, "libraries": {name: version(name) for name in code.libraries}})


def _sources(module: str) -> list[Path]:
    """Return the files of a module, those of all modules in it for a package."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        message = f"there is no module {module}"
        raise ModuleNotFoundError(message, name=module)
    origin = Path(spec.origin)
    return sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
