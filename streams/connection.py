"""How Kafka is reached, as one frozen value: addresses, names, security. Opens no connection.

Every client of the product (workers, producers, consumers, tools) is configured from here, so that what works for one
works for all. Secrets are never values: a setting names the file that holds one.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Connection(BaseModel):
    """How to reach Kafka and, when there is one, the Schema Registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap: str = Field("127.0.0.1:9092", min_length=1, description="Kafka's addresses, HOST:PORT joined by commas.")
    prefix: str = Field("", description="Put before every topic, group and transaction name, so that systems share a Kafka.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Whether to encrypt (SSL) and to log in (SASL)."
    )
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="How to log in."
    )
    sasl_username: str = Field("", description="Who logs in.")
    sasl_password_file: Path | None = Field(None, description="File that holds the password.")
    schema_registry_url: str = Field("", description="Address of a Schema Registry; without one, schema ids are fixed.")

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return self.prefix + name

    def client(self) -> dict[str, Any]:
        """Return the configuration that every confluent-kafka client starts from.

        Raises:
            OSError: a file that holds a secret cannot be read.
        """
        return {"bootstrap.servers": self.bootstrap, "security.protocol": self.security_protocol}
