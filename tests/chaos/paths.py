"""Recounts the lives of pairs: every change of stage follows from the one before, and every publication was decided.

Knows the published records, no code that decides.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from tests.chaos.findings import Findings
from tests.chaos.rules import Rules

LIVE_STAGES: Final = frozenset({"trial", "promoted", "pinned"})

Value = dict[str, Any]


def recount_paths(decided: Sequence[Value], rules: Rules) -> Findings:
    """Look for changes of stage that are missing or doubled; ``decided`` is in the order of the topic."""
    findings = Findings()
    lives: dict[str, list[Value]] = {}
    for decision in decided:
        lives.setdefault(decision["rewrite_id"], []).append(decision)
    findings.count("pairs followed", len(lives))
    for path in lives.values():
        if path[0]["from_stage"] != "none":
            findings.fault("lost", "a pair that begins in the midst of its life", "decisions")
        for before, after in pairwise(path):
            _step(before, after, rules, findings)
    return findings


def _step(before: Value, after: Value, rules: Rules, findings: Findings) -> None:
    if after["from_stage"] == before["to_stage"]:
        return
    forgotten = after["decided_at"] >= before["decided_at"] + rules.forget_after_ms
    if after["from_stage"] == "none" and forgotten:
        return
    if all(after[name] == before[name] for name in ("from_stage", "to_stage", "reason")):
        findings.fault("over", "a change of stage that comes twice", "decisions")
    else:
        findings.fault("lost", "a change of stage that is missing", "decisions")


def recount_versions(keyed: Iterable[tuple[bytes, Value]], rules: Rules) -> Findings:
    """Look at all publications under their keys, in the order of the topic: versions grow one by one."""
    findings = Findings()
    versions: dict[bytes, list[Value]] = {}
    for key, rewrite in keyed:
        versions.setdefault(key, []).append(rewrite)
        findings.count(f"publications: {rewrite['stage']}")
    for published in versions.values():
        if published[0]["version"] != 1 and not rules.compacted:
            findings.fault("lost", "a version that is missing", "rewrites", abs(published[0]["version"] - 1))
        for before, after in pairwise(published):
            _grows(before, after, rules, findings)
    return findings


def _grows(before: Value, after: Value, rules: Rules, findings: Findings) -> None:
    step = after["version"] - before["version"]
    forgotten = after["decided_at"] >= before["decided_at"] + rules.forget_after_ms
    if forgotten and after["version"] == 1:
        return
    if step <= 0:
        findings.fault("over", "a version that comes again", "rewrites")
    elif step > 1 and not rules.compacted:
        findings.fault("lost", "a version that is missing", "rewrites", step - 1)


def recount_publications(decided: Iterable[Value], published: Iterable[Value], rules: Rules) -> Findings:
    """Compare each publication with the decision that it follows from."""
    findings = Findings()
    wanted = Counter(_moment(value, value["to_stage"]) for value in decided if value["to_stage"] in LIVE_STAGES)
    found = Counter(_moment(value, value["stage"]) for value in published)
    surplus, missing = (found - wanted).total(), (wanted - found).total()
    if surplus:
        findings.fault("over", "published without a decision", "rewrites", surplus)
    if missing and not rules.compacted:
        findings.fault("under", "a decision without a publication", "rewrites", missing)
    return findings


def _moment(value: Value, stage: str) -> tuple[object, ...]:
    by = value["decided_by"]
    return value["rewrite_id"], stage, value["decided_at"], by["topic"], by["partition"], by["offset"]
