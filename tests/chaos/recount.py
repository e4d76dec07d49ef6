"""The independent recount: was every turn, trail and outcome counted exactly once?

Stop the workers, then run

    python -m tests.chaos.recount --bootstrap 127.0.0.1:9092 --prefix PREFIX

Reads the topics of one system and works out, from the published rules and the schema files, what must have become of
each record. Shares no code with what it checks: not with the engine, the driver, detect or learn. Prints a table, or
JSON with ``--json``; ends with 1 when anything is over, under or lost, and with 2 when it could not count.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, get_args

import msgspec
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from rich.console import Console
from rich.table import Table

from tests.chaos.decoding import Reader, UnreadableError, fixed
from tests.chaos.findings import EXAMPLES_MAX, Fault, Findings, Kind
from tests.chaos.orders import Ordered
from tests.chaos.published import recount_published
from tests.chaos.rules import Rules
from tests.chaos.taken import Taken
from tests.chaos.taking import TakingError, take
from tests.chaos.trails import recount_trails
from tests.chaos.turns import recount_turns

KINDS: tuple[Kind, ...] = get_args(Kind)


def recount(taken: Taken, rules: Rules, schema_of: Callable[[int], Any] = fixed) -> Findings:
    """Return everything that is over, under or lost in what was taken."""
    reader = partial(Reader, schema_of=schema_of)
    trails = reader("trails")
    ordered = Ordered(taken, reader("policy"))
    findings = recount_turns(taken, rules, reader("turn_event"), trails, ordered)
    findings.extend(recount_trails(taken, rules, trails))
    findings.extend(recount_published(taken, rules, ordered, reader))
    return findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    options = _options().parse_args(arguments)
    shared = tuple(name for name in options.shared_users.split(",") if name)
    rules = Rules(
        options.gap_ms,
        options.lateness_ms,
        options.clock_ahead_ms_max,
        options.forget_after_ms,
        shared,
        options.compacted,
    )
    try:
        taken = take(options.bootstrap, options.prefix)
    except TakingError as problem:
        print(f"recount: {problem}", file=sys.stderr)  # noqa: T201 - a program's own words
        return 2
    findings = recount(taken, rules, registry(options.registry) if options.registry else fixed)
    if options.json:
        print(as_json(findings).decode())  # noqa: T201 - what was asked for
    else:
        show(findings, Console())
    return 0 if findings.clean else 1


def registry(url: str) -> Callable[[int], Any]:
    """Return what asks a Schema Registry for the schema of an id."""
    client = SchemaRegistryClient({"url": url})

    def schema_of(schema_id: int) -> Any:
        try:
            return msgspec.json.decode(client.get_schema(schema_id).schema_str or "null")
        except SchemaRegistryError as problem:
            raise UnreadableError from problem

    return schema_of


def as_json(findings: Findings) -> bytes:
    """Return the result as one JSON object: totals, amounts and all faults."""
    totals = {kind: findings.total(kind) for kind in KINDS}
    return msgspec.json.encode({**totals, "amounts": dict(sorted(findings.amounts.items())), "faults": findings.faults})


def show(findings: Findings, console: Console) -> None:
    """Print the result as tables."""
    amounts = Table("what", "how many", title="Recounted")
    for name, amount in sorted(findings.amounts.items()):
        amounts.add_row(name, f"{amount:,}")
    console.print(amounts)
    totals = Table("fault", "how many", title="Verdict")
    for kind in KINDS:
        totals.add_row(kind, f"{findings.total(kind):,}")
    console.print(totals)
    if findings.faults:
        console.print(_faults(findings.faults))


def _faults(faults: Sequence[Fault]) -> Table:
    table = Table("fault", "what", "where", "times", title=f"Faults (at most {EXAMPLES_MAX} of a kind)")
    for kind in KINDS:
        for fault in [fault for fault in faults if fault.kind == kind][:EXAMPLES_MAX]:
            table.add_row(fault.kind, fault.what, fault.where.replace("[", r"\["), f"{fault.times:,}")
    return table


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.recount", description="Recount one system.")
    parser.add_argument("--bootstrap", required=True, help="Kafka's address, HOST:PORT")
    parser.add_argument("--prefix", default="", help="put before every topic of the system")
    parser.add_argument("--registry", default="", help="address of the Schema Registry, when one is used")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--compacted", action="store_true", help="superseded rewrites may be gone: for systems older than some hours"
    )
    rules = Rules()
    for name in ("gap_ms", "lateness_ms", "clock_ahead_ms_max", "forget_after_ms"):
        default = getattr(rules, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"as set ({default})")
    parser.add_argument("--shared-users", default="", help="as set; several are joined by commas")
    return parser


if __name__ == "__main__":
    sys.exit(main())
