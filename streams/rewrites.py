"""A book of rewrites, and what to do with an utterance. Knows no Kafka.

Every consumer decides alike from the same records: the arm is a hash anybody can compute again, orders win over
learned rewrites, and one lookup is all there is, so that rewrites never chain. Who is opted out meets no rewrite and is
in no arm.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from schemas.limits import SAID_LENGTH_MAX
from schemas.records import AppliedRewrite, Arm, Policy, Rewrite
from streams.keys import rewrite_key, tenant_and_locale
from streams.orders import Live, Orders, PersonalOrders, Place, is_usable, live_of
from streams.text import NORMALISER, normalise

DAY_MS: Final = 86_400_000

REWRITES_MAX: Final = 4_000_000
"""Rewrites held: "millions at most" are ever live; a topic with more is not one that we wrote."""

Problem = Literal["undecodable", "wrong_key", "normaliser", "too_many", "personal_pin"]
"""Why a record could not be used."""


class Decided(NamedTuple):
    """What to do with an utterance. True when a rewrite applies, also when this user is held out from it.

    Attributes:
        text: what to run, always: the target, or what was said.
        rewrite_id: the rewrite, "" when none applies.
        version: its version.
        arm: whether this user is treated today, None when no rewrite applies.
    """

    text: str
    rewrite_id: str = ""
    version: int = 0
    arm: Arm | None = None

    def __bool__(self) -> bool:
        return self.arm is not None


def applied(decided: Decided) -> AppliedRewrite | None:
    """Return what the turn must report (`turn.rewrite`), for both arms; None when no rewrite applied."""
    if decided.arm is None:
        return None
    return AppliedRewrite(decided.rewrite_id, decided.version, decided.arm, decided.text)


def arm_of(rewrite_id: str, user: str, at_ms: int, share: float) -> Arm:
    """Return a user's arm for a rewrite on the day (UTC) of a moment.

    The same for the whole day and in every process. Who is treated at a small share is treated at a larger one.

    Args:
        rewrite_id: the rewrite.
        user: the user's pseudonym.
        at_ms: epoch milliseconds.
        share: part of users to treat, 0 to 1.
    """
    text = f"{rewrite_id}\x1f{user}\x1f{at_ms // DAY_MS}"
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return "treated" if int.from_bytes(digest, "big") < share * 2.0**64 else "held_out"


class RewriteBook:
    """Rewrites and orders by topic key, and the decision they give.

    Changes come from one thread; `decide` may be called from any number of others meanwhile.

    Attributes:
        problems: records that could not be used, counted by reason.
    """

    def __init__(
        self, *, tenants: Collection[str] = (), locales: Collection[str] = (), rewrites_max: int = REWRITES_MAX
    ) -> None:
        """Start empty.

        Args:
            tenants: keep only rewrites of these; all when empty.
            locales: keep only rewrites of these; all when empty.
            rewrites_max: how many to hold; what comes beyond is counted as a problem.
        """
        self.problems: Counter[Problem] = Counter()
        self._tenants = frozenset(tenants)
        self._locales = frozenset(locales)
        self._rewrites_max = rewrites_max
        self._live: dict[str, Live] = {}
        self._policies: dict[str, Policy] = {}
        self._orders = Orders(())
        self._personal = PersonalOrders()

    def __len__(self) -> int:
        """Return how many rewrites are held, those that an order forbids or that have expired included."""
        return len(self._live)

    @property
    def policies(self) -> Mapping[str, Policy]:
        """The orders in force, by topic key."""
        return self._policies

    # -- changes ---------------------------------------------------------------------------------------------------

    def wants(self, key: str) -> bool:
        """Return whether a key of `rewrites` is of a tenant and locale that this book keeps."""
        if not (self._tenants or self._locales):
            return True
        tenant, locale = tenant_and_locale(key)
        return (not self._tenants or tenant in self._tenants) and (not self._locales or locale in self._locales)

    def put(self, key: str, rewrite: Rewrite) -> None:
        """Take in a published rewrite in place of what the key held.

        One that cannot be used also takes the key's former rewrite away: whatever replaced it, it is no longer meant.
        """
        problem = self._problem_of(key, rewrite)
        if problem is not None:
            self.refuse(key, problem)
            return
        self._live[key] = live_of(rewrite)

    def refuse(self, key: str, problem: Problem) -> None:
        """Count a record of `rewrites` that cannot be used, and serve no more what it replaced."""
        self.problems[problem] += 1
        self.withdraw(key)

    def withdraw(self, key: str) -> None:
        """Forget the rewrite of a key."""
        self._live.pop(key, None)

    def order(self, changes: Iterable[tuple[str, Policy | None]]) -> None:
        """Take in orders, each in place of what its key held; None lifts it. Together, because each call sorts.

        One that means nothing is counted as a problem, and leaves what its key held.
        """
        general = False
        for key, policy in changes:
            if policy is not None and not is_usable(policy):
                self.problems["personal_pin"] += 1
            else:
                general |= self._replace(key, policy)
        if general:  # one assignment: who decides sees the old or the new, no mix
            self._orders = Orders(policy for policy in self._policies.values() if not policy.user)

    def _replace(self, key: str, policy: Policy | None) -> bool:
        """Put an order in the place of another, either may be none; return whether one of them is about everybody."""
        former = self._policies.pop(key, None)
        if policy is not None:
            self._policies[key] = policy
            if policy.user:
                self._personal.add(policy)
        if former is not None and former.user:
            self._personal.remove(former)  # after its successor is there: at no moment is nothing in force
        return any(order is not None and not order.user for order in (former, policy))

    def _problem_of(self, key: str, rewrite: Rewrite) -> Problem | None:
        if key != rewrite_key(rewrite.tenant, rewrite.locale, rewrite.state, rewrite.source):
            return "wrong_key"
        if rewrite.normaliser != NORMALISER:
            return "normaliser"
        if key not in self._live and len(self._live) >= self._rewrites_max:
            return "too_many"
        return None

    # -- decisions -------------------------------------------------------------------------------------------------

    def decide(
        self,
        said: str,
        expecting: str,
        user: str,
        *,
        tenant: str,
        locale: str,
        at_ms: int | None = None,
        opted_out: bool = False,
    ) -> Decided:
        """Return what to do with an utterance: one lookup, no waiting, a few microseconds.

        Args:
            said: the utterance as it was heard.
            expecting: id of the open question, "" for none.
            user: the user's pseudonym, which decides about the arm.
            tenant: whose traffic it is.
            locale: BCP 47 tag, spelt as in the turns.
            at_ms: epoch milliseconds; now when None.
            opted_out: leave this utterance as it is, for programs that keep a list of their own of who wants that;
                whoever opted out by an order need not be on it.
        """
        if opted_out or len(said) > SAID_LENGTH_MAX:
            return Decided(said)
        source = normalise(said, locale)
        key = rewrite_key(tenant, locale, expecting, source)
        live = self._live.get(key)
        orders = self._orders
        if orders.pins:
            live = orders.pinned(key, live)
        if live is None:
            return Decided(said)
        at_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
        if not self._may_serve(live, Place(tenant, locale, expecting, source), orders, user, at_ms):
            return Decided(said)
        arm = arm_of(live.rewrite_id, user, at_ms, live.share)
        return Decided(live.target if arm == "treated" else said, live.rewrite_id, live.version, arm)

    def _may_serve(self, live: Live, place: Place, orders: Orders, user: str, at_ms: int) -> bool:
        """Return whether a rewrite is good for anything today, forbidden to nobody, and not to this user."""
        if live.expires_at is not None and at_ms >= live.expires_at:
            return False
        if orders.some and orders.forbid(live, place):
            return False
        if self._personal and self._personal.forbid(user, live, place):
            return False
        return normalise(live.target, place.locale) != place.source  # a text pinned to itself has nothing to apply
