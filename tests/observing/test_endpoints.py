"""What a worker offers to machines over HTTP, asked as they ask."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry, Gauge

from streams.observing.endpoints import machine_app
from streams.observing.health import Health
from streams.observing.web import CONNECTIONS_MAX, Site, SiteError, Sites
from tests.broker.waiting import eventually
from tests.observing.asking import TIMEOUT_S, got

HOST = "127.0.0.1"


class Seen:
    """A worker as the endpoints see it, which a test may change."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.health = Health((), ())
        self.scrapes = Gauge("scrapes", "Scrapes so far.", registry=self.registry)


@pytest.fixture
def seen() -> Seen:
    """Give a worker that is well."""
    return Seen()


@pytest.fixture
def address(seen: Seen) -> Iterator[str]:
    """Offer it, and give its address."""
    app = machine_app(seen.registry, seen.scrapes.inc, lambda: seen.health)
    with Sites([Site(HOST, 0, app)]) as sites:
        yield sites.addresses[0]


def test_metrics_are_brought_up_to_date_by_every_scrape(address: str) -> None:
    """What speaks of the moment is computed when it is asked for."""
    assert b"scrapes 1.0" in got(f"{address}/metrics")[2]
    assert b"scrapes 2.0" in got(f"{address}/metrics")[2]


def test_metrics_come_in_the_format_that_is_asked_for(address: str) -> None:
    """The plain one by default, OpenMetrics with its closing line where it is accepted."""
    _, headers, body = got(f"{address}/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    assert b"# EOF" not in body
    _, headers, body = got(f"{address}/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_metrics_are_compressed_when_asked(address: str) -> None:
    """And only then."""
    _, headers, body = got(f"{address}/metrics", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert b"scrapes 1.0" in gzip.decompress(body)
    assert "Content-Encoding" not in got(f"{address}/metrics")[1]


@pytest.mark.parametrize("path", ["live", "ready"])
def test_a_worker_that_is_well_is_answered_with_200(address: str, path: str) -> None:
    """With the answer as JSON, which no proxy may keep."""
    status, headers, body = got(f"{address}/{path}")
    assert status == HTTPStatus.OK
    assert json.loads(body) == {path: True, "reasons": []}
    assert headers["Cache-Control"] == "no-store"


def test_a_worker_that_waits_is_live_and_not_ready(seen: Seen, address: str) -> None:
    """503 with the sentences."""
    seen.health = Health((), ("it waits",))
    assert got(f"{address}/live")[0] == HTTPStatus.OK
    status, _, body = got(f"{address}/ready")
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert json.loads(body) == {"ready": False, "reasons": ["it waits"]}


def test_a_worker_that_is_stuck_is_neither(seen: Seen, address: str) -> None:
    """Both say why."""
    seen.health = Health(("it is stuck",), ())
    for path in ("live", "ready"):
        status, _, body = got(f"{address}/{path}")
        assert status == HTTPStatus.SERVICE_UNAVAILABLE
        assert json.loads(body)["reasons"] == ["it is stuck"]


def test_a_port_in_use_is_refused_with_the_settings_to_change(seen: Seen, address: str) -> None:
    """The message names address and settings."""
    port = int(address.rpartition(":")[2])
    app = machine_app(seen.registry, seen.scrapes.inc, lambda: seen.health)
    with pytest.raises(SiteError, match=rf"{HOST}:{port} cannot be offered.*in use.*`metrics_port`"):
        Sites([Site(HOST, port, app, "metrics")]).start()


def test_a_scrape_that_gets_no_further_keeps_nobody_from_asking_for_life(seen: Seen) -> None:
    """A disk that does not answer stops the scrape alone; else the worker would be killed for it."""
    begun, let_go = threading.Event(), threading.Event()

    def show() -> None:
        begun.set()
        let_go.wait()

    with Sites([Site(HOST, 0, machine_app(seen.registry, show, lambda: seen.health))]) as sites:
        scrape = threading.Thread(target=got, args=(f"{sites.addresses[0]}/metrics",))
        scrape.start()
        try:
            assert begun.wait(TIMEOUT_S)
            assert got(f"{sites.addresses[0]}/live")[0] == HTTPStatus.OK
        finally:
            let_go.set()
            scrape.join()


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side has closed a connection that does not block."""
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def test_whoever_opens_connections_and_says_nothing_takes_nobodys_turn(address: str) -> None:
    """The oldest are closed when there are too many; a worker would else run out of file descriptors."""
    place = urlsplit(address)
    with ExitStack() as opened:
        silent = [
            opened.enter_context(socket.create_connection((place.hostname, place.port), TIMEOUT_S))
            for _ in range(CONNECTIONS_MAX + 2)
        ]
        for connection in silent:
            connection.settimeout(0)

        def is_answered_and_oldest_gone() -> bool:
            assert got(f"{address}/live")[0] == HTTPStatus.OK
            return is_closed(silent[0]) and is_closed(silent[1])

        eventually(is_answered_and_oldest_gone)
        assert not is_closed(silent[-1])
