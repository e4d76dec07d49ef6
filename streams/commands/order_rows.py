"""Rewrites and orders as rows of tables and as JSON. Knows no topic and no option."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.console import RenderableType

from schemas.records import Policy
from streams.commands.in_force import Entry
from streams.commands.order_words import DONE, about_words
from streams.orders import Place
from streams.tables import short, table

REWRITE_COLUMNS: Final = (
    "state", "source", "target", "stage", "share", "wins:losses", "treated", "held out", "live since", "orders", "id",
)  # fmt: skip
ENTRY_COLUMNS: Final = ("state", "source", "target", "id")
ORDER_COLUMNS: Final = ("order", "about", "since", "by", "why")


def entries_table(title: str, shown: Iterable[Entry]) -> RenderableType:
    """Lay out rewrites by what they do."""
    rows = [(entry.place.state, entry.place.source, entry.live.target, entry.live.rewrite_id) for entry in shown]
    return table(title, ENTRY_COLUMNS, rows)


def rewrites_table(title: str, shown: Iterable[Entry], orders: Mapping[Place, list[Policy]]) -> RenderableType:
    """Lay out rewrites with their evidence and the order that decides about them."""
    return table(title, REWRITE_COLUMNS, [_rewrite_row(entry, orders.get(entry.place, [])) for entry in shown])


def orders_table(policies: Iterable[Policy]) -> RenderableType:
    """Lay out orders, the latest first."""
    latest_first = sorted(policies, key=lambda policy: policy.issued_at, reverse=True)
    rows = [
        (DONE[order.action], about_words(order), _time(order.issued_at), order.issued_by, order.note)
        for order in latest_first
    ]
    return table("Orders in force", ORDER_COLUMNS, rows)


def rewrite_json(entry: Entry, orders: Sequence[Policy], *, served: bool) -> dict[str, Any]:
    """Return a rewrite for programs: what was published, whether it is served, and the orders about it."""
    live = entry.live
    if entry.published is not None:
        told = msgspec.to_builtins(entry.published)
    else:
        told = {"rewrite_id": live.rewrite_id, "version": live.version, "domain": live.domain, **entry.place._asdict()}
        told |= {"target": live.target, "stage": "pinned", "share": live.share, "origin": "manual"}
    return {**told, "served": served, "orders": [order_json(policy) for policy in orders]}


def order_json(policy: Policy) -> dict[str, Any]:
    """Return an order for programs, without the user it names."""
    told: dict[str, Any] = msgspec.to_builtins(policy)
    return told | {"user": "(hidden)" if policy.user else ""}


def stage_of(entry: Entry) -> str:
    """Return the stage of what is served; a pin that nothing published stands for is one all the same."""
    return "pinned" if entry.published is None else entry.published.stage


def _rewrite_row(entry: Entry, orders: Sequence[Policy]) -> tuple[str, ...]:
    evidence = ("", "", "", "")
    if entry.published is not None:
        found = entry.published.evidence
        treated = _outcomes(found.treated_success, found.treated)
        held_out = _outcomes(found.held_out_success, found.held_out)
        evidence = (f"{short(found.wins)}:{short(found.losses)}", treated, held_out, _time(entry.published.decided_at))
    place, live = entry.place, entry.live
    what = (place.state, place.source, live.target, stage_of(entry), f"{live.share:.0%}")
    return *what, *evidence, ", ".join(DONE[order.action] for order in orders[:1]), live.rewrite_id


def _outcomes(success: float | None, number: float) -> str:
    return "" if success is None else f"{success:.0%} of {short(number)}"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
