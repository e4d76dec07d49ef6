"""What was learned from simulated traffic against its truth, for a summary and for people. Knows no rule of judging."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Group, RenderableType

from streams.simulate.judge import Verdict, judge
from streams.simulate.truth import Truth
from streams.tables import Cell, table
from streams.wording import at_state, quoted, short

FAULTS: Final[dict[str, str]] = {
    "unknown_source": "nobody said it",
    "unknown_target": "nobody said what it becomes",
    "mixed_meaning": "people mean different things by it",
    "source_works": "it works as it is",
    "wrong_meaning": "it means something else",
    "target_fails": "what it becomes fails too",
    "negation_changed": "a negation was lost or won",
    "number_changed": "a number was changed",
    "protected": "the intent is protected",
}
"""What a fault of a rewrite means."""

WRONG_SHOWN_MAX: Final = 10


def judge_rewrites(rewrites: Path, truth: Truth) -> Verdict:
    """Judge a file of rewrites by the truth of the traffic it was learned from."""
    return judge(_rows(rewrites), truth)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    with path.open("rb") as lines:
        yield from map(decode, lines)


def verdict_table(verdict: Verdict) -> RenderableType:
    """Lay out how many rewrites were right, what was found of what could be, and what was wrong with the rest."""
    rows: list[tuple[Cell, ...]] = [
        ("rewrites published", verdict.published),
        ("  right when published", verdict.valid),
        ("  wrong when published", len(verdict.invalid)),
        ("right for each wrong one", "none wrong" if verdict.pair_win_loss is None else short(verdict.pair_win_loss)),
        ("texts that could rightly be rewritten", verdict.learnable),
        ("  of these found", verdict.found),
        ("right ones that few people showed", verdict.beyond),
        ("turned wrong while live", verdict.stale),
        ("  of these not taken back", verdict.stale_live),
    ]
    if "0.5" in verdict.delay_hours:
        rows.append(("hours from enough repairs to publication (median)", short(verdict.delay_hours["0.5"])))
    parts: list[RenderableType] = [table("Against the truth", ("what", "how many"), rows)]
    if verdict.invalid:
        wrong = [
            (
                f"{quoted(judged.source)} as {quoted(judged.target)}, {at_state(judged.state)}",
                ", ".join(FAULTS.get(fault, fault) for fault in judged.faults),
            )
            for judged in verdict.invalid[:WRONG_SHOWN_MAX]
        ]
        parts.append(table("What was wrong", ("rewrite", "because"), wrong))
    return Group(*parts)
