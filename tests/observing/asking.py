"""Asking a site over HTTP as machines do, once and without following anything. Knows no site in particular."""

import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

TIMEOUT_S = 10.0


def got(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer."""
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", place.path, headers={name.replace("_", "-"): each for name, each in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
