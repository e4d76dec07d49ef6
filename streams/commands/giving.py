"""Gives one order: checked, dated after what it contradicts, sent, and its consequences told. Knows no option."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import typer

from schemas.records import Policy
from streams.commands.in_force import Change, InForce, change, concerned, entries, read_in_force
from streams.commands.order_rows import entries_table
from streams.commands.order_words import forgotten_sentence, sentence
from streams.commands.produce import FAILED_EXIT_CODE
from streams.commands.settings import read_connection, with_shortcuts
from streams.commands.usage import UnusableError, screen
from streams.kafka.connection import Connection
from streams.kafka.deliveries import DeliveryError, QueueFullError
from streams.kafka.partitions import KafkaUnusableError
from streams.kafka.schema_registry import RegistryError
from streams.order_values import OrderError, dated, prepared
from streams.ordering import forget_order, send_order
from streams.orders import Orders


class Reach(NamedTuple):
    """The options that say how Kafka is reached."""

    bootstrap: str
    prefix: str | None
    sets: list[str]
    settings_file: str

    def connection(self) -> Connection:
        """Return how Kafka is reached; raises as `read_connection`."""
        return read_connection(with_shortcuts(self.sets, self.bootstrap, self.prefix), self.settings_file)


def checked(draft: Policy, options: Mapping[str, str], *, everything: bool = False) -> Policy:
    """Return an order as it may be sent.

    Args:
        draft: what was asked for.
        options: how the command calls a field, where not by an option of its name; "" for what narrows an order.
        everything: whether an order that nothing narrows is meant.

    Raises:
        UnusableError: it makes no sense; the text names the option.
    """
    try:
        return prepared(draft, everything=everything)
    except OrderError as error:
        option = options.get(error.field, f"--{error.field}" if error.field else "")
        message = f"{option}: {error.fault}" if error.field else f"{error.fault}{option}"
    raise UnusableError(message)


def give(policy: Policy, reach: Reach) -> int:
    """Send an order and tell what follows; return the exit code.

    Raises:
        UnusableError: Kafka or the Schema Registry cannot be used.
    """
    connection = reach.connection()
    before = look(connection)
    now_ms = clock_ms()
    policy = dated(policy, before.policies.values(), now_ms)
    if policy.issued_at > now_ms:
        behind_s = (policy.issued_at - now_ms) / 1000
        _complain(
            f"this clock is {behind_s:,.3f} s behind the latest order about the same; the new one is dated after it"
        )
    if not _sent(connection, policy.scope, policy):
        return FAILED_EXIT_CODE
    after = {**before.policies, policy.scope: policy}
    changed = change(before.rewrites, before.policies.values(), after.values(), policy.issued_at)
    about = concerned(policy, entries(before.rewrites, Orders(after.values())).values())
    _tell(sentence(policy, changed, about), changed)
    return 0


def forget(policy: Policy, reach: Reach) -> int:
    """Take back the order about the same thing, whatever it wants; return the exit code.

    Raises:
        UnusableError: there is none, or Kafka or the Schema Registry cannot be used.
    """
    connection = reach.connection()
    before = look(connection)
    given = before.policies.get(policy.scope)
    if given is None:
        message = "no order about exactly this is in force; `reprise rewrites list --orders` shows those that are"
        raise UnusableError(message)
    if not _sent(connection, policy.scope, None):
        return FAILED_EXIT_CODE
    after = {scope: order for scope, order in before.policies.items() if scope != policy.scope}
    changed = change(before.rewrites, before.policies.values(), after.values(), clock_ms())
    _tell(forgotten_sentence(given, changed), changed)
    return 0


def look(connection: Connection) -> InForce:
    """Read what is in force, and tell of records that cannot be read.

    Raises:
        UnusableError: Kafka or the Schema Registry cannot be used.
    """
    try:
        found = read_in_force(connection)
    except (KafkaUnusableError, RegistryError) as error:
        raise UnusableError(str(error)) from None
    for reason, number in found.unreadable.items():
        _complain(f"{number:,} left out that cannot be read, {reason}")
    return found


def clock_ms() -> int:
    """Return the time of this machine's clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _sent(connection: Connection, scope: str, policy: Policy | None) -> bool:
    try:
        if policy is None:
            forget_order(connection, scope)
        else:
            send_order(connection, policy)
    except RegistryError as error:
        raise UnusableError(str(error)) from None
    except (DeliveryError, QueueFullError) as error:
        _complain(f"nothing was ordered: {error}")
        return False
    return True


def _tell(said: str, changed: Change) -> None:
    screen().print(said, markup=False, soft_wrap=True)
    for title, shown in (
        ("No longer served", changed.stopped),
        ("Served", changed.started),
        ("Served in place of another", changed.replaced),
    ):
        if shown:
            screen().print(entries_table(title, shown))


def _complain(text: str) -> None:
    typer.echo(f"reprise: {text}", err=True)
