"""A real worker's standard error, whatever happens to its records, holds neither words nor people."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from schemas.records import AppliedRewrite, Policy
from streams.observing.events import ALWAYS, EVENTS
from tests.broker.waiting import eventually
from tests.broker.workers import PROGRAM, Arriving, Process, Service, arriving
from tests.building import START_MS, meaning, said

pytestmark = pytest.mark.kafka

WORDS = ("hippopotamus", "quetzalcoatl", "zanzibar", "xylophone", "marzipan")
USERS = ("user-7731", "user-8842")
LAST = "detonate"

FAILING = """\
from streams import topology
real = topology.DETECT.step
def step(rows, records, context):
    for record in records:
        if b"detonate" in record.value:
            raise ValueError(f"cannot take {record.value!r}: {context.decode(record.value)!r}")
    return real(rows, records, context)
object.__setattr__(topology.DETECT, "step", step)
"""
"""What makes detect fail on a word, with the whole record in the exception."""


def records() -> Iterator[Arriving]:
    """Yield turns with words in every field that takes some, and records that are refused."""
    served = AppliedRewrite("r1", 1, "treated", WORDS[3])
    for place, user in enumerate(USERS * 10):
        yield arriving(said(f"play {WORDS[0]}", 60 * place, user=user, status="failed", means=meaning(WORDS[2])))
        yield arriving(said(f"play {WORDS[1]}", 60 * place + 8, user=user, rewrite=served))
    good = encode_avro(said(WORDS[4], 9_000, user=USERS[0]))
    yield Arriving(f"demo|{USERS[0]}".encode(), good[:-3], [("traceparent", WORDS[0].encode())])
    yield Arriving(f"demo|{USERS[0]}".encode(), f"{WORDS[4]} {USERS[1]}".encode())
    yield arriving(said(WORDS[4], -90_000, user=USERS[1]))


def test_nothing_that_was_said_is_logged(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    """Not of turns, not of what is rejected, not of orders, and not of an exception that holds the whole record."""
    service = Service(kafka.bootstrap, prefix, tmp_path).create_topics()
    service.send([Arriving(USERS[0].encode(), f"{WORDS[0]} {USERS[0]}".encode())], "policy")
    service.send([Arriving(b"demo", encode_avro(Policy("demo", "erase", START_MS, user=USERS[0])))], "policy")
    service.send(records())
    with Process(service, "one", FAILING + PROGRAM) as worker:
        eventually(service.is_done)
        service.send([arriving(said(LAST, 9_100, user=USERS[1]))])
        assert worker.process.wait(60) == 1
    lines = worker.lines()
    (failure,) = worker.said("worker.failed")
    assert failure["kind"] == "ValueError"
    assert any("partitions.py" in where or "owner.py" in where for where in failure["where"])
    refused = {(line["topic"], line["reason"], line["count"]) for line in worker.said("records.rejected")}
    assert refused >= {(service.topic("turns"), "late", 1), (service.topic("turns"), "undecodable", 2)}
    (opened,) = [line for line in worker.said("partition.opened") if line["stage"] == "detect"]
    assert (opened["topic"], opened["partition"], opened["offset"]) == (service.topic("turns"), 0, 0)
    assert worker.said("policy.undecodable")
    assert all(set(line) <= {*ALWAYS, *EVENTS[line["event"]].fields} for line in lines)
    assert leaks(lines) == []


def leaks(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return words and users that lines hold, each with its line."""
    texts = [json.dumps(line) for line in lines]
    return [(word, text) for text in texts for word in (*WORDS, *USERS, LAST) if word in text]
