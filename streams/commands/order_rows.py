"""Rewrites and orders as rows of tables and as JSON. Knows no topic and no option."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.console import RenderableType

from schemas.records import Evidence, Policy
from streams.commands.in_force import Entry
from streams.commands.order_words import DONE, about_words
from streams.orders import Place
from streams.tables import table
from streams.wording import at_state, minute, quoted, short

REWRITE_COLUMNS: Final = ("rewrite", "stage", "evidence", "live since", "order", "id")
ENTRY_COLUMNS: Final = ("rewrite", "id")
ORDER_COLUMNS: Final = ("order", "about", "since", "by", "why")


def entries_table(title: str, shown: Iterable[Entry]) -> RenderableType:
    """Lay out rewrites by what they do."""
    rows = [(_what(entry), entry.live.rewrite_id) for entry in shown]
    return table(title, ENTRY_COLUMNS, rows)


def rewrites_table(title: str, shown: Iterable[Entry], orders: Mapping[Place, list[Policy]]) -> RenderableType:
    """Lay out rewrites with their evidence and the order that decides about them."""
    return table(title, REWRITE_COLUMNS, [_rewrite_row(entry, orders.get(entry.place, [])) for entry in shown])


def orders_table(policies: Iterable[Policy]) -> RenderableType:
    """Lay out orders, the latest first."""
    latest_first = sorted(policies, key=lambda policy: policy.issued_at, reverse=True)
    rows = [
        (DONE[order.action], about_words(order), minute(order.issued_at), order.issued_by, order.note)
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


def _what(entry: Entry) -> str:
    return f"{quoted(entry.place.source)} to {quoted(entry.live.target)} {at_state(entry.place.state)}"


def _rewrite_row(entry: Entry, orders: Sequence[Policy]) -> tuple[str, ...]:
    published = entry.published
    evidence, since = ("", "") if published is None else (_evidence(published.evidence), minute(published.decided_at))
    stage = f"{stage_of(entry)} {entry.live.share:.0%}"
    return (
        _what(entry),
        stage,
        evidence,
        since,
        ", ".join(DONE[order.action] for order in orders[:1]),
        entry.live.rewrite_id,
    )


def _evidence(found: Evidence) -> str:
    """Say wins and losses, and the success of both arms with the number of outcomes it is of."""
    arms = (("treated", found.treated_success, found.treated), ("held out", found.held_out_success, found.held_out))
    told = [f"{arm} {success:.0%} of {short(number)}" for arm, success, number in arms if success is not None]
    return ", ".join([f"{short(found.wins)}:{short(found.losses)} won", *told])
