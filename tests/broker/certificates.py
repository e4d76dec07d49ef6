"""Certificates and tokens made for one test run. Knows no Kafka."""

import base64
import datetime as dt
import ipaddress
import json
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
OPEN = serialization.NoEncryption()
KEY_ID = "test"


class Authority:
    """Signs certificates for names under its own, which is ``authority.pem`` in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        certificate = (
            _builder(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(PEM))

    def issued(self, name: str, *, for_host: bool = True) -> Path:
        """Return a file with a new key and its certificate for 127.0.0.1, or for another host."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        address = ipaddress.ip_address("127.0.0.1" if for_host else "127.0.0.99")
        certificate = (
            _builder(subject, self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self.folder / f"{name}.pem"
        file.write_bytes(key.private_bytes(PEM, PKCS8, OPEN) + certificate.public_bytes(PEM))
        return file


class Signer:
    """Signs tokens (JWT, RS256); ``keys`` is what verifies them (JWKS)."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    def keys(self) -> bytes:
        """Return the public key as a set of keys."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }
        return json.dumps({"keys": [key]}).encode()

    def token(self, subject: str, audience: str, life_s: int) -> str:
        """Return a token for somebody, good for some seconds."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": KEY_ID}
        claims = {"sub": subject, "aud": audience, "iss": "test", "iat": now, "exp": now + life_s, "scope": "kafka"}
        signed = f"{_coded(json.dumps(header).encode())}.{_coded(json.dumps(claims).encode())}"
        return f"{signed}.{_coded(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return x509.CertificateBuilder(
        issuer,
        subject,
        key,
        x509.random_serial_number(),
        now - dt.timedelta(minutes=5),
        now + dt.timedelta(days=1),
    )


def _number(value: int) -> str:
    return _coded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
