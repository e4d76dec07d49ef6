"""What came of a scenario, as data and as a table. Knows nothing of how it was played."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.chaos.findings import EXAMPLES_MAX, Fault

KIB_PER_MIB: Final = 1_024
COLUMNS: Final = (
    "scenario", "really done", "turns", "over", "under", "lost", "rejected", "worker MiB", "seconds", "verdict",
)  # fmt: skip


class Outcome(msgspec.Struct, frozen=True):
    """One scenario, played and counted.

    Attributes:
        scenario: its name.
        done: what was really done and seen, by name.
        turns: turns taken in.
        over: counted too often.
        under: counted too seldom.
        lost: gone without a trace.
        rejected: records that went to ``turns.rejected``.
        memory_kib: the most memory that a worker had.
        seconds: how long it took, the recount included.
        problem: why it could not be played to its end; "" when it could.
        amounts: everything that was recounted.
        faults: what was found, at most some of a kind.
    """

    scenario: str
    done: dict[str, int]
    seconds: float
    memory_kib: int
    turns: int = 0
    over: int = 0
    under: int = 0
    lost: int = 0
    rejected: int = 0
    problem: str = ""
    amounts: dict[str, int] = {}
    faults: list[Fault] = []

    @property
    def clean(self) -> bool:
        """Whether it was played to its end, something was counted, and nothing is over, under or lost."""
        return not self.problem and self.turns > 0 and not (self.over or self.under or self.lost)

    @property
    def row(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**msgspec.structs.asdict(self), "clean": self.clean}


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the table, and below it what went wrong."""
    table = Table(*COLUMNS)
    for outcome in outcomes:
        numbers = (outcome.turns, outcome.over, outcome.under, outcome.lost, outcome.rejected)
        table.add_row(
            outcome.scenario,
            ", ".join(f"{amount:,} {name}" for name, amount in outcome.done.items() if amount),
            *(f"{number:,}" for number in numbers),
            f"{outcome.memory_kib / KIB_PER_MIB:,.0f}",
            f"{outcome.seconds:,.0f}",
            "sound" if outcome.clean else "FAILED",
        )
    console.print(table)
    for outcome in outcomes:
        for fault in outcome.faults[:EXAMPLES_MAX]:
            line = f"{outcome.scenario}: {fault.kind}: {fault.what} ({fault.where}, {fault.times:,} times)"
            console.print(line, markup=False, soft_wrap=True)
        if outcome.problem:
            console.print(f"{outcome.scenario}: {outcome.problem}", markup=False, soft_wrap=True)
