"""Recounts what leaves the system: feedback, decisions and rewrites. Knows no code that makes them."""

from collections import Counter
from collections.abc import Callable, Iterable

from tests.chaos.decoding import Reader
from tests.chaos.findings import Findings
from tests.chaos.obeyed import recount_obeyed
from tests.chaos.orders import Ordered
from tests.chaos.paths import LIVE_STAGES, Value, recount_paths, recount_publications, recount_versions
from tests.chaos.rules import Rules
from tests.chaos.taken import Taken


def recount_published(taken: Taken, rules: Rules, ordered: Ordered, reader: Callable[[str], Reader]) -> Findings:
    """Look for ids that come twice, and compare what is published with what was decided and ordered.

    ``reader`` gives the reader of a schema file.
    """
    findings = Findings()
    feedback, decisions, rewrites = (reader(name) for name in ("feedback", "decision", "rewrite"))
    _once("feedback", (feedback.read(raw.value)["feedback_id"] for raw in taken.of("feedback")), findings)
    decided = [decisions.read(raw.value) for raw in taken.of("decisions")]
    _once("decisions", (decision["decision_id"] for decision in decided), findings)
    findings.extend(recount_paths(decided, rules))
    published = [(raw.key or b"", rewrites.read(raw.value)) for raw in taken.of("rewrites") if raw.value is not None]
    findings.extend(recount_versions(published, rules))
    findings.extend(recount_publications(decided, [rewrite for _, rewrite in published], rules))
    live = {key: rewrites.read(raw.value) for key, raw in taken.latest("rewrites").items()}
    findings.extend(recount_obeyed(taken, [rewrite for _, rewrite in published], live, ordered))
    _compare_live(taken, decided, live, findings)
    return findings


def _compare_live(taken: Taken, decided: list[Value], live: dict[bytes, Value], findings: Findings) -> None:
    """Compare what is live on the topic and in the state with what was decided last."""
    stages = {decision["rewrite_id"]: decision["to_stage"] for decision in decided}
    alive = {rewrite_id for rewrite_id, stage in stages.items() if stage in LIVE_STAGES}
    kept = [rewrite["rewrite_id"] for rewrite in live.values()]
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
