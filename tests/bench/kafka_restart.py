"""How long a worker with a large state takes to come back, from nothing and with its store. Knows no table."""

import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from confluent_kafka import Producer

from schemas.codec import encode_avro
from schemas.records import TurnEvent
from streams.engine.cache import to_bytes
from streams.engine.fence import FENCE_KEY, Fence
from streams.learn.rows import Text, row_key
from tests.bench.kafka_scene import Scene, Watched
from tests.bench.plain import plain_traffic, wording

LOOK_EVERY_S: Final = 0.05
DEADLINE_S: Final = 180.0
ROWS_PER_TRANSACTION: Final = 50_000
PARTS: Final = 3
SETTINGS: Final = {
    "turns_partitions": 2,
    "trails_partitions": 1,
    "quiet_after_ms": 600_000,
    "session_timeout_ms": 10_000,  # the default: a restart must fit in
    "heartbeat_ms": 3_000,
}
"""What a restart is measured with: two workers have something to do each, and one of them all that was learned."""


class Start(msgspec.Struct, frozen=True):
    """One start of a worker.

    Attributes:
        restore_s: what the worker itself says that bringing the store up to date took.
        rows: rows restored.
        open_s: from the start of the process to all partitions being open.
        commit_s: from there to the first committed batch too.
        progress: how many offsets were done, at each look from outside while it restored.
    """

    restore_s: float
    rows: int
    open_s: float
    commit_s: float
    progress: list[int]


class Restart(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        scratch: a start without a local store.
        local: a start with one.
        pause_s: from asking one of two workers to stop, to the first batch committed after it was started again.
        rebalances: how many rebalances the other worker went through meanwhile.
    """

    scratch: Start
    local: Start
    pause_s: float
    rebalances: int


def write_state(scene: Scene, rows: int) -> None:
    """Write a state of learn as a worker would have, with its fence."""
    producer = Producer(
        {
            "bootstrap.servers": scene.bootstrap,
            "transactional.id": "bench-state",
            "compression.type": scene.settings.compression,
            "queue.buffering.max.messages": 0,
        }
    )
    topic = scene.topic("learn.state")
    producer.init_transactions(30)
    producer.begin_transaction()
    for number, (key, value) in enumerate(state(rows), 1):
        producer.produce(topic, value, key, 0)
        if number % ROWS_PER_TRANSACTION == 0:
            producer.commit_transaction(60)
            producer.begin_transaction()
    fence = Fence(0, {"turns": scene.settings.turns_partitions, "trails": scene.settings.trails_partitions})
    producer.produce(topic, fence.encode(), FENCE_KEY, 0)
    producer.commit_transaction(60)


def state(rows: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield rows as they are in the topic: what is known of texts, some tens of bytes each."""
    encode = msgspec.msgpack.Encoder().encode
    for number in range(rows):
        said = f"{wording(number)} {number}"
        text = Text(forms={said: 2.0}, users={number, number + 1}, last_seen=1_767_571_200_000 + number)
        yield to_bytes(row_key("text", "bench|en-US", said)), encode(text)


def measure(scene: Scene, rows: int) -> Restart:
    """Write a state, and start and restart workers on it.

    Args:
        scene: with its topics.
        rows: how many rows of state.
    """
    write_state(scene, rows)
    turns = plain_traffic(10_000, 1_000, 100)
    with scene.worker("one") as one:
        scratch = _started(scene, one, turns, time.monotonic())
        one.stop()
        began = time.monotonic()
        one.start()
        local = _started(scene, one, turns, began)
        with scene.worker("two") as two:
            _until(one, lambda: bool(two.parts()) and len(one.parts()) + len(two.parts()) == PARTS)
            _until(one, lambda: bool(two.metrics()))
            before = two.total("reprise_rebalances_total")
            began = time.monotonic()
            one.stop()
            one.start()
            _started(scene, one, turns, began)
            pause_s = time.monotonic() - began
            rebalances = round(two.total("reprise_rebalances_total") - before)
            two.stop()
        one.stop()
    return Restart(scratch, local, pause_s, rebalances)


def _started(scene: Scene, worker: Watched, turns: Iterator[TurnEvent], began: float) -> Start:
    """Watch a worker that was just started until it has committed something."""
    _send(scene, turns)
    progress: list[int] = []
    while not worker.said("partitions.open"):
        done = int(worker.total("reprise_restore_rows_done", "learn"))
        if done and (not progress or progress[-1] != done):
            progress.append(done)
        _rest(worker, began)
    open_s = time.monotonic() - began
    _until(worker, lambda: worker.total("reprise_flush_seconds_count") > 0)
    commit_s = time.monotonic() - began
    restore_s = worker.total("reprise_restore_seconds", "learn")
    return Start(restore_s, int(worker.total("reprise_restore_rows_done", "learn")), open_s, commit_s, progress)


def _send(scene: Scene, turns: Iterator[TurnEvent]) -> None:
    """Send a turn to each partition."""
    producer = Producer({"bootstrap.servers": scene.bootstrap})
    for partition in range(scene.settings.turns_partitions):
        event = next(turns)
        producer.produce(scene.topic("turns"), encode_avro(event), b"bench|anybody", partition)
    producer.flush(30)


def _until(worker: Watched, check: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not check():
        _rest(worker, began)


def _rest(worker: Watched, began: float) -> None:
    if not worker.running or time.monotonic() - began > DEADLINE_S:
        message = f"the worker does not get there:\n{worker.log_tail()}"
        raise RuntimeError(message)
    time.sleep(LOOK_EVERY_S)
