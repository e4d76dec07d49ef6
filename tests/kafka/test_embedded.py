"""The embedded broker: topics as asked for, and the clients of the product work on it. States no guarantee of Kafka."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from streams.kafka.embedded import EmbeddedBroker

PARTITIONS = {"one": 1, "many": 7}
RECORDS = [(b"k%d" % number, b"v%d" % number) for number in range(50)]
TIMEOUT_S = 30


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """Give a broker with two topics."""
    with EmbeddedBroker(PARTITIONS) as broker:
        yield broker


def fill(broker: EmbeddedBroker, topic: str, **configuration: Any) -> None:
    """Put all records into a topic, in a transaction where the configuration names one."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "lz4", **configuration})
    if "transactional.id" in configuration:
        producer.init_transactions(TIMEOUT_S)
        producer.begin_transaction()
    for key, value in RECORDS:
        producer.produce(topic, value, key)
    if "transactional.id" in configuration:
        producer.commit_transaction(TIMEOUT_S)
    assert producer.flush(TIMEOUT_S) == 0


def consumed(broker: EmbeddedBroker, topic: str) -> list[Message]:
    """Read as many records as were put in, as a group."""
    group = {"group.id": "test", "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, **group})
    consumer.subscribe([topic])
    messages = consumer.consume(len(RECORDS), TIMEOUT_S)
    consumer.close()
    return messages


async def consumed_by_aiokafka(broker: EmbeddedBroker, topic: str) -> list[tuple[bytes | None, bytes | None]]:
    """Read as many records as were put in, as a group of the client that Faust uses."""
    group = {"group_id": "test", "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, **group) as consumer:
        return [(message.key, message.value) for message in [await consumer.getone() for _ in RECORDS]]


def test_topics_have_the_partitions_asked_for(broker: EmbeddedBroker) -> None:
    """Also where it is not the number that the mock cluster gives by itself."""
    topics = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=TIMEOUT_S).topics
    assert {name: len(topic.partitions) for name, topic in topics.items()} == PARTITIONS


def test_what_is_produced_is_consumed_in_order(broker: EmbeddedBroker) -> None:
    """Keys and values come back as they were."""
    fill(broker, "one")
    assert [(message.key(), message.value()) for message in consumed(broker, "one")] == RECORDS


def test_the_client_of_faust_reads_it_too(broker: EmbeddedBroker) -> None:
    """A consumer group of aiokafka gets every record of every partition."""
    fill(broker, "many")
    assert sorted(asyncio.run(consumed_by_aiokafka(broker, "many"))) == sorted(RECORDS)


def test_a_transaction_can_be_committed(broker: EmbeddedBroker) -> None:
    """The engine's way of writing works, though nothing enforces it."""
    fill(broker, "many", **{"transactional.id": "test"})
    assert sorted((message.key(), message.value()) for message in consumed(broker, "many")) == sorted(RECORDS)


def test_two_brokers_know_nothing_of_each_other(broker: EmbeddedBroker) -> None:
    """Each has its own address, topics and records."""
    with EmbeddedBroker({"other": 2}) as other:
        assert other.bootstrap != broker.bootstrap
        topics = AdminClient({"bootstrap.servers": other.bootstrap}).list_topics(timeout=TIMEOUT_S).topics
        assert list(topics) == ["other"]


def test_a_closed_broker_is_gone(broker: EmbeddedBroker) -> None:
    """Its port answers no more, and closing twice does no harm."""
    broker.close()
    broker.close()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=1)


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"": 1}])
def test_a_topic_without_name_or_partition_is_refused(wrong: dict[str, int]) -> None:
    """The message names the topic and the fix."""
    with pytest.raises(ValueError, match=r"partitions: topic .* at least 1"):
        EmbeddedBroker(wrong)
