"""What the chains of a partition hold now, counted as it changes: pairs by stage, and what is live. Knows rows alone.

Whoever changes a stage, publishes, withdraws, books or forgets tells it here, so that nobody ever has to look at all
rows to know how many there are. ``counted`` does look at all: for chains from before anybody counted, and for tests.
"""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from schemas.records import Arm, Stage
from streams.learn.rows import SEPARATOR, Chain, Holdings, Live, Served, row_key
from streams.stage import Rows

STAGES: Final = tuple(stage for stage in get_args(Stage) if stage != "none")
ARMS: Final = get_args(Arm)


def outcomes_of(row: Served) -> dict[str, float]:
    """Return what a version's books say in sum, by the names that metrics use."""
    return {
        "live_outcomes.treated.success": row.treated_wins,
        "live_outcomes.treated.failure": row.treated_losses,
        "live_outcomes.held_out.success": row.held_out_wins,
        "live_outcomes.held_out.failure": row.held_out_losses,
        "live_decided.won": row.wins,
        "live_decided.lost": row.losses,
    }


NOTHING: Final[Mapping[str, float]] = dict.fromkeys(outcomes_of(Served()), 0.0)


def grown(before: Mapping[str, float], row: Served) -> dict[str, float]:
    """Return what a version's books have gained since."""
    return {name: amount - before[name] for name, amount in outcomes_of(row).items() if amount != before[name]}


def moved(held: Holdings, from_stage: Stage, to_stage: Stage) -> None:
    """Count a pair that changed its stage; ``none`` is where pairs come from, and where forgotten ones go."""
    for stage, change in ((from_stage, -1), (to_stage, 1)):
        if stage != "none":
            held.pairs[stage] = held.pairs.get(stage, 0) + change


def began(held: Holdings, row: Served) -> None:
    """Count a version that is live from now on."""
    held.live += 1
    booked(held, outcomes_of(row))


def ended(held: Holdings, row: Served | None) -> None:
    """Count a version that is live no more; None when its books were forgotten."""
    held.live -= 1
    if row is not None:
        let_go(held, row)
    if not held.live:
        held.outcomes = {}  # sheds what rounding has left


def booked(held: Holdings, gained: Mapping[str, float]) -> None:
    """Count what was booked on a version that is live."""
    for name, amount in gained.items():
        held.outcomes[name] = held.outcomes.get(name, 0.0) + amount


def let_go(held: Holdings, row: Served) -> None:
    """Count the books of a live version no more."""
    booked(held, {name: -amount for name, amount in outcomes_of(row).items()})


def counted(rows: Rows, chain: str) -> Holdings:
    """Return what a chain holds, found by looking at all its rows."""
    held = Holdings()
    for _, pair in rows.scan(f"pair|{chain}{SEPARATOR}"):
        moved(held, "none", pair.stage)
    for live in _live(rows, chain):
        row = served_row(rows, chain, live)
        began(held, Served() if row is None else row)
    return held


def _live(rows: Rows, chain: str) -> Iterator[Live]:
    for _, live in rows.scan(f"live|{chain}{SEPARATOR}"):
        if live.rewrite is not None:
            yield live


def served_row(rows: Rows, chain: str, live: Live) -> Served | None:
    """Return the books of what is published under a key; None when there are none that were begun with it."""
    if live.rewrite is None:
        return None
    row: Served | None = rows.get(row_key("served", chain, live.rewrite.rewrite_id, str(live.version)))
    return row if row is not None and row.pair == live.pair else None


def of_partition(rows: Rows) -> dict[str, float]:
    """Return what all chains of a partition hold together, by the names that metrics use; also what is zero."""
    total = dict.fromkeys([*(f"pairs.{stage}" for stage in STAGES), "live_rewrites", *NOTHING], 0.0)
    for _, chain in list(rows.scan("chain|")):
        held = _held(chain)
        total["live_rewrites"] += held.live
        for stage, count in held.pairs.items():
            total[f"pairs.{stage}"] += count
        for name, amount in held.outcomes.items():
            total[name] += amount
    return total


def _held(chain: Chain) -> Holdings:
    """Return what a chain holds; nothing is known of one that no batch has touched since counting began."""
    return Holdings() if chain.holdings is None else chain.holdings
