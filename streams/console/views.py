"""What the console shows, as frozen values: the pages draw them, and the JSON interface sends them as they are.

A text that the release rule has not let out is None, in every view, whoever asks; a pair is then known by its id alone.
Times are epoch milliseconds. ``words`` are sentences for somebody who has read no paper, and hold released texts only.
"""

from typing import Generic, TypeVar

import msgspec

from schemas.records import DecidedBy, Evidence, Origin, PolicyAction, QuestionName, Stage

View = TypeVar("View")


class Listing(msgspec.Struct, Generic[View], frozen=True):
    """A part of many, in order.

    Attributes:
        items: this part.
        total: how many there are, or were looked at.
        next: where the next part begins, None at the end.
        note: what a reader must know, such as that another worker has more; "" when nothing.
    """

    items: tuple[View, ...]
    total: int
    next: int | None = None
    note: str = ""


class PartitionView(msgspec.Struct, frozen=True):
    """One partition of a stage: where it is and how far. ``lag_s`` is None where it is not known."""

    stage: str
    partition: int
    owner: str
    here: bool
    fence: int
    lag_s: float | None = None


class Overview(msgspec.Struct, frozen=True):
    """The first thing to see: is it healthy, what is live, what changed since ``since_ms``.

    Attributes:
        title: the service: its prefix or folder.
        healthy: whether it is ready.
        concerns: sentences about what is not as it should be.
        live: published rewrites by stage.
        candidates: pairs by stage that are not published.
        published, withdrawn: since ``since_ms``.
        wins, losses: decisive pairs of what is live; ``lower`` and ``upper`` bound the share of wins.
        treated_success, held_out_success: of what is live; None without outcomes.
        can_order: whether orders can be given here; False for a folder.
        now_ms: when this was found.
    """

    title: str
    healthy: bool
    concerns: tuple[str, ...]
    live: dict[str, int]
    candidates: dict[str, int]
    since_ms: int
    published: int
    withdrawn: int
    wins: float
    losses: float
    lower: float
    upper: float
    treated_success: float | None
    held_out_success: float | None
    treated: float
    held_out: float
    partitions: tuple[PartitionView, ...]
    can_order: bool
    now_ms: int


class QuestionView(msgspec.Struct, frozen=True):
    """One of the three questions: its evidence, what it needs, and the same in words."""

    question: QuestionName
    wins: float
    losses: float
    p0: float
    e_value: float
    needed: float
    passed: bool
    words: str


class ReasonView(msgspec.Struct, frozen=True):
    """A reason code and what it means."""

    code: str
    words: str


class HistoryView(msgspec.Struct, frozen=True):
    """One change of a pair's stage."""

    at_ms: int
    from_stage: Stage
    to_stage: Stage
    reason: ReasonView


class RewriteView(msgspec.Struct, frozen=True):
    """A published rewrite with its evidence. ``forbidden_by`` names the order that forbids it, "" when none does."""

    rewrite_id: str
    version: int
    tenant: str
    locale: str
    domain: str
    state: str
    source: str
    target: str
    meaning: str
    stage: Stage
    share: float
    origin: Origin
    evidence: Evidence
    words: tuple[str, ...]
    decided_at: int
    decided_by: DecidedBy
    expires_at: int
    forbidden_by: str = ""


class CandidateView(msgspec.Struct, frozen=True):
    """A pair that enough people repaired, published or not: how it stands, and what it still lacks."""

    rewrite_id: str
    tenant: str
    locale: str
    domain: str
    state: str
    source: str | None
    target: str | None
    meaning: str | None
    stage: Stage
    users: int
    repairs: int
    questions: tuple[QuestionView, ...]
    lacks: tuple[ReasonView, ...]
    absorption: float | None
    last_seen: int
    served: Evidence | None
    history: tuple[HistoryView, ...]


class DecisionView(msgspec.Struct, frozen=True):
    """One line of the timeline: what changed, why, on which evidence, because of which record.

    ``place`` is the decision's own record, ``decided_by`` the record that tipped it.
    """

    decision_id: str
    rewrite_id: str
    tenant: str
    locale: str
    domain: str
    state: str
    source: str | None
    target: str | None
    meaning: str | None
    from_stage: Stage
    to_stage: Stage
    reason: ReasonView
    evidence: Evidence
    words: tuple[str, ...]
    decided_at: int
    decided_by: DecidedBy
    place: DecidedBy | None
    traceparent: str = ""


class OrderView(msgspec.Struct, frozen=True):
    """An order in force: the audit's line. An order about one user shows that it is, never which."""

    scope: str
    action: PolicyAction
    tenant: str
    locale: str
    domain: str
    state: str
    source: str | None
    target: str | None
    rewrite_id: str
    about_one_user: bool
    issued_at: int
    issued_by: str
    note: str


class RejectedView(msgspec.Struct, frozen=True):
    """A rejected record: where it is, where it came from, why. Never what it holds."""

    topic: str
    partition: int
    offset: int
    at_ms: int
    stage: str
    source_topic: str
    source_partition: int
    source_offset: int
    reason: str
    size_bytes: int
    replayed: int


class NodeView(msgspec.Struct, frozen=True):
    """A text at a question in the picture of the chain; ``text`` None stands for all hidden ones of its place.

    ``success`` is the chance that a walk from here ends in success, None where it is not known. ``kind`` tells the two
    ends from texts.
    """

    id: str
    kind: str
    state: str
    text: str | None
    success: float | None
    level: int


class EdgeView(msgspec.Struct, frozen=True):
    """Where people went from a node: ``share`` of all that was counted there, decayed."""

    source: str
    target: str
    share: float


class ChainView(msgspec.Struct, frozen=True):
    """The chain around a text: the text is the first node; ``level`` counts steps from it, ends come last."""

    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]


class ExplanationView(msgspec.Struct, frozen=True):
    """Everything that may be told about a released text at one question."""

    tenant: str
    locale: str
    state: str
    source: str
    users: int
    accepted: float
    failed: float
    usual_meaning: str | None
    words: tuple[str, ...]
    candidates: tuple[CandidateView, ...]
    chain: ChainView


class OrderDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person wants ordered in the console.

    ``rewrite_id`` names a pair for block, kill and allow; a pin names tenant, locale, state, source and target.
    ``issued_by`` is who says so, which the audit keeps.
    """

    action: PolicyAction
    issued_by: str
    rewrite_id: str = ""
    tenant: str = ""
    locale: str = ""
    domain: str = ""
    state: str = ""
    source: str = ""
    target: str = ""
    note: str = ""
