"""Schema ids for programs of others, without loading what only workers need. Knows whether there is a registry."""

from schemas.registry import SchemaTable, fixed_table
from streams.kafka.connection import Connection


def schemas_of(connection: Connection) -> SchemaTable:
    """Return the schema ids of the connection's Schema Registry, or the fixed ones when it has none.

    Raises:
        RegistryError: the registry does not answer, or refuses our schemas.
        SettingsError: a file that a setting names cannot be read.
    """
    if not connection.schema_registry_url:
        return fixed_table()
    from streams.kafka.schema_registry import schema_table  # noqa: PLC0415 - loads all stages

    return schema_table(connection)


def outages_of(connection: Connection) -> tuple[type[Exception], ...]:
    """Return the errors of decoding that say nothing about a record, only that the registry is away."""
    if not connection.schema_registry_url:
        return ()
    from streams.kafka.schema_registry import RegistryOutageError  # noqa: PLC0415 - loads all stages

    return (RegistryOutageError,)
