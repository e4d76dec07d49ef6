"""A broker inside this process, for trying things out: no Java, no Docker, no disk. Knows no record and no stage.

It is librdkafka's mock cluster: it speaks enough of Kafka's protocol for confluent-kafka and aiokafka clients, consumer
groups and transactional producers, on a port of 127.0.0.1. **It guarantees little.** What a real Kafka does and this
does not:

- Transactions are not enforced: a former owner is not shut out, and records of an aborted transaction are read even
  with ``read_committed``.
- The marks that end transactions have no checksum, so a client that checks them sees broken records.
- Nothing is compacted, and nothing expires by time.
- A partition keeps its last 5 MiB or 100,000 batches, as they were sent (compressed); older ones vanish, read or not.
- Records keep the time their producer gave them; topics have no settings.
- A topic that nobody declared is made at first mention, with 4 partitions; topics cannot be made by request.
- Everything is gone when it is closed or its process ends.

So it shows how things work, and no test of a guarantee may run on it.
"""

import ctypes
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from confluent_kafka import cimpl

ERROR_TEXT_BYTES = 512
PRODUCER = 0  # RD_KAFKA_PRODUCER: the kind of client that carries the cluster

GATHERING_MS = 50  # how long a new group waits for more members: those of one process come together


class EmbeddedBrokerError(Exception):
    """The embedded broker could not be made."""


class EmbeddedBroker:
    """One broker in this process, with some topics.

    Args:
        partitions: number of partitions of each topic, by its full name.

    Raises:
        ValueError: a topic has no partition or no name.
        EmbeddedBrokerError: librdkafka refused; says why.
    """

    def __init__(self, partitions: Mapping[str, int]) -> None:
        for topic, count in partitions.items():
            if not topic or count < 1:
                message = f"partitions: topic {topic!r} with {count} partitions; give a name and at least 1"
                raise ValueError(message)
        self._library = _library()
        self._carrier = self._new_carrier()
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._carrier, 1)
        if not self._cluster:
            self._library.rd_kafka_destroy(self._carrier)
            message = "librdkafka could not open the embedded broker's port on 127.0.0.1"
            raise EmbeddedBrokerError(message)
        self.bootstrap: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        """The address clients start from, HOST:PORT."""
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, GATHERING_MS)
        for topic, count in partitions.items():
            self._create(topic, count)

    def close(self) -> None:
        """End it, and lose all it holds. Close its clients first: they would complain that it is gone."""
        if self._cluster:
            self._library.rd_kafka_mock_cluster_destroy(self._cluster)
            self._library.rd_kafka_destroy(self._carrier)
            self._cluster = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _new_carrier(self) -> int:
        text = ctypes.create_string_buffer(ERROR_TEXT_BYTES)
        configuration = self._library.rd_kafka_conf_new()
        # Clients that come and go are its daily life, nothing to report.
        self._library.rd_kafka_conf_set(configuration, b"log_level", b"0", text, ERROR_TEXT_BYTES)
        carrier: int | None = self._library.rd_kafka_new(PRODUCER, configuration, text, ERROR_TEXT_BYTES)
        if carrier is None:
            self._library.rd_kafka_conf_destroy(configuration)
            message = f"librdkafka could not start the embedded broker: {text.value.decode(errors='replace')}"
            raise EmbeddedBrokerError(message)
        return carrier

    def _create(self, topic: str, partitions: int) -> None:
        error = self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1)
        if error:
            self.close()
            message = f"librdkafka could not make topic {topic}: error {error}"
            raise EmbeddedBrokerError(message)


def _library() -> Any:
    # The C interface (rdkafka_mock.h), because confluent-kafka's own way to a mock cluster cannot say how many
    # partitions a topic has. Symbols of the librdkafka that confluent-kafka loaded are found through its module.
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_conf_destroy": (None, [pointer]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
