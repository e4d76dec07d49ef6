"""How Kafka is reached: what each client is told, which halves are refused, and that no secret shows."""

import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from streams.kafka.connection import Connection
from streams.settings import SettingsError, connection_from, worker_settings_from


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """Return a file with a password, as an editor leaves it."""
    return secret_in(tmp_path / "password")


def secret_in(path: Path, content: str = "correct horse\n") -> Path:
    """Write a secret for its owner only."""
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return path


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of its own making and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    certificate_file, key_file = folder / "client.pem", folder / "client.key"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encryption = serialization.BestAvailableEncryption(b"correct horse")
    pkcs8 = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, encryption))
    key_file.chmod(0o600)
    return certificate_file, key_file


def by_password(password_file: Path, **more: Any) -> Connection:
    """Return a connection that logs in with a password."""
    login = {"security_protocol": "SASL_SSL", "sasl_username": "cook", "sasl_password_file": password_file}
    return Connection(**(login | more))


def by_token(secret_file: Path, **more: Any) -> Connection:
    """Return a connection that logs in with tokens."""
    login = {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "oauth_token_url": "https://login.example/token",
        "oauth_client_id": "cook",
        "oauth_client_secret_file": secret_file,
        "oauth_scope": "kafka",
    }
    return Connection(**(login | more))


def test_without_security_a_client_is_told_only_where_kafka_is() -> None:
    """Plain text needs nothing else, for either library."""
    connection = Connection(bootstrap="a:1,[::1]:2")
    assert connection.client() == {"bootstrap.servers": "a:1,[::1]:2", "security.protocol": "PLAINTEXT", "log_level": 2}
    assert connection.aiokafka_arguments() == {
        "bootstrap_servers": "a:1,[::1]:2",
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }


def test_a_reader_joins_no_group_and_sees_only_what_was_committed() -> None:
    """Its group's name begins as the rights say, and nothing is remembered in Kafka."""
    told = Connection(prefix="test-").reader("restore")
    assert told["group.id"] == "test-reprise-restore"
    assert (told["enable.auto.commit"], told["isolation.level"]) == (False, "read_committed")


