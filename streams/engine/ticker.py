"""Writes ticks into quiet partitions of turns, so that time passes where nobody speaks. Knows no owner and no state."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import Producer

from schemas.codec import encode_avro
from schemas.records import Tick, TurnEvent
from schemas.registry import SchemaTable
from streams.kafka.client_log import client_log


class TurnTicker:
    """A producer of ticks. Losing one is no harm: the next comes soon."""

    def __init__(self, client: Mapping[str, Any], topic: str, table: SchemaTable) -> None:
        """Prepare it.

        Args:
            client: configuration every client starts from.
            topic: full name of the topic of turns.
            table: schema ids.
        """
        configuration = {**client, "linger.ms": 0, "enable.idempotence": True, "message.timeout.ms": 10_000}
        self._producer = Producer(configuration, logger=client_log())
        self._topic = topic
        self._table = table

    def tick(self, partition: int, time_ms: int) -> None:
        """Write a tick into a partition."""
        event = TurnEvent("reprise", "und", "clock", "", time_ms, tick=Tick())
        self._producer.produce(self._topic, encode_avro(event, self._table), partition=partition)
        self._producer.poll(0)

    def close(self) -> None:
        """Let go of Kafka."""
        self._producer.purge()
        self._producer.close()
