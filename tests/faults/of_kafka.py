"""Faults of what workers lean on: partitions that stand still, too much work, a broker or a registry that is silent."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.broker import registry
from tests.broker.topics import left_open
from tests.faults.fault import Fault
from tests.faults.stand import Stand
from tests.faults.talk import People

SILENT_S: Final = 8.0
"""How long the broker is silent at a time: a commit may take a second here, and is asked about for five."""

AWAKE_S: Final = 4.0
FEW: Final = People(turns=1)
MANY: Final = People(turns=25)

SLOW: Final[Mapping[str, Any]] = {
    "flush_records_max": 4,
    "flush_every_ms": 500,
    "quiet_after_ms": 10_000,
    "tick_every_ms": 10_000,
}
"""A worker that takes in eight records a second from each partition, and adds hardly any by itself."""

PATIENT: Final[Mapping[str, Any]] = {"quiet_after_ms": 600_000}
"""A worker that lets no time pass while people say nothing: what they say meanwhile waits in their programs."""

ALWAYS_COMMITTING: Final[Mapping[str, Any]] = {
    **PATIENT,
    "commit_timeout_ms": 1_000,
    "flush_records_max": 1,
    "flush_every_ms": 0,
}
"""A worker with a transaction for each turn, so that a broker that falls silent finds some under way."""

QUICK: Final[Mapping[str, Any]] = {"flush_records_max": 4_096, "flush_every_ms": 50}
"""The defaults of both."""


@contextmanager
def transaction_left_open(stand: Stand) -> Iterator[None]:
    """Somebody else's transaction stays open on the turns: what comes after it cannot be read."""
    with left_open(stand.broker.bootstrap, stand.service.topic("turns")):
        yield


@contextmanager
def too_much_said(stand: Stand) -> Iterator[None]:
    """More is said than the worker takes in."""
    few, stand.people = stand.people, MANY
    yield
    stand.people = few
    stand.restart(**QUICK)


@contextmanager
def broker_frozen(stand: Stand) -> Iterator[None]:
    """The broker keeps its connections and says nothing."""
    _freeze(stand)
    try:
        yield
    finally:
        _thaw(stand)


def freeze_again(stand: Stand) -> None:
    """Let the broker be silent for some seconds, and answer for some, in turn."""
    is_frozen = stand.noted["frozen"]
    if time.monotonic() - stand.noted["since"] > (SILENT_S if is_frozen else AWAKE_S):
        (_thaw if is_frozen else _freeze)(stand)


def _freeze(stand: Stand) -> None:
    _signal(stand.broker.pid, signal.SIGSTOP)
    stand.noted |= {"frozen": True, "since": time.monotonic()}


def _thaw(stand: Stand) -> None:
    _signal(stand.broker.pid, signal.SIGCONT)
    stand.noted |= {"frozen": False, "since": time.monotonic()}


def has_registry(stand: Stand) -> Mapping[str, Any]:
    """Give the worker a Schema Registry of its own."""
    url = stand.until.enter_context(registry.running(stand.folder))
    return {"schema_registry_url": url}


@contextmanager
def registry_frozen(stand: Stand) -> Iterator[None]:
    """The Schema Registry keeps its connections and says nothing."""
    pid = int((stand.folder / registry.PID_FILE).read_text())
    _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int | None, number: signal.Signals) -> None:
    assert pid is not None, "it does not run"
    os.kill(pid, number)


FAULTS: Final = (
    Fault(
        ("ReprisePartitionStalled",),
        "a transaction left open on `turns` by another program, while people went on talking",
        "the transaction was aborted",
        transaction_left_open,
    ),
    Fault(
        ("RepriseLagGrowing",),
        "a hundred turns a second for a worker that takes in thirty (`flush_records_max=4`, `flush_every_ms=500`)",
        "less was said, and the worker restarted with its defaults",
        too_much_said,
        people=FEW,
        settings=SLOW,
    ),
    Fault(
        ("RepriseBrokerUnreachable",),
        "the broker frozen (SIGSTOP)",
        "it was let go on (SIGCONT)",
        broker_frozen,
        settings=PATIENT,
        own_broker=True,
    ),
    Fault(
        ("RepriseTransactionsFailing",),
        "the broker frozen for eight seconds again and again, while a commit may take one (`commit_timeout_ms`)",
        "it was frozen no more",
        broker_frozen,
        meanwhile=freeze_again,
        people=MANY,
        settings=ALWAYS_COMMITTING,
        quicker=1 / 3,
        own_broker=True,
    ),
    Fault(
        ("RepriseRegistryUnreachable",),
        "the Schema Registry frozen (SIGSTOP)",
        "it was let go on (SIGCONT)",
        registry_frozen,
        equipped=has_registry,
    ),
)
"""In the order in which they are played."""
