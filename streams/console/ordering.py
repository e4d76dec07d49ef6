"""An order of somebody at the console: made from a draft, given, and waited for. Knows records, no page."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from schemas.records import Policy
from streams.configuring.refusal import SettingsError
from streams.console.knowledge import OrderRefusedError, UnavailableError
from streams.console.views import OrderDraft
from streams.kafka.connection import Connection
from streams.kafka.deliveries import DeliveryError, QueueFullError
from streams.kafka.schema_registry import RegistryError
from streams.order_values import OrderError, dated, prepared
from streams.ordering import send_order

ACTIONS: Final = frozenset({"pin", "block", "kill", "allow"})
"""What can be ordered at the console; the rest is for `reprise erase` and `reprise rewrites set`."""

OBEYED_WITHIN_S: Final = 10.0
"""How long to wait until the worker has read an order; it reads within a poll."""

LOOK_EVERY_S: Final = 0.02

InForce = Callable[[], Mapping[str, Policy]]
"""Reads the orders in force, by scope."""


def drafted(draft: OrderDraft) -> Policy:
    """Return the order that a draft asks for; its time is not yet set.

    Raises:
        OrderRefusedError: it makes no sense; the message names the field and the fix.
    """
    if draft.action not in ACTIONS:
        message = f"action: expected one of {', '.join(sorted(ACTIONS))}"
        raise OrderRefusedError(message)
    given = {**msgspec.structs.asdict(draft), "issued_by": draft.issued_by.strip()}
    if not given["issued_by"]:
        message = "issued_by: say who orders it; the audit keeps it"
        raise OrderRefusedError(message)
    try:
        return prepared(Policy("", issued_at=0, **given))
    except OrderError as error:
        raise OrderRefusedError(str(error)) from None


def given(connection: Connection, policy: Policy, in_force: InForce) -> Policy:
    """Send an order, dated after what it contradicts, and wait until the worker has read it.

    Returns:
        The order as it is in force: a later one about the same may have taken its place already.

    Raises:
        UnavailableError: it did not arrive, or was not read in time; the message says which.
    """
    order = dated(policy, in_force().values(), clock_ms())
    try:
        send_order(connection, order)
    except (DeliveryError, QueueFullError, RegistryError, SettingsError) as error:
        message = f"nothing was ordered: {error}"
        raise UnavailableError(message) from None
    return _read(order, in_force)


def clock_ms() -> int:
    """Return the time of this machine's clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _read(order: Policy, in_force: InForce) -> Policy:
    deadline_s = time.monotonic() + OBEYED_WITHIN_S
    while time.monotonic() < deadline_s:
        found = in_force().get(order.scope)
        if found is not None and found.issued_at >= order.issued_at:
            return found
        time.sleep(LOOK_EVERY_S)
    message = "the order is in Kafka, but this worker has not read it yet; programs that serve read it by themselves"
    raise UnavailableError(message)
