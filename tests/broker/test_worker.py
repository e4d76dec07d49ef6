"""What a worker promises on a real Kafka: when it refuses, how it hands over, and that time passes by itself."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from schemas.records import Policy, Rewrite, Trails
from streams.engine.errors import EngineError
from streams.engine.fence import FENCE_KEY, Fence
from tests.broker import scenario
from tests.broker.topics import make_topics
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Process, Running, Service, arriving
from tests.building import START_MS, said

pytestmark = pytest.mark.kafka

SECRET_WORD, SECRET_USER = "quibblefish", "somebody-known"
END_MS = START_MS + 86_400_000

Make = Callable[..., Service]


@pytest.fixture
def make(kafka: Broker, prefix: str, tmp_path: Path) -> Make:
    """Give what makes the one service of a test."""

    def service(**given: Any) -> Service:
        return Service(kafka.bootstrap, prefix, tmp_path, **given).create_topics()

    return service


def turns(number: int, first: int = 0) -> Iterator[Arriving]:
    """Yield turns of as many users."""
    for place in range(first, first + number):
        yield arriving(said(SECRET_WORD, place, user=f"{SECRET_USER}-{place}"))


def booked(service: Service) -> Counter[str]:
    """Return how often each turn is in a trail."""
    return Counter(
        turn.turn_id for value in service.values("trails", Trails) for trail in value.trails for turn in trail.turns
    )


def processed(service: Service, number: int = 10) -> Service:
    """Have a worker take in some turns, and end it."""
    service.send(turns(number))
    with Running(service.settings()):
        eventually(service.is_done)
    return service


def parts(running: Running) -> set[tuple[str, int]]:
    """Return what a worker has open."""
    partitions = running.worker.partitions
    return {(tp.topic, tp.partition) for tp in partitions.fences()} if partitions else set()


def shared(*workers: Running, among: int) -> bool:
    """Tell whether workers have so many partitions open, each its share and none twice."""
    own = [parts(worker) for worker in workers]
    return all(own) and sum(map(len, own)) == len(set.union(*own)) == among


# -- when it refuses -------------------------------------------------------------------------------------------------


def test_missing_topics_are_named_with_what_makes_them(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    """A worker makes no topics; whoever may make them is told how."""
    problem = Running(Service(kafka.bootstrap, prefix, tmp_path).settings()).start().ended()
    assert isinstance(problem, EngineError)
    assert f"{prefix}turns" in str(problem)
    assert "reprise topics create" in str(problem)


def test_other_partition_counts_than_the_stored_ones_are_refused(make: Make) -> None:
    """They are part of the state; the message names both."""
    service = processed(make(turns=2))
    admin = AdminClient({"bootstrap.servers": service.bootstrap})
    grown = [NewPartitions(service.topic(name), 3) for name in ("turns", "detect.state")]
    for done in admin.create_partitions(grown).values():
        done.result(30)
    problem = Running(service.settings()).start().ended()
    assert isinstance(problem, EngineError)
    assert "turns 2" in str(problem)
    assert "turns 3" in str(problem)


def forget(service: Service, offset: int) -> None:
    """Delete the turns before an offset, as retention does."""
    place = TopicPartition(service.topic("turns"), 0, offset)
    admin = AdminClient({"bootstrap.servers": service.bootstrap})
    admin.delete_records([place])[place].result(30)


def test_turns_that_vanished_unprocessed_are_refused(make: Make) -> None:
    """The message says how many are gone and what accepts the loss."""
    service = processed(make(), 10)
    service.send(turns(10, first=10))
    forget(service, 15)
    problem = Running(service.settings()).start().ended()
    assert isinstance(problem, EngineError)
    assert "5 records are gone" in str(problem)
    assert "accept_loss" in str(problem)


def test_an_accepted_loss_is_passed_over(make: Make) -> None:
    """With `accept_loss` a worker goes on where the log begins."""
    service = processed(make(), 10)
    service.send(turns(10, first=10))
    forget(service, 15)
    with Running(service.settings(accept_loss=True)):
        service.settle(END_MS)
    assert booked(service) == Counter(f"{SECRET_USER}-{place}-{place}" for place in (*range(10), *range(15, 20)))


def test_a_topic_made_anew_is_refused(make: Make) -> None:
    """What was processed is not there any more, so offsets mean something else."""
    service = processed(make(), 10)
    admin, topic = AdminClient({"bootstrap.servers": service.bootstrap}), service.topic("turns")
    admin.delete_topics([topic])[topic].result(30)
    eventually(lambda: topic not in admin.list_topics(timeout=10).topics)
    make_topics(service.bootstrap, {topic: 1})
    service.send(turns(3))
    problem = Running(service.settings()).start().ended()
    assert isinstance(problem, EngineError)
    assert "made anew" in str(problem)


def test_a_folder_that_cannot_be_used_is_said(make: Make, tmp_path: Path) -> None:
    """In one line that names the setting; the exit code is 1."""
    (tmp_path / "occupied").write_text("no folder")
    with Process(make(), "one", data_dir=tmp_path / "occupied") as worker:
        assert worker.process.wait(60) == 1
    (failure,) = worker.said("worker.failed")
    assert f"`data_dir` ({tmp_path / 'occupied'}) cannot be used" in failure["error"]


# -- how it ends and hands over --------------------------------------------------------------------------------------


def test_a_worker_that_is_asked_to_end_leaves_nothing_to_restore(make: Make) -> None:
    """SIGTERM ends it with code 0, and its stores are up to date: the next start reads hardly anything."""
    service = make()
    service.send(turns(500))
    with Process(service, "one") as worker:
        eventually(service.is_done)
        assert worker.stop() == 0
    assert len(service.messages("detect.state")) > 100
    with Running(service.settings("one")) as again:
        eventually(lambda: len(parts(again)) == 2)
        registry = again.worker.metrics.registry
        restored = [
            registry.get_sample_value("reprise_restore_rows_total", {"stage": stage, "partition": "0"})
            for stage in ("detect", "learn")
        ]
    assert all(rows is not None and rows < 5 for rows in restored)


def test_workers_share_partitions_and_one_that_leaves_hands_over(make: Make) -> None:
    """All is owned by somebody, nothing by two, and nothing waits for the one that left."""
    service = make(turns=4, trails=2)
    with Running(service.settings("one")) as one:
        with Running(service.settings("two")) as two:
            eventually(lambda: shared(one, two, among=6))
            service.send(turns(100))
            eventually(service.is_done)
        eventually(lambda: shared(one, among=6))
        service.send(turns(100, first=100))
        service.settle(END_MS)
    assert booked(service) == Counter(f"{SECRET_USER}-{place}-{place}" for place in range(200))


def test_a_restart_under_the_same_name_moves_nothing(make: Make) -> None:
    """With static membership the other worker keeps its partitions and hears of no rebalance."""
    service = make(turns=4, trails=2)
    with Running(service.settings("one")) as one:
        with Running(service.settings("two")) as two:
            eventually(lambda: shared(one, two, among=6))
            before, own = one.worker.metrics.registry.get_sample_value("reprise_rebalances_total"), parts(two)
        with Running(service.settings("two")) as again:
            eventually(lambda: parts(again) == own)
            service.send(turns(100))
            eventually(service.is_done)
            assert one.worker.metrics.registry.get_sample_value("reprise_rebalances_total") == before


def test_a_paused_worker_loses_and_doubles_nothing(make: Make) -> None:
    """One that slept beyond its session is shut out when it wakes; each turn is in one trail all the same."""
    service = make(turns=2)
    service.send(turns(2_000))
    with Process(service, "sleeper", flush_records_max=20) as sleeper:
        eventually(lambda: sum(fence.next for fence in service.fences("detect").values()) > 100)
        sleeper.signal(signal.SIGSTOP)
        with Running(service.settings("heir")) as heir:
            eventually(lambda: shared(heir, among=3))
            service.send(turns(1_000, first=2_000))
            eventually(service.is_done)
            sleeper.signal(signal.SIGCONT)
            eventually(lambda: len(sleeper.said("partitions.open")) > 1, 60)
            service.send(turns(1_000, first=3_000))
            service.settle(END_MS)
    assert booked(service) == Counter(f"{SECRET_USER}-{place}-{place}" for place in range(4_000))


def test_a_log_tells_neither_words_nor_people(make: Make) -> None:
    """Whatever happens to a record, its texts and users stay out of the log."""
    service = make(rejected_ratio_max=0.1, rejected_window=10)
    wrong = encode_avro(said(SECRET_WORD, 0, user=SECRET_USER))
    service.send(turns(20))
    with Process(service, "one") as worker:
        eventually(service.is_done)
        service.send(Arriving(f"demo|{SECRET_USER}".encode(), wrong[:-3]) for _ in range(20))
        assert worker.process.wait(60) == 1
    text = worker.log.read_text()
    assert "worker.failed" in text
    assert SECRET_WORD not in text
    assert SECRET_USER not in text


# -- what moves by itself --------------------------------------------------------------------------------------------


def test_the_policy_is_read_before_the_first_batch(make: Make) -> None:
    """No turn is processed in ignorance of what people decided before."""
    service = make()
    policies = [Policy("demo|en-US||a", "block", START_MS, "test"), Policy("demo|en-US||b", "block", START_MS, "test")]
    service.send((Arriving(item.scope.encode(), encode_avro(item)) for item in policies), "policy")
    processed(service)
    first = next(message for message in service.messages("detect.state") if message.key() == FENCE_KEY)
    assert Fence.decode(first.value()).policy_next == 2


def test_the_last_trail_of_a_conversation_leaves_by_itself(make: Make) -> None:
    """Nobody needs to speak again: a quiet partition is moved by ticks, at the pace of the clock."""
    service = make(gap_ms=1_000, lateness_ms=0, quiet_after_ms=200)
    now_s = time.time() - START_MS / 1_000
    with Running(service.settings()):
        service.send([arriving(said(SECRET_WORD, now_s, user="live", turn_id="live-1"))])
        eventually(lambda: booked(service) == {"live-1": 1})


def test_learning_hears_of_a_time_that_is_ahead_of_the_clock(make: Make) -> None:
    """Told too soon after another one it had to wait, and no tick follows until the clock has come so far."""
    service = make(quiet_after_ms=200, tick_every_ms=2_000)
    now_s = time.time() - START_MS / 1_000
    with Running(service.settings()):
        service.send([arriving(said(SECRET_WORD, now_s, user="live"))])
        eventually(service.is_done)
        ahead = said(SECRET_WORD, now_s + 120, user="ahead")
        service.send([arriving(ahead)])
        eventually(lambda: ahead.occurred_at in {value.partition_time for value in service.values("trails", Trails)})


def test_a_partition_that_nobody_uses_holds_learning_back_no_longer_than_it_takes_to_see(make: Make) -> None:
    """Rewrites are decided although one partition of turns never had a record."""
    service = make(turns=2, quiet_after_ms=200, **scenario.SETTINGS)
    with Running(service.settings()):
        service.send(record._replace(partition=0) for record in repairs(20))
        service.tick(END_MS, [0])
        eventually(lambda: service.values("rewrites", Rewrite))


def repairs(number: int) -> Iterator[Arriving]:
    """Yield so many repairs of the same failure."""
    for place in range(number):
        user, at_s = f"u{place}", place * 200.0
        yield arriving(said("next", at_s, user=user, status="asked_again", expecting="step"))
        yield arriving(said("continue", at_s + 8, user=user, expecting="step"))


def test_the_group_shows_how_far_it_is(make: Make) -> None:
    """Offsets are committed for those who watch the lag, though nothing depends on them."""
    service = make()
    service.send(turns(10))
    group = Consumer({"bootstrap.servers": service.bootstrap, "group.id": f"{service.prefix}reprise"})
    place = TopicPartition(service.topic("turns"), 0)
    try:
        with Running(service.settings()):
            eventually(lambda: group.committed([place], timeout=10)[0].offset == 10)
    finally:
        group.close()


def test_a_worker_that_cannot_join_its_group_any_more_ends(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends aiokafka's part in the group ends the worker, though it has no partition and so fetches nothing."""
    service = make()

    async def broken(*_: object) -> None:
        message = "no coordinator to be found"
        raise AssertionError(message)

    monkeypatch.setattr(GroupCoordinator, "ensure_coordinator_known", broken)
    running = Running(service.settings()).start()
    assert "no coordinator to be found" in str(running.ended())
