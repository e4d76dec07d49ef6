"""A real Kafka that asks everybody who they are: TLS, passwords, tokens, rights.

It listens three times: in plain text for the tests' own superuser, with TLS and passwords, with TLS and tokens.
Knows no part of the product.
"""

import json
import os
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from infra.kafka.broker import Broker
from tests.broker.certificates import Authority, Signer

HOST = "127.0.0.1"
AUDIENCE = "kafka"
SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
BEARER_PACKAGE = "org.apache.kafka.common.security.oauthbearer"
CLIENT_SECRET = "a secret with: colon & more"  # noqa: S105 - of a server that ends with the test


@dataclass(frozen=True)
class Secured:
    """Where the broker listens, and what its clients need."""

    plain: str
    passwords: str
    tokens: str
    authorities: Path
    token_url: str

    def add_user(self, name: str, password: str, mechanism: str = "SCRAM-SHA-512") -> None:
        """Let somebody log in with a password."""
        kind = ScramMechanism.SCRAM_SHA_512 if mechanism.endswith("512") else ScramMechanism.SCRAM_SHA_256
        credential = UserScramCredentialUpsertion(name, ScramCredentialInfo(kind, 4_096), password.encode())
        admin = self.admin()
        for future in admin.alter_user_scram_credentials([credential]).values():
            future.result(30)

    def admin(self) -> AdminClient:
        """Return the superuser's client."""
        return AdminClient({"bootstrap.servers": self.plain})


class TokenServer:
    """Gives everybody who knows the secret a token in their own name; counts how many it gave."""

    def __init__(self, signer: Signer) -> None:
        self.given = 0
        self.life_s = 300
        self._signer = signer
        handler = type("Handler", (_TokenHandler,), {"server_": self})
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://{HOST}:{self._server.server_address[1]}/token"

    def answer(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Return status and body for a request."""
        name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if unquote_plus(secret) != CLIENT_SECRET or form.get("grant_type") != ["client_credentials"]:
            return 401, b'{"error": "invalid_client"}'
        self.given += 1
        token = self._signer.token(unquote_plus(name), AUDIENCE, self.life_s)
        return 200, json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": self.life_s}).encode()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _TokenHandler(BaseHTTPRequestHandler):
    server_: TokenServer

    def do_POST(self) -> None:
        """Answer a request for a token."""
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        status, body = self.server_.answer(self.headers.get("Authorization", ""), form)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def secured(folder: Path) -> Iterator[tuple[Secured, TokenServer]]:
    """Run the broker and the token server."""
    authority, signer = Authority(folder), Signer()
    keys = folder / "keys.json"
    keys.write_bytes(signer.keys())
    ports = free_ports(4)
    tokens = TokenServer(signer)
    broker = Broker(folder / "broker", port=ports[0], properties=_properties(ports, authority.issued("kafka"), keys))
    # Kafka reads keys only from places its command line allows; `java` takes this variable as a part of it.
    before = os.environ.get("JDK_JAVA_OPTIONS")
    os.environ["JDK_JAVA_OPTIONS"] = (
        f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={keys.as_uri()} "
        f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.files={keys}"
    )
    try:
        with broker:
            addresses = [f"{HOST}:{port}" for port in ports[:3]]
            yield Secured(addresses[0], addresses[1], addresses[2], authority.file, tokens.url), tokens
    finally:
        tokens.close()
        if before is None:
            os.environ.pop("JDK_JAVA_OPTIONS", None)
        else:
            os.environ["JDK_JAVA_OPTIONS"] = before


def free_ports(count: int) -> list[int]:
    """Return ports nobody uses now."""
    probes = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _properties(ports: list[int], certificate: Path, keys: Path) -> dict[str, str]:
    plain, passwords, tokens, controller = ports
    addresses = f"PLAINTEXT://{HOST}:{plain},PASSWORDS://{HOST}:{passwords},TOKENS://{HOST}:{tokens}"
    return {
        "listeners": f"{addresses},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": addresses,
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PASSWORDS:SASL_SSL,TOKENS:SASL_SSL"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": "User:ANONYMOUS",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificate),
        "listener.name.passwords.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
        "listener.name.passwords.scram-sha-512.sasl.jaas.config": SCRAM_MODULE,
        "listener.name.passwords.scram-sha-256.sasl.jaas.config": SCRAM_MODULE,
        "listener.name.tokens.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.tokens.oauthbearer.sasl.jaas.config": f"{BEARER_PACKAGE}.OAuthBearerLoginModule required;",
        "listener.name.tokens.oauthbearer.sasl.server.callback.handler.class": (
            f"{BEARER_PACKAGE}.OAuthBearerValidatorCallbackHandler"
        ),
        "listener.name.tokens.oauthbearer.sasl.oauthbearer.jwks.endpoint.url": keys.as_uri(),
        "listener.name.tokens.oauthbearer.sasl.oauthbearer.expected.audience": AUDIENCE,
    }
