"""The records as frozen values, one class a schema. Knows only their shape, never where they come from or go.

Field documentation lives in the Avro files beside this module, which are the published contract; a test holds
the two together. Records never refer back to each other, so the garbage collector need not look at them (``gc=False``).
Times are integers, milliseconds since 1970-01-01 UTC. Texts of ``""`` mean "none".
"""

from typing import Annotated, Literal

import msgspec

from schemas import limits

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.IDENTIFIER_LENGTH_MAX)]
Tenant = Annotated[
    str, msgspec.Meta(min_length=1, max_length=limits.IDENTIFIER_LENGTH_MAX, pattern=r"^[^|\x00-\x1f\x7f]+\Z")
]
"""No bar: keys are ``tenant|user``, and one tenant must never be able to name another's."""

OptionalIdentifier = Annotated[str, msgspec.Meta(max_length=limits.IDENTIFIER_LENGTH_MAX)]
# ``\Z`` and not ``$``, which would let a newline at the end pass.
Locale = Annotated[
    str,
    msgspec.Meta(min_length=2, max_length=limits.LOCALE_LENGTH_MAX, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z"),
]
OptionalLocale = Annotated[
    str, msgspec.Meta(max_length=limits.LOCALE_LENGTH_MAX, pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?\Z")
]
Traceparent = Annotated[str, msgspec.Meta(max_length=limits.TRACEPARENT_LENGTH_MAX)]
EpochMs = Annotated[int, msgspec.Meta(ge=0, le=limits.EPOCH_MS_MAX)]
Said = Annotated[str, msgspec.Meta(max_length=limits.SAID_LENGTH_MAX)]
Meaning = Annotated[str, msgspec.Meta(max_length=limits.MEANING_LENGTH_MAX)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
NaturalNumber = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

ReplyStatus = Literal["answered", "asked_again", "not_understood", "failed", "unsupported", "unknown"]
BargeInKind = Literal["speech", "keyword", "button", "backchannel", "false_alarm", "unknown"]
FailurePoint = Literal["false_wake", "asr", "nlu", "entity", "result", "none"]
SignalKind = Literal["confirmed", "denied", "thumbs_up", "thumbs_down", "barge_in", "cancelled", "played"]
Arm = Literal["treated", "held_out"]
FeedbackKind = Literal[
    "barge_in", "rephrase", "repeat", "cancelled", "asked_again", "explicit_yes", "explicit_no", "playback"
]
Outcome = Literal["success", "failure", "unknown"]
ClosedBy = Literal["gap", "pushed_out", "end"]
JoinedBy = Literal["asked_again", "rephrase", "repeat"]
CorrectionReason = Literal["denied", "undone", "repeated", "thumbs_down", "cancelled"]
Stage = Literal["none", "candidate", "shadow", "trial", "promoted", "pinned", "demoted", "blocked", "expired"]
Origin = Literal["learned", "manual"]
QuestionName = Literal["means", "fails", "works"]
PolicyAction = Literal["kill", "block", "pin", "allow", "erase", "set"]


class Alternative(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One of the recogniser's other readings of an utterance."""

    said: Said
    confidence: Share | None = None


class Slot(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A named value the assistant found in an utterance."""

    name: Identifier
    value: Annotated[str, msgspec.Meta(max_length=limits.SLOT_VALUE_LENGTH_MAX)]


class Interpretation(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What the assistant took a turn to mean."""

    domain: OptionalIdentifier = ""
    intent: OptionalIdentifier = ""
    slots: Annotated[tuple[Slot, ...], msgspec.Meta(max_length=limits.SLOTS_MAX)] = ()
    confidence: Share | None = None


class Reply(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How the assistant answered a turn."""

    status: ReplyStatus = "unknown"
    text: Annotated[str, msgspec.Meta(max_length=limits.REPLY_LENGTH_MAX)] = ""
    started_at: EpochMs | None = None
    ended_at: EpochMs | None = None


class BargeIn(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """That a turn interrupted the reply before it."""

    kind: BargeInKind = "unknown"
    at_ms: NaturalNumber | None = None
    resumed: bool = False


class AppliedRewrite(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The rewrite a consumer applied to a turn, or held out from it."""

    rewrite_id: Identifier
    version: NaturalNumber
    arm: Arm
    executed: Said


class Turn(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One user utterance and the assistant's reply."""

    turn_id: Identifier
    said: Said
    expecting: OptionalIdentifier = ""
    said_confidence: Share | None = None
    alternatives: Annotated[tuple[Alternative, ...], msgspec.Meta(max_length=limits.ALTERNATIVES_MAX)] = ()
    speech_started_at: EpochMs | None = None
    interpretation: Interpretation | None = None
    reply: Reply = Reply()
    barge_in: BargeIn | None = None
    rewrite: AppliedRewrite | None = None
    failure_point: FailurePoint | None = None


class Signal(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A late fact about a turn already sent."""

    turn_id: Identifier
    kind: SignalKind
    value: NaturalNumber | None = None


class Tick(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Nothing but the passing of time, for quiet partitions."""


BODY_EXPECTED = "expected exactly one of `turn`, `signal` and `tick`"
REPLY_END_EXPECTED = "expected `turn.reply.ended_at` at most an hour after `occurred_at`, both in epoch milliseconds"


class TurnEvent(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """What producers send: a header and exactly one body.

    Raises:
        ValueError: not exactly one of turn, signal and tick is given, or a time contradicts another.
    """

    tenant: Tenant
    locale: Locale
    user: Identifier
    session_id: OptionalIdentifier
    occurred_at: EpochMs
    device: OptionalIdentifier = ""
    turn: Turn | None = None
    signal: Signal | None = None
    tick: Tick | None = None

    def __post_init__(self) -> None:
        """Check what no single field can: one body, and a reply that ends within reason."""
        turn = self.turn
        if turn is None:
            if (self.signal is None) is (self.tick is None):
                raise ValueError(BODY_EXPECTED)
            return
        if self.signal is not None or self.tick is not None:
            raise ValueError(BODY_EXPECTED)
        ended_at = turn.reply.ended_at
        if ended_at is not None and ended_at > self.occurred_at + limits.REPLY_DURATION_MS_MAX:
            raise ValueError(REPLY_END_EXPECTED)


class Feedback(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One implicit or explicit reaction to a turn. Holds no text and no user."""

    feedback_id: Identifier
    tenant: Tenant
    locale: Locale
    turn_id: Identifier
    cause_turn_id: OptionalIdentifier
    kind: FeedbackKind
    score: Share
    detector: OptionalIdentifier
    occurred_at: EpochMs
    detected_at: EpochMs
    late: bool = False


class TrailTurn(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A turn as part of a trail: where the chain was, and how that step ended."""

    turn_id: Identifier
    occurred_at: EpochMs
    session_id: OptionalIdentifier
    state: OptionalIdentifier
    said: Said
    heard: Said
    domain: OptionalIdentifier = ""
    intent: OptionalIdentifier = ""
    meaning: Meaning | None = None
    outcome: Outcome = "unknown"
    weight: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 1.0
    joined_to: Identifier | None = None
    joined_by: JoinedBy | None = None
    score: Share = 0.0
    rewrite: AppliedRewrite | None = None
    failure_point: FailurePoint | None = None
    silent: bool = False
    traceparent: Traceparent = ""


class Trail(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One goal attempt of one user, complete."""

    trail_id: Identifier
    tenant: Tenant
    locale: Locale
    user: Identifier
    started_at: EpochMs
    ended_at: EpochMs
    settled_at: EpochMs
    closed_by: ClosedBy
    outcome: Outcome
    normaliser: OptionalIdentifier
    detector: OptionalIdentifier
    turns: Annotated[tuple[TrailTurn, ...], msgspec.Meta(min_length=1, max_length=limits.TURNS_PER_TRAIL_MAX)]


class Correction(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A late complaint about a served rewrite: one loss of that version."""

    turn_id: Identifier
    rewrite: AppliedRewrite
    reason: CorrectionReason
    occurred_at: EpochMs
    user: Identifier
    traceparent: Traceparent = ""


class Trails(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What detect tells learn in one flush about one chain; with nothing in it, only that time has passed."""

    tenant: OptionalIdentifier
    locale: OptionalLocale
    partition: NaturalNumber
    partition_time: EpochMs
    trails: Annotated[tuple[Trail, ...], msgspec.Meta(max_length=limits.TRAILS_PER_RECORD_MAX)] = ()
    corrections: Annotated[tuple[Correction, ...], msgspec.Meta(max_length=limits.TRAILS_PER_RECORD_MAX)] = ()


class Question(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One of the three questions about a candidate, with its evidence."""

    question: QuestionName
    wins: float
    losses: float
    p0: float
    e_value: float


class Evidence(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Why a rewrite is where it is."""

    wins: float = 0.0
    losses: float = 0.0
    win_loss: float | None = None
    win_share_lower: float = 0.0
    e_value: float = 0.0
    treated_success: float | None = None
    held_out_success: float | None = None
    users: NaturalNumber = 0
    repairs: NaturalNumber = 0
    absorption: float = 0.0
    first_seen: EpochMs = 0
    last_seen: EpochMs = 0
    questions: Annotated[tuple[Question, ...], msgspec.Meta(max_length=limits.QUESTIONS_MAX)] = ()
    treated: float = 0.0
    held_out: float = 0.0


class DecidedBy(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The record that tipped a decision."""

    topic: Annotated[str, msgspec.Meta(max_length=limits.TOPIC_LENGTH_MAX)]
    partition: NaturalNumber
    offset: NaturalNumber


class Rewrite(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """At this state, hear this source as this target."""

    rewrite_id: Identifier
    version: NaturalNumber
    tenant: Tenant
    locale: Locale
    domain: OptionalIdentifier
    state: OptionalIdentifier
    source: Said
    target: Said
    meaning: Meaning
    normaliser: OptionalIdentifier
    stage: Literal["trial", "promoted", "pinned"]
    share: Share
    origin: Origin
    evidence: Evidence
    decided_at: EpochMs
    decided_by: DecidedBy
    expires_at: EpochMs
    learner: OptionalIdentifier


class Decision(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One change of a pair's stage: the audit log."""

    decision_id: Identifier
    rewrite_id: Identifier
    tenant: Tenant
    locale: Locale
    domain: OptionalIdentifier
    state: OptionalIdentifier
    source: Said
    target: Said
    meaning: Meaning
    from_stage: Stage
    to_stage: Stage
    reason: Identifier
    evidence: Evidence
    decided_at: EpochMs
    decided_by: DecidedBy
    learner: OptionalIdentifier


class Policy(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a person decided: kill, block, pin, allow, erase, or a threshold for a scope."""

    scope: Identifier
    action: PolicyAction
    issued_at: EpochMs
    tenant: OptionalIdentifier = ""
    locale: OptionalIdentifier = ""
    domain: OptionalIdentifier = ""
    state: OptionalIdentifier = ""
    source: Said = ""
    target: Said = ""
    rewrite_id: OptionalIdentifier = ""
    user: OptionalIdentifier = ""
    setting: OptionalIdentifier = ""
    value: Said = ""
    issued_by: OptionalIdentifier = ""
    note: Annotated[str, msgspec.Meta(max_length=limits.SAID_LENGTH_MAX)] = ""


RECORDS: tuple[type[msgspec.Struct], ...] = (TurnEvent, Feedback, Trails, Rewrite, Decision, Policy)
"""The records that are values of topics, in the order of their fixed schema ids, which start at 1."""
