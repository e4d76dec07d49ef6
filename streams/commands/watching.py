"""Follows what a worker writes and keeps it as a replay does. Knows topics and records, no worker."""

import time
from collections import defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Final, NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codec import decode_avro
from schemas.records import Decision, Feedback, Rewrite, Trails
from streams import driver
from streams.commands.live import LIVE
from streams.commands.run import Counts, keep
from streams.commands.writing import Results
from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.rejections import Choice, rejected_records

TOPICS: Final = ("feedback", "trails", "rewrites", "decisions")
REJECTED: Final = ("turns.rejected", "trails.rejected")

BATCH_MAX: Final = 10_000
ANSWER_S: Final = 10.0


class TakenBack(NamedTuple):
    """A rewrite that was withdrawn, with the decision that did it."""

    rewrite: Rewrite
    decision: Decision


class Watcher:
    """Reads every topic a worker writes, with one partition each, from the beginning.

    Attributes:
        counts: what was seen.
        live: what is published, by topic key.
        taken_back: what was withdrawn, in order; known after the block.
        told_ms: the latest time that learn was told.
        trails_at: the offset of the last record seen in ``trails``.
    """

    def __init__(
        self, connection: Connection, results: Results, happened: Callable[[Decision], None], *, trails: bool = False
    ) -> None:
        """Begin to read.

        Args:
            connection: how to reach Kafka.
            results: where to write what is read.
            happened: called with each publication and withdrawal.
            trails: whether to write the trails.
        """
        self.counts = Counts()
        self.live: dict[str, Rewrite] = {}
        self.taken_back: list[TakenBack] = []
        self.told_ms = self.trails_at = -1
        self._connection = connection
        self._results = results
        self._happened = happened
        self._with_trails = trails
        self._names = {connection.topic(name): name for name in TOPICS}
        self._next = dict.fromkeys(self._names, 0)
        self._rewrites: list[tuple[str, Rewrite | None]] = []
        self._withdrawals: defaultdict[str, list[Decision]] = defaultdict(list)
        self._consumer = Consumer(
            connection.reader("watch") | {"enable.partition.eof": True, "allow.auto.create.topics": False},
            logger=client_log(),
        )
        self._consumer.assign([TopicPartition(topic, 0, 0) for topic in self._names])

    def look(self, wait_s: float = 0.0) -> None:
        """Take in what there is, waiting for the first of it."""
        first = self._consumer.poll(wait_s)
        if first is None:
            return
        batch = driver.Results()
        for message in [first, *self._consumer.consume(BATCH_MAX, timeout=0)]:
            self._take(message, batch)
        keep(batch, {}, self._results, self.counts, trails=self._with_trails)

    def look_to_the_end(self) -> None:
        """Take in everything that is there now, apart from rejected records.

        Raises:
            TimeoutError: it did not come.
        """
        ends = {
            topic: self._consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=ANSWER_S)[1]
            for topic in self._names
        }
        deadline_s = time.monotonic() + ANSWER_S
        while any(self._next[topic] < end for topic, end in ends.items()):
            if time.monotonic() > deadline_s:
                message = "what the worker wrote cannot be read to its end"
                raise TimeoutError(message)
            self.look(0.1)

    def look_at_rejected(self) -> None:
        """Take in the rejected records; to be called once, at the end.

        Raises:
            KafkaUnusableError: they cannot be read.
        """
        batch = driver.Results()
        for name in REJECTED:
            for record in rejected_records(self._connection, name, Choice()):
                place = (name.partition(".")[0], record.source_partition, record.source_offset)
                batch.rejected.append(
                    driver.RejectedRecord(*place, record.value or b"", record.reason, record.exception)
                )
        keep(batch, {}, self._results, self.counts, trails=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reading, and keep the rewrites: only now is it known what each withdrawal was decided by."""
        self._consumer.close()
        if error is None:
            self._keep_rewrites()

    def _keep_rewrites(self) -> None:
        batch = driver.Results()
        for key, rewrite in self._rewrites:
            batch.rewrites.append((key, rewrite or self._withdrawn(key)))
            if rewrite is not None:
                self.live[key] = rewrite
        keep(batch, {}, self._results, self.counts, trails=False)

    def _withdrawn(self, key: str) -> driver.Withdrawn:
        rewrite = self.live.pop(key)
        decision = self._withdrawals[rewrite.rewrite_id].pop(0)
        self.taken_back.append(TakenBack(rewrite, decision))
        return driver.Withdrawn(rewrite, decision.decided_at)

    def _take(self, message: Message, batch: driver.Results) -> None:
        topic, offset = str(message.topic()), message.offset() or 0
        error = message.error()
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                raise KafkaException(error)
            self._next[topic] = max(self._next[topic], offset)
            return
        self._next[topic] = offset + 1
        self._sort(self._names[topic], message, batch)

    def _sort(self, name: str, message: Message, batch: driver.Results) -> None:
        value = message.value()
        if name == "feedback":
            batch.feedback.append(decode_avro(Feedback, _present(value)))
        elif name == "trails":
            self._take_trails(decode_avro(Trails, _present(value)), message.offset() or 0, batch)
        elif name == "rewrites":
            rewrite = None if value is None else decode_avro(Rewrite, _present(value))
            self._rewrites.append((_present(message.key()).decode(), rewrite))
        else:
            self._take_decision(decode_avro(Decision, _present(value)), batch)

    def _take_trails(self, trails: Trails, offset: int, batch: driver.Results) -> None:
        self.told_ms, self.trails_at = max(self.told_ms, trails.partition_time), offset
        batch.trails.append(trails)

    def _take_decision(self, decision: Decision, batch: driver.Results) -> None:
        batch.decisions.append(decision)
        was_live, is_live = decision.from_stage in LIVE, decision.to_stage in LIVE
        if was_live and not is_live:
            self._withdrawals[decision.rewrite_id].append(decision)
        if was_live != is_live:
            self._happened(decision)


def _present(part: bytes | str | None) -> bytes:
    """Return a key or value of a record that has one."""
    if not isinstance(part, bytes):
        message = "a record of the worker's has no key or no value"
        raise TypeError(message)
    return part
