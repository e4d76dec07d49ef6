"""Rewrites for a voice assistant, in its own process: follows the topics and decides in memory. Knows no stage.

with RewriteTable(Connection(bootstrap="kafka:9092")) as rewrites:
    rewrites.wait_ready(30)
    decided = rewrites.decide("next", "step", user, tenant="demo", locale="en-US")
    reply = run(decided.text)
    turns.send({..., "turn": {"said": "next", ...}}, decided)  # of streams.producing; reports both arms
"""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any, Final, Literal, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codec import fields_but, project
from schemas.errors import DecodeError
from schemas.records import Policy, Rewrite
from schemas.registry import SchemaTable
from streams.kafka.client_log import client_log
from streams.kafka.connection import Connection
from streams.kafka.ends import Answer, Ends
from streams.kafka.partitions import KafkaUnusableError, partitions_of
from streams.kafka.progress import Place, Progress
from streams.kafka.schema_ids import outages_of, schemas_of
from streams.rewrites import REWRITES_MAX, Decided, RewriteBook, applied

__all__ = ["Decided", "RewriteTable", "applied"]

LOG = logging.getLogger(__name__)

POLL_S: Final = 0.2
"""Longest wait for a record before the thread looks at anything else; records themselves are taken at once."""

BATCH_MAX: Final = 5_000
"""Records taken at a time while catching up."""

ASK_EVERY_S: Final = 1.0
"""How often the broker is asked where the topics end: staleness is known that exactly."""

LOOK_TIMEOUT_S: Final = 2.0
"""How long one look for the topics may take; `close` waits for it."""

READ_AGAIN_AFTER_S: Final = 12 * 3_600.0
"""After so long without the broker, compaction may soon have removed withdrawals (it keeps them for a day or more)."""

REWRITE_FIELDS: Final = fields_but(Rewrite, "evidence", "meaning", "learner", "origin")


