"""Every query of every dashboard has data, on a real Prometheus that scrapes a real worker under traffic."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import pytest
from msgspec import structs

from infra.grafana.__main__ import texts
from infra.grafana.queries import Share, Z
from infra.kafka.broker import Broker
from schemas.codec import decode_avro, encode_avro
from schemas.errors import DecodeError
from schemas.records import AppliedRewrite, Arm, Policy, Reply, Rewrite, Signal, Turn, TurnEvent
from streams.simulate.traffic import STARTS_MS
from tests.broker import scenario
from tests.broker.prometheus import Prometheus
from tests.broker.secured import free_ports
from tests.broker.waiting import eventually
from tests.broker.workers import Arriving, Process, Service, arriving

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

BOARDS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in texts().items()}

PARTS = 2
"""In how many parts each worker hears its half of the story, so that something happens between scrapes."""

WINDOW = "5s"
"""What stands for Grafana's shortest windows: some scrapes."""

PRETENDED = """\
groups:
  - name: pretended
    rules:
      - alert: ReprisePretended
        expr: vector(1)
        labels: {severity: ticket}
"""
"""An alert that always fires, as no real one does here."""

ARMS: tuple[Arm, ...] = ("treated", "held_out")

COMPLAIN_AFTER = 300
"""How many records after a served turn somebody complains about it: its trail has left by then."""

ORDERS = (
    *scenario.ORDERS,
    Policy("many", "set", STARTS_MS, tenant="demo", locale="de-DE", setting="users_min", value="4"),
)
"""What is ordered before the story: its own orders, and one that holds texts of one language back."""

AT_REST = {
    "Longest lag",
    "Lag by stage",
    "Records behind",
    "Records behind by stage",
    "Workers that do not answer",
    "Oldest fence with work waiting",
    "Partitions restoring",
    "Failed transactions",
    "Transactions that did not come through",
    "Model files refused",
    "Shadow failures",
    "Shadow difference",
    "Pairs by who calls them a rephrase, per second",
    "Limits reached",
    "Limits reached by limit",
    "Texts that broke, and texts that were released",
    "Trace contexts that were malformed",
    "Spans of sampled traces",
    "Orders given in the console",
}
"""Panels that may show nothing but zeros.

A quick worker has no lag when it is looked at, and there is no trouble in the story, no second model, no trace and no
order of the console.
"""


class Asked(NamedTuple):
    """One query of a panel, and whether Grafana asks it for now alone."""

    title: str
    expr: str
    is_instant: bool


class Watched(NamedTuple):
    """A Prometheus that has watched workers at one address, from when to when."""

    prometheus: Prometheus
    instance: str
    start_s: float
    end_s: float

    def values(self, asked: Asked) -> list[float]:
        """Return all numbers that a query gives over the time watched."""
        expression = self._filled_in(asked.expr)
        if asked.is_instant:
            found = [sample.value for sample in self.prometheus.query(expression, self.end_s)]
        else:
            series = self.prometheus.query_range(expression, self.start_s, self.end_s)
            found = [value for one in series for _, value in one.points]
        return [value for value in found if math.isfinite(value)]

    def _filled_in(self, expression: str) -> str:
        """Put in what Grafana would."""
        shown = f"{math.ceil(self.end_s - self.start_s)}s"
        for variable, value in (
            ("$instance", self.instance),
            ("$__rate_interval", WINDOW),
            ("$__interval", WINDOW),
            ("$__range", shown),
        ):
            expression = expression.replace(variable, value)
        return expression


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, kafka: Broker) -> Iterator[Watched]:
    """Give a Prometheus that saw a worker hear the whole story: publications, withdrawals, both arms, bad records.

    In the middle another worker takes over, at the same address, and restores what it finds.
    """
    folder = tmp_path_factory.mktemp("watched")
    (folder / "rules.yml").write_text(PRETENDED)
    (port,) = free_ports(1)
    instance = f"127.0.0.1:{port}"
    service = Service(kafka.bootstrap, f"watched-{port}-", folder, **scenario.SETTINGS).create_topics()
    order(service, *ORDERS)
    story = list(with_complaints(scenario.records()))
    half = len(story) // 2
    with Prometheus(folder / "prometheus", [instance], rules=[folder / "rules.yml"]) as prometheus:
        start_s = time.time()
        with Process(service, "one", metrics_port=port) as first:
            tell(service, prometheus, story[:half])
            assert first.stop() == 0
        with Process(service, "two", metrics_port=port) as second:
            tell(service, prometheus, story[half:])
            end(service, prometheus, story[-1])
            yield Watched(prometheus, instance, start_s, time.time())
            assert second.stop() == 0


def order(service: Service, *orders: Policy) -> None:
    """Give orders."""
    service.send([Arriving(given.scope.encode(), encode_avro(given)) for given in orders], "policy")


def with_complaints(records: Sequence[Arriving]) -> Iterator[Arriving]:
    """Yield records, and long after some served turns a word that they were wrong."""
    for number, record in enumerate(records):
        yield record
        before, now = (read(records[place]) for place in (max(0, number - COMPLAIN_AFTER), number))
        if number % 5 == 0 and now is not None and before is not None and before.turn and before.turn.rewrite:
            said = Signal(before.turn.turn_id, "denied")
            yield arriving(structs.replace(before, occurred_at=now.occurred_at, turn=None, signal=said))