def test_a_password_is_read_from_its_file_without_the_line_end(password_file: Path) -> None:
    """Both libraries get the same user and password."""
    connection = by_password(password_file, sasl_mechanism="SCRAM-SHA-256")
    told, arguments = connection.client(), connection.aiokafka_arguments()
    assert (told["sasl.mechanism"], told["sasl.username"], told["sasl.password"]) == (
        ("SCRAM-SHA-256", "cook", "correct horse")
    )
    assert told["ssl.endpoint.identification.algorithm"] == "https"
    assert (arguments["sasl_mechanism"], arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == (
        ("SCRAM-SHA-256", "cook", "correct horse")
    )


def test_a_rotated_secret_is_used_by_the_next_client(password_file: Path) -> None:
    """Nothing is remembered from one client to the next."""
    connection = by_password(password_file)
    connection.client()
    secret_in(password_file, "battery staple")
    assert connection.client()["sasl.password"] == "battery staple"


def test_confluent_takes_what_it_is_told(tmp_path: Path, password_file: Path) -> None:
    """The client knows every name, accepts the values, and opens key and certificate."""
    certificate, key = certificate_in(tmp_path)
    tls = {
        "tls_ca_file": certificate,
        "tls_certificate_file": certificate,
        "tls_key_file": key,
        "tls_key_password_file": password_file,
    }
    for connection in (
        Connection(security_protocol="SSL", **tls),
        by_password(password_file, tls_ca_file=certificate, tls_check_hostname=False),
        by_token(password_file, oauth_ca_file=certificate, tls_ca_file=certificate),
    ):
        assert isinstance(AdminClient(connection.client() | {"log_level": 0}), AdminClient)


def test_python_checks_certificate_and_host_unless_told_otherwise(tmp_path: Path, password_file: Path) -> None:
    """Turning the check of the host off leaves that of the certificate on."""
    certificate, key = certificate_in(tmp_path)
    connection = Connection(
        security_protocol="SSL",
        tls_ca_file=certificate,
        tls_certificate_file=certificate,
        tls_key_file=key,
        tls_key_password_file=password_file,
    )
    strict = connection.ssl_context()
    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    loose = connection.model_copy(update={"tls_check_hostname": False}).ssl_context()
    assert (loose.verify_mode, loose.check_hostname) == (ssl.CERT_REQUIRED, False)


def test_a_key_without_its_password_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    """A server process must not wait for somebody to type."""
    certificate, key = certificate_in(tmp_path)
    connection = Connection(security_protocol="SSL", tls_certificate_file=certificate, tls_key_file=key)
    with pytest.raises(SettingsError, match="`tls_key_file`"):
        connection.ssl_context()


def test_the_registry_gets_user_and_password_and_authorities(tmp_path: Path, password_file: Path) -> None:
    """The names are those of confluent-kafka's own client."""
    authorities = secret_in(tmp_path / "authorities.pem")
    connection = Connection(
        schema_registry_url="https://registry.example",
        schema_registry_username="cook",
        schema_registry_password_file=password_file,
        schema_registry_ca_file=authorities,
    )
    assert connection.registry() == {
        "url": "https://registry.example",
        "basic.auth.user.info": "cook:correct horse",
        "ssl.ca.location": str(authorities),
    }


@pytest.mark.parametrize(
    ("sets", "names"),
    [
        (["security_protocol=SASL_SSL"], ("security_protocol", "sasl_username")),
        (["security_protocol=SASL_SSL", "sasl_username=cook"], ("security_protocol", "sasl_password_file")),
        (
            ["security_protocol=SASL_SSL", "sasl_mechanism=OAUTHBEARER", "oauth_client_id=cook"],
            ("sasl_mechanism", "oauth_token_url"),
        ),
        (["sasl_username=cook"], ("sasl_username", "security_protocol")),
        (["oauth_scope=kafka"], ("oauth_scope", "security_protocol")),
        (["tls_ca_file=authorities.pem"], ("tls_ca_file", "security_protocol")),
        (["security_protocol=SSL", "tls_certificate_file=x.pem"], ("tls_certificate_file", "tls_key_file")),
        (["security_protocol=SSL", "tls_key_file=x.pem"], ("tls_key_file", "tls_certificate_file")),
        (["security_protocol=SSL", "tls_key_password_file=x"], ("tls_key_password_file", "tls_key_file")),
        (["schema_registry_username=x"], ("schema_registry_username", "schema_registry_password_file")),
        (["schema_registry_ca_file=x"], ("schema_registry_ca_file", "schema_registry_url")),
    ],
)
def test_half_a_login_is_refused_with_both_names(sets: list[str], names: tuple[str, str]) -> None:
    """Neither a login that cannot work nor security that is set up but unused gets through."""
    for read in (connection_from, worker_settings_from):
        with pytest.raises(SettingsError) as refused:
            read(sets)
        assert all(f"`{name}`" in str(refused.value) for name in names)
        assert "(as an option)" in str(refused.value)


@pytest.mark.parametrize(
    "option",
    [
        "bootstrap=",
        "bootstrap=localhost",
        "bootstrap=a:1, b:2",
        "bootstrap=kafka://a:1",
        "prefix=a b",
        "prefix=ä",
        "schema_registry_url=registry:8081",
        "schema_registry_url=http://cook:secret@registry:8081",
        "oauth_token_url=file:///etc/passwd",
        "security_protocol=TLS",
    ],
)
def test_an_address_or_name_kafka_cannot_have_is_refused(option: str) -> None:
    """What would only fail later, or print a password, is refused at once."""
    with pytest.raises(SettingsError, match=f"`{option.partition('=')[0]}`.*expected"):
        connection_from([option])


@pytest.mark.parametrize("content", [None, "", "\n", b"\xff\xfe"])
def test_a_secret_file_that_holds_none_is_refused_by_name(tmp_path: Path, content: str | bytes | None) -> None:
    """Missing, empty and unreadable files are told apart from a wrong password."""
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError, match=r"`sasl_password_file`: .*password"):
        by_password(path).client()


def test_a_certificate_file_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    """The message is ours, before librdkafka says something about BIO."""
    connection = Connection(security_protocol="SSL", tls_ca_file=tmp_path / "nowhere.pem")
    for use in (connection.client, connection.ssl_context):
        with pytest.raises(SettingsError, match=r"`tls_ca_file`: .*nowhere\.pem cannot be read"):
            use()


def test_what_is_unsafe_is_told(password_file: Path) -> None:
    """A file everybody can read, a host that is not checked, a login in plain text: each a sentence."""
    assert by_password(password_file).concerns() == []
    password_file.chmod(0o644)
    connection = by_password(password_file, tls_check_hostname=False)
    told = [concern.partition("`")[2].partition("`")[0] for concern in connection.concerns()]
    assert told == ["sasl_password_file", "tls_check_hostname"]
    assert "nothing is encrypted" in by_password(password_file, security_protocol="SASL_PLAINTEXT").concerns()[1]


def test_no_secret_is_in_the_settings(password_file: Path) -> None:
    """Printing or dumping them shows where a secret is, never which."""
    connection = by_password(password_file)
    connection.client()
    assert "correct horse" not in f"{connection!r} {connection.model_dump()}"
    assert "correct horse" not in repr(by_token(password_file).token_provider())
