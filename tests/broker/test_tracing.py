"""Traces on a real Kafka: from a producer's span through both stages to feedback, decisions and a collector."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Message
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from infra.kafka.broker import Broker
from schemas.codec import decode_avro
from schemas.records import Decision, Feedback, TurnEvent
from streams.kafka.connection import Connection
from streams.producing import AsyncTurnProducer, TurnProducer
from tests.broker import scenario
from tests.broker.collector import Collector
from tests.broker.waiting import eventually
from tests.broker.workers import Running, Service, bytes_of, headers_of
from tests.building import ms, said

pytestmark = pytest.mark.kafka

USERS, APART_S = 20, 200.0
ENDS_MS = ms(USERS * APART_S + 1_000)
NOWHERE = "http://127.0.0.1:9/v1/traces"
"""A collector that nobody ever answers for: the port of a service that throws away."""


def repairs() -> Iterator[TurnEvent]:
    """Yield enough repairs of one failure for a rewrite."""
    for place in range(USERS):
        user, at_s = f"user-{place}", place * APART_S
        yield said("skip ahead", at_s, user=user, status="asked_again", expecting="step")
        yield said("continue", at_s + 8, user=user, expecting="step")


def send(service: Service, *, sampled: bool = True) -> dict[str, str]:
    """Send the repairs, each under a span of its producer, and return these as traceparents by turn id."""
    tracer = TracerProvider(ALWAYS_ON if sampled else ALWAYS_OFF, shutdown_on_exit=False).get_tracer("producer")
    traces = {}
    with TurnProducer(Connection(bootstrap=service.bootstrap, prefix=service.prefix)) as turns:
        for event in repairs():
            assert event.turn is not None
            with tracer.start_as_current_span("turn") as span:
                context = span.get_span_context()
                turns.send(event)
            traces[event.turn.turn_id] = f"00-{context.trace_id:032x}-{context.span_id:016x}-0{int(sampled)}"
    return traces


class Told(NamedTuple):
    """One record with its traces."""

    value: Any
    about: str
    cause: str


def told(service: Service, topic: str, kind: Any) -> list[Told]:
    """Return what a topic has, with its traces."""
    return [
        Told(None if message.value() is None else decode_avro(kind, bytes_of(message)), *traces_of(message))
        for message in service.messages(topic)
    ]


def traces_of(message: Message) -> tuple[str, str]:
    """Return the trace a record is about, and that of its cause."""
    headers = headers_of(message)
    return headers.get("traceparent", b"").decode(), headers.get("cause-traceparent", b"").decode()


def trace(traceparent: str) -> str:
    """Return the id of the trace."""
    return traceparent.split("-")[1]


def span(traceparent: str) -> str:
    """Return the id of the span."""
    return traceparent.split("-")[2]


def counted(running: Running, result: str) -> float | None:
    """Return how many spans a worker sent or dropped."""
    return running.worker.metrics.registry.get_sample_value("reprise_spans_total", {"result": result})


@pytest.fixture
def service(kafka: Broker, prefix: str, tmp_path: Path) -> Service:
    """Give a service that learns from the repairs."""
    return Service(kafka.bootstrap, prefix, tmp_path, **scenario.SETTINGS).create_topics()


def test_traces_are_carried_without_a_collector(service: Service) -> None:
    """Headers of feedback, decisions and rewrites name the producer's own spans; nobody need sample them."""
    traces = send(service, sampled=False)
    with Running(service.settings()):
        service.settle(ENDS_MS)
    items = told(service, "feedback", Feedback)
    assert {item.value.kind for item in items} == {"asked_again"}
    for item in items:
        about, cause = traces[item.value.turn_id], traces[item.value.cause_turn_id]
        assert (item.about, item.cause) == (about, "" if about == cause else cause)
    decisions = [item for item in told(service, "decisions", Decision) if item.value.reason != "detector_changed"]
    assert decisions
    assert {item.about for item in decisions} <= {traces[name] for name in traces if name.endswith("8")}
    assert all(traces_of(message)[0] == decisions[-1].about for message in service.messages("rewrites"))


def test_spans_are_made_of_what_was_committed(service: Service) -> None:
    """A turn's trace holds its way through detect and learn, and the decision that it tipped; and no word of it."""
    with Collector() as collector, Running(service.settings(otlp_endpoint=collector.endpoint)) as running:
        traces = send(service)
        service.settle(ENDS_MS)
        eventually(lambda: len(collector.named("reprise.learn")) == USERS)
        eventually(lambda: counted(running, "sent"))
    detect = {(item.trace, item.parent): item for item in collector.named("reprise.detect")}
    assert set(detect) == {(trace(text), span(text)) for text in traces.values()}
    one = detect[trace(traces["user-0-0"]), span(traces["user-0-0"])]
    assert (one.attributes["messaging.destination.name"], one.attributes["reprise.kind"]) == (
        service.topic("turns"),
        "turn",
    )
    assert one.began <= one.ended
    for item in told(service, "feedback", Feedback):
        assert trace(item.about) == trace(traces[item.value.turn_id])
        assert span(item.about) in {kept.span for kept in detect.values()}
    decided = {kept.span: kept for kept in collector.named("reprise.decide")}
    learn = {kept.span: kept for kept in collector.named("reprise.learn")}
    decisions = told(service, "decisions", Decision)
    assert len(decided) == len(decisions) > 0
    for item in decisions:
        kept = decided[span(item.about)]
        assert (kept.trace, kept.attributes["reprise.reason"]) == (trace(item.about), item.value.reason)
        assert kept.parent in {*learn, *decided}
    published = [traces_of(message)[0] for message in service.messages("rewrites")]
    assert published
    assert {span(text) for text in published} <= set(decided)
    for word in ("skip ahead", "continue", "user-"):
        assert not [text for text in collector.texts if word in text]


def test_a_collector_that_is_away_costs_spans_only(service: Service) -> None:
    """Everything is learned all the same, and what could not be sent is counted."""
    send(service)
    with Running(service.settings(otlp_endpoint=NOWHERE)) as running:
        service.settle(ENDS_MS)
        eventually(
            lambda: running.worker.metrics.registry.get_sample_value("reprise_spans_total", {"result": "dropped"})
        )
    assert told(service, "decisions", Decision)


def test_a_program_may_name_the_trace_itself(service: Service) -> None:
    """What it names is sent, from both producers; what is malformed is refused, and nothing is sent."""
    named = [f"00-{number:032x}-{number:016x}-01" for number in (1, 2)]
    connection = Connection(bootstrap=service.bootstrap, prefix=service.prefix)

    async def send_one() -> None:
        async with AsyncTurnProducer(connection) as turns:
            await turns.send(said("next", 1), traceparent=named[1])

    with TurnProducer(connection) as turns:
        turns.send(said("next", 0), traceparent=named[0])
        turns.flush()
        with pytest.raises(ValueError, match="`traceparent`"):
            turns.send(said("next", 2), traceparent="play jazz")
    asyncio.run(send_one())
    assert [traces_of(message)[0] for message in service.messages("turns")] == named