def pinned(service: Service) -> Rewrite:
    """Return the rewrite that is pinned."""
    values = [message.value() for message in service.messages("rewrites")]
    rewrites = [decode_avro(Rewrite, value) for value in values if isinstance(value, bytes)]
    return next(rewrite for rewrite in reversed(rewrites) if rewrite.stage == "pinned")


def faring(rewrite: Rewrite, last: Arriving) -> Iterator[Arriving]:
    """Yield turns with a live rewrite after the last event: of four pairs of people three fare better treated."""
    at_ms = decode_avro(TurnEvent, last.value or b"").occurred_at
    for number in range(12):
        for arm in ARMS:
            run = rewrite.target if arm == "treated" else rewrite.source
            works = (arm == "treated") == (number % 4 > 0)
            applied = AppliedRewrite(rewrite.rewrite_id, rewrite.version, arm, run)
            reply = Reply("answered" if works else "not_understood")
            turn = Turn(f"{arm}-{number}", rewrite.source, rewrite.state, reply=reply, rewrite=applied)
            yield arriving(TurnEvent(rewrite.tenant, rewrite.locale, turn.turn_id, "", at_ms + number, turn=turn))


def read(record: Arriving) -> TurnEvent | None:
    """Return the event of a record, None where it is one of those that nobody can read or should believe."""
    with suppress(DecodeError):
        event = decode_avro(TurnEvent, record.value or b"")
        return event if STARTS_MS <= event.occurred_at < scenario.ENDS_MS else None
    return None


def end(service: Service, prometheus: Prometheus, last: Arriving) -> None:
    """End the story: people fare with what is live, and one of them is erased."""
    service.send(faring(pinned(service), last))
    event = decode_avro(TurnEvent, last.value or b"")
    order(service, Policy("gone", "erase", event.occurred_at, tenant=event.tenant, user=event.user))
    service.settle(scenario.ENDS_MS)
    decided = [f"reprise_live_decided{{result='{result}'}}" for result in ("won", "lost")]
    for seen in (*decided, "reprise_rows_erased_total"):
        eventually(partial(goes_on, service, prometheus, f"sum({seen}) > 0"), 30)
    scraped(prometheus, time.time() + 3)  # so that it is also seen by those who look second by second


def goes_on(service: Service, prometheus: Prometheus, expression: str) -> bool:
    """Let time go on, for what is told between batches alone, and tell whether Prometheus has seen something."""
    service.tick(scenario.ENDS_MS)
    return prometheus.value(expression) is not None


def tell(service: Service, prometheus: Prometheus, records: Sequence[Arriving]) -> None:
    """Tell a story in parts; the next one comes when Prometheus has seen the one before."""
    scraped(prometheus, time.time())
    size = math.ceil(len(records) / PARTS)
    for start in range(0, len(records), size):
        service.send(records[start : start + size])
        eventually(service.is_done, 60)
        scraped(prometheus, time.time())


def scraped(prometheus: Prometheus, since_s: float) -> None:
    """Wait until the worker was scraped after a moment."""
    eventually(lambda: (prometheus.value("max(timestamp(reprise_turns_total))") or 0) > since_s, 60)


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_has_data(name: str, watched: Watched) -> None:
    """Each query gives numbers, and each panel some other than 0, but for those that show trouble alone."""
    queries = [
        Asked(panel["title"], target["expr"], target["instant"])
        for panel in BOARDS[name]["panels"]
        for target in panel.get("targets", [])
    ]
    values = {asked: watched.values(asked) for asked in queries}
    assert [(asked.title, asked.expr) for asked in queries if not values[asked]] == []
    telling = {asked.title for asked in queries if any(values[asked])}
    assert {asked.title for asked in queries} - telling <= AT_REST


def test_marks_are_found(watched: Watched) -> None:
    """Withdrawals and the start of the worker are on the time axis of every dashboard."""
    marks = BOARDS["reprise-health.json"]["annotations"]["list"]
    found = {mark["name"]: watched.values(Asked(mark["name"], mark["expr"], is_instant=False)) for mark in marks}
    assert all(found.values()), found


def test_the_bounds_of_a_share_are_wilsons(watched: Watched) -> None:
    """Each bound is a share that lies as far from what was seen as chance allows, by the law of that share itself."""
    for hits, misses in ((30, 10), (1, 0), (0, 7), (499, 1)):
        share = Share(f"vector({hits})", f"vector({misses})")
        lower, upper = (watched.prometheus.value(bound) for bound in (share.lower, share.upper))
        assert lower is not None
        assert upper is not None
        seen, count = hits / (hits + misses), hits + misses
        for bound in (lower, upper):
            assert (seen - bound) ** 2 == pytest.approx(Z**2 * bound * (1 - bound) / count, abs=1e-4)
        assert lower - 1e-9 <= seen <= upper + 1e-9
        assert watched.prometheus.value(share.odds_lower) == pytest.approx(lower / (1 - lower), rel=1e-3)
