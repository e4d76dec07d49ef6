"""Recounts obedience: nothing is published that an order in force forbids. Knows fences and orders, no code that obeys.

Which orders were in force when something was published follows from its deciding record: an order names itself, and a
record of ``trails`` lies in the batch of the first fence beyond it.
"""

from collections.abc import Iterable
from typing import Any

from tests.chaos.findings import Findings
from tests.chaos.orders import InForce, Ordered, forbids, pinned, same_words
from tests.chaos.taken import Fence, Taken

Value = dict[str, Any]


def recount_obeyed(taken: Taken, published: Iterable[Value], live: dict[bytes, Value], ordered: Ordered) -> Findings:
    """Hold publications, and what is still live, against the orders of their time; ``live`` is by key."""
    findings = Findings()
    findings.count("orders", len(ordered.given))
    fences = {partition: taken.fences("learn", partition) for partition in range(taken.partitions["trails"])}
    for rewrite in published:
        next_offset = _in_force_at(rewrite["decided_by"], fences)
        if next_offset is None:
            findings.fault("over", "published by a batch that never was", "rewrites")
        elif forbids(ordered.in_force(next_offset), rewrite):
            findings.fault("over", "published against an order", "rewrites")
    for partition, names in _homes(taken).items():
        obeyed = fences[partition][-1].policy_next if fences[partition] else 0
        _at_the_end(live, names, ordered.in_force(obeyed), findings)
    return findings


def _in_force_at(decided_by: Value, fences: dict[int, list[Fence]]) -> int | None:
    """Return up to which order, exclusive, whoever decided had read; None when no batch holds the deciding record."""
    offset = decided_by["offset"]
    if decided_by["topic"].rpartition(".")[2] == "policy":
        return int(offset) + 1
    batches = fences.get(decided_by["partition"], [])
    return next((fence.policy_next for fence in batches if fence.next > offset), None)


def _homes(taken: Taken) -> dict[int, set[str]]:
    """Return the chains of each partition of learn."""
    return {
        partition: {key.rstrip("\x1f") for key, _ in taken.rows("learn", partition).kind("chain")}
        for partition in range(taken.partitions["trails"])
    }


def _at_the_end(live: dict[bytes, Value], chains: set[str], orders: InForce, findings: Findings) -> None:
    """Look at what is live in some chains when all orders that they know of have been obeyed."""
    pins = pinned(orders)
    for key, rewrite in live.items():
        if f"{rewrite['tenant']}|{rewrite['locale']}" not in chains:
            continue
        pin = pins.pop(key.decode(), None)
        if forbids(orders, rewrite):
            findings.fault("over", "live against an order in force", "rewrites")
        if rewrite["stage"] == "pinned" and (pin is None or not same_words(pin["target"], rewrite["target"])):
            findings.fault("over", "pinned, but by no order in force", "rewrites")
        elif pin is not None and rewrite["stage"] != "pinned" and not forbids(orders, _as_rewrite(pin)):
            findings.fault("under", "a pin that is not served", "rewrites")
    missing = [pin for pin in pins.values() if f"{pin['tenant']}|{pin['locale']}" in chains]
    for pin in missing:
        # A kill of the pair by its id cannot be told from here: then it is known to be forbidden only to the learner.
        if not forbids(orders, _as_rewrite(pin)) and not any(order["rewrite_id"] for order in orders.values()):
            findings.fault("under", "a pin that is not served", "rewrites")


def _as_rewrite(pin: Value) -> Value:
    return {**pin, "rewrite_id": pin["rewrite_id"] or "\x00"}
