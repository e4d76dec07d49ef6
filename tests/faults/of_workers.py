"""Faults of workers: killed, killed again and again, never ready, with a broken model, without room on the disk."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.broker.topics import left_open
from tests.chaos.disks import DISK_BYTES, may_mount, small_disk
from tests.faults.fault import Fault
from tests.faults.stand import NAME, Stand
from tests.streams.rephrasing.students import EAGER, saved

FREE_BYTES: Final = DISK_BYTES // 50
MODEL: Final = "model.safetensors"


@contextmanager
def killed(stand: Stand) -> Iterator[None]:
    """The worker is gone."""
    stand.worker.kill()
    yield
    stand.worker.start()


@contextmanager
def ending_again_and_again(stand: Stand) -> Iterator[None]:
    """The worker does not live for long; `kill_again` sees to it."""
    yield
    if not stand.worker.running:
        stand.worker.start()


def kill_again(stand: Stand) -> None:
    """Kill a worker that was seen, and start it as whoever supervises it does."""
    started = stand.prometheus.query("process_start_time_seconds")
    if started and started[0].value != stand.noted.get("killed"):
        stand.noted["killed"] = started[0].value
        stand.worker.kill()
        stand.worker.start()


@contextmanager
def restoring_in_vain(stand: Stand) -> Iterator[None]:
    """The stores are lost, and a transaction that somebody left open holds the restore up."""
    stand.worker.kill()
    shutil.rmtree(stand.stores / NAME)
    with left_open(stand.broker.bootstrap, stand.service.topic("detect.state")):
        stand.worker.start()
        yield


def has_model(stand: Stand) -> Mapping[str, Any]:
    """Give the worker a model of its own."""
    return {"rephrase_model": saved(stand.folder / MODEL, "one-1", EAGER)}


@contextmanager
def broken_model(stand: Stand) -> Iterator[None]:
    """Somebody puts a file there that is no model."""
    (stand.folder / MODEL).write_bytes(b"no model")
    yield
    saved(stand.folder / MODEL, "two-2", EAGER)


def has_small_disk(stand: Stand) -> Mapping[str, Any]:
    """Let the worker's stores lie on a small disk of their own."""
    disk = stand.until.enter_context(small_disk(stand.folder))
    return {"data_dir": disk / "stores", "write_buffer_bytes": 1 << 20}


@contextmanager
def disk_nearly_full(stand: Stand) -> Iterator[None]:
    """Something else fills the disk, but for two hundredths."""
    disk = stand.folder / "disk"
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(disk).free > FREE_BYTES:
            file.write(bytes(1 << 16))
    yield
    filler.unlink()


def no_mounting() -> str | None:
    """Return why no small disk can be made here."""
    return None if may_mount() else "needs a small disk, and this user may not mount one"


FAULTS: Final = (
    Fault(
        ("RepriseNoWorker", "RepriseWorkerDown", "ReprisePartitionUnowned"),
        "the only worker killed (SIGKILL)",
        "it was started again",
        killed,
    ),
    Fault(
        ("RepriseCrashLoop",),
        "the worker killed whenever a scrape had seen it, and started again",
        "it was killed no more",
        ending_again_and_again,
        meanwhile=kill_again,
    ),
    Fault(
        ("RepriseRestoreStuck", "RepriseNotReady"),
        "its stores deleted, and a transaction left open on `detect.state`, so that the restore waits",
        "the transaction was aborted",
        restoring_in_vain,
    ),
    Fault(
        ("RepriseModelRefused",),
        "a file that is no model put in the place of `rephrase_model`",
        "a whole model was put there",
        broken_model,
        equipped=has_model,
        quicker=24,
    ),
    Fault(
        ("RepriseDiskFull", "RepriseDiskFilling"),
        "the disk with the stores filled up to two hundredths",
        "the filler was deleted",
        disk_nearly_full,
        equipped=has_small_disk,
        impossible=no_mounting,
    ),
)
"""In the order in which they are played."""
