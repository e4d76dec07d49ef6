"""Forgets people who are to be erased. Knows detect's rows and the orders in force, no turn that arrives.

An order is applied once, when it is first in force: what is held of the person then is dropped, and what comes later is
new. Turns whose trail was not sent are dropped uncounted, the one exception to "each turn ends in exactly one trail";
the fact ``turns_erased`` says how many. Their ids are forgotten too: sent a second time, they count as new.
"""

from collections.abc import Collection, Iterator, Mapping

from schemas.records import Policy
from streams.detect.rows import HEARD_KEY, Enjoyed, Erased, Heard, Person, Served, due_key, erased_key
from streams.stage import Rows


def apply(rows: Rows, policies: Mapping[str, Policy], policy_next: int, shared: Collection[str]) -> int:
    """Drop what is held of the people whom new orders name; return how many turns are dropped without a trail.

    Args:
        rows: the partition's state.
        policies: the orders in force, by scope; those to erase are looked at.
        policy_next: the offset after the last order; while it stays, nothing is looked at.
        shared: users that are many people: all their sessions are dropped with them.
    """
    heard: Heard | None = rows.get(HEARD_KEY)
    if policy_next == (0 if heard is None else heard.policy_next):
        return 0
    rows.put(HEARD_KEY, Heard(policy_next))
    orders = {scope: policy for scope, policy in policies.items() if policy.action == "erase" and policy.user}
    applied = {key: row.issued_at for key, row in rows.scan(erased_key(""))}
    for key in applied.keys() - {erased_key(scope) for scope in orders}:
        rows.delete(key)
    turns = 0
    for scope, order in sorted(orders.items()):
        if applied.get(erased_key(scope)) != order.issued_at:
            turns += _forget(rows, order.tenant, order.user, shared)
            rows.put(erased_key(scope), Erased(order.issued_at))
    return turns


def _forget(rows: Rows, tenant: str, user: str, shared: Collection[str]) -> int:
    turns = 0
    for key, row in list(_held_of(rows, tenant, user, shared)):
        rows.delete(due_key(row.due_at if isinstance(row, Person) else row.forget_at, key))
        rows.delete(key)
        if isinstance(row, Person):
            turns += sum(not turn.emitted for turn in row.turns)
    return turns


def _held_of(
    rows: Rows, tenant: str, user: str, shared: Collection[str]
) -> Iterator[tuple[str, Person | Served | Enjoyed]]:
    """Yield the rows about a user, in all tenants when none is named."""
    for kind, end in (("person", ""), ("served", "|"), ("enjoyed", "|")):
        for key, row in rows.scan(f"{kind}|{tenant}|{user}" if tenant else f"{kind}|"):
            rest = key.split("|", 2)[2]
            own = rest.startswith(user + end) if end else rest == user
            if own or (user in shared and rest.startswith(f"{user}/")):
                yield key, row
