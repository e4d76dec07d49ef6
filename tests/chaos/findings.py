"""What a recount found: amounts by name, and faults of three kinds. Knows nothing of what is counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Kind = Literal["over", "under", "lost"]

EXAMPLES_MAX = 20
"""Faults of a kind that are shown; the rest are only counted."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it should be: counted too often, too seldom, or gone without a trace."""

    kind: Kind
    what: str
    where: str
    times: int = 1


@dataclass
class Findings:
    """The result of a recount."""

    amounts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def count(self, name: str, amount: int = 1) -> None:
        """Add to an amount; one that is named shows even when it is 0."""
        self.amounts[name] += amount

    def fault(self, kind: Kind, what: str, where: str, times: int = 1) -> None:
        """Note a fault; ``where`` holds no text of a user and no user."""
        self.faults.append(Fault(kind, what, where, times))

    def total(self, kind: Kind) -> int:
        """Return how many faults of a kind there are."""
        return sum(fault.times for fault in self.faults if fault.kind == kind)

    def compare(self, what: str, where: str, *, expected: int, found: int) -> None:
        """Note a total that is too large or too small, by the difference."""
        if found > expected:
            self.fault("over", what, f"{where}: {found} instead of {expected}", found - expected)
        elif found < expected:
            self.fault("under", what, f"{where}: {found} instead of {expected}", expected - found)

    def extend(self, other: "Findings") -> None:
        """Add what another recount found."""
        self.amounts.update(other.amounts)
        self.faults += other.faults

    @property
    def clean(self) -> bool:
        """Whether nothing is over, under or lost."""
        return not self.faults
