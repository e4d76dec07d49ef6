"""What each page shows, found by asking. Knows views and queries, not how they are drawn."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final, get_args

from schemas.limits import IDENTIFIER_LENGTH_MAX
from schemas.records import Stage
from streams.console import drawing, timeline
from streams.console.knowledge import PAGE_MAX, ElsewhereError, Knowledge, UnknownError
from streams.console.queries import Query
from streams.console.views import CandidateView, DecisionView, ExplanationView, Listing, OrderView
from streams.wording import REASONS, STAGES

Parts = dict[str, Any]
Find = Callable[[Knowledge, Query], Parts]

SHOWN: Final = 50
LATEST: Final = 8
LOOKED_AT_MAX: Final = 5 * PAGE_MAX
"""Decisions that a filter looks through before it says that it found no more."""

TIME_MAX: Final = 9_999_999_999_999
WHERE: Final = ("any", "none", "asked")


def overview(knowledge: Knowledge, query: Query) -> Parts:  # noqa: ARG001 - every page is found alike
    """Find the first page."""
    changes = [one for one in knowledge.decisions().items if timeline.kind_of(one) != "watched"]
    return {"overview": knowledge.overview(), "latest": changes[:LATEST]}


def rewrites(knowledge: Knowledge, query: Query) -> Parts:
    """Find what is published."""
    start, search = query.number("start", 0), query.text("search")
    return {"listing": knowledge.rewrites(start=start, size=SHOWN, search=search), "start": start, "search": search}


def candidates(knowledge: Knowledge, query: Query) -> Parts:
    """Find what is not published."""
    start = query.number("start", 0)
    return {"listing": knowledge.candidates(start=start, size=SHOWN), "start": start}


def decisions(knowledge: Knowledge, query: Query) -> Parts:
    """Find decisions of the wanted kind, and their days."""
    reason, stage = query.one_of("reason", REASONS), query.one_of("stage", get_args(Stage))
    back = query.one_of("only", ("withdrawn",)) == "withdrawn"
    before = query.number("before_ms", 0, high=TIME_MAX) or None

    def wanted(decision: DecisionView) -> bool:
        return (
            reason in {"", decision.reason.code}
            and stage in {"", decision.to_stage}
            and (not back or timeline.takes_back(decision))
        )

    listing = _wanted(knowledge, wanted, before)
    return {
        "listing": listing,
        "lanes": timeline.lanes(listing.items),
        "reason": reason,
        "stage": stage,
        "only": "withdrawn" if back else "",
        "before_ms": before,
        "reasons": REASONS,
        "stages": STAGES,
    }


def pair(knowledge: Knowledge, rewrite_id: str) -> Parts:
    """Find everything about one pair.

    Raises:
        UnknownError, ElsewhereError, UnavailableError: from `Knowledge.pair`.
    """
    found = knowledge.pair(rewrite_id)
    live = knowledge.rewrites(size=1, search=rewrite_id).items
    orders = tuple(order for order in knowledge.orders().items if _is_about(order, found))
    return {
        "pair": found,
        "live": next((one for one in live if one.rewrite_id == rewrite_id), None),
        "decisions": knowledge.decisions(size=SHOWN, rewrite_id=rewrite_id).items,
        "orders": orders,
    }


def explain(knowledge: Knowledge, query: Query) -> Parts:
    """Find what is known of a text."""
    source, where, asked = query.text("source"), query.one_of("where", WHERE) or "any", query.text("state")
    state = asked or ("" if where == "none" else None)
    tenant, locale = query.text("tenant") or None, query.text("locale") or None
    fault = ""
    found: tuple[ExplanationView, ...] = ()
    if source:
        try:
            found = knowledge.explain(source, state=state, tenant=tenant, locale=locale)
        except (UnknownError, ElsewhereError) as error:
            fault = str(error)
    pictures = [drawing.picture(one.chain) for one in found]
    given = {"source": source, "where": where, "state": asked, "tenant": tenant or "", "locale": locale or ""}
    return {**given, "found": list(zip(found, pictures, strict=True)), "fault": fault}


def rejected(knowledge: Knowledge, query: Query) -> Parts:  # noqa: ARG001 - every page is found alike
    """Find rejected records."""
    return {"listing": knowledge.rejected(size=SHOWN)}


def orders(knowledge: Knowledge, query: Query) -> Parts:
    """Find the orders in force, and the one that was just given."""
    listing, scope = knowledge.orders(), query.text("given", size=IDENTIFIER_LENGTH_MAX)
    return {"listing": listing, "given": next((one for one in listing.items if scope and one.scope == scope), None)}


def _is_about(order: OrderView, pair: CandidateView) -> bool:
    """Return whether an order names a pair, or this source or target; wider ones stand in the list of all orders."""
    if order.rewrite_id:
        return order.rewrite_id == pair.rewrite_id
    named = [(order.source, pair.source), (order.target, pair.target)]
    if order.source is None or not (order.source or order.target):
        return False
    if order.action == "pin" and order.state != pair.state:
        return False  # A pin without a question is about no open question; others are about any.
    around = [(getattr(order, name), getattr(pair, name)) for name in ("tenant", "locale", "domain", "state")]
    return all(not said or said == known for said, known in [*named, *around])


def _wanted(
    knowledge: Knowledge, wanted: Callable[[DecisionView], bool], before_ms: int | None
) -> Listing[DecisionView]:
    """Return a page of decisions; all of one moment are on one page, as the next one begins before a moment."""
    found: list[DecisionView] = []
    note, looked_at, following = "", 0, before_ms
    for part in _parts(knowledge, before_ms):
        note, looked_at, following = part.note or note, looked_at + len(part.items), part.next
        for at_ms, moment in groupby(part.items, lambda decision: decision.decided_at):
            found += filter(wanted, moment)
            if len(found) >= SHOWN:
                return Listing(tuple(found), looked_at, at_ms, note)
    return Listing(tuple(found), looked_at, following, note)


def _parts(knowledge: Knowledge, before_ms: int | None) -> Iterator[Listing[DecisionView]]:
    looked_at = 0
    while looked_at < LOOKED_AT_MAX:
        part = knowledge.decisions(before_ms=before_ms, size=PAGE_MAX)
        looked_at += max(len(part.items), 1)
        yield part
        if part.next is None:
            return
        before_ms = part.next
