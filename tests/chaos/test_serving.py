"""The programs around a service that serves: they answer, go on when one of them dies, and order what contradicts."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from schemas.codec import decode_avro, encode_avro
from schemas.records import AppliedRewrite, DecidedBy, Evidence, Policy, Rewrite
from streams.kafka.embedded import EmbeddedBroker
from streams.keys import rewrite_key
from streams.rewrites import RewriteBook
from streams.text import NORMALISER
from tests.broker.waiting import eventually
from tests.building import said
from tests.chaos import load
from tests.chaos.answers import USERS, expected
from tests.chaos.asking import Answer, Question, Servers
from tests.chaos.server import ServerProcess
from tests.chaos.taken import Raw, Taken
from tests.chaos.talk import COMPLAINT_AFTER_MS, complained
from tests.chaos.whims import FIRST_PINS, Orderer

REWRITE = Rewrite(
    rewrite_id="r1", version=3, tenant="demo", locale="en-US", domain="", state="step", source="next",
    target="Go on", meaning="go", normaliser=NORMALISER, stage="trial", share=0.5, origin="learned",
    evidence=Evidence(), decided_at=1, decided_by=DecidedBy("trails", 0, 7), expires_at=10_000, learner="",
)  # fmt: skip
PINNED = msgspec.structs.replace(REWRITE, rewrite_id="r2", target="Again", stage="pinned", origin="manual")
KEY = rewrite_key("demo", "en-US", "step", "next")
QUESTIONS = [Question("next", "step", f"u{number}", "demo", "en-US", 1) for number in range(40)]


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """Give a broker with one rewrite."""
    with EmbeddedBroker({"rewrites": 1, "policy": 1}) as found:
        producer = Producer({"bootstrap.servers": found.bootstrap})
        producer.produce("rewrites", encode_avro(REWRITE), KEY.encode())
        assert producer.flush(30) == 0
        yield found


@pytest.mark.slow
def test_people_are_served_by_another_while_one_is_dead(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """All are answered, before and after; and by all servers alike."""
    first, second = (ServerProcess(name, broker.bootstrap, "", tmp_path / name, tmp_path) for name in ("s1", "s2"))
    with first, second:
        alone = Servers([second.socket])
        eventually(lambda: alone.ask(QUESTIONS[0]) not in {None, Answer("next", "", 0, None)})
        both = Servers([first.socket, second.socket])
        eventually(lambda: [both.ask(question) for question in QUESTIONS] == [alone.ask(item) for item in QUESTIONS])
        first.kill()
        assert [both.ask(question) for question in QUESTIONS] == [alone.ask(question) for question in QUESTIONS]
        assert both.counts["unanswered"] == 0
        assert second.stop() == 0
        assert both.ask(QUESTIONS[0]) is None
        both.close()
        alone.close()


def test_what_servers_must_answer_is_what_the_product_answers() -> None:
    """Both arms and a forbidden rewrite, worked out from the topics without its code."""
    for policy in (None, Policy("stop", "kill", 1, rewrite_id="r1")):
        raws = {"rewrites": [Raw(0, 0, 0, KEY.encode(), encode_avro(REWRITE))], "policy": list[Raw]()}
        book = RewriteBook()
        book.put(KEY, REWRITE)
        if policy is not None:
            raws["policy"].append(Raw(0, 0, 0, b"stop", encode_avro(policy)))
            book.order([("stop", policy)])
        found = list(expected(Taken("", {"rewrites": 1, "policy": 1}, raws)))
        assert [question.user for question, _ in found] == list(USERS)
        for (text, state, user, tenant, locale, at_ms), answer in found:
            decided = book.decide(text, state, user, tenant=tenant, locale=locale, at_ms=at_ms)
            assert tuple(answer) == tuple(decided)
        arms = {answer.arm for _, answer in found}
        assert arms == ({"treated", "held_out"} if policy is None else {None})


def test_orders_of_every_kind_come_and_most_go() -> None:
    """Each later than the one before, first some pins that stay, and no deletion of what was never ordered."""
    orderer = Orderer(lambda: [REWRITE, PINNED], users=20, seed=3)
    given: dict[bytes, Policy] = {}
    ever: set[bytes] = set()
    issued_at = 0
    for _, (scope, value) in zip(range(600), orderer.orders(), strict=False):
        assert scope is not None
        if value is None:
            assert scope in ever
            given.pop(scope, None)
            continue
        policy = decode_avro(Policy, value)
        assert policy.scope == scope.decode()
        assert policy.issued_at > issued_at
        given[scope], issued_at = policy, policy.issued_at
        ever.add(scope)
    assert {"kill", "block", "allow", "pin", "set", "erase", "lifted"} <= set(orderer.counts)
    pins = [policy for policy in given.values() if policy.action == "pin" and policy.target == "continue"]
    assert len(pins) >= len(FIRST_PINS)


def test_complaints_come_late_and_in_time() -> None:
    """About served turns alone, and after everything that happened before them."""
    applied = AppliedRewrite("r1", 1, "treated", "continue")
    turns = [said("next", number * 60, user="u1", rewrite=applied if number % 2 else None) for number in range(400)]
    events = list(complained(turns, random.Random(1)))  # noqa: S311 - a test
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    served = {event.turn.turn_id: event.occurred_at for event in turns if event.turn and event.turn.rewrite}
    complaints = [event for event in events if event.signal is not None]
    assert complaints
    for event in complaints:
        assert event.signal is not None
        assert event.occurred_at == served[event.signal.turn_id] + COMPLAINT_AFTER_MS


def test_what_was_sent_is_kept(tmp_path: Path) -> None:
    """Records come back as they were; one that was half written when its program was killed was never sent."""
    records = [load.Fed(b"a", b"1"), load.Fed(None, None), load.Fed(b"b", b"")]
    file = tmp_path / "kept"
    with file.open("ab", buffering=0) as writing:
        assert list(load.keeping(records, writing)) == records
    assert list(load.kept(file)) == records
    file.write_bytes(file.read_bytes()[:-1])
    assert list(load.kept(file)) == records[:-1]
