"""The console's knowledge of a real worker on a real Kafka: what it publishes, and what people order of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.kafka.broker import Broker
from schemas.records import Decision
from streams.cli import main
from streams.console.views import OrderDraft
from streams.console.worker_knowledge import KafkaService, WorkerKnowledge
from tests.bench.kafka_scene import free_port
from tests.broker.waiting import eventually
from tests.broker.workers import Process, Running, Service, arriving
from tests.building import ms
from tests.contracts.knowledge import HIDDEN, repaired, said_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SETTLED_MS = ms(7_200)


class Stand(NamedTuple):
    """A worker that has learned, and what its console knows."""

    service: Service
    knowledge: WorkerKnowledge
    orders: list[str]


def taught(kafka: Broker, prefix: str, folder: Path) -> Service:
    """Return a service that was sent what teaches one rewrite, a pair that too few people said, and something wrong."""
    service = Service(kafka.bootstrap, prefix, folder, trails=2, users_min=5).create_topics()
    events = [*repaired(30, "next", "continue", group="a"), *repaired(4, HIDDEN[0], "continue", group="b")]
    events.sort(key=lambda event: event.occurred_at)
    service.send(arriving(event) for event in events)
    service.send([arriving(events[0])._replace(value=b"\x00 no turn")])
    return service


@pytest.fixture
def stand(kafka: Broker, prefix: str, tmp_path: Path) -> Iterator[Stand]:
    """Give a worker that has learned, and what its console knows."""
    service = taught(kafka, prefix, tmp_path)
    settings = service.settings()
    orders: list[str] = []
    with Running(settings) as running:
        service.settle(SETTLED_MS)
        followed = KafkaService(settings).start()
        try:
            yield Stand(
                service, WorkerKnowledge(running.worker, followed, settings, orders.append, lambda: SETTLED_MS), orders
            )
        finally:
            followed.stop()


def test_a_console_knows_what_its_worker_wrote_and_its_orders_are_obeyed(stand: Stand) -> None:
    """Live rewrites, decisions with the places of their records, rejected records, owners; a block withdraws."""
    knowledge, service = stand.knowledge, stand.service
    (rewrite,) = eventually(lambda: knowledge.rewrites().items)
    assert (rewrite.source, rewrite.target) == ("next", "continue")
    told = knowledge.decisions().items
    assert len(told) == len(service.messages("decisions"))
    for item in told:
        assert item.place is not None
        assert _decision_at(service, item.place.partition, item.place.offset).decision_id == item.decision_id
    (rejected,) = knowledge.rejected().items
    assert (rejected.topic, rejected.source_topic) == (service.topic("turns.rejected"), service.topic("turns"))
    eventually(lambda: (now := knowledge.overview()).healthy and all(at.owner for at in now.partitions))
    seen = knowledge.overview()
    assert [(at.stage, at.here) for at in seen.partitions] == [("detect", True), ("learn", True), ("learn", True)]
    assert (seen.live, seen.published, seen.can_order) == ({"trial": 1}, 1, True)

    hidden = next(item for item in knowledge.candidates().items if item.source is None)
    assert knowledge.order(OrderDraft("kill", "alice", rewrite_id=hidden.rewrite_id)).rewrite_id == hidden.rewrite_id
    order = knowledge.order(OrderDraft("block", "alice", rewrite_id=rewrite.rewrite_id, note="wrong"))
    assert order.scope in {item.scope for item in knowledge.orders().items}
    eventually(lambda: not knowledge.rewrites().items)
    eventually(lambda: knowledge.decisions().items[0].reason.code == "blocked")
    latest = knowledge.decisions().items[0]
    assert (latest.rewrite_id, latest.to_stage) == (rewrite.rewrite_id, "blocked")
    assert knowledge.pair(rewrite.rewrite_id).stage == "blocked"
    assert stand.orders == ["kill", "block"]
    assert not any(text in said_of(knowledge, "next", "continue") for text in HIDDEN)


def test_a_worker_offers_its_console(
    kafka: Broker, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the settings say; a text is explained from the terminal, with the token that the settings name."""
    service, port, token = taught(kafka, prefix, tmp_path), free_port(), tmp_path / "token"
    token.write_text("so that nobody else asks")
    with Process(service, "one", console_port=port, console_token_file=token) as worker:
        service.settle(SETTLED_MS)
        asked = ["explain", "next", "--from", f"http://127.0.0.1:{port}"]
        assert main(asked) == 2
        assert main([*asked, "--token-file", str(token)]) == 0
        assert "published, on trial" in capsys.readouterr().out
        assert main(["explain", HIDDEN[0], *asked[2:], "--token-file", str(token)]) == 2
        assert worker.stop() == 0


def _decision_at(service: Service, partition: int, offset: int) -> Decision:
    values = zip(service.messages("decisions"), service.values("decisions", Decision), strict=True)
    return next(value for message, value in values if (message.partition(), message.offset()) == (partition, offset))
