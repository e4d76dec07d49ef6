"""Attacks the service on a real Kafka, and counts whether every turn was counted exactly once.

    python -m tests.chaos.run [SCENARIO...] [--kills N] [--json FILE]

Each scenario gets topics of its own on a broker of this run's own. Turns flow while it is played, one record in a
hundred is bad, and afterwards the recount, which shares no code with the engine, reads everything. Exit code 1 unless
nothing is over, under or lost anywhere. Needs Java, as real Kafka does.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from confluent_kafka import KafkaException
from rich.console import Console

from infra.kafka.broker import Broker
from infra.kafka.jars import KafkaError, missing
from tests.chaos import load, outcome
from tests.chaos.disks import CannotError
from tests.chaos.findings import EXAMPLES_MAX
from tests.chaos.outcome import Outcome
from tests.chaos.processes import ProgramError
from tests.chaos.scenarios import SCENARIOS, Scenario
from tests.chaos.stand import Stand
from tests.chaos.taking import TakingError
from tests.chaos.talk import Talk

RATE: Final = 500.0
USERS: Final = 2_000
LOCALES: Final = 5
SERVED_USERS: Final = 200
SERVED_LOCALES: Final = 2
SERVED_DAYS: Final = 4
BAD_EVERY: Final = 99
"""Good records before a bad one: one record in a hundred is bad."""

FED_AT_LEAST_S: Final = 60
CANNOT_RUN_EXIT_CODE: Final = 2


def play(
    name: str, scenario: Scenario, amount: int, broker: Broker, folder: Path, *, rate: float, seed: int
) -> Outcome:
    """Play one scenario under a name, let everything settle, and count."""
    began = time.monotonic()
    folder = folder / name
    folder.mkdir(parents=True)
    turns = round((FED_AT_LEAST_S + amount * scenario.seconds_each) * rate)
    said = talk(turns, seed, scenario.serves) if scenario.serves else prepared(folder / "load.msgpack", turns, seed)
    stand = Stand(name, broker, folder, said, rate=rate, seed=seed)
    stand.note(f"play {name} {amount} with seed {seed}")
    problem = ""
    try:
        stand.feed()
        scenario.play(stand, amount)
        stand.settle()
    except (ProgramError, CannotError, KafkaError, KafkaException) as failure:
        problem = str(failure)
        stand.note(f"failed: {problem}")
    finally:
        stand.close()
    return _counted(name, stand, began, problem)


def prepared(file: Path, turns: int, seed: int) -> Path:
    """Return a file with what to feed where nobody is served."""
    load.prepare(file, turns=turns, users=USERS, seed=seed, bad_every=BAD_EVERY, untimely=True, locales=LOCALES)
    return file


def talk(turns: int, seed: int, servers: int) -> Talk:
    """Return what people say who are served: few people and languages, so that much is learned early."""
    return Talk(turns, SERVED_USERS, seed, BAD_EVERY, SERVED_LOCALES, SERVED_DAYS, servers)


def _counted(name: str, stand: Stand, began: float, problem: str) -> Outcome:
    """Count in any case: what was counted wrongly tells more than why a run ended early."""
    try:
        stand.look_back()
        findings = stand.count()
    except (TakingError, KafkaException) as failure:
        problem = f"{problem}\n{failure}".strip()
        return Outcome(name, dict(stand.counts), time.monotonic() - began, stand.memory_kib, problem=problem)
    amounts = findings.amounts
    return Outcome(
        name,
        dict(stand.counts),
        time.monotonic() - began,
        stand.memory_kib,
        turns=amounts["turns accepted"],
        over=findings.total("over"),
        under=findings.total("under"),
        lost=findings.total("lost"),
        rejected=amounts["turns rejected"],
        problem=problem,
        amounts=dict(amounts),
        faults=[fault for kind in ("over", "under", "lost") for fault in findings.faults if fault.kind == kind][
            : 3 * EXAMPLES_MAX
        ],
    )


def play_all(amounts: Mapping[str, int], folder: Path, *, rate: float, seed: int, console: Console) -> list[Outcome]:
    """Play scenarios one after the other on one broker."""
    outcomes = []
    with Broker(folder / "kafka") as broker:
        for name, amount in amounts.items():
            console.print(f"{name}: {amount} {SCENARIOS[name].what}; seed {seed}", markup=False)
            if not broker.running:
                broker.start()
            outcomes.append(play(name, SCENARIOS[name], amount, broker, folder, rate=rate, seed=seed))
            outcome.show(outcomes[-1:], console)
    return outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    options = _options().parse_args(arguments)
    console = Console(width=140)
    reason = missing()
    if reason is not None:
        console.print(f"no real Kafka here: {reason}", markup=False)
        return CANNOT_RUN_EXIT_CODE
    folder = options.folder or Path(tempfile.mkdtemp(prefix="reprise-chaos-"))
    console.print(f"stores and logs: {folder}", markup=False)
    amounts = {name: getattr(options, name) for name in options.scenario or SCENARIOS}
    outcomes = play_all(amounts, folder, rate=options.rate, seed=options.seed, console=console)
    outcome.show(outcomes, console)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode([found.row for found in outcomes])))
    return 0 if all(found.clean for found in outcomes) else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description="Attack the service, and count.")
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], metavar="SCENARIO", help=", ".join(SCENARIOS))
    for name, scenario in SCENARIOS.items():
        text = f"how much: {scenario.what} ({scenario.amount})"
        parser.add_argument(f"--{name}", type=int, default=scenario.amount, metavar="N", help=text)
    parser.add_argument("--rate", type=float, default=RATE, help=f"turns a second ({RATE:g})")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (1)")
    parser.add_argument("--folder", type=Path, help="for the broker, stores and logs; a new one by default")
    parser.add_argument("--json", type=Path, help="file for everything that was counted")
    return parser


if __name__ == "__main__":
    sys.exit(main())
