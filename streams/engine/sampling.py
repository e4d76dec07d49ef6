"""Where open partitions end, asked of Kafka again and again; what that says about lag. Knows no owner and no stage."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException

from streams.kafka.ends import TIMEOUT_S, Answer, Ends
from streams.kafka.progress import Place
from streams.observing.lag import Lag

LOOK_S: Final = 0.02
"""How often to look whether an answer has come."""


class Sampler:
    """Ends of partitions, sampled by whoever calls ``sample``; lag is told to any thread."""

    def __init__(self, client: Mapping[str, Any], always: Place, places: Callable[[], Iterable[Place]]) -> None:
        """Prepare it.

        Args:
            client: configuration every client starts from.
            always: a partition to ask about also when there is no other, to see whether Kafka answers.
            places: the partitions to ask about now.
        """
        self._client = dict(client)
        self._always = always
        self._places = places
        self._ends: Ends | None = None
        self._asked: frozenset[Place] = frozenset()
        self._lags: dict[Place, Lag] = {}
        self._lock = threading.Lock()

    def sample(self) -> None:
        """Ask once, and remember the answer.

        Raises:
            KafkaException: Kafka did not answer.
        """
        asked = frozenset({self._always, *self._places()})
        if self._ends is None or asked != self._asked:
            # A transaction that somebody left open holds everything up behind it: that is lag, and no small one.
            self._ends, self._asked = Ends(self._client, asked, open_too=True), asked
        answer = _answer(self._ends)
        with self._lock:
            self._lags = {place: self._lags.get(place) or Lag() for place in asked}
            for place, lag in self._lags.items():
                lag.sampled(answer.asked_at_s, answer.ends[place])

    def lag_s(self, place: Place, next_offset: int, since_s: float | None) -> float | None:
        """Return how many seconds a reader lags behind, as ``Lag.lag_s`` has it; None where nothing is known."""
        with self._lock:
            lag = self._lags.get(place)
            return None if lag is None else lag.lag_s(time.monotonic(), next_offset, since_s)

    def records(self, place: Place, next_offset: int) -> int | None:
        """Return by how many offsets a reader lags behind; None where nothing is known."""
        with self._lock:
            lag = self._lags.get(place)
            return None if lag is None else lag.records(next_offset)


def _answer(ends: Ends) -> Answer:
    ends.ask()
    deadline_s = time.monotonic() + 2 * TIMEOUT_S
    while (answer := ends.answer()) is None:
        if time.monotonic() > deadline_s:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - librdkafka's own name for it
        time.sleep(LOOK_S)
    return answer
