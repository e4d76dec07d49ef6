"""Asks Kafka which partitions a topic has, and says in one line why it cannot tell. Knows no record."""

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from streams.kafka.connection import Connection

TIMEOUT_S = 10.0
"""How long Kafka may take to answer: a client connects in milliseconds, or has a wrong address."""


class KafkaUnusableError(RuntimeError):
    """Kafka does not answer, or has not what is needed; the text says which and what to do."""


def partitions_of(
    client: Producer | Consumer, connection: Connection, name: str, timeout_s: float = TIMEOUT_S
) -> list[int]:
    """Return the partitions of a topic, in order.

    Args:
        client: any client made for the connection.
        connection: how Kafka was reached, for names and messages.
        name: the topic before the prefix.
        timeout_s: how long Kafka may take to answer.

    Raises:
        KafkaUnusableError: Kafka does not answer, the topic is not there, or may not be seen.
    """
    topic = connection.topic(name)
    try:
        found = client.list_topics(topic, timeout=timeout_s).topics[topic]
    except KafkaException as error:
        message = f"Kafka at {connection.bootstrap} does not answer: {error.args[0].str()}"
        raise KafkaUnusableError(message) from None
    if found.error is not None:
        raise KafkaUnusableError(_refusal(topic, found.error))
    return sorted(found.partitions)


def _refusal(topic: str, error: KafkaError) -> str:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return f"topic `{topic}` does not exist; `reprise topics create` makes it, `prefix` is part of its name"
    return f"topic `{topic}` cannot be used: {error.str()}"
