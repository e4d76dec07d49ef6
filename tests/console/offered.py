"""A console over made-up knowledge, offered and asked over HTTP. Knows no page."""

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from streams.console.app import make_app
from streams.console.guarding import FORM, ORDER_HEADER
from streams.console.knowledge import Knowledge
from streams.observing.web import Site, Sites

TOKEN = "a token of a test"  # noqa: S105 - it opens nothing


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def csrf(self) -> str:
        """What the form of this page carries."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.text)
        assert found is not None, self.text
        return found[1]

    @property
    def cookies(self) -> str:
        """What a browser would send back."""
        return "; ".join(cookie.split(";")[0] for cookie in self.headers.get_all("Set-Cookie", []))


class Client:
    """Asks one console; sends what it is told to and nothing else."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.host = urlsplit(address).netloc

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Ask; a header is named with underscores for its dashes."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Read."""
        return self.ask("GET", path, None, **headers)

    def order(self, draft: Mapping[str, object], **headers: str) -> Answer:
        """Order as a program does; a header given as "" is left out."""
        sent = {"Content_Type": "application/json", ORDER_HEADER.replace("-", "_"): "yes"} | headers
        kept = {name: value for name, value in sent.items() if value}
        return self.ask("POST", "/api/orders", json.dumps(draft).encode(), **kept)

    def send_form(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form as our own page would; a header given as "" is left out."""
        sent = {"Content_Type": FORM, "Origin": self.address} | headers
        kept = {name: value for name, value in sent.items() if value}
        return self.ask("POST", path, urlencode(fields).encode(), **kept)


@contextmanager
def offered(knowledge: Knowledge, token: str | None = None) -> Iterator[Client]:
    """Offer a console as long as the context lasts."""
    with Sites([Site("127.0.0.1", 0, make_app(knowledge, token=token))]) as sites:
        yield Client(sites.addresses[0])
