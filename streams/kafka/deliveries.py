"""What becomes of records on their way to Kafka: counted, and failures kept until somebody is told. Knows no client."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaError, Message


class DeliveryError(RuntimeError):
    """Records did not arrive. Raised once for each of them.

    Attributes:
        failed: how many failed since this was last raised, by the client's reason.
        waiting: how many were still on their way when the wait ended.
    """

    def __init__(self, failed: Mapping[str, int], waiting: int = 0) -> None:
        self.failed = dict(failed)
        self.waiting = waiting
        reasons = "; ".join(f"{count:,} failed: {reason}" for reason, count in self.failed.items())
        pending = f"{waiting:,} not delivered in time" if waiting else ""
        super().__init__("; ".join(part for part in (reasons, pending) if part))


class QueueFullError(TimeoutError):
    """No room for another record within the time given: Kafka is away or slower than what is sent. Try again later."""


class Deliveries:
    """What became of the records. Several threads may report at once."""

    def __init__(self, on_failure: Callable[[bytes, str], None] | None = None) -> None:
        self.sent = self.delivered = self.failed = 0
        self._on_failure = on_failure
        self._news: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add_sent(self) -> None:
        """Count a record that was queued."""
        with self._lock:
            self.sent += 1

    def take(self, error: KafkaError | None, message: Message) -> None:
        """Note one report of the client."""
        with self._lock:
            if error is None:
                self.delivered += 1
                return
            self.failed += 1
            self._news[error.str()] += 1
        if self._on_failure is not None:
            self._on_failure(message.value() or b"", error.str())

    def raise_new(self, waiting: int = 0) -> None:
        """Raise what failed since the last time, or is still on its way.

        Raises:
            DeliveryError: there is such.
        """
        if not (self._news or waiting):
            return
        with self._lock:
            news, self._news = self._news, Counter()
        raise DeliveryError(news, waiting)
