"""How long it takes from a turn to its feedback, and from the record that decides to the rewrite. Knows no table.

Turns are sent at a steady rate at the time they are said; a consumer that reads committed records notes when what
follows from them arrives. All times are of one clock, this machine's.
"""

import os
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, Message, Producer

from schemas.codec import decode_avro, encode_avro
from schemas.records import DecidedBy, Feedback, Rewrite, Trails
from tests.bench.kafka_load import Load, Watch
from tests.bench.kafka_scene import Scene
from tests.bench.kafka_traffic import EAGER, Said, schedule

SETTLE_S: Final = 5.0
"""How long to wait for what follows from the last turns."""


class Latencies(msgspec.Struct, frozen=True):
    """What was seen after the warm-up, in milliseconds.

    Attributes:
        turns: turns sent.
        feedback: from sending a turn to its feedback.
        trail: from sending the last turn of a trail that decided to the trail's record being written, without the gap
            and the lateness that it waits by its settings.
        decided: from that record being written, before its transaction ended, to the arrival of the rewrite.
        whole: from sending the last turn of the trail that decided to the rewrite, gap and lateness included.
        waits_ms: gap and lateness.
        late_ms: by how much the turns themselves were sent late, because the machine was busy.
        load: processor time.
    """

    turns: int
    feedback: list[float]
    trail: list[float]
    decided: list[float]
    whole: list[float]
    waits_ms: int
    late_ms: list[float]
    load: Load


class Feeder(threading.Thread):
    """Sends turns when they are due.

    Attributes:
        sent_at: when each turn was handed to the client, in seconds of the epoch, by turn id.
        late_s: by how much each was late.
    """

    def __init__(self, scene: Scene, turns: Iterable[Said]) -> None:
        super().__init__(name="feeder", daemon=True)
        self.sent_at: dict[str, float] = {}
        self.late_s: list[float] = []
        self._topic = scene.topic("turns")
        self._turns = turns
        # Not idempotent: such a producer spins on a core while the broker is behind, and so keeps it behind.
        self._producer = Producer(
            {
                "bootstrap.servers": scene.bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
            }
        )

    def run(self) -> None:
        """Send them all."""
        began = time.time()
        for said in self._turns:
            now = time.time()
            if now - began < said.due_s:
                time.sleep(said.due_s - (now - began))
                now = time.time()
            event = said.event(round(now * 1000))
            self.sent_at[f"t{said.number}"] = now
            self.late_s.append(now - began - said.due_s)
            self._producer.produce(self._topic, encode_avro(event), f"{event.tenant}|{event.user}".encode())
            self._producer.poll(0)
        self._producer.flush(10)


class Seen:
    """What arrived.

    Attributes:
        feedback: arrival by the turn that caused it.
        rewrites: each with its arrival.
        trails: by place, each with the time it was written.
    """

    def __init__(self, scene: Scene) -> None:
        self.feedback: dict[str, float] = {}
        self.rewrites: list[tuple[float, Rewrite]] = []
        self.trails: dict[tuple[int, int], tuple[float, Trails]] = {}
        self._scene = scene
        configuration: dict[str, Any] = {
            "bootstrap.servers": scene.bootstrap,
            "group.id": f"{scene.prefix}latency",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
        self._consumer = Consumer(configuration)
        self._consumer.subscribe([scene.topic(name) for name in ("feedback", "rewrites", "trails")])

    def watch(self, until: float) -> None:
        """Take in what arrives until a moment."""
        while time.time() < until:
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self._take(message, time.time())

    def close(self) -> None:
        """Let go."""
        self._consumer.close()

    def _take(self, message: Message, now: float) -> None:
        value = message.value()
        if not isinstance(value, bytes):
            return
        topic = (message.topic() or "").removeprefix(self._scene.prefix)
        if topic == "feedback":
            feedback = decode_avro(Feedback, value)
            self.feedback.setdefault(feedback.cause_turn_id or feedback.turn_id, now)
        elif topic == "rewrites":
            self.rewrites.append((now, decode_avro(Rewrite, value)))
        else:
            place = (message.partition() or 0, message.offset() or 0)
            self.trails[place] = (message.timestamp()[1] / 1000, decode_avro(Trails, value))


def measure(scene: Scene, *, rate: float, warm_up_s: float, seconds: float) -> Latencies:
    """Send turns at a rate, and return how long what follows took, for turns after the warm-up.

    Args:
        scene: with its topics; the worker is started and ended here.
        rate: turns a second.
        warm_up_s: how long to send before what is measured.
        seconds: how long to measure.
    """
    with scene.worker("latency") as worker:
        worker.wait_for("partitions.open")
        seen = Seen(scene)
        feeder = Feeder(scene, schedule(round(rate * (warm_up_s + seconds)), rate))
        feeder.start()
        began = time.time()
        seen.watch(began + warm_up_s)
        watch = Watch({"worker": worker.pid, "broker": scene.broker.pid or 0, "load and reader": os.getpid()})
        seen.watch(began + warm_up_s + seconds)
        load = watch.stop()
        feeder.join()
        seen.watch(time.time() + SETTLE_S)
        seen.close()
        worker.stop()
    return _latencies(scene, feeder, seen, began + warm_up_s, load)


def _latencies(scene: Scene, feeder: Feeder, seen: Seen, start: float, load: Load) -> Latencies:
    sent = {turn: at for turn, at in feeder.sent_at.items() if at >= start}
    waits_ms = scene.settings.gap_ms + scene.settings.lateness_ms
    trail, decided, whole = [], [], []
    for arrived, rewrite in seen.rewrites:
        said_at, written = _deciding(rewrite.decided_by, rewrite, feeder.sent_at, seen)
        if said_at >= start:
            trail.append((written - said_at) * 1000 - waits_ms)
            decided.append((arrived - written) * 1000)
            whole.append((arrived - said_at) * 1000)
    feedback = [(seen.feedback[turn] - at) * 1000 for turn, at in sent.items() if turn in seen.feedback]
    late = [late_s * 1000 for late_s in feeder.late_s[-len(sent) :]]
    return Latencies(len(sent), feedback, trail, decided, whole, waits_ms, late, load)


def _deciding(place: DecidedBy, rewrite: Rewrite, sent_at: dict[str, float], seen: Seen) -> tuple[float, float]:
    """Return when the last turn of the trail that decided was sent, and when its record was written; 0 if unknown."""
    written, record = seen.trails[place.partition, place.offset]
    about = [
        trail.turns[-1].turn_id
        for trail in record.trails
        if any(turn.said in {rewrite.source, rewrite.target} for turn in trail.turns)
    ]
    return max((sent_at.get(turn, 0.0) for turn in about), default=0.0), written


SETTINGS: Final = {**EAGER, "turns_partitions": 4, "trails_partitions": 2}
"""What latency is measured with."""
