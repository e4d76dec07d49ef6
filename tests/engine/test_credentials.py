"""Faust logs in as every other client does."""

from pathlib import Path

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from streams.connection import Connection
from streams.engine.credentials import credentials
from streams.tokens import ClientCredentials


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Return a file with a secret."""
    path = tmp_path / "secret"
    path.write_text("correct horse\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_a_password_reaches_aiokafka_through_faust(protocol: str, mechanism: str, secret_file: Path) -> None:
    """Faust hands on exactly what a plain aiokafka client is told."""
    connection = Connection.model_validate(
        {
            "security_protocol": protocol,
            "sasl_mechanism": mechanism,
            "sasl_username": "cook",
            "sasl_password_file": secret_file,
        }
    )
    handed_on, wanted = dict(credentials_to_aiokafka_auth(credentials(connection))), connection.aiokafka_arguments()
    assert (handed_on.pop("ssl_context") is None) == (wanted.pop("ssl_context") is None)
    assert handed_on == {name: value for name, value in wanted.items() if name != "bootstrap_servers"}


def test_tokens_reach_aiokafka_through_faust(secret_file: Path) -> None:
    """The provider is ours, over TLS."""
    connection = Connection(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        oauth_token_url="https://login.example/token",  # noqa: S106 - an address
        oauth_client_id="cook",
        oauth_client_secret_file=secret_file,
    )
    handed_on = credentials_to_aiokafka_auth(credentials(connection))
    assert (handed_on["security_protocol"], handed_on["sasl_mechanism"]) == ("SASL_SSL", "OAUTHBEARER")
    assert isinstance(handed_on["sasl_oauth_token_provider"], ClientCredentials)
    assert handed_on["ssl_context"] is not None


def test_without_a_login_faust_is_told_of_tls_only() -> None:
    """Plain text needs no credentials at all."""
    assert credentials(Connection()) is None
    encrypted = credentials_to_aiokafka_auth(credentials(Connection(security_protocol="SSL")))
    assert encrypted["security_protocol"] == "SSL"
    assert encrypted["ssl_context"].check_hostname
