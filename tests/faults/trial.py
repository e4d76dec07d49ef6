"""One fault from a healthy service to its repair, with the times of its alerts. Knows no fault in particular.

A trial is a generator that yields while it waits, so that several can be under way at a time.
"""

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import msgspec
from confluent_kafka import KafkaException

from infra.kafka.broker import Broker
from infra.kafka.jars import KafkaError
from tests.broker.prometheus import PrometheusError
from tests.chaos.disks import CannotError
from tests.chaos.processes import ProgramError
from tests.faults.fault import Fault
from tests.faults.stand import Stand

PREPARED_S: Final = 120.0
HEALTHY_S: Final = 6.0
"""For how long nothing may fire before the fault."""

FIRES_S: Final = 150.0
RESOLVES_S: Final = 150.0
STAYS_OVER_S: Final = 3.0

ASIDE_S: Final = 0.02
Steps = Generator[None, None, None]
Made = TypeVar("Made")


class Row(msgspec.Struct):
    """What became of one alert.

    Attributes:
        alert: its name.
        done, repaired: in words.
        pace: how much faster than in service time passed for the rules.
        fired_s: from the fault to the alert, None when it did not fire.
        resolved_s: from the repair to the end of the alert, None when it did not end.
        problem: what went wrong; "" where nothing did.
        left_out: why it was not tried, "" when it was.
    """

    alert: str
    done: str
    repaired: str
    pace: float
    fired_s: float | None = None
    resolved_s: float | None = None
    problem: str = ""
    left_out: str = ""

    @property
    def in_short(self) -> str:
        """What became of it, in one line."""
        times = f"fired after {seconds(self.fired_s)}, over after {seconds(self.resolved_s)}"
        return self.left_out or f"{times} {self.problem}".strip()

    @property
    def is_good(self) -> bool:
        """Whether it fired and was over, or could not be tried."""
        return bool(self.left_out) or (not self.problem and None not in (self.fired_s, self.resolved_s))


def seconds(value: float | None) -> str:
    """Return a time as it is read."""
    return "never" if value is None else f"{value:.0f} s"


class Watched(NamedTuple):
    """A fault on its stand, and what becomes of its alerts."""

    fault: Fault
    stand: Stand
    rows: dict[str, Row]
    say: Callable[[str], None]

    def suspected(self) -> set[str]:
        """Return which of its alerts are firing, or will if what they look at stays so."""
        return {alert.name for alert in self.stand.prometheus.alerts()} & self.rows.keys()

    def firing(self) -> set[str]:
        """Return which of its alerts are firing."""
        return self.stand.prometheus.firing() & self.rows.keys()


class FaultError(Exception):
    """An alert did not do what it should; the text says which, and what."""


def rows_of(fault: Fault, pace: float) -> dict[str, Row]:
    """Return rows about which nothing is known yet."""
    return {name: Row(name, fault.done, fault.repaired, pace * fault.quicker) for name in fault.alerts}


def play(fault: Fault, rows: dict[str, Row], broker: Broker, folder: Path, say: Callable[[str], None]) -> Steps:
    """Play one fault on a stand of its own, and write into its rows what became of its alerts."""
    reason = fault.impossible()
    if reason is not None:
        for row in rows.values():
            row.left_out = reason
        return
    try:
        pace = next(iter(rows.values())).pace
        name = fault.alerts[0]
        with Stand(name, broker, folder, settings=fault.settings, people=fault.people, pace=pace) as stand:
            yield from _play(Watched(fault, stand, rows, say))
    except (FaultError, ProgramError, CannotError, PrometheusError, KafkaError, KafkaException, AssertionError) as no:
        for row in rows.values():
            row.problem = row.problem or str(no)


def aside(call: Callable[[], Made]) -> Generator[None, None, Made]:
    """Do what takes a while in a thread, so that others go on, and return what it gave."""
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(call)
        while not making.done():
            time.sleep(ASIDE_S)
            yield
        return making.result()


def _play(watched: Watched) -> Steps:
    fault, stand = watched.fault, watched.stand
    stand.begin(**(yield from aside(lambda: fault.equipped(stand))))
    yield from _until(watched, stand.is_open, PREPARED_S, "all partitions open")
    yield from _until(watched, lambda: fault.prepared(stand), PREPARED_S, "prepared")
    stand.watch()
    yield from _until(watched, lambda: _is_scraped(stand) and not watched.suspected(), PREPARED_S, "watched")
    yield from _stays_healthy(watched)
    with fault.breaks(stand):
        began = time.monotonic()
        watched.say("broken")
        yield from _until(watched, lambda: _all_fired(watched, began), FIRES_S, "fired")
    began = time.monotonic()
    watched.say("repaired")
    yield from _until(watched, lambda: _all_over(watched, began), RESOLVES_S, "over")
    yield from _stays_over(watched)


def _until(watched: Watched, holds: Callable[[], bool], timeout_s: float, what: str) -> Steps:
    """Look again and again until something holds."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            message = f"not within {timeout_s:g} s: {what}"
            raise FaultError(message)
        watched.stand.look()
        yield
    watched.say(what)


def _is_scraped(stand: Stand) -> bool:
    return stand.prometheus.targets().get(stand.address) == "up" and bool(stand.prometheus.query("reprise_ready == 1"))


def _stays_healthy(watched: Watched) -> Steps:
    deadline = time.monotonic() + HEALTHY_S
    while time.monotonic() < deadline:
        if early := watched.suspected():
            message = f"before the fault there was already {', '.join(sorted(early))}"
            raise FaultError(message)
        watched.stand.look()
        yield


def _all_fired(watched: Watched, began: float) -> bool:
    watched.fault.meanwhile(watched.stand)
    for name in watched.firing():
        if watched.rows[name].fired_s is None:
            watched.rows[name].fired_s = time.monotonic() - began
            watched.say(f"{name} fires")
    return all(row.fired_s is not None for row in watched.rows.values())


def _all_over(watched: Watched, began: float) -> bool:
    """Tell whether all are over while the worker is seen and ready: what nobody tells of is not over."""
    firing, is_seen = watched.firing(), _is_scraped(watched.stand)
    for name, row in watched.rows.items():
        if name in firing:
            row.resolved_s = None
        elif is_seen and row.resolved_s is None:
            row.resolved_s = time.monotonic() - began
            watched.say(f"{name} is over")
    return all(row.resolved_s is not None for row in watched.rows.values())


def _stays_over(watched: Watched) -> Steps:
    deadline = time.monotonic() + STAYS_OVER_S
    while time.monotonic() < deadline:
        if again := watched.firing():
            message = f"fired again after its repair: {', '.join(sorted(again))}"
            raise FaultError(message)
        watched.stand.look()
        yield
