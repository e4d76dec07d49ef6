"""The page infra/sizing.md, written from the figures and the calculator. Knows no measurement."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from infra.sizing.calculator import PARTITIONS_MAX, SECOND_US, Sizing, Traffic, sized
from infra.sizing.measured import Choices, Figures, Measured

PAGE: Final = Path(__file__).parent.parent / "sizing.md"

EXAMPLES: Final = (
    Traffic(10, locales=2, largest_share=0.8, texts=20_000),
    Traffic(1_000, locales=5, largest_share=0.5, texts=500_000),
    Traffic(100_000, locales=600, largest_share=0.02, texts=10_000_000),
    Traffic(1_000_000, locales=4_000, largest_share=0.002, texts=50_000_000),
)
"""One room, one product, one country, the internet; the last two with ``chain_key=domain``."""

GIB: Final = 2**30
MIB: Final = 2**20

TEXT: Final = """\
# Sizing

How many cores, partitions, workers and gigabytes a given traffic needs. This page is written by
`python -m infra.sizing --page` from what was measured; ask for your own traffic with

```sh
python -m infra.sizing --turns-per-second 2000 --locales 12 --largest-share 0.4 --texts 800000
```

## Four traffics

Turns a second are those of the busiest time. Chains are pairs of tenant and locale, in the last two columns their
domains (`chain_key=domain`). One text in ten is said by many people. Cores are busy ones; workers have one core each
and are busy to {busy:.0%}, so that they catch up after a restart. What lies in Kafka has {replication} copies.

{examples}

The two numbers of partitions are the least for this traffic, and they never change: take those of the traffic that you
expect in some years. A partition too many costs a transaction every `flush_every_ms` while turns come, and memory.

The restore is of a worker that lost its disk. With its store it takes {start:.0f} s and what was written meanwhile.

## Where one chain ends

Detect scales with `turns_partitions`: any person can be in any partition. Learn keeps a chain in one partition, and a
partition has one core. So one chain takes {chain_calm:,.0f} turns a second while its core is busy to {share:.0%},
and {chain_full:,.0f} when nothing is left over. The calculator says when the largest chain is beyond that. Then, in
this order:

1. `flush_every_ms`: a longer pause between transactions leaves more of the core to turns, for a rewrite that comes so
   much later.
2. `chain_key=domain`: each domain of a locale has a chain of its own. It is part of the state: choose it before the
   first turn, or replay.
3. Several tenants: a tenant is a name that the producer writes. Two halves of one assistant's people, told apart by the
   producer, learn side by side, and at this traffic each half has more evidence than it needs.

Each detect partition tells its time to each partition of `trails` every `tick_every_ms`: the product of both numbers is
a traffic of its own, and is in the cores above. Beyond {partitions_max:,} partitions of `turns`, the most that the
settings take, use a second service with a `prefix` of its own, for other tenants.

## What it is computed from

Measured on {machine}.
Kafka, worker and load generator ran on the same cores, with other programs beside them, so each figure is the best of
its runs. Processor time depends on the processor most: measure on yours with

```sh
{command} \\
  --out infra/sizing/measured.json
```

{figures}

Names end in units, `us` are microseconds of processor time; a start and a restore alone are by the clock, and take
longer where the machine is busy. A transaction's cost includes the rows it writes, and for
the broker a Java machine that is only just warm: at steady traffic expect less. Texts and turns of simulated traffic
are short and alike, so they compress well; if your turns carry alternatives and long replies, put your own bytes a turn
in the file. What was chosen, not measured:

{choices}
"""


def written(found: Measured, choices: Choices) -> str:
    """Return the text of the page."""
    figures = found.figures
    machine = found.machine
    share = choices.partition_share
    return TEXT.format(
        busy=choices.busy_share,
        replication=choices.replication,
        examples=table(*columns([(each, sized(each, figures, choices)) for each in EXAMPLES])),
        start=figures.start_s,
        chain_calm=chain_rate(share, figures, choices),
        chain_full=chain_rate(1.0, figures, choices),
        share=share,
        partitions_max=PARTITIONS_MAX,
        machine=f"{machine.cores} cores of {machine.system}, {machine.memory_gib} GiB, "
        f"Python {machine.python}, Kafka {machine.kafka}",
        command=found.command,
        figures=table(("figure", "measured"), _fields(figures)),
        choices=table(("choice", "value"), _fields(choices)),
    )


def chain_rate(share: float, figures: Figures, choices: Choices) -> float:
    """Return the turns a second that one chain takes while its core is busy to a share."""
    transactions = 1_000 / choices.flush_every_ms * figures.learn_transaction_us
    return max(0.0, share * SECOND_US - transactions) / figures.learn_turn_us


def columns(examples: Sequence[tuple[Traffic, Sizing]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return the heading and the rows of a table that has a column for each traffic."""
    heading = ("turns a second", *(f"{traffic.turns_per_second:,.0f}" for traffic, _ in examples))
    rows = [
        ("chains", *(f"{traffic.locales:,}" for traffic, _ in examples)),
        ("the largest chain's share of turns", *(f"{traffic.largest_share:.1%}" for traffic, _ in examples)),
        ("texts said within 400 days", *(f"{traffic.texts:,}" for traffic, _ in examples)),
        *_rows([sizing for _, sizing in examples]),
    ]
    return heading, rows


def _rows(sizings: Sequence[Sizing]) -> Iterable[Sequence[str]]:
    said: dict[str, Callable[[Sizing], str]] = {
        "cores of detect": lambda each: _short(each.detect_cores),
        "cores of learn": lambda each: _short(each.learn_cores),
        "one core is enough for the largest chain": lambda each: "yes" if each.largest_chain_cores <= 1 else "no",
        "`turns_partitions`": lambda each: f"{each.turns_partitions:,}",
        "`trails_partitions`": lambda each: f"{each.trails_partitions:,}",
        "workers": lambda each: f"{each.workers:,}",
        "memory of a worker, at most, GiB": lambda each: _short(each.worker_memory / GIB),
        "local stores of all workers, GiB": lambda each: _short(each.store / GIB),
        "restore of a worker from nothing, s": lambda each: _short(each.restore_s),
        "cores of the brokers, leaders alone": lambda each: _short(each.broker_cores),
        "disk of the brokers, GiB": lambda each: _short(each.kafka_disk / GIB),
        "written by the brokers, MiB a second": lambda each: _short(each.kafka_in / MIB),
    }
    return [(name, *(shown(each) for each in sizings)) for name, shown in said.items()]


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heading, ["---"] + ["---:"] * (len(heading) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _fields(values: msgspec.Struct) -> list[Sequence[str]]:
    return [(f"`{name}`", f"{value:,.10g}") for name, value in msgspec.structs.asdict(values).items()]


def _short(value: float) -> str:
    """Return a figure with two digits that count."""
    return f"{value:,.1f}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"  # noqa: PLR2004 - where a digit more helps
