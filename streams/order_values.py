"""Orders of people as records of the topic `policy`: checked, named and dated. Knows no Kafka and no clock.

An order's scope, its key in the topic, says what the order is about and not what it wants. So a later order about the
same thing takes the place of the earlier one: a pair that was pinned and is then blocked leaves one record.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
from pydantic import ValidationError

from schemas.codec import encode_avro
from schemas.limits import IDENTIFIER_LENGTH_MAX
from schemas.records import OptionalLocale, Policy, PolicyAction
from streams.learn.obeying import SETTABLE
from streams.settings import Settings, expected
from streams.text import normalise

REWRITE_FIELDS: Final = ("tenant", "locale", "domain", "state", "source", "target", "rewrite_id")
"""What says which rewrites an order is about; an empty field does not narrow it."""

SUBJECTS: Final[dict[PolicyAction, tuple[str, tuple[str, ...]]]] = {
    **dict.fromkeys(("kill", "block", "pin", "allow"), ("rewrites", (*REWRITE_FIELDS, "user"))),
    "set": ("settings", ("setting", "tenant", "locale")),
    "erase": ("erase", ("tenant", "user")),
}
"""For each action, what kind of thing it is about, and the fields that say which one."""

PAIR: Final = ("tenant", "locale", "source", "target")
"""What names one pair, at one question or at all of them."""

TENANT: Final = Annotated[str, msgspec.Meta(pattern=r"^[^|\x00-\x1f\x7f]*\Z")]

Faults = Iterator[tuple[str, str]]
"""Fields at fault, "" for the order as a whole, each with what to give instead."""


class OrderError(ValueError):
    """An order that makes no sense. Its text holds no user.

    Attributes:
        field: the field at fault, "" for the order as a whole.
        fault: what to give instead.
    """

    def __init__(self, field: str, fault: str) -> None:
        self.field = field
        self.fault = fault
        super().__init__(f"{field}: {fault}" if field else fault)


def prepared(draft: Policy, *, everything: bool = False) -> Policy:
    """Return an order as it may be sent: checked, its texts normalised where the locale is known, with its scope.

    Args:
        draft: the order; its scope and time are not looked at.
        everything: whether an order that nothing narrows is really meant.

    Raises:
        OrderError: a field is missing, impossible, or without use for this action.
    """
    for field, fault in _faults(draft, everything=everything):
        raise OrderError(field, fault)
    policy = msgspec.structs.replace(draft, **_normalised(draft))
    return msgspec.structs.replace(policy, scope=scope_of(policy))


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
    text = f"{kind}?{urlencode(about, errors='surrogatepass')}"
    if "user" not in about and len(text) <= IDENTIFIER_LENGTH_MAX:
        return text
    return f"{kind}#{blake2b(text.encode(), digest_size=20).hexdigest()}"


def dated(policy: Policy, others: Iterable[Policy], now_ms: int) -> Policy:
    """Return an order with a time that makes it decide: after every order it could contradict.

    Args:
        policy: the new order.
        others: the orders in force.
        now_ms: this machine's clock, epoch milliseconds; it is behind when the order gets a later time than this.
    """
    newest = max((other.issued_at for other in others if _touches(policy, other)), default=-1)
    return msgspec.structs.replace(policy, issued_at=max(now_ms, newest + 1))


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
    """Return the texts of an order as they are sent; the target of a pin is run as it is written."""
    if not policy.locale:
        return {"source": policy.source.strip(), "target": policy.target.strip()}
    target = policy.target.strip() if policy.action == "pin" else normalise(policy.target, policy.locale)
    return {"source": normalise(policy.source, policy.locale), "target": target}


# -- what makes sense --------------------------------------------------------------------------------------------------


def _faults(policy: Policy, *, everything: bool) -> Faults:
    yield from _faults_of_fields(policy)
    yield from FAULTS.get(policy.action, _faults_about_rewrites)(policy)
    kind, names = SUBJECTS[policy.action]
    if not (everything or any(getattr(policy, name) for name in names if name != "setting")):
        yield "", f"nothing narrows this order, so that it would be about all {kind}"


def _faults_of_fields(policy: Policy) -> Faults:
    try:
        encode_avro(msgspec.structs.replace(policy, scope="any"))
    except ValueError as error:
        yield "", str(error)
    if not _fits(policy.tenant, TENANT):
        yield "tenant", "expected a name without bars and control characters"
    if not _fits(policy.locale, OptionalLocale):
        yield "locale", "expected a BCP 47 tag such as en-US, spelt as in the turns"
    for name in ("source", "target"):
        text = getattr(policy, name)
        if text and not (normalise(text, policy.locale) if policy.locale else text.strip()):
            yield name, "expected words; nothing is left of it once normalised"


def _fits(text: str, kind: object) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _faults_about_rewrites(policy: Policy) -> Faults:
    named = [name for name in REWRITE_FIELDS if name != "rewrite_id" and getattr(policy, name)]
    if policy.rewrite_id and named:
        yield "rewrite_id", f"a rewrite's id says all; leave {' and '.join(named)} out"
    if policy.domain and all(getattr(policy, name) for name in PAIR):
        yield "domain", "a pair that is named in full needs no domain; leave it out"
    if policy.user and policy.action == "kill":
        yield "user", "a kill is for everybody; `block` takes a user"


def _faults_of_pin(policy: Policy) -> Faults:
    for name in PAIR:
        if not getattr(policy, name):
            yield name, f"a pin needs it, besides {', '.join(other for other in PAIR if other != name)}"
    if policy.user:
        yield "user", "a pin is for everybody; leave it out"
    if normalise(policy.source, policy.locale) == normalise(policy.target, policy.locale):
        yield "target", "is the same text as the source once normalised"


def _faults_of_set(policy: Policy) -> Faults:
    if policy.domain:
        yield "domain", "a setting is one for a whole tenant or locale; leave it out"
    if policy.setting not in SETTABLE:
        yield "setting", f"expected one of {', '.join(sorted(SETTABLE))}"
        return
    try:
        Settings.model_validate({policy.setting: policy.value})
    except ValidationError:
        yield "value", f"{policy.value!r} is no value of `{policy.setting}`; expected {expected(policy.setting)}"


def _faults_of_erase(policy: Policy) -> Faults:
    if not policy.user:
        yield "user", "expected the pseudonym of the person to forget"


FAULTS: Final[dict[PolicyAction, Callable[[Policy], Faults]]] = {
    "pin": _faults_of_pin,
    "set": _faults_of_set,
    "erase": _faults_of_erase,
}
