"""How much processor time each process of a measurement takes, and how much everybody else does. Knows no Kafka."""

import time
from collections.abc import Mapping
from typing import Self

import msgspec
import psutil


class Load(msgspec.Struct, frozen=True):
    """What a stretch of time cost.

    Attributes:
        seconds: its length.
        own: processor seconds by name of the process.
        others: cores that all other processes of the machine kept busy, on average.
        cores: how many there are.
    """

    seconds: float
    own: dict[str, float]
    others: float
    cores: int


class Watch:
    """Watches processes and the machine from its start on.

    Args:
        processes: process ids by name.
    """

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self.start()

    def start(self) -> Self:
        """Begin anew."""
        self._began, self._busy, self._own = time.monotonic(), _busy(), self._spent()
        return self

    def stop(self) -> Load:
        """Return what it cost since the start."""
        seconds, busy, spent = time.monotonic() - self._began, _busy() - self._busy, self._spent()
        own = {name: spent[name] - self._own[name] for name in spent}
        others = max(0.0, busy - sum(own.values())) / seconds
        return Load(seconds, own, others, psutil.cpu_count() or 1)

    def _spent(self) -> dict[str, float]:
        return {name: _seconds(process) for name, process in self._processes.items()}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0))
