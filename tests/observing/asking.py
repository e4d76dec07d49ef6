"""Asking a site over HTTP as machines do, once and without following anything. Knows no site in particular."""

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
