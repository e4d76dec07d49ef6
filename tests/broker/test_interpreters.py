"""One story, three interpreters: in memory, on the embedded broker and on a real Kafka the same is learned."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec
import pytest
from confluent_kafka import Message
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.broker import Broker
from schemas.codec import decode_avro, encode_avro, project
from schemas.records import (
    Correction,
    DecidedBy,
    Decision,
    Feedback,
    Interpretation,
    Reply,
    Rewrite,
    Trail,
    Trails,
    Turn,
    TurnEvent,
)
from schemas.registry import fixed_table
from streams import topology
from streams.driver import Driver
from streams.engine import wire
from streams.engine.kept import kept_rows
from streams.engine.owner import Part
from streams.kafka.embedded import EmbeddedBroker
from streams.learn import holdings
from streams.memory import MemoryRows
from streams.metrics import METRICS
from streams.settings import Settings
from streams.simulate.traffic import STARTS_MS
from streams.stage import Context, Record
from tests.broker import scenario
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Running, Service, arriving, bytes_of, headers_of

pytestmark = pytest.mark.kafka

Value = TypeVar("Value")

BATCH = 500
OWN = f"story-{os.getpid()}-"
"""Each test process tells the story under names of its own."""

SETTINGS = Settings(**scenario.SETTINGS)
NOWHERE = DecidedBy("", 0, 0)
IN_FORCE = {order.scope: order for order in scenario.ORDERS}
ORDERED = [Arriving(order.scope.encode(), encode_avro(order)) for order in scenario.ORDERS]


SECRETS = ("zebraquartz", "velvetocto", "xylodomain", "yttriumintent", "wolframuser", "quokkaturn", "narwhalsession")
"""Words that no table of the product has: of what was said and meant, of who said it, of ids."""


def secret_records() -> list[Arriving]:
    """Return turns of people who fail with one text and are understood with another, told in secrets alone."""
    told = []
    for number in range(30):
        for step, (said, status) in enumerate((("zebraquartz", "not_understood"), ("velvetocto", "answered"))):
            meant = Interpretation("xylodomain", "yttriumintent", (), 0.9) if step else None
            turn = Turn(f"quokkaturn{number}-{step}", said, interpretation=meant, reply=Reply(status))  # type: ignore[arg-type]
            at_ms = STARTS_MS + (scenario.DAYS + 1) * scenario.DAY_MS + number * 600_000 + step * 8_000
            user, session = f"wolframuser{number}", f"narwhalsession{number}"
            told.append(arriving(TurnEvent("demo", "en-US", user, session, at_ms, turn=turn)))
    return told


class Story(NamedTuple):
    """What came of the story but decided_by, which is about places; trails and what follows chain by chain.

    How chains alternate depends on where batches were cut.
    """

    feedback: list[Feedback]
    trails: list[Trail | Correction]
    rewrites: list[tuple[str, Rewrite | None]]
    decisions: list[tuple[str, Decision]]
    rejected: list[tuple[int, bytes, str, str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, kafka: Broker) -> Service:
    """Give the story as a worker on a real Kafka took it in, with one partition of everything."""
    service = Service(kafka.bootstrap, f"one-{OWN}", tmp_path_factory.mktemp("one"), **scenario.SETTINGS)
    service.create_topics()
    service.send(ORDERED, "policy")
    service.send(scenario.records())
    with Running(service.settings()):
        service.settle(scenario.ENDS_MS)
    return service


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory, kafka: Broker) -> Service:
    """Give the story as two workers took it in, with several partitions."""
    folder = tmp_path_factory.mktemp("several")
    service = Service(kafka.bootstrap, f"several-{OWN}", folder, turns=4, trails=2, **scenario.SETTINGS).create_topics()
    service.send(ORDERED, "policy")
    service.send(scenario.records())
    with Running(service.settings("one")), Running(service.settings("two")):
        service.settle(scenario.ENDS_MS)
    return service


@pytest.fixture(scope="module")
def scrapes() -> list[str]:
    """Hold what Prometheus would have been shown at the end of the story."""
    return []


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, scrapes: list[str]) -> Iterator[Service]:
    """Give the story as a worker on the embedded broker took it in, with one partition of everything."""
    with EmbeddedBroker({topic.name: 1 for topic in topology.TOPICS}) as broker:
        service = Service(broker.bootstrap, "", tmp_path_factory.mktemp("embedded"), **scenario.SETTINGS)
        service.send(ORDERED, "policy")
        service.send(scenario.records())
        service.send(secret_records())
        with Running(service.settings()) as running:
            service.settle(scenario.ENDS_MS)
            scrapes.append(generate_latest(running.worker.metrics.registry).decode())
        yield service


def test_the_story_holds_everything(told: Service) -> None:
    """Rewrites are published and withdrawn, and records are rejected for each reason; else equality says little."""
    story = read(told)
    assert sum(rewrite is not None for _, rewrite in story.rewrites) > 20
    assert sum(rewrite is None for _, rewrite in story.rewrites) > 20
    assert {reason for _, _, reason, _ in story.rejected} == {"undecodable", "late", "clock_ahead"}
    reasons = {decision.reason for _, decision in story.decisions}
    assert {"source_works_now", "unseen", "beat_hold_out", "blocked", "pinned"} <= reasons


def test_all_that_was_sent_was_taken_in(told: Service) -> None:
    """The topic of turns is the story in order and ticks; what follows is compared on that ground."""
    given = [(record.key, record.value) for record in scenario.records()]
    assert [(message.key(), message.value()) for message in told.messages("turns")][: len(given)] == given


def test_real_kafka_and_memory_tell_the_same(told: Service) -> None:
    """With one partition everything is equal, in order, but for `decided_by`."""
    assert read(told) == in_memory(told.partition("turns", 0))


def test_the_embedded_broker_and_memory_tell_the_same(embedded: Service) -> None:
    """With one partition everything is equal, in order, but for `decided_by`."""
    assert read(embedded) == in_memory(embedded.partition("turns", 0))


def test_a_worker_on_the_embedded_broker_restarts(embedded: Service) -> None:
    """It restores what was learned and goes on: nothing that was told is told again."""
    before = read(embedded)
    with Running(embedded.settings("another")):
        embedded.settle(scenario.ENDS_MS + 1)
    assert read(embedded) == before


def test_partitions_change_nothing_before_learning(spread: Service) -> None:
    """Feedback, trails and rejected records of several partitions are those of each partition alone, in memory."""
    story = read(spread)
    alone = [in_memory(spread.partition("turns", number)) for number in range(spread.turns)]
    assert counted(story.feedback) == counted(item for part in alone for item in part.feedback)
    assert counted(story.trails) == counted(item for part in alone for item in part.trails)
    assert Counter(story.rejected) == Counter(item for part in alone for item in part.rejected)


def test_partitions_change_no_trail(spread: Service, told: Service) -> None:
    """What a trail holds depends on its user alone; when it settles, on the partition."""

    def timeless(service: Service) -> Counter[bytes]:
        return counted(
            msgspec.structs.replace(item, settled_at=0) if isinstance(item, Trail) else item
            for item in read(service).trails
        )

    assert timeless(spread) == timeless(told)


def test_recorded_trails_tell_what_was_learned(spread: Service) -> None:
    """Replayed in memory, each partition of trails gives the rewrites and decisions that Kafka has, to the place."""
    again = [learn_again(spread, spread.partition("trails", number)) for number in range(spread.trails)]
    assert all(again)
    for topic in ("rewrites", "decisions"):
        name = spread.topic(topic)
        there = Counter((name, message.key(), message.value()) for message in spread.messages(topic))
        assert there == Counter(output for outputs in again for output in outputs if output[0] == name)


# -- what came of it -----------------------------------------------------------------------------------------------


def read(service: Service) -> Story:
    """Return what a service has made of the story."""
    return Story(
        service.values("feedback", Feedback),
        unpacked(service.values("trails", Trails)),
        by_chain((key_of(message), rewrite_of(message)) for message in service.messages("rewrites")),
        by_chain((key_of(message), decision_of(message)) for message in service.messages("decisions")),
        sorted(rejection(message) for message in service.messages("turns.rejected")),
    )


def in_memory(messages: list[Message]) -> Story:
    """Return what the in-memory interpreter makes of one partition of turns."""
    driver = Driver(SETTINGS, decode=project(TurnEvent, topology.DETECT.fields))
    records = [Record(message.offset() or 0, message.value() or b"", message.timestamp()[1]) for message in messages]
    driver.order(scenario.ORDERS)
    results = driver.feed_records(records[:BATCH])
    for start in range(BATCH, len(records), BATCH):
        results.extend(driver.feed_records(records[start : start + BATCH]))
    return Story(
        results.feedback,
        unpacked(results.trails),
        by_chain((key, placeless(value) if isinstance(value, Rewrite) else None) for key, value in results.rewrites),
        by_chain((f"{item.tenant}|{item.locale}", placeless(item)) for item in results.decisions),
        sorted((item.offset, item.value, item.reason, item.message) for item in results.rejected),
    )


def learn_again(service: Service, messages: list[Message]) -> list[tuple[str, bytes | None, bytes | None]]:
    """Return the messages that learning writes for one partition of trails, taking in one record at a time."""
    decode = wire.decoder(topology.LEARN, fixed_table())
    rows, scratch = MemoryRows(), dict[str, Any]()
    written = []
    for message in messages:
        place = (service.topic("trails"), message.partition() or 0, service.turns)
        context = Context(SETTINGS, decode, *place, scratch=scratch, policy=IN_FORCE, policy_next=len(IN_FORCE))
        flush = topology.LEARN.step(rows, [Record(message.offset() or 0, bytes_of(message))], context)
        written += wire.messages_of(flush.outputs, service.topic, fixed_table())
    return [(message.topic, message.key, message.value) for message in written]


def unpacked(values: Iterable[Trails]) -> list[Trail | Correction]:
    """Return the trails and corrections of records, however many share one, chain by chain."""
    items: list[Trail | Correction] = []
    for value in sorted(values, key=lambda value: (value.tenant, value.locale)):
        items += value.trails
        items += value.corrections
    return items


def by_chain(items: Iterable[tuple[str, Value]]) -> list[tuple[str, Value]]:
    """Return keys and values chain by chain, each in order."""
    return sorted(items, key=lambda item: item[0].split("|")[:2])


def placeless(value: Any) -> Any:
    """Return a decision or a rewrite without the place of the record that decided it."""
    return msgspec.structs.replace(value, decided_by=NOWHERE)


def rewrite_of(message: Message) -> Rewrite | None:
    """Return a rewrite, None for a tombstone."""
    return None if message.value() is None else placeless(decode_avro(Rewrite, bytes_of(message)))


def decision_of(message: Message) -> Decision:
    """Return a decision."""
    decision: Decision = placeless(decode_avro(Decision, bytes_of(message)))
    return decision


def key_of(message: Message) -> str:
    """Return the key of a record that has one."""
    key = message.key()
    assert isinstance(key, bytes)
    return key.decode()


def rejection(message: Message) -> tuple[int, bytes, str, str]:
    """Return where a rejected record was, what it was and why it was rejected."""
    about = headers_of(message)
    offset, reason, problem = (about[f"reprise.{name}"].decode() for name in ("offset", "reason", "exception"))
    return int(offset), message.value() or b"", reason, problem


def counted(items: Iterable[msgspec.Struct]) -> Counter[bytes]:
    """Return records as a multiset."""
    return Counter(msgspec.json.encode(item) for item in items)


# -- what a worker shows of it ---------------------------------------------------------------------------------------

SERIES_MAX = 2_000
"""The most series of one worker with few partitions: Prometheus takes as many from hundreds of workers."""


def test_no_metric_names_anybody_or_repeats_what_was_said(embedded: Service, scrapes: list[str]) -> None:
    """No text, user, id, tenant or domain is in a scrape after the story, not even as a part of a name."""
    assert any(SECRETS[0].encode() in bytes_of(message) for message in embedded.messages("trails"))
    (shown,) = scrapes
    assert "reprise_trails_booked_total" in shown
    assert [word for word in SECRETS if word in shown.lower()] == []


def test_a_scrape_is_small_and_every_label_within_its_bound(embedded: Service, scrapes: list[str]) -> None:
    """How many series a worker has follows from tables and partitions, not from traffic."""
    del embedded
    samples = [sample for family in text_string_to_metric_families(scrapes[0]) for sample in family.samples]
    print(f"{len(samples)} series")  # noqa: T201 - whoever measures wants to know
    assert len(samples) <= SERIES_MAX
    for metric in METRICS.values():
        for label in metric.labels:
            found = {sample.labels[label.name] for sample in samples if sample.name in metric.exposed}
            assert len(found) <= label.most, (metric.name, label.name)


def test_a_worker_that_starts_says_what_its_state_holds(embedded: Service) -> None:
    """It need not wait for traffic: levels are shown as soon as a partition is open."""
    settings = embedded.settings("third")
    with Running(settings) as running:
        eventually(lambda: ("learn", 0) in running.worker.metrics.open)
        registry = running.worker.metrics.registry
        shown = {
            stage: registry.get_sample_value("reprise_pairs", {"partition": "0", "pair_stage": stage})
            for stage in holdings.STAGES
        }
    held = holdings.of_partition(MemoryRows(dict(kept_rows(settings, Part(topology.LEARN, 0)))))
    assert shown == {stage: held[f"pairs.{stage}"] for stage in holdings.STAGES}
    assert shown["expired"]
