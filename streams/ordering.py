"""Orders of people for the topic `policy`: checked, named and dated, and sent. Knows nothing of what follows from one.

An order's scope, its key in the topic, says what the order is about and not what it wants. So a later order about the
same thing takes the place of the earlier one: a pair that was pinned and is then blocked leaves one record.
"""

import time
from collections.abc import Iterable
from contextlib import closing
from hashlib import blake2b
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
from pydantic import ValidationError

from schemas.codec import encode_avro
from schemas.limits import IDENTIFIER_LENGTH_MAX
from schemas.records import OptionalLocale, Policy, PolicyAction
from schemas.registry import SchemaTable
from streams.kafka.connection import Connection
from streams.kafka.schema_ids import schemas_of
from streams.kafka.sending import Sender
from streams.settings import Settings, expected
from streams.text import normalise

SETTABLE: Final = frozenset(
    {
        "alpha",
        "win_loss_min",
        "repairs_min",
        "users_min",
        "trial_share",
        "promoted_share",
        "watch_alpha",
        "watch_share",
        "cool_off_ms",
        "expires_after_ms",
    }
)
"""Settings that an order may change for a tenant, locale or domain."""

REWRITE_FIELDS: Final = ("tenant", "locale", "domain", "state", "source", "target", "rewrite_id")
"""What says which rewrites an order is about; an empty field does not narrow it."""

SUBJECTS: Final[dict[PolicyAction, tuple[str, tuple[str, ...]]]] = {
    **dict.fromkeys(("kill", "block", "pin", "allow"), ("rewrites", (*REWRITE_FIELDS, "user"))),
    "set": ("settings", ("setting", "tenant", "locale", "domain")),
    "erase": ("erase", ("tenant", "user")),
}
"""For each action, what kind of thing it is about, and the fields that say which one."""

PAIR: Final = ("tenant", "locale", "source", "target")
"""What names one pair, at one question or at all of them."""

TENANT: Final = Annotated[str, msgspec.Meta(pattern=r"^[^|\x00-\x1f\x7f]*\Z")]


class OrderError(ValueError):
    """An order that makes no sense; the text names the field and what to give instead. It holds no user."""


# -- what is ordered ---------------------------------------------------------------------------------------------------


def prepared(draft: Policy, *, everything: bool = False) -> Policy:
    """Return an order as it may be sent: checked, its texts normalised where the locale is known, with its scope.

    Args:
        draft: the order; its scope and time are not looked at.
        everything: whether an order that nothing narrows is really meant.

    Raises:
        OrderError: a field is missing, impossible, or without use for this action.
    """
    _check_fields(draft)
    CHECKS.get(draft.action, _check_about_rewrites)(draft)
    kind, names = SUBJECTS[draft.action]
    if not (everything or any(getattr(draft, name) for name in names if name != "setting")):
        message = f"this order would be about all {kind}; narrow it, or say that everything is meant"
        raise OrderError(message)
    policy = msgspec.structs.replace(draft, **_normalised(draft))
    policy = msgspec.structs.replace(policy, scope=scope_of(policy))
    try:
        encode_avro(policy)
    except ValueError as error:
        raise OrderError(str(error)) from None
    return policy


def scope_of(policy: Policy) -> str:
    """Return the key of an order: the same for all orders about the same thing, another one for any other thing.

    It can be read where it is short enough and names no user; who listens to keys is told no pseudonym.
    """
    kind = SUBJECTS[policy.action][0]
    about = _about(policy)
    if all(name in about for name in PAIR):
        about.pop("domain", None)  # a pin notes its pair's domain, which is no part of the pair's name
    if not about:
        return kind
    text = f"{kind}?{urlencode(about)}"
    if "user" not in about and len(text) <= IDENTIFIER_LENGTH_MAX:
        return text
    return f"{kind}#{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=20).hexdigest()}"


def dated(policy: Policy, others: Iterable[Policy], now_ms: int) -> Policy:
    """Return an order with a time that makes it decide: after every order it could contradict.

    Args:
        policy: the new order.
        others: the orders in force.
        now_ms: this machine's clock, epoch milliseconds; it is behind when the order gets a later time than this.
    """
    newest = max((other.issued_at for other in others if _touches(policy, other)), default=-1)
    return msgspec.structs.replace(policy, issued_at=max(now_ms, newest + 1))


