"""How Kafka is reached, as one frozen value: addresses, names, security. Opens no connection.

Every client of the product (workers, producers, consumers, tools) is configured from here, so that what works for one
works for all. Secrets are never values: a setting names the file that holds one, and it is read when a client is made.
"""

import ssl
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.configuring.refusal import SettingsError, open_to_everyone, readable, secret

_ADDRESS: Final = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}"
ADDRESSES: Final = f"^{_ADDRESS}(,{_ADDRESS})*$"
URL: Final = r"^(https?://[^\s/@]+[^\s@]*)?$"
"""An address without a user in it: a password there would be printed with the settings."""

READER_GROUPS: Final = "reprise-"
"""How the names of groups begin that nobody joins."""

SECRETS: Final = (
    "sasl_password_file",
    "tls_key_file",
    "tls_key_password_file",
    "oauth_client_secret_file",
    "schema_registry_password_file",
    "release_secret_file",
    "user_salt_file",
)
"""The settings that name files only their owner should read; a worker has all of them, other programs some."""


CRITICAL: Final = 2
"""What librdkafka itself writes to standard error: less than every failed try to connect, which clients tell anyway."""


class Connection(BaseModel):
    """How to reach Kafka and, when there is one, the Schema Registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=ADDRESSES,
        description="Kafka's addresses.",
        json_schema_extra={"takes": "HOST:PORT, several joined by commas"},
    )
    prefix: str = Field(
        "",
        max_length=200,
        pattern=r"^[A-Za-z0-9._-]*$",
        description="Put before every topic, group and transaction name, so that systems share a Kafka.",
        json_schema_extra={"takes": "up to 200 letters, digits, dots, underscores and hyphens"},
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Whether to encrypt (SSL) and to log in (SASL)."
    )
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="How to log in."
    )
    sasl_username: str = Field("", description="Who logs in, with SCRAM or PLAIN.")
    sasl_password_file: Path | None = Field(None, description="File that holds the password.")
    tls_ca_file: Path | None = Field(
        None, description="File (PEM) of the authorities that Kafka's certificate may come from; none: the system's."
    )
    tls_certificate_file: Path | None = Field(None, description="File (PEM) with this client's own certificate.")
    tls_key_file: Path | None = Field(None, description="File (PEM) with the key of that certificate.")
    tls_key_password_file: Path | None = Field(None, description="File that holds the password of that key.")
    tls_check_hostname: bool = Field(
        default=True, description="Whether Kafka's certificate must be made out for the host that was called."
    )
    oauth_token_url: str = Field(
        "",
        pattern=URL,
        description="Where OAUTHBEARER gets its tokens (client credentials).",
        json_schema_extra={"takes": "an http or https address, without user and password"},
    )
    oauth_client_id: str = Field("", description="Who asks for tokens.")
    oauth_client_secret_file: Path | None = Field(None, description="File that holds the client's secret.")
    oauth_scope: str = Field("", description="What the tokens are asked for; empty: what the server gives by itself.")
    oauth_ca_file: Path | None = Field(
        None, description="File (PEM) of the authorities that the token server's certificate may come from."
    )
    schema_registry_url: str = Field(
        "",
        pattern=URL,
        description="Address of a Schema Registry; without one, schema ids are fixed.",
        json_schema_extra={"takes": "an http or https address, without user and password"},
    )
    schema_registry_username: str = Field("", description="Who logs in to the Schema Registry.")
    schema_registry_password_file: Path | None = Field(None, description="File that holds that password.")
    schema_registry_ca_file: Path | None = Field(
        None, description="File (PEM) of the authorities that the Schema Registry's certificate may come from."
    )

    @property
    def encrypted(self) -> bool:
        """Whether what goes to Kafka is encrypted."""
        return self.security_protocol.endswith("SSL")

    @property
    def logs_in(self) -> bool:
        """Whether Kafka asks who is there, apart from a client certificate."""
        return self.security_protocol.startswith("SASL")

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return self.prefix + name

    def client(self) -> dict[str, Any]:
        """Return the configuration that every confluent-kafka client starts from; it holds secrets.

        Raises:
            SettingsError: a file that a setting names cannot be read, or holds no secret.
        """
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.security_protocol,
            "log_level": CRITICAL,
            **(self._tls() if self.encrypted else {}),
            **(self._login() if self.logs_in else {}),
        }

    def reader(self, purpose: str) -> dict[str, Any]:
        """Return the configuration of a confluent-kafka consumer that is assigned its partitions and joins no group.

        librdkafka wants a group's name all the same and asks Kafka about it, so the name must be one that rights were
        granted for (``streams.kafka.access``).

        Args:
            purpose: what is read for, a word of the group's name.

        Raises:
            SettingsError: a file that a setting names cannot be read, or holds no secret.
        """
        return self.client() | {
            "group.id": self.topic(f"{READER_GROUPS}{purpose}"),
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "isolation.level": "read_committed",
        }

    def aiokafka_arguments(self) -> dict[str, Any]:
        """Return the arguments that every aiokafka client starts from; they hold secrets.

        A token provider among them belongs to one event loop.

        Raises:
            SettingsError: a file that a setting names cannot be read, or holds no secret.
        """
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context() if self.encrypted else None,
        }
        if not self.logs_in:
            return arguments
        arguments["sasl_mechanism"] = self.sasl_mechanism
        if self.sasl_mechanism == "OAUTHBEARER":
            return arguments | {"sasl_oauth_token_provider": self.token_provider()}
        return arguments | {"sasl_plain_username": self.sasl_username, "sasl_plain_password": self.password()}

    def ssl_context(self) -> ssl.SSLContext:
        """Return what Python's own TLS needs to reach Kafka as these settings say.

        Raises:
            SettingsError: a certificate or key cannot be read or used.
        """
        password = self._secret("tls_key_password_file") if self.tls_key_password_file else ""
        try:
            context = ssl.create_default_context(cafile=self._path("tls_ca_file"))
            if certificate := self._path("tls_certificate_file"):
                context.load_cert_chain(certificate, self._path("tls_key_file"), password)
        except ssl.SSLError as error:
            message = f"`tls_ca_file`, `tls_certificate_file` or `tls_key_file` cannot be used: {error.reason or error}"
            raise SettingsError(message) from None
        context.check_hostname = self.tls_check_hostname
        return context

    def token_provider(self) -> Any:
        """Return what gives an aiokafka client its tokens, for OAUTHBEARER.

        Raises:
            SettingsError: the client's secret or the authorities cannot be read.
        """
        from streams.kafka.tokens import ClientCredentials  # noqa: PLC0415 - most programs never ask for tokens

        return ClientCredentials(
            self.oauth_token_url,
            self.oauth_client_id,
            self._secret("oauth_client_secret_file"),
            self.oauth_scope,
            self._path("oauth_ca_file"),
        )

    def registry(self) -> dict[str, Any]:
        """Return the configuration of confluent-kafka's Schema Registry client; it holds secrets.

        Raises:
            SettingsError: a file that a setting names cannot be read, or holds no secret.
        """
        configuration: dict[str, Any] = {"url": self.schema_registry_url}
        if self.schema_registry_username:
            password = self._secret("schema_registry_password_file")
            configuration["basic.auth.user.info"] = f"{self.schema_registry_username}:{password}"
        if authorities := self._path("schema_registry_ca_file"):
            configuration["ssl.ca.location"] = authorities
        return configuration

    def concerns(self) -> list[str]:
        """Return what is allowed but unsafe, one sentence each, for the log of a program that starts."""
        found = [
            f"`{name}`: {path} can be read by every user of this machine; allow its owner only"
            for name in SECRETS
            if (path := getattr(self, name, None)) is not None and open_to_everyone(path)
        ]
        if self.encrypted and not self.tls_check_hostname:
            found.append("`tls_check_hostname` is off: any host with a certificate of these authorities can be Kafka")
        if self.security_protocol == "SASL_PLAINTEXT":
            found.append(
                "`security_protocol` is SASL_PLAINTEXT: nothing is encrypted, of some mechanisms not even the secret"
            )
        return found

    def _tls(self) -> dict[str, Any]:
        configuration: dict[str, Any] = {
            "ssl.ca.location": self._path("tls_ca_file"),
            "ssl.certificate.location": self._path("tls_certificate_file"),
            "ssl.key.location": self._path("tls_key_file"),
            "ssl.endpoint.identification.algorithm": "https" if self.tls_check_hostname else "none",
        }
        if self.tls_key_password_file:
            configuration["ssl.key.password"] = self._secret("tls_key_password_file")
        return {name: value for name, value in configuration.items() if value}

    def _login(self) -> dict[str, Any]:
        if self.sasl_mechanism != "OAUTHBEARER":
            who = {"sasl.username": self.sasl_username, "sasl.password": self.password()}
            return {"sasl.mechanism": self.sasl_mechanism, **who}
        configuration = {
            "sasl.mechanism": "OAUTHBEARER",
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.token.endpoint.url": self.oauth_token_url,
            "sasl.oauthbearer.client.id": self.oauth_client_id,
            "sasl.oauthbearer.client.secret": self._secret("oauth_client_secret_file"),
            "sasl.oauthbearer.scope": self.oauth_scope,
            "https.ca.location": self._path("oauth_ca_file"),
        }
        return {name: value for name, value in configuration.items() if value}

    def password(self) -> str:
        """Return the password of SCRAM or PLAIN.

        Raises:
            SettingsError: its file cannot be read, or holds nothing.
        """
        return self._secret("sasl_password_file")

    def _secret(self, name: str) -> str:
        return secret(name, getattr(self, name))

    def _path(self, name: str) -> str | None:
        path = getattr(self, name)
        return None if path is None else readable(name, path)

    @model_validator(mode="after")
    def _security_is_whole(self) -> Self:
        """Refuse half a login, and security that is set up but would not be used."""
        by_token = self.logs_in and self.sasl_mechanism == "OAUTHBEARER"
        by_password = self.logs_in and not by_token
        self._hold_together("tls_certificate_file", "tls_key_file")
        self._hold_together("schema_registry_username", "schema_registry_password_file")
        self._require("tls_key_password_file", "tls_key_file")
        self._require("schema_registry_username", "schema_registry_url")
        self._require("schema_registry_ca_file", "schema_registry_url")
        self._serve(by_password, ("sasl_username", "sasl_password_file"))
        self._serve(by_token, ("oauth_token_url", "oauth_client_id", "oauth_client_secret_file"))
        self._only_if(by_token, ("oauth_scope", "oauth_ca_file"))
        self._only_if(self.encrypted, tuple(name for name in Connection.model_fields if name.startswith("tls_")))
        return self

    def _is_set(self, name: str) -> bool:
        return bool(getattr(self, name) != Connection.model_fields[name].default)

    def _hold_together(self, one: str, other: str) -> None:
        self._require(one, other)
        self._require(other, one)

    def _require(self, name: str, needed: str) -> None:
        if self._is_set(name) and not self._is_set(needed):
            message = f"`{name}` needs `{needed}`, which is not set"
            raise ValueError(message)

    def _serve(self, used: bool, names: tuple[str, ...]) -> None:  # noqa: FBT001 - the condition all names hang on
        """Refuse names that are missing where they are used, and given where they are not."""
        missing = [name for name in names if not self._is_set(name)]
        if used and missing:
            message = f"{self._login_settings()} needs `{missing[0]}`, which is not set"
            raise ValueError(message)
        self._only_if(used, names)

    def _only_if(self, used: bool, names: tuple[str, ...]) -> None:  # noqa: FBT001 - the condition all names hang on
        given = [name for name in names if self._is_set(name)]
        if given and not used:
            message = f"`{given[0]}` is set, but {self._login_settings()} does not use it"
            raise ValueError(message)

    def _login_settings(self) -> str:
        mechanism = f" with `sasl_mechanism` {self.sasl_mechanism}" if self.logs_in else ""
        return f"`security_protocol` {self.security_protocol}{mechanism}"
