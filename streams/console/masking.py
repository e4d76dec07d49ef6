"""From what the learner knows to what the console may show: texts that are not released become None. Does no I/O.

Whoever looks is told of a hidden pair by its id alone. What was published or told by a decision is released already.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b

from schemas.records import DecidedBy, Decision, Policy, Rewrite
from streams.console.views import (
    CandidateView,
    ChainView,
    DecisionView,
    EdgeView,
    ExplanationView,
    HistoryView,
    NodeView,
    OrderView,
    QuestionView,
    ReasonView,
    RejectedView,
    RewriteView,
)
from streams.kafka.rejections import RejectedRecord
from streams.learn.around import Around
from streams.learn.explain import Candidate, Explanation
from streams.orders import Orders, Place, live_of
from streams.text import normalise
from streams.wording import (
    decision_sentences,
    question_sentence,
    reason_words,
    rewrite_sentences,
    standing_sentences,
)

ENDS = ("success", "failure")

MayShow = Callable[[str, str, str], bool]
"""Says of a tenant, a locale and a normalised text whether it may be shown."""


def reason_view(code: str) -> ReasonView:
    """Return a reason with its words."""
    return ReasonView(code, reason_words(code))


def candidate_view(candidate: Candidate) -> CandidateView:
    """Return how a pair stands, with the texts that may be shown."""
    shown = candidate.shown
    target = candidate.target if shown.target and candidate.target else None
    is_live = candidate.live is not None
    return CandidateView(
        rewrite_id=candidate.rewrite_id,
        tenant=candidate.tenant,
        locale=candidate.locale,
        domain=candidate.domain,
        state=candidate.state,
        source=candidate.source if shown.source else None,
        target=target,
        meaning=candidate.meaning if shown.meaning else None,
        stage=candidate.stage,
        users=candidate.users,
        repairs=candidate.repairs,
        questions=tuple(_questions(candidate, target)),
        lacks=() if is_live else tuple(map(reason_view, candidate.held_by)),
        absorption=candidate.absorption,
        last_seen=candidate.last_seen,
        served=candidate.evidence if is_live else None,
        history=tuple(
            HistoryView(change.at_ms, change.from_stage, change.to_stage, reason_view(change.reason))
            for change in candidate.history
        ),
    )


def _questions(candidate: Candidate, target: str | None) -> Iterator[QuestionView]:
    for item, needed in zip(candidate.questions, candidate.needed, strict=True):
        words = question_sentence(item, needed, target)
        passed = item.e_value >= needed
        yield QuestionView(item.question, item.wins, item.losses, item.p0, item.e_value, needed, passed, words)


def explanation_view(explanation: Explanation) -> ExplanationView | None:
    """Return what may be told about a text at a question, None for a text that may not be shown at all."""
    if not explanation.shown or explanation.around is None:
        return None
    usual = explanation.usual_meaning if explanation.shows_meaning else None
    told = [candidate for candidate in explanation.candidates if candidate.known]
    told.sort(key=lambda candidate: (candidate.live is None, -candidate.users, candidate.rewrite_id))
    return ExplanationView(
        tenant=explanation.tenant,
        locale=explanation.locale,
        state=explanation.state,
        source=explanation.source,
        users=explanation.users,
        accepted=explanation.accepted,
        failed=explanation.failed,
        usual_meaning=usual,
        words=standing_sentences(explanation.users, explanation.accepted, explanation.failed, usual),
        candidates=tuple(map(candidate_view, told)),
        chain=chain_view(explanation.around),
    )


def chain_view(around: Around) -> ChainView:
    """Return the picture of the chain: its texts, then both ends, and the shares between them."""
    last = 1 + max(spot.level for spot in around.spots)
    spots = [
        NodeView(f"n{index}", "text", spot.state, spot.said, round(spot.success, 6), spot.level)
        for index, spot in enumerate(around.spots)
    ]
    ends = [NodeView(end, end, "", None, float(end == "success"), last) for end in ENDS]
    edges = [EdgeView(f"n{step.start}", _name(step.end), round(step.share, 6)) for step in around.went]
    return ChainView((*spots, *ends), tuple(edges))


def _name(end: int | str) -> str:
    return end if isinstance(end, str) else f"n{end}"


def rewrite_view(rewrite: Rewrite, forbidden_by: str = "") -> RewriteView:
    """Return a published rewrite; publishing has let its texts out."""
    return RewriteView(
        rewrite_id=rewrite.rewrite_id,
        version=rewrite.version,
        tenant=rewrite.tenant,
        locale=rewrite.locale,
        domain=rewrite.domain,
        state=rewrite.state,
        source=rewrite.source,
        target=rewrite.target,
        meaning=rewrite.meaning,
        stage=rewrite.stage,
        share=rewrite.share,
        origin=rewrite.origin,
        evidence=rewrite.evidence,
        words=rewrite_sentences(rewrite),
        decided_at=rewrite.decided_at,
        decided_by=rewrite.decided_by,
        expires_at=rewrite.expires_at,
        forbidden_by=forbidden_by,
    )


def decision_view(decision: Decision, place: DecidedBy | None = None, traceparent: str = "") -> DecisionView:
    """Return a decision; a text that the release rule kept is empty in the record, and None here."""
    return DecisionView(
        decision_id=decision.decision_id,
        rewrite_id=decision.rewrite_id,
        tenant=decision.tenant,
        locale=decision.locale,
        domain=decision.domain,
        state=decision.state,
        source=decision.source or None,
        target=decision.target or None,
        meaning=decision.meaning or None,
        from_stage=decision.from_stage,
        to_stage=decision.to_stage,
        reason=reason_view(decision.reason),
        evidence=decision.evidence,
        words=decision_sentences(decision),
        decided_at=decision.decided_at,
        decided_by=decision.decided_by,
        place=place,
        traceparent=traceparent,
    )


def forbidden_by(orders: Orders, rewrite: Rewrite) -> str:
    """Return the name of the order that forbids a rewrite, "" when it may be served."""
    place = Place(rewrite.tenant, rewrite.locale, rewrite.state, rewrite.source)
    order = orders.forbidding(live_of(rewrite), place)
    return "" if order is None else order_name(order)


def rejected_view(record: RejectedRecord) -> RejectedView:
    """Return where a rejected record is and why, without what it holds."""
    return RejectedView(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at_ms=record.at_ms,
        stage=record.stage,
        source_topic=record.source_topic,
        source_partition=record.source_partition,
        source_offset=record.source_offset,
        reason=record.reason,
        size_bytes=record.bytes,
        replayed=record.replayed,
    )


def order_view(policy: Policy, may_show: MayShow) -> OrderView:
    """Return an order: which texts a person named is shown as far as they are released, or were pinned."""
    source, target = (_ordered_text(policy, text, may_show) for text in (policy.source, policy.target))
    return OrderView(
        scope=order_name(policy),
        action=policy.action,
        tenant=policy.tenant,
        locale=policy.locale,
        domain=policy.domain,
        state=policy.state,
        source=source,
        target=target,
        rewrite_id=policy.rewrite_id,
        about_one_user=bool(policy.user),
        issued_at=policy.issued_at,
        issued_by=policy.issued_by,
        note=policy.note,
    )


def order_name(policy: Policy) -> str:
    """Return a name of an order that holds no text and no user: its scope is its key, and may spell texts out."""
    return blake2b(policy.scope.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _ordered_text(policy: Policy, text: str, may_show: MayShow) -> str | None:
    if not text:
        return None
    pinned = policy.action == "pin" and not policy.user
    if pinned or (policy.locale and may_show(policy.tenant, policy.locale, normalise(text, policy.locale))):
        return text
    return None