class RewriteTable:
    """All rewrites and orders in memory, kept up to date by a thread of its own.

    Until it is ready it rewrites nothing, because a record not yet read may forbid what was read. Without the broker it
    goes on with what it has, tells by `staleness_s`, and catches up by itself. A record it cannot use is
    counted in `problems`; a rewrite it would have replaced is dropped, an order it would have replaced stays.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        tenants: Collection[str] = (),
        locales: Collection[str] = (),
        schemas: SchemaTable | None = None,
        rewrites_max: int = REWRITES_MAX,
    ) -> None:
        """Start reading at once; the broker need not be there yet.

        Args:
            connection: how to reach Kafka.
            tenants: keep only rewrites of these; all when empty.
            locales: keep only rewrites of these, spelt as in the turns; all when empty.
            schemas: the schema ids; those of the Schema Registry, if there is one, or the fixed ones when None.
            rewrites_max: how many rewrites to hold; what comes beyond is counted in `problems`.

        Raises:
            SettingsError: a file that holds a secret cannot be read.
            RegistryError: there is a Schema Registry, and it does not answer or lacks our schemas.
        """
        schemas = schemas_of(connection) if schemas is None else schemas
        self._outages = outages_of(connection)
        self._limits: dict[str, Any] = {"tenants": tenants, "locales": locales, "rewrites_max": rewrites_max}
        self._connection = connection
        self._topics = {"rewrites": connection.topic("rewrites"), "policy": connection.topic("policy")}
        self._decode_rewrite = project(Rewrite, REWRITE_FIELDS, schemas)
        self._decode_policy = project(Policy, None, schemas)
        self._book = self._reading = RewriteBook(**self._limits)
        self._complete_at_s = -math.inf
        self._ready = threading.Event()
        self._taken: Mapping[Place, int] = {}
        self._news = threading.Condition()
        self._closing = threading.Event()
        self._failure: BaseException | None = None
        self._noted: Counter[str] = Counter()
        self._consumer = Consumer(_configuration(connection), logger=client_log())
        self._thread = threading.Thread(target=self._run, name="reprise-rewrites", daemon=True)
        self._thread.start()

    # -- for everybody ---------------------------------------------------------------------------------------------

    def decide(
        self,
        said: str,
        expecting: str,
        user: str,
        *,
        tenant: str,
        locale: str,
        at_ms: int | None = None,
        opted_out: bool = False,
    ) -> Decided:
        """Return what to do with an utterance, from memory. See `streams.rewrites.RewriteBook.decide`."""
        decide = self._book.decide
        return decide(said, expecting, user, tenant=tenant, locale=locale, at_ms=at_ms, opted_out=opted_out)

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until both topics were read to the ends they had at the start; return whether they were.

        Raises:
            RuntimeError: the thread that reads has ended by an error.
        """
        self._ready.wait(timeout_s)
        self._raise_failure()
        return self._ready.is_set()

    def wait_for(self, topic: Literal["rewrites", "policy"], partition: int, offset: int, timeout_s: float) -> bool:
        """Wait until a record and all before it in its partition are in force here; return whether they are.

        For a program that writes an order or a rewrite and must not go on before this table obeys it. The broker's
        acknowledgement of a record tells its partition and offset.

        Args:
            topic: the topic, without a prefix.
            partition: the partition.
            offset: offset of the record itself.
            timeout_s: longest wait.

        Raises:
            ValueError: there is no such topic or partition.
            RuntimeError: the thread that reads has ended by an error.
        """
        place = self._place(topic, partition)
        with self._news:
            self._news.wait_for(lambda: self._has(place, offset) or self._has_ended, timeout_s)
        self._raise_failure()
        return self._has(place, offset)

    @property
    def is_ready(self) -> bool:
        """Whether rewrites are served: all there was at the start has been read, and the reader lives."""
        return self._ready.is_set() and self._failure is None

    @property
    def staleness_s(self) -> float:
        """Seconds since the table last was known to hold everything; infinite before it is ready."""
        return max(0.0, time.monotonic() - self._complete_at_s)

    @property
    def problems(self) -> Mapping[str, int]:
        """Records that could not be used and errors of the broker, counted by kind."""
        return self._noted + Counter({str(kind): count for kind, count in self._reading.problems.items()})

    def __len__(self) -> int:
        """Return how many rewrites are held."""
        return len(self._book)

    def close(self) -> None:
        """Stop reading. What was read stays and can still be asked."""
        self._closing.set()
        self._tell_waiting()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            message = "the table of rewrites is no longer kept up to date; its log says why"
            raise RuntimeError(message) from self._failure

    def _place(self, topic: str, partition: int) -> Place:
        if topic not in self._topics:
            message = f"topic: expected `rewrites` or `policy`, found {topic!r}"
            raise ValueError(message)
        place = Place(self._topics[topic], partition)
        if partition < 0 or (self._taken and place not in self._taken):
            message = f"partition: expected one that `{place.topic}` has, found {partition}"
            raise ValueError(message)
        return place

    def _has(self, place: Place, offset: int) -> bool:
        return self._taken.get(place, 0) > offset

    @property
    def _has_ended(self) -> bool:
        return self._closing.is_set() or self._failure is not None

    def _tell_waiting(self) -> None:
        with self._news:
            self._news.notify_all()

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._try_to_follow()
        except Exception as error:
            LOG.exception("rewrites are no longer kept up to date")
            self._failure = error
            self._ready.set()  # whoever waits must hear of it
            self._tell_waiting()
        finally:
            self._consumer.close()

    def _try_to_follow(self) -> None:
        try:
            self._follow()
        except self._outages as error:  # what was read stays served; the record is met again
            self._count("registry", str(error))
            self._closing.wait(ASK_EVERY_S)

    def _follow(self) -> None:
        """Read from the beginning and go on reading, until told to close or until it is safer to begin again."""
        places = self._places()
        self._reading = RewriteBook(**self._limits)
        progress = Progress(places)
        self._consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in places])
        ends = Ends(self._connection.client(), places)
        asked_at_s = -math.inf
        answered_at_s = time.time()
        while not self._closing.is_set():
            if time.monotonic() >= asked_at_s + ASK_EVERY_S:
                asked_at_s = time.monotonic()
                if ends.ask():
                    progress.asking()
            answer = self._answer(ends)
            if answer is not None:
                lost_s, answered_at_s = time.time() - answered_at_s, time.time()
                as_it_was = all(progress.ends(place, end, answer.asked_at_s) for place, end in answer.ends.items())
                if lost_s > READ_AGAIN_AFTER_S or not as_it_was:
                    return
            self._take(self._messages(), progress)
            self._publish(progress)

    def _answer(self, ends: Ends) -> Answer | None:
        try:
            return ends.answer()
        except KafkaException as error:
            self._note(error.args[0])
            return None

    def _places(self) -> list[Place]:
        """Return all partitions, waiting until both topics are there."""
        while not self._closing.is_set():
            try:
                return [
                    Place(topic, partition)
                    for name, topic in self._topics.items()
                    for partition in partitions_of(self._consumer, self._connection, name, LOOK_TIMEOUT_S)
                ]
            except KafkaUnusableError as error:
                self._count("topics_missing", str(error))
                self._closing.wait(ASK_EVERY_S)
        return []

    def _messages(self) -> list[Message]:
        """Return the next records: the first as soon as it comes, with it all that wait already."""
        first = self._consumer.poll(POLL_S)
        return [] if first is None else [first, *self._consumer.consume(BATCH_MAX, timeout=0)]

    def _take(self, messages: list[Message], progress: Progress) -> None:
        orders: list[tuple[str, Policy | None]] = []
        for message in messages:
            error = message.error()
            place = Place(str(message.topic()), message.partition() or 0)
            if error is None:
                self._take_record(message, orders)
                progress.reached(place, (message.offset() or 0) + 1)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                progress.reached(place, message.offset() or 0)
            elif error.fatal():
                raise KafkaException(error)
            else:
                self._note(error)
        if orders:
            self._reading.order(orders)

    def _take_record(self, message: Message, orders: list[tuple[str, Policy | None]]) -> None:
        value = message.value()
        try:
            key = (message.key() or b"").decode("utf-8")
        except UnicodeDecodeError:
            self._count("wrong_key")
            return
        if message.topic() == self._topics["policy"]:
            self._take_order(key, value, orders)
        elif self._reading.wants(key):
            self._take_rewrite(key, value)

    def _take_order(self, key: str, value: bytes | None, orders: list[tuple[str, Policy | None]]) -> None:
        try:
            orders.append((key, None if value is None else self._decode_policy(value)))
        except DecodeError as error:
            self._count("undecodable_policy", str(error))

    def _take_rewrite(self, key: str, value: bytes | None) -> None:
        if value is None:
            self._reading.withdraw(key)
            return
        try:
            self._reading.put(key, self._decode_rewrite(value))
        except DecodeError as error:
            self._reading.refuse(key, "undecodable")
            LOG.warning("a rewrite cannot be used: %s", error)

    def _publish(self, progress: Progress) -> None:
        complete_at_s = progress.complete_at_s
        if complete_at_s is not None:
            self._book = self._reading
            self._complete_at_s = complete_at_s
            self._taken = progress.positions()  # after the orders of the batch are in the book, so never too early
            self._ready.set()
            self._tell_waiting()

    def _note(self, error: KafkaError) -> None:
        self._count(f"broker_{error.name()}", error.str())

    def _count(self, kind: str, text: str = "") -> None:
        if not self._noted[kind]:
            LOG.warning("while reading rewrites: %s %s", kind, text)
        self._noted[kind] += 1


def _configuration(connection: Connection) -> dict[str, Any]:
    """Return the consumer's configuration. The group is demanded by the client and never joined nor committed to."""
    return connection.client() | {
        "group.id": connection.topic("reprise-rewrites"),
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
    }
