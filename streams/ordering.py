"""Sends orders of people to the topic `policy`, for everybody who serves or learns. Knows no order's meaning."""

from contextlib import closing

from schemas.codec import encode_avro
from schemas.records import Policy
from schemas.registry import SchemaTable
from streams.kafka.connection import Connection
from streams.kafka.schema_ids import schemas_of
from streams.kafka.sending import Sender


def send_order(connection: Connection, policy: Policy, schemas: SchemaTable | None = None) -> None:
    """Send an order and wait until it has arrived.

    Args:
        connection: how to reach Kafka.
        policy: the order, from `streams.order_values`.
        schemas: the schema ids; those of the Schema Registry, if there is one, or the fixed ones when None.

    Raises:
        DeliveryError, QueueFullError: it did not arrive; nothing was ordered.
        RegistryError: there is a Schema Registry, and it does not answer or refuses our schemas.
        SettingsError: a file that holds a secret cannot be read.
    """
    table = schemas_of(connection) if schemas is None else schemas
    _send(connection, policy.scope, encode_avro(policy, table))


def forget_order(connection: Connection, scope: str) -> None:
    """Take an order back as if it had never been given, and wait until that has arrived. Raises as `send_order`."""
    _send(connection, scope, None)


def _send(connection: Connection, scope: str, value: bytes | None) -> None:
    with closing(Sender(connection)) as sender:
        sender.send(connection.topic("policy"), scope.encode("utf-8"), value)
