"""Recounts what leaves the system: feedback, decisions and rewrites. Knows no code that makes them."""

from collections import Counter
from collections.abc import Iterable

from tests.chaos.decoding import Reader
from tests.chaos.findings import Findings
from tests.chaos.taken import Taken

LIVE_STAGES = frozenset({"trial", "promoted", "pinned"})


def recount_published(taken: Taken, feedback: Reader, decisions: Reader, rewrites: Reader) -> Findings:
    """Look for ids that come twice, and compare what is published with what was decided."""
    findings = Findings()
    _once("feedback", (feedback.read(raw.value)["feedback_id"] for raw in taken.of("feedback")), findings)
    decided = [(raw, decisions.read(raw.value)) for raw in taken.of("decisions")]
    _once("decisions", (decision["decision_id"] for _, decision in decided), findings)
    stages = {decision["rewrite_id"]: decision["to_stage"] for _, decision in decided}
    alive = {rewrite_id for rewrite_id, stage in stages.items() if stage in LIVE_STAGES}
    kept = [rewrites.read(raw.value)["rewrite_id"] for raw in taken.latest("rewrites").values()]
    findings.count("rewrites live", len(kept))
    _compare("published, but not decided", "decided, but not published", set(kept), alive, findings)
    if len(kept) > len(set(kept)):
        findings.fault("over", "a rewrite under two keys", "rewrites", len(kept) - len(set(kept)))
    rows = {
        row["rewrite"]["rewrite_id"]
        for partition in range(taken.partitions["trails"])
        for _, row in taken.rows("learn", partition).kind("live")
        if row["rewrite"] is not None
    }
    _compare("live in the state, but not decided", "decided, but not live in the state", rows, alive, findings)
    return findings


def _once(topic: str, ids: Iterable[str], findings: Findings) -> None:
    counted = Counter(ids)
    findings.count(topic, counted.total())
    surplus = counted.total() - len(counted)
    if surplus:
        findings.fault("over", "an id that comes again", topic, surplus)


def _compare(surplus: str, missing: str, found: set[str], expected: set[str], findings: Findings) -> None:
    if found - expected:
        findings.fault("over", surplus, "rewrites", len(found - expected))
    if expected - found:
        findings.fault("under", missing, "rewrites", len(expected - found))
