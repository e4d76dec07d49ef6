"""Asks Kafka where partitions end, without making anybody wait. Knows no record and no reader."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any, NamedTuple

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from streams.kafka.client_log import client_log
from streams.kafka.progress import Place

TIMEOUT_S = 5.0
"""How long Kafka may take to answer one question."""


class Answer(NamedTuple):
    """Where partitions ended when they were asked (monotonic seconds)."""

    asked_at_s: float
    ends: dict[Place, int]


class Ends:
    """One question at a time, over a connection of its own.

    On a consumer's connection the question would wait behind the fetch that waits for new records.

    Args:
        client: configuration every client starts from.
        places: the partitions.
        open_too: whether what lies in open transactions counts, which readers of committed records cannot reach yet.
    """

    def __init__(self, client: dict[str, Any], places: Iterable[Place], *, open_too: bool = False) -> None:
        self._client = client
        self._isolation = IsolationLevel.READ_UNCOMMITTED if open_too else IsolationLevel.READ_COMMITTED
        self._admin: AdminClient | None = None
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        self._wanted = {TopicPartition(*place): latest for place in places}
        self._asked_at_s = 0.0
        self._answers: dict[TopicPartition, Future[Any]] = {}

    def ask(self) -> bool:
        """Ask, unless a question is open; return whether it was asked."""
        if self._answers or not self._wanted:
            return False
        if self._admin is None:
            self._admin = AdminClient(self._client, logger=client_log())
        self._asked_at_s = time.monotonic()
        self._answers = self._admin.list_offsets(
            self._wanted, isolation_level=self._isolation, request_timeout=TIMEOUT_S
        )
        return True

    def answer(self) -> Answer | None:
        """Return the answer once it is there; each is given once.

        Raises:
            KafkaException: Kafka did not answer, or not for all partitions.
        """
        if not self._answers or not all(future.done() for future in self._answers.values()):
            return None
        answers, self._answers = self._answers, {}
        try:
            ends = {Place(str(at.topic), at.partition): _offset(future) for at, future in answers.items()}
        except KafkaException:
            # A client that once saw a partition's leader go keeps asking with that leader's epoch, in vain for ever.
            self._admin = None
            raise
        return Answer(self._asked_at_s, ends)


def _offset(answer: Future[Any]) -> int:
    """Return an offset; the client gives an impossible one, and no error, where a broker let the time run out."""
    offset: int = answer.result().offset
    if offset < 0:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - librdkafka's own name for it
    return offset
