"""Notices in a chain's trails that another rephrase model is at work, and says so. Knows names of models, no model.

What was detected by another model is other evidence: whoever reads the decisions must see from when on it counts. The
first model a chain ever hears of is no change. While several are at work, as when workers are renewed one by one, each
name is told once.
"""

from hashlib import blake2b
from typing import Final

from schemas.records import DecidedBy, Decision, Evidence, Trail
from streams.keys import tenant_and_locale
from streams.learn.ledger import Ledger
from streams.learn.publishing import DECISIONS, LEARNER
from streams.learn.rows import DETECTORS_MAX
from streams.stage import Output

REASON: Final = "detector_changed"


def notice(ledger: Ledger, trail: Trail, decided_by: DecidedBy, now: int) -> None:
    """Remember which model a trail was detected by; one that is new to the chain makes a decision.

    The decision is about no pair: its texts and stages are empty, and ``meaning`` is the name of the new model.
    """
    known = ledger.chain.detectors
    if not trail.detector or trail.detector in known:
        return
    ledger.chain.detectors = [*known, trail.detector][-DETECTORS_MAX:]
    if known:
        ledger.flush.outputs.append(_decision(ledger.name, trail.detector, decided_by, now))
        ledger.flush.count(f"decisions.none.{REASON}")


def _decision(chain: str, detector: str, decided_by: DecidedBy, now: int) -> Output:
    tenant, locale = tenant_and_locale(chain)
    decision = Decision(
        decision_id=_digest(chain, detector, str(now)),
        rewrite_id=_digest(chain, REASON),
        tenant=tenant,
        locale=locale,
        domain=chain.removeprefix(f"{tenant}|{locale}").removeprefix("|"),
        state="",
        source="",
        target="",
        meaning=detector,
        from_stage="none",
        to_stage="none",
        reason=REASON,
        evidence=Evidence(),
        decided_at=now,
        decided_by=decided_by,
        learner=LEARNER,
    )
    return Output(DECISIONS, f"{tenant}|{locale}", decision)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