def clock_ms() -> int:
    """Return the time of this machine's clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _touches(policy: Policy, other: Policy) -> bool:
    """Return whether two orders can be about one thing: no field that both give differs."""
    about, others = _about(policy), _about(other)
    same_kind = SUBJECTS[policy.action][0] == SUBJECTS[other.action][0]
    return same_kind and all(others.get(name, text) == text for name, text in about.items())


def _about(policy: Policy) -> dict[str, str]:
    """Return the fields that say what an order is about, texts in the form that all writings of them share."""
    about = {name: text for name in SUBJECTS[policy.action][1] if (text := getattr(policy, name))}
    texts = {name: normalise(about[name], policy.locale) for name in ("source", "target") if name in about}
    return about | texts if policy.locale else about


def _normalised(policy: Policy) -> dict[str, str]:
    """Return the texts of an order in the form that all writings of them share; the target keeps its own."""
    if not policy.locale:
        return {"source": policy.source.strip(), "target": policy.target.strip()}
    target = policy.target.strip() if policy.action == "pin" else normalise(policy.target, policy.locale)
    return {"source": normalise(policy.source, policy.locale), "target": target}


# -- what makes sense --------------------------------------------------------------------------------------------------


def _check_fields(policy: Policy) -> None:
    for name, kind, wanted in (
        ("tenant", TENANT, "a name without bars and control characters"),
        ("locale", OptionalLocale, "a BCP 47 tag such as en-US, spelt as in the turns"),
    ):
        try:
            msgspec.convert(getattr(policy, name), kind)
        except msgspec.ValidationError:
            message = f"{name}: expected {wanted}"
            raise OrderError(message) from None
    for name in ("source", "target"):
        text = getattr(policy, name)
        if text and not (normalise(text, policy.locale) if policy.locale else text.strip()):
            message = f"{name}: expected words; nothing is left of it once normalised"
            raise OrderError(message)


def _check_about_rewrites(policy: Policy) -> None:
    named = [name for name in REWRITE_FIELDS if name != "rewrite_id" and getattr(policy, name)]
    if policy.rewrite_id and named:
        message = f"rewrite_id: a rewrite's id says all; leave {', '.join(named)} out"
        raise OrderError(message)
    if policy.domain and all(getattr(policy, name) for name in PAIR):
        message = "domain: a pair that is named in full needs no domain; leave it out"
        raise OrderError(message)
    if policy.user and policy.action == "kill":
        message = "user: a kill is for everybody; `block` takes a user"
        raise OrderError(message)


def _check_pin(policy: Policy) -> None:
    for name in PAIR:
        if not getattr(policy, name):
            message = f"{name}: a pin needs it, besides {', '.join(other for other in PAIR if other != name)}"
            raise OrderError(message)
    if policy.user:
        message = "user: a pin is for everybody; leave it out"
        raise OrderError(message)
    if normalise(policy.source, policy.locale) == normalise(policy.target, policy.locale):
        message = "target: is the same text as the source once normalised"
        raise OrderError(message)


def _check_set(policy: Policy) -> None:
    if policy.setting not in SETTABLE:
        message = f"setting: expected one of {', '.join(sorted(SETTABLE))}"
        raise OrderError(message)
    try:
        Settings.model_validate({policy.setting: policy.value})
    except ValidationError:
        message = f"`{policy.setting}` is {policy.value!r}; expected {expected(policy.setting)}"
        raise OrderError(message) from None


def _check_erase(policy: Policy) -> None:
    if not policy.user:
        message = "user: expected the pseudonym of the person to forget"
        raise OrderError(message)


CHECKS: Final = {"pin": _check_pin, "set": _check_set, "erase": _check_erase}


# -- sending -----------------------------------------------------------------------------------------------------------


def send_order(connection: Connection, policy: Policy, schemas: SchemaTable | None = None) -> None:
    """Send an order and wait until it has arrived.

    Args:
        connection: how to reach Kafka.
        policy: from `prepared` and `dated`.
        schemas: the schema ids; those of the Schema Registry, if there is one, or the fixed ones when None.

    Raises:
        DeliveryError, QueueFullError: it did not arrive; nothing was ordered.
        RegistryError: there is a Schema Registry, and it does not answer or refuses our schemas.
        SettingsError: a file that holds a secret cannot be read.
    """
    table = schemas_of(connection) if schemas is None else schemas
    _send(connection, policy.scope, encode_avro(policy, table))


def forget_order(connection: Connection, scope: str) -> None:
    """Take an order back as if it had never been given, and wait until that has arrived. Raises as `send_order`."""
    _send(connection, scope, None)


def _send(connection: Connection, scope: str, value: bytes | None) -> None:
    with closing(Sender(connection)) as sender:
        sender.send(connection.topic("policy"), scope.encode("utf-8"), value)
