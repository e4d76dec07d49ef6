"""The state rows of detect: what is remembered of a person between turns. Knows their shape and keys, no rules."""

import msgspec

from schemas.records import AppliedRewrite, BargeInKind, FailurePoint, Interpretation, JoinedBy, ReplyStatus

HELD_TURNS_MAX = 256
"""Turns held for one person: at one turn a second, a gap of 45 s and replies of a minute need about 100."""

WAITING_SIGNALS_MAX = 64
"""Signals held for turns that have not arrived: more than a person can give within the lateness."""


class HeldTurn(msgspec.Struct, gc=False, omit_defaults=True):
    """A turn whose trail is still open, or that its neighbours still need.

    The first block is what arrived; ``barge_in`` is "" for none, and ``ended_at`` the end of the reply if known,
    else of the speech. The second block is what is derived: signals, scores of earlier turns, and the trail.
    """

    turn_id: str
    device: str
    occurred_at: int
    ended_at: int
    session_id: str
    locale: str
    state: str
    said: str
    heard: str
    interpretation: Interpretation | None
    status: ReplyStatus
    reply: str
    reply_started_at: int | None
    reply_ended_at: int | None
    speech_started_at: int | None
    barge_in: BargeInKind | str
    barge_in_at_ms: int | None
    resumed: bool
    rewrite: AppliedRewrite | None
    failure_point: FailurePoint | None

    signals: dict[str, int] = {}
    scores: dict[str, float] = {}
    trail: str = ""
    joined_to: str = ""
    joined_by: JoinedBy | None = None
    score: float = 0.0
    pushed_out: bool = False
    emitted: bool = False
    traceparent: str = ""


class HeldSignal(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A signal that arrived before its turn."""

    turn_id: str
    kind: str
    value: int
    occurred_at: int
    locale: str
    traceparent: str = ""

    def is_again(self, other: "HeldSignal") -> bool:
        """Return whether this is the other one sent again, which may have another trace."""
        return self == msgspec.structs.replace(other, traceparent=self.traceparent)


class Person(msgspec.Struct, gc=False):
    """What is remembered of one person: turns in event order, signals waiting, and when to look again.

    ``scored_by`` is the rephrase model that the scores of the turns are from, or the one at work when there are none.
    """

    tenant: str
    user: str
    turns: list[HeldTurn] = []
    signals: list[HeldSignal] = []
    due_at: int = 0
    scored_by: str = ""


class Due(msgspec.Struct, frozen=True, gc=False):
    """A timer: the key says when and for which row."""

    key: str


class Clock(msgspec.Struct, gc=False):
    """Partition time: the largest accepted ``occurred_at``."""

    partition_time: int = 0


class Served(msgspec.Struct, frozen=True, gc=False):
    """A turn that a rewrite was applied to and that did not fail, kept so that a late complaint reaches the rewrite."""

    rewrite: AppliedRewrite
    forget_at: int


class Erased(msgspec.Struct, frozen=True, gc=False):
    """An order to erase somebody that was applied, and when it was issued.

    There is one for each such order in force, as many as the policy has, which every worker holds in memory anyway.
    """

    issued_at: int


class Heard(msgspec.Struct, frozen=True, gc=False):
    """How far the policy was heard: the offset after the last order that was applied."""

    policy_next: int


class Enjoyed(msgspec.Struct, frozen=True, gc=False):
    """The last time a person said something that is enjoyed again."""

    turn_id: str
    occurred_at: int
    forget_at: int


ROWS: dict[str, type[msgspec.Struct]] = {
    "person": Person,
    "due": Due,
    "clock": Clock,
    "served": Served,
    "enjoyed": Enjoyed,
    "erased": Erased,
    "heard": Heard,
}
"""Row class by kind, the part of a key before the first bar."""

CLOCK_KEY = "clock|"
HEARD_KEY = "heard|"


def person_key(tenant: str, user: str) -> str:
    """Return the key of a person's row."""
    return f"person|{tenant}|{user}"


def served_key(tenant: str, user: str, turn_id: str) -> str:
    """Return the key of a served turn's row."""
    return f"served|{tenant}|{user}|{turn_id}"


def enjoyed_key(tenant: str, user: str, said: str) -> str:
    """Return the key of the row that remembers when something was last enjoyed."""
    return f"enjoyed|{tenant}|{user}|{said}"


def erased_key(scope: str) -> str:
    """Return the key of the row that remembers an order to erase."""
    return f"erased|{scope}"


def due_key(at_ms: int, key: str) -> str:
    """Return the key of a timer; keys of equal width sort by time."""
    return f"due|{at_ms:015d}|{key}"
