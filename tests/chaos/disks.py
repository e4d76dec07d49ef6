"""Disks that fail a worker: full, or read-only. Knows how they are made to, and what the worker must say.

Who may mount gets a small disk in memory; others get a limit on the size of files, and a folder without the right to
write, which does not hold root back.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.chaos.processes import ProgramError, WorkerProcess
from tests.chaos.stand import Stand

DISK_BYTES: Final = 256 << 20
FILE_BYTES_MAX: Final = 256 << 10
"""More than the worker's log, less than what its stores need."""

ENDS_S: Final = 120.0
WRITE_BUFFER_BYTES: Final = 1 << 20
"""Small, so that stores soon need new files."""

NAME: Final = "w1"


class CannotError(Exception):
    """This cannot be tried on this machine; the text says why."""


def fail(stand: Stand) -> None:
    """Let the disk run full under a working worker, then be read-only when it starts, then be sound again."""
    with small_disk(stand.folder) as disk:
        worker = _worker(stand, disk)
        stand.start(NAME)
        stand.wait_open()
        stand.wait_moving()
        with _filled(disk, worker):
            _must_end(stand, worker, "full", "disk is full")
        stand.counts["disks full"] += 1
        with _unwritable(disk):
            stand.start(NAME)
            _must_end(stand, worker, "read-only", "cannot be used")
        stand.counts["disks read-only"] += 1
        stand.start(NAME)
        stand.wait_open()
        stand.wait_moving()
        stand.stop(NAME)


def _worker(stand: Stand, disk: Path) -> WorkerProcess:
    return stand.worker(NAME, data_dir=disk / "stores", write_buffer_bytes=WRITE_BUFFER_BYTES)


def _must_end(stand: Stand, worker: WorkerProcess, trouble: str, words: str) -> None:
    code = worker.wait(ENDS_S)
    stand.gone(NAME)
    said = [line["error"] for line in worker.said("worker.failed")]
    if code != 1 or len(said) != 1 or words not in said[0] or "data_dir" not in said[0]:
        message = f"disk {trouble}: ended with {code} and said {said}:\n{worker.log_tail()}"
        raise ProgramError(message)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a disk of ``DISK_BYTES`` mounted in a folder, or just a folder in it to those who may not mount."""
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    if not may_mount():
        yield disk
        return
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(disk))
    try:
        yield disk
    finally:
        _run("umount", "--lazy", str(disk))


@contextmanager
def _filled(disk: Path, worker: WorkerProcess) -> Iterator[None]:
    if not may_mount():
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))
        yield
        return
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    yield
    filler.unlink()


@contextmanager
def _unwritable(disk: Path) -> Iterator[None]:
    if may_mount():
        _run("mount", "-o", "remount,ro", str(disk))
        yield
        _run("mount", "-o", "remount,rw", str(disk))
    elif os.geteuid() != 0:
        folder = disk / "stores" / NAME
        (folder / "claimed").chmod(0o400)
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        (folder / "claimed").chmod(0o600)
    else:
        raise CannotError(untestable())


def untestable() -> str | None:
    """Return why no disk can be made read-only here, None when one can."""
    if may_mount() or os.geteuid() != 0:
        return None
    return "root writes wherever it wants, and may not mount here: run it as another user"


def may_mount() -> bool:
    """Tell whether this process may mount: it may where a namespace of its own is given to it without a new user."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        return False
    return subprocess.run([unshare, "--mount", "true"], capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise CannotError(message)
