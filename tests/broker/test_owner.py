"""Owners on a real Kafka: one that was shut out lets go of everything, and no rebalance overtakes another."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from faust.types import TP

from infra.kafka.broker import Broker
from streams import topology
from streams.detect.rephrase import RuleScorer
from streams.engine.errors import FencedError
from streams.engine.owner import Owner, Part, Shared
from streams.engine.partitions import Partitions
from streams.engine.policy import PolicyReader
from streams.engine.restore import changelog_identity
from streams.engine.store import Store
from streams.engine.ticker import TurnTicker
from streams.engine.topics import partition_counts
from streams.kafka.schema_registry import schema_table
from streams.observing.recorder import Metrics
from streams.rephrasing.choosing import Fixed
from streams.settings import WorkerSettings
from tests.broker.waiting import eventually
from tests.broker.workers import Service

pytestmark = pytest.mark.kafka

PART = Part(topology.DETECT, 0)


def never() -> bool:
    """Go on with an opening."""
    return False


@pytest.fixture
def service(kafka: Broker, prefix: str, tmp_path: Path) -> Service:
    """Give topics of one's own."""
    return Service(kafka.bootstrap, prefix, tmp_path).create_topics()


@pytest.fixture
def policy(service: Service) -> Iterator[PolicyReader]:
    """Read the policy."""
    settings = service.settings()
    reader = PolicyReader(settings.reader("policy"), settings.topic("policy"), schema_table(settings)).start()
    yield reader
    reader.stop()


def shared(settings: WorkerSettings, policy: PolicyReader) -> Shared:
    """Return what the owners of a worker share."""
    identities = {
        stage.name: changelog_identity(settings.client(), settings.topic(f"{stage.name}.state"), never)
        for stage in topology.STAGES
    }
    table, counts = schema_table(settings), partition_counts(settings)
    return Shared(settings, table, Fixed(RuleScorer()), counts, identities, policy, Metrics())


def arrived(service: Service) -> bool:
    """Tell whether Kafka has records of detect's state, committed or not."""
    consumer = Consumer({**service.settings().reader("watermarks"), "isolation.level": "read_uncommitted"})
    try:
        _, end = consumer.get_watermark_offsets(TopicPartition(service.topic("detect.state"), 0), timeout=10)
    finally:
        consumer.close()
    return end > 0


def test_an_owner_that_was_shut_out_gives_its_store_free(service: Service, policy: PolicyReader) -> None:
    """Its producer answers every further call with an error, also the one that ends it."""
    one, two = (Owner(PART, shared(service.settings(name), policy)) for name in ("one", "two"))
    one.open(never)
    work = one.compute([])
    eventually(lambda: arrived(service))  # only then is it the end of the transaction that is refused
    two.open(never)
    with pytest.raises(FencedError):
        one.commit(work)
    one.close()
    two.close()
    Store(one.directory).close()


async def come_and_go(partitions: Partitions, place: TP) -> set[TP]:
    """Assign a partition, take it away and give it back at once; return what is open then."""
    changes = []
    for assigned in ({place}, set[TP](), {place}):
        await partitions.revoked()
        await partitions.assigned(assigned)
        changes.append(asyncio.create_task(partitions.open_assigned()))
        if len(changes) == 1:
            await changes[0]
        await asyncio.sleep(0)  # let the change begin
    await asyncio.gather(*changes)
    opened = set(partitions.fences())
    await partitions.stop()
    return opened


def test_a_rebalance_waits_for_what_the_one_before_closes(service: Service, policy: PolicyReader) -> None:
    """A partition that goes and comes back at once is closed first, and then open and known again."""
    settings = service.settings()
    known = shared(settings, policy)
    problems: list[BaseException] = []
    source = TP(settings.topic(topology.DETECT.source), 0)
    ticker = TurnTicker(settings.client(), source.topic, known.table)
    partitions = Partitions(known, {source.topic: topology.DETECT}, ticker, problems.append)
    assert asyncio.run(come_and_go(partitions, source)) == {source}
    assert problems == []
    ticker.close()
    Store(settings.member_dir / PART.name).close()
