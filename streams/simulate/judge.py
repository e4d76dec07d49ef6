"""Judges what was published against the truth. Knows published rows and a truth, no learner.

Rows are those of ``rewrites.jsonl``: each publication and withdrawal in order. A pair is judged at the moment it goes
live; later versions of a live pair are the same publication.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from streams.simulate.truth import Truth, faults, wrong_from
from streams.text import normalise

Row = Mapping[str, Any]

QUANTILES: Final = (0.1, 0.5, 0.9)


class Judged(msgspec.Struct, frozen=True):
    """One publication of a pair.

    Attributes:
        faults: why it is wrong, see ``truth.faults``; empty when it is right.
        trap: the trap the source is, "" none.
        repaired_at_ms: when enough people had repaired the source, None when they never had.
        withdrawn_at_ms: when it was taken back, None when it never was.
        stale_from_ms: when it ceased to be right by drift, None when it did not while it was live.
    """

    state: str
    source: str
    target: str
    published_at_ms: int
    faults: tuple[str, ...]
    trap: str
    repaired_at_ms: int | None
    withdrawn_at_ms: int | None
    stale_from_ms: int | None


class Verdict(msgspec.Struct, frozen=True):
    """What was published, against the truth.

    Attributes:
        published: pairs that went live.
        valid: those that were right when they did.
        invalid: the others, each with what was wrong.
        pair_win_loss: valid to invalid; None when nothing was invalid.
        faults: fault -> how many publications had it.
        traps: trap -> how many publications fell into it.
        learnable: texts that could rightly be learned.
        found: how many of them got a right rewrite.
        found_share: their share, None when there is nothing to learn.
        missed: the others, as state and text.
        beyond: right rewrites of texts that too few people repaired to count as learnable.
        delay_hours: quantile -> hours from enough repairs to a right publication, over what was found.
        evidence: medians over publications of what the rows say about their evidence.
        stale: publications that ceased to be right while live.
        stale_live: those of them never withdrawn.
        withdrawn: publications that were withdrawn.
    """

    published: int
    valid: int
    invalid: tuple[Judged, ...]
    pair_win_loss: float | None
    faults: dict[str, int]
    traps: dict[str, int]
    learnable: int
    found: int
    found_share: float | None
    missed: tuple[tuple[str, str], ...]
    beyond: int
    delay_hours: dict[str, float]
    evidence: dict[str, float]
    stale: int
    stale_live: int
    withdrawn: int


def judge(rows: Iterable[Row], truth: Truth) -> Verdict:
    """Judge every publication at the moment it went live.

    Args:
        rows: mappings with ``state``, ``source``, ``target``, ``decided_at``, optional ``withdrawn`` and ``evidence``.
        truth: what the traffic's simulation wrote.
    """
    publications, evidence = _publications(rows, truth)
    right = [publication for publication in publications if not publication.faults]
    wrong = tuple(publication for publication in publications if publication.faults)
    wanted = {(learnable.state, learnable.source): learnable for learnable in truth.learnable}
    first: dict[tuple[str, str], Judged] = {}
    for publication in right:
        first.setdefault((publication.state, publication.source), publication)
    found = [node for node in wanted if node in first]
    delays = [(first[node].published_at_ms - wanted[node].repaired_at_ms) / 3_600_000 for node in found]
    stale = [publication for publication in right if publication.stale_from_ms is not None]
    return Verdict(
        published=len(publications),
        valid=len(right),
        invalid=wrong,
        pair_win_loss=len(right) / len(wrong) if wrong else None,
        faults=dict(sorted(Counter(fault for publication in wrong for fault in publication.faults).items())),
        traps=dict(sorted(Counter(publication.trap for publication in wrong if publication.trap).items())),
        learnable=len(wanted),
        found=len(found),
        found_share=len(found) / len(wanted) if wanted else None,
        missed=tuple(sorted(node for node in wanted if node not in first)),
        beyond=sum(node not in wanted for node in first),
        delay_hours=_quantiles(delays),
        evidence=_medians(evidence),
        stale=len(stale),
        stale_live=sum(publication.withdrawn_at_ms is None for publication in stale),
        withdrawn=sum(publication.withdrawn_at_ms is not None for publication in publications),
    )


def _publications(rows: Iterable[Row], truth: Truth) -> tuple[list[Judged], list[Row]]:
    """Join publications with their withdrawals; return them in order of publication, with their evidence."""
    live: dict[tuple[str, str, str], int] = {}
    judged: list[Judged] = []
    evidence: list[Row] = []
    texts = truth.index()
    for row in rows:
        pair = _pair(row, truth.locale)
        if row.get("withdrawn"):
            if pair in live:
                place = live.pop(pair)
                judged[place] = _withdrawn(judged[place], row["decided_at"])
        elif pair not in live:
            live[pair] = len(judged)
            judged.append(_judged(pair, row["decided_at"], truth, texts))
            evidence.append(row.get("evidence") or {})
    return judged, evidence


def _pair(row: Row, locale: str) -> tuple[str, str, str]:
    return row["state"], normalise(row["source"], locale), normalise(row["target"], locale)


def _judged(pair: tuple[str, str, str], at_ms: int, truth: Truth, texts: Mapping[tuple[str, str], Any]) -> Judged:
    state, source, target = pair
    before, after = texts.get((state, source)), texts.get((state, target))
    found = faults(before, after, at_ms, truth.locale)
    stale_from = None
    if not found and before is not None and after is not None:
        stale_from = wrong_from(before, after, at_ms, truth.locale)
    period = None if before is None else before.at(at_ms)
    return Judged(
        state=state,
        source=source,
        target=target,
        published_at_ms=at_ms,
        faults=found,
        trap="" if before is None else before.trap,
        repaired_at_ms=None if period is None else period.repaired_at_ms,
        withdrawn_at_ms=None,
        stale_from_ms=stale_from,
    )


def _withdrawn(publication: Judged, at_ms: int) -> Judged:
    stale = publication.stale_from_ms
    return msgspec.structs.replace(
        publication, withdrawn_at_ms=at_ms, stale_from_ms=stale if stale is not None and stale < at_ms else None
    )


def _quantiles(values: list[float]) -> dict[str, float]:
    return {f"{share:g}": float(np.quantile(values, share)) for share in QUANTILES} if values else {}


def _medians(rows: Iterable[Row]) -> dict[str, float]:
    """Return the median of every number that the evidence holds."""
    columns: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float) and not name.endswith("_seen"):
                columns.setdefault(name, []).append(float(value))
    return {name: float(np.median(values)) for name, values in sorted(columns.items())}
