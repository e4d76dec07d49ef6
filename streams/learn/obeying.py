"""What people ordered, done to one chain: kill, block, allow, pin, set, erase. Knows orders, no topic they came by.

Orders are applied by difference: each that was acted on is a row, so that an order acts once, wherever a batch was cut
and however often a worker restarts. A chain that is new obeys what is in force when it begins.

What forbids is asked again at every publication. A pin or its removal, a new kill and a lifted one act at once.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from pydantic import ValidationError

from schemas.records import DecidedBy, Policy
from streams.keys import tenant_and_locale
from streams.learn import erasing, tally
from streams.learn.ledger import Ledger, usual_meaning
from streams.learn.lifecycle import Lifecycle
from streams.learn.rows import SEPARATOR, Live, Ordered, Pair
from streams.learn.settings import LearnSettings
from streams.learn.stages import LIVE
from streams.orders import Orders as InForce
from streams.stage import Rows
from streams.text import normalise

SETTABLE = frozenset(
    {
        "alpha", "win_loss_min", "repairs_min", "users_min", "trial_share", "promoted_share", "treated_share",
        "watch_alpha", "watch_share", "cool_off_ms", "expires_after_ms",
    }
)  # fmt: skip
"""Settings that an order may change for a tenant, a locale or both. ``users_min`` can only be raised."""


class News(NamedTuple):
    """Orders that were given, and orders that were taken back or replaced, each in the order of their scopes."""

    given: list[Policy]
    gone: list[Policy]

    def about(self, chain: str) -> "News":
        """Return those that may say anything about a chain."""
        return News(*([order for order in orders if concerns(order, chain)] for orders in self))


def news(rows: Rows, policies: Mapping[str, Policy]) -> News:
    """Return what changed since the last call, and remember that it was acted on: one row an order.

    Orders about one user are left out, unless they erase: programs that serve obey them, and there may be very many.
    """
    wanted = {row_key(scope): order for scope, order in policies.items() if order.action == "erase" or not order.user}
    before = {key: row.policy for key, row in rows.scan(row_key(""))}
    for key in before.keys() - wanted.keys():
        rows.delete(key)
    given = sorted(key for key, order in wanted.items() if before.get(key) != order)
    for key in given:
        rows.put(key, Ordered(wanted[key]))
    gone = sorted(key for key, order in before.items() if wanted.get(key) != order)
    return News([wanted[key] for key in given], [before[key] for key in gone])


def row_key(scope: str) -> str:
    """Return the key of the row that says an order was acted on."""
    return f"order|{scope}"


def sets_of(policies: Mapping[str, Policy]) -> dict[str, Policy]:
    """Return the orders that set something."""
    return {scope: order for scope, order in policies.items() if order.action == "set"}


def concerns(order: Policy, chain: str) -> bool:
    """Return whether an order may say anything about a chain."""
    tenant, locale = tenant_and_locale(chain)
    return order.tenant in {"", tenant} and order.locale in {"", locale}


def settings_of(settings: LearnSettings, policies: Mapping[str, Policy], chain: str) -> LearnSettings:
    """Return the settings of a chain: the worker's, with what is set for it; the narrower order wins, then the later.

    An order that names no setting of ``SETTABLE``, or gives it a value it cannot have, changes nothing.
    """
    ordered = [order for order in sets_of(policies).values() if concerns(order, chain)]
    ordered.sort(key=lambda order: (bool(order.tenant) + bool(order.locale), order.issued_at, order.scope))
    changes: dict[str, object] = {}
    for order in ordered:
        value = _value(order.setting, order.value)
        if value is not None and not order.domain:
            changes[order.setting] = value
    if "users_min" in changes:
        changes["users_min"] = max(settings.users_min, int(str(changes["users_min"])))
    return settings.model_copy(update=changes) if changes else settings


@lru_cache(maxsize=256)
def _value(name: str, written: str) -> object | None:
    if name not in SETTABLE:
        return None
    try:
        found: object = getattr(LearnSettings.model_validate({name: written}), name)
    except ValidationError:
        return None
    return found


def erase(ledger: Ledger, orders: Iterable[Policy]) -> None:
    """Drop what is still attributable to the users that orders name."""
    tenant, _ = tenant_and_locale(ledger.name)
    for order in orders:
        if order.action == "erase" and order.user and concerns(order, ledger.name):
            user = tally.user_hash(tenant, order.user, ledger.settings.user_salt)
            ledger.flush.count("rows_erased", erasing.erase(ledger.rows, ledger.name, user))


def obey(ledger: Ledger, in_force: InForce, decided_by: DecidedBy, now: int) -> None:
    """Bring what a chain has published in line with the orders in force."""
    lifecycle = Lifecycle(ledger, decided_by, now, in_force)
    _take_back(ledger, lifecycle, in_force)
    _pin(ledger, lifecycle, in_force)
    for key, pair in list(ledger.pairs()):
        if pair.stage == "blocked" and not lifecycle.forbidden(pair):
            lifecycle.allow(key, pair)


def _take_back(ledger: Ledger, lifecycle: Lifecycle, in_force: InForce) -> None:
    prefix = f"live|{ledger.name}{SEPARATOR}"
    lives: list[tuple[str, Live]] = list(ledger.rows.scan(prefix))
    for _, live in lives:
        pair = ledger.pair(live.pair) if live.rewrite is not None else None
        if pair is None or pair.stage not in LIVE:
            continue
        forbidden = lifecycle.forbidden(pair)
        if forbidden:
            lifecycle.block(live.pair, pair, forbidden)
        elif pair.stage == "pinned" and not _is_pinned(pair, in_force):
            lifecycle.unpin(live.pair, pair)


def _pin(ledger: Ledger, lifecycle: Lifecycle, in_force: InForce) -> None:
    tenant, locale = tenant_and_locale(ledger.name)
    for key, pin in sorted(in_force.pins.items()):
        if tenant_and_locale(key) != (tenant, locale) or not _is_of_chain(ledger, pin.domain):
            continue
        state, source = key[len(f"{tenant}|{locale}|") :].rsplit("|", 1)
        target = normalise(pin.target, locale)
        if target == source:
            continue  # it asks that the text stay as it is, which programs that serve see to
        pair_key, pair = _pair_of(ledger, state, source, target, pin.domain)
        if lifecycle.forbidden(pair) or (pair.stage == "pinned" and pair.target == target):
            continue
        lifecycle.pin(pair_key, pair, target, pin.target)


def _is_of_chain(ledger: Ledger, domain: str) -> bool:
    return ledger.settings.chain_key == "locale" or ledger.name.endswith(f"|{domain}")


def _is_pinned(pair: Pair, in_force: InForce) -> bool:
    pin = in_force.pins.get(f"{pair.tenant}|{pair.locale}|{pair.state}|{pair.source}")
    return pin is not None and normalise(pin.target, pair.locale) == pair.target


def _pair_of(ledger: Ledger, state: str, source: str, target: str, domain: str) -> tuple[str, Pair]:
    """Return the pair that a pin stands for: the one with the target's usual meaning, a new one if there is none."""
    meaning = usual_meaning(ledger.text(target)) or ""
    key = ledger.pair_key(state, source, meaning)
    pair = ledger.pair(key)
    if pair is None:
        tenant, locale = tenant_and_locale(ledger.name)
        now = ledger.chain.now
        pair = Pair(tenant, locale, domain, state, source, meaning, target, first_seen=now, last_seen=now)
        ledger.timer(now + ledger.settings.forget_after_ms, key)
    return key, pair
