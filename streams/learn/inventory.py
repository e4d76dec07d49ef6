"""What a whole store holds, for people: pairs by stage, those nearest to being served, what is live. Knows rows."""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from streams.keys import tenant_and_locale
from streams.learn import judgement, publishing
from streams.learn.explain import Candidate, candidate_of, is_known, ledgers
from streams.learn.ledger import Ledger
from streams.learn.rows import SEPARATOR, Pair
from streams.learn.settings import LearnSettings
from streams.learn.stages import LIVE
from streams.learn.trial import Standing
from streams.stage import Rows

HELD_FIRST: Final = {"shadow": 0, "candidate": 1, "demoted": 2}
"""Which pairs that are not published are nearest to it, by stage; the others come after."""

E_MIN: Final = 1e-300
"""What an e-value of nothing counts as."""


class Nearest(NamedTuple):
    """Pairs that are not published and were judged, those that lack least first, and how many there are in all."""

    candidates: list[Candidate]
    total: int


def nearest(rows: Rows, settings: LearnSettings, most: int) -> Nearest:
    """Judge the pairs that are not published, at most so many, and return them with those that lack least first.

    Judged are those held back by one thing alone first, then those that most people repaired.
    """
    ranked: list[tuple[int, int, str, Ledger, Pair]] = []
    total = 0
    for ledger in ledgers(rows, settings):
        for key, pair in ledger.pairs():
            if pair.stage in LIVE or not is_known(ledger, pair):
                continue
            total += 1
            ranked.append((HELD_FIRST.get(pair.stage, len(HELD_FIRST)), -len(pair.users), key, ledger, pair))
            if len(ranked) >= 2 * most:
                ranked = heapq.nsmallest(most, ranked, key=_rank)
    chosen = heapq.nsmallest(most, ranked, key=_rank)
    found = [candidate_of(ledger, pair) for *_, ledger, pair in chosen]
    return Nearest(sorted(found, key=shortfall), total)


def merged(parts: Iterable[Nearest], most: int) -> Nearest:
    """Return the nearest pairs of several stores."""
    held = list(parts)
    found = heapq.nsmallest(most, (candidate for part in held for candidate in part.candidates), key=shortfall)
    return Nearest(found, sum(part.total for part in held))


def shortfall(candidate: Candidate) -> tuple[int, float, int, str]:
    """Return how much a pair lacks, to order by: reasons against it, then missing evidence, then people."""
    asked = zip(candidate.questions, candidate.needed, strict=True)
    missing = sum(max(0.0, math.log(needed / max(question.e_value, E_MIN))) for question, needed in asked)
    return len(candidate.held_by), missing, -candidate.users, candidate.rewrite_id


class Hint(NamedTuple):
    """What somebody knows of a pair besides its id."""

    tenant: str
    locale: str
    state: str
    source: str
    meaning: str


def find(rows: Rows, settings: LearnSettings, rewrite_id: str, hint: Hint | None = None) -> Candidate | None:
    """Return how the pair of an id stands, None when there is none that a decision was ever made about.

    Looks at all pairs, which takes seconds where there are many, unless a hint says where it lies.
    """
    for ledger in ledgers(rows, settings):
        hinted = None
        if hint is not None and tenant_and_locale(ledger.name) == hint[:2]:
            hinted = ledger.pair(ledger.pair_key(*hint[2:]))
        if hinted is not None and publishing.rewrite_id(hinted) == rewrite_id and is_known(ledger, hinted):
            return candidate_of(ledger, hinted)
    return _sought(rows, settings, rewrite_id)


def _sought(rows: Rows, settings: LearnSettings, rewrite_id: str) -> Candidate | None:
    for ledger in ledgers(rows, settings):
        for _, pair in ledger.pairs():
            if publishing.rewrite_id(pair) == rewrite_id and is_known(ledger, pair):
                return candidate_of(ledger, pair)
    return None


def by_stage(rows: Rows, settings: LearnSettings) -> Mapping[str, int]:
    """Count the pairs that decisions were made about, by stage; looks at no pair, however many there are."""
    found: Counter[str] = Counter()
    for ledger in ledgers(rows, settings):
        found.update(ledger.holdings.pairs)
    return +found


def live_standings(rows: Rows, settings: LearnSettings) -> dict[str, Standing]:
    """Return what the outcomes of each published rewrite say, by its id."""
    found = {}
    for ledger in ledgers(rows, settings):
        for _, live in rows.scan(f"live|{ledger.name}{SEPARATOR}"):
            pair = ledger.pair(live.pair) if live.rewrite is not None else None
            standing = None if pair is None else publishing.standing_of(ledger, pair)
            if standing is not None:
                found[live.rewrite.rewrite_id] = standing
    return found


def is_released(rows: Rows, settings: LearnSettings, tenant: str, locale: str, said: str) -> bool:
    """Return whether a normalised text may leave the store of any chain of a tenant and locale."""
    return any(
        tenant_and_locale(ledger.name) == (tenant, locale) and judgement.may_be_shown(ledger, ledger.text(said))
        for ledger in ledgers(rows, settings)
    )


def _rank(item: tuple[int, int, str, Ledger, Pair]) -> tuple[int, int, str]:
    return item[:3]
