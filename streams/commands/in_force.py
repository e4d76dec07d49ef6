"""What is published and ordered now, and what follows from an order. Knows records, no option and no words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from schemas.codec import project
from schemas.errors import DecodeError
from schemas.records import Policy, Rewrite
from schemas.registry import SchemaTable
from streams.kafka.connection import Connection
from streams.kafka.scanning import scan
from streams.kafka.schema_ids import schemas_of
from streams.orders import FORBIDDING, Live, Orders, Place, live_of

Kept = TypeVar("Kept", Rewrite, Policy)


class Entry(NamedTuple):
    """What a consumer may serve at one place: a published rewrite, or a pin that nothing published stands for."""

    place: Place
    live: Live
    published: Rewrite | None


class InForce(NamedTuple):
    """The latest records of both topics by key, and those that could not be read, counted by topic and reason."""

    rewrites: dict[str, Rewrite]
    policies: dict[str, Policy]
    unreadable: Counter[str]


class Change(NamedTuple):
    """What an order changes of what is served: entries by key order."""

    stopped: list[Entry]
    started: list[Entry]
    replaced: list[Entry]


# -- reading -----------------------------------------------------------------------------------------------------------


def read_in_force(connection: Connection, schemas: SchemaTable | None = None) -> InForce:
    """Read both topics to the ends they have now.

    As in programs that serve, a record that cannot be read takes a rewrite away, and leaves an order as it was.

    Raises:
        KafkaUnusableError: Kafka does not answer, or a topic cannot be read.
        RegistryError: there is a Schema Registry, and it does not answer or lacks our schemas.
        SettingsError: a file that holds a secret cannot be read.
    """
    table = schemas_of(connection) if schemas is None else schemas
    unreadable: Counter[str] = Counter()
    policies = _latest(connection, "policy", Policy, table, unreadable)
    return InForce(_latest(connection, "rewrites", Rewrite, table, unreadable), policies, unreadable)


def _latest(
    connection: Connection, topic: str, kind: type[Kept], table: SchemaTable, unreadable: Counter[str]
) -> dict[str, Kept]:
    decode = project(kind, None, table)
    found: dict[str, Kept] = {}
    for message in scan(connection, topic):
        key, value = (message.key() or b"").decode("utf-8", "replace"), message.value()
        try:
            if value is not None:
                found[key] = decode(value)
                continue
        except DecodeError as error:
            unreadable[f"{topic}: {error}"] += 1
            if kind is Policy:
                continue
        found.pop(key, None)
    return found


# -- what follows ------------------------------------------------------------------------------------------------------


def entries(rewrites: Mapping[str, Rewrite], orders: Orders) -> dict[str, Entry]:
    """Return all that could be served, by key: what is published and what is pinned, forbidden or not."""
    found = {}
    for key in sorted(rewrites.keys() | orders.pins.keys()):
        published = rewrites.get(key)
        learned = None if published is None else live_of(published)
        live = orders.pinned(key, learned)
        if live is not None:
            found[key] = Entry(_place(key), live, published if live is learned else None)
    return found


def is_served(entry: Entry, orders: Orders, now_ms: int) -> bool:
    """Return whether programs that serve take an entry, at a moment of epoch milliseconds."""
    expires_at = entry.live.expires_at
    return (expires_at is None or now_ms < expires_at) and not orders.forbid(entry.live, entry.place)


def change(rewrites: Mapping[str, Rewrite], before: Iterable[Policy], after: Iterable[Policy], now_ms: int) -> Change:
    """Return what is served no longer, from now on, or in place of something else when orders change."""
    old, new = (_served(rewrites, Orders(policies), now_ms) for policies in (before, after))
    stopped = [entry for key, entry in old.items() if key not in new]
    started = [entry for key, entry in new.items() if key not in old]
    return Change(stopped, started, [new[key] for key in new if key in old and new[key].live != old[key].live])


def concerned(policy: Policy, among: Iterable[Entry]) -> list[Entry]:
    """Return the entries that an order is about, whatever it wants and for whomever."""
    if policy.action in {"set", "erase"}:
        return []
    about = Orders([msgspec.structs.replace(policy, action="block", user="")])
    return [entry for entry in among if about.forbid(entry.live, entry.place)]


def deciding(policies: Iterable[Policy], among: Iterable[Entry]) -> dict[Place, list[Policy]]:
    """Return the orders about each entry by its place, the one that decides first, those of single users left out."""
    found: dict[Place, list[Policy]] = {}
    general = [policy for policy in policies if not policy.user]
    held = list(among)
    for policy in sorted(general, key=lambda policy: (policy.issued_at, policy.action in FORBIDDING), reverse=True):
        for entry in concerned(policy, held):
            found.setdefault(entry.place, []).append(policy)
    return found


def _served(rewrites: Mapping[str, Rewrite], orders: Orders, now_ms: int) -> dict[str, Entry]:
    return {key: entry for key, entry in entries(rewrites, orders).items() if is_served(entry, orders, now_ms)}


def _place(key: str) -> Place:
    """Return the parts of a key of `rewrites`; only a state may hold a bar."""
    tenant, locale, rest = [*key.split("|", 2), "", ""][:3]
    state, _, source = rest.rpartition("|")
    return Place(tenant, locale, state, source)
