"""The times in which each pair was live, from publication to withdrawal, against the truth. Knows no learner.

A new version of a live pair goes on with its stretch; another target, or another meaning, begins a new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from schemas.records import Decision, Rewrite, Stage
from streams.driver import Withdrawn
from streams.simulate.truth import TrueText, Truth, faults, wrong_from
from streams.text import normalise

GONE: Final = frozenset({"candidate", "shadow", "demoted", "blocked", "expired"})
"""Stages in which a pair is not live."""

Texts = Mapping[tuple[str, str], TrueText]


class Stretch(msgspec.Struct):
    """One stretch of one pair.

    Attributes:
        rewrite_id: the pair.
        domain: its domain.
        state: the open question.
        source: the text heard.
        target: the text it was heard as, normalised.
        from_ms: when it was published.
        promoted_ms: when it was promoted, None when it never was.
        until_ms: when it was taken back, None when it was live at the end.
        reason: why it was taken back.
        faults: why it was wrong when it was published; empty: it was right.
        promoted_faults: the same when it was promoted.
        wrong_ms: when drift made it wrong while it was live, None: it did not.
        drift: the kind of that drift.
    """

    rewrite_id: str
    domain: str
    state: str
    source: str
    target: str
    from_ms: int
    promoted_ms: int | None = None
    until_ms: int | None = None
    reason: str = ""
    faults: tuple[str, ...] = ()
    promoted_faults: tuple[str, ...] = ()
    wrong_ms: int | None = None
    drift: str = ""

    def stage_at(self, at_ms: int) -> Stage:
        """Return the stage at a moment of the stretch."""
        return "promoted" if self.promoted_ms is not None and self.promoted_ms <= at_ms else "trial"


def stretches(
    changes: Iterable[tuple[str, Rewrite | Withdrawn]], decisions: Sequence[Decision], truth: Truth
) -> list[Stretch]:
    """Return all stretches in the order of publication, each judged by the truth."""
    reasons = {(each.rewrite_id, each.decided_at): each.reason for each in decisions if each.to_stage in GONE}
    live: dict[str, Stretch] = {}
    found: list[Stretch] = []
    for key, change in changes:
        held = live.get(key)
        if isinstance(change, Withdrawn):
            if held is not None:
                _end(live.pop(key), change.decided_at, reasons)
            continue
        fresh = _begun(change, truth.locale)
        if held is None or (held.rewrite_id, held.target) != (fresh.rewrite_id, fresh.target):
            if held is not None:
                _end(held, change.decided_at, reasons)
            held = live[key] = fresh
            found.append(fresh)
        if change.stage == "promoted" and held.promoted_ms is None:
            held.promoted_ms = change.decided_at
    texts = truth.index()
    for stretch in found:
        _judge(stretch, texts, truth.locale)
    return found


def _begun(rewrite: Rewrite, locale: str) -> Stretch:
    target = normalise(rewrite.target, locale)
    return Stretch(rewrite.rewrite_id, rewrite.domain, rewrite.state, rewrite.source, target, rewrite.decided_at)


def _end(stretch: Stretch, at_ms: int, reasons: Mapping[tuple[str, int], str]) -> None:
    stretch.until_ms = at_ms
    stretch.reason = reasons.get((stretch.rewrite_id, at_ms), "replaced")


def _judge(stretch: Stretch, texts: Texts, locale: str) -> None:
    source, target = texts.get((stretch.state, stretch.source)), texts.get((stretch.state, stretch.target))
    stretch.faults = faults(source, target, stretch.from_ms, locale)
    if stretch.promoted_ms is not None:
        stretch.promoted_faults = faults(source, target, stretch.promoted_ms, locale)
    if stretch.faults or source is None or target is None:
        return
    at_ms = wrong_from(source, target, stretch.from_ms, locale)
    if at_ms is not None and (stretch.until_ms is None or at_ms < stretch.until_ms):
        stretch.wrong_ms, stretch.drift = at_ms, drift_of(source, target, at_ms)


def drift_of(source: TrueText, target: TrueText, at_ms: int | None) -> str:
    """Return the kind of drift that changes one of two texts at a moment; at None, any of the source, or the target."""
    if at_ms is None:
        return source.drift or target.drift
    changing = (text for text in (source, target) if any(period.from_ms == at_ms for period in text.periods))
    return next((text.drift for text in changing), "")
