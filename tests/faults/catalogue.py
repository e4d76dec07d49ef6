"""All faults, by what they make fire. Knows no way to play one."""

from typing import Final

from tests.faults import of_kafka, of_learning, of_workers
from tests.faults.fault import Fault

FAULTS: Final[tuple[Fault, ...]] = (*of_workers.FAULTS, *of_kafka.FAULTS, *of_learning.FAULTS)
"""In the order in which they are played."""


def faults_of(alerts: tuple[str, ...] | list[str]) -> list[Fault]:
    """Return the faults that make any of these alerts fire; all faults when none is named."""
    return [fault for fault in FAULTS if not alerts or set(alerts) & set(fault.alerts)]
