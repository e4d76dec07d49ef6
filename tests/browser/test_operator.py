"""An operator on a real worker and a real Kafka: from a fallen win/loss to its cause, and an order that is obeyed."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pytest
from confluent_kafka import Message
from playwright.sync_api import Browser, Locator, Page, expect
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.broker import Broker
from schemas.codec import decode_avro
from schemas.records import Decision, Policy, Rewrite, Trails
from streams.kafka.connection import Connection
from streams.serving import RewriteTable
from tests.broker.secured import free_ports
from tests.broker.workers import ROOT, Arriving, Process, Service, arriving, bytes_of
from tests.browser import incident
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.browser.incident import FALLING, HOUR_MS, SHAKEN, STAYING, Pair
from tests.browser.looks import faults, width
from tests.contracts.knowledge import HIDDEN
from tests.observing.asking import got

pytestmark = [pytest.mark.browser, pytest.mark.kafka, pytest.mark.slow]

SOON_MS = 20_000
HURRIED_MS = 300
CLICKS_MAX = 3
NOTE = "plays the wrong thing"
NAME = "Ada"

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
POLL_S = 5.0
"""What is more than enough for one poll."""

PLACE = re.compile(r"(\S+), partition (\d+), offset (\d+)")
"""How a page and the terminal name a record."""


class Place(NamedTuple):
    """Where a record is."""

    topic: str
    partition: int
    offset: int


@dataclass
class Day:
    """A worker on its bad day, and what a page said that somebody left open meanwhile."""

    service: Service
    worker: Process
    console: str
    metrics: str
    starts_ms: int
    seen: list[str] = field(default_factory=list)

    def tell(self, hour: int, *, group: str, failing: str = "", people: int = incident.PEOPLE) -> None:
        """Serve people what is live at an hour of the day, and let it be learned from."""
        at_ms = self.starts_ms + hour * HOUR_MS
        told = incident.served(self.live(), at_ms, group=group, failing=failing, people=people)
        self.service.send(arriving(event) for event in told)
        self.service.settle(at_ms + HOUR_MS)

    def live(self) -> list[Rewrite]:
        """Return what is published, by source."""
        last = {message.key(): message.value() for message in self.service.messages("rewrites")}
        rewrites = [decode_avro(Rewrite, value) for value in last.values() if isinstance(value, bytes)]
        return sorted(rewrites, key=lambda rewrite: rewrite.source)

    def at(self, topic: str, place: Place) -> Message:
        """Return the record of a topic that a page names."""
        assert place.topic == self.service.topic(topic)
        (found,) = [one for one in self.service.partition(topic, place.partition) if one.offset() == place.offset]
        return found

    def counted(self, name: str) -> dict[str, float]:
        """Return a counter by its only label, as its worker exposes it."""
        _, _, text = got(f"{self.metrics}/metrics")
        families = text_string_to_metric_families(text.decode())
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return {"".join(sample.labels.values()): sample.value for sample in samples}


class Hand:
    """Clicks, and counts how often."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, one: Locator) -> None:
        """Click once."""
        self.clicks += 1
        one.click()


@pytest.fixture(scope="module")
def day(kafka: Broker, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Give the day after its fall. Somebody had the first page open: before it, when it began, and when it was over."""
    folder = tmp_path_factory.mktemp("day")
    metrics, console = free_ports(2)
    service = Service(kafka.bootstrap, f"day-{console}.", folder, users_min=5).create_topics()
    with Process(service, "one", metrics_port=metrics, console_port=console) as worker:
        local = "http://127.0.0.1"
        starts_ms = time.time_ns() // 1_000_000 - incident.LASTS_MS
        day = Day(service, worker, f"{local}:{console}", f"{local}:{metrics}", starts_ms)
        lived(day, browser)
        yield day
        assert worker.stop() == 0


def lived(day: Day, browser: Browser) -> None:
    """Let the day pass."""
    day.service.send(arriving(event) for event in incident.begun(day.starts_ms))
    day.service.send([Arriving(b"demo|nobody", b"\x00 no turn")])
    day.service.settle(day.starts_ms + HOUR_MS)
    day.tell(2, group="trial")
    day.tell(4, group="proven")
    with browser.new_context(viewport=WIDE) as context:
        page = context.new_page()
        hurried(page)
        page.goto(day.console)
        note(day, page, "60 : 0")
        day.tell(6, group="shaken", failing=FALLING.target, people=SHAKEN)
        note(day, page, f"{60 + SHAKEN} : {SHAKEN}")
        day.tell(8, group="falling", failing=FALLING.target)
        note(day, page, "1 taken back")


def hurried(page: Page) -> None:
    """Let the page refresh soon instead of every ten seconds."""
    page.add_init_script(f"const slow = setInterval; setInterval = (work) => slow(work, {HURRIED_MS});")


def note(day: Day, page: Page, words: str) -> None:
    """Wait until the open page says something by itself, and keep all that it says."""
    expect(page.locator("main")).to_contain_text(words, timeout=SOON_MS)
    day.seen.append(page.locator("main").inner_text())


def link_to(page: Page, pair: Pair) -> Locator:
    """Return the first link to a pair."""
    return page.get_by_role("link", name=f"“{pair.source}” heard as “{pair.target}”").first


def place(found: re.Match[str]) -> Place:
    """Return the record that a text names."""
    return Place(found[1], int(found[2]), int(found[3]))


def is_clean(visit: Visit, day: Day) -> bool:
    """Return whether no page said an error or asked for anything elsewhere."""
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith(day.console + "/")] == []
    return True


def test_three_clicks_from_a_fallen_win_loss_to_the_deciding_record(day: Day, visit: Visit) -> None:
    """The open first page saw it fall; then evidence, and the records that decided, as they are in the topics."""
    assert ["1 taken back" in seen for seen in day.seen] == [False, False, True]
    page, hand = visit.page, Hand()
    page.goto(day.console)
    hand.click(page.get_by_role("link", name="What was taken back, and why"))
    hand.click(link_to(page, FALLING))
    expect(page.get_by_role("heading", level=1)).to_contain_text(FALLING.target)
    expect(page.get_by_role("region", name="Served against held back")).to_contain_text("lost")
    told = page.get_by_role("region", name="The deciding record").inner_text()
    assert hand.clicks <= CLICKS_MAX
    tipping, decided = (place(found) for found in PLACE.finditer(told))
    assert_it_decided(day, tipping, decided)
    assert is_clean(visit, day)


def assert_it_decided(day: Day, tipping: Place, decided: Place) -> None:
    """Check that one record holds an outcome of the rewrite that fell, and the other the decision about it."""
    decision = decode_avro(Decision, bytes_of(day.at("decisions", decided)))
    assert (decision.source, decision.from_stage, decision.to_stage) == (FALLING.source, "promoted", "demoted")
    assert (decision.decided_by.partition, decision.decided_by.offset) == (tipping.partition, tipping.offset)
    trails = decode_avro(Trails, bytes_of(day.at("trails", tipping))).trails
    outcomes = [turn.rewrite for trail in trails for turn in trail.turns if turn.rewrite]
    assert decision.rewrite_id in {rewrite.rewrite_id for rewrite in outcomes}


def test_one_command_tells_the_same(day: Day) -> None:
    """In a terminal: what became of it, its evidence, its history with reasons, and both records."""
    asked = [sys.executable, "-m", "streams.cli", "explain", FALLING.source, "--from", day.console]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    words = " ".join(told.split())
    for expected in ("taken back", "One vote a person and day", "lost", "History", "got on better"):
        assert expected in words
    tipping, decided = (place(found) for found in PLACE.finditer(words))
    assert_it_decided(day, tipping, decided)


def test_a_kill_is_obeyed_and_leaves_its_traces(day: Day, visit: Visit) -> None:
    """Asked for, confirmed, in the topic with who and why, obeyed by programs that serve, counted, and logged."""
    page = visit.page
    (live,) = [rewrite for rewrite in day.live() if rewrite.source == STAYING.source]
    with RewriteTable(Connection(bootstrap=day.service.bootstrap, prefix=day.service.prefix)) as table:
        assert table.wait_ready(30)
        assert table.decide(STAYING.source, "step", "somebody", tenant="demo", locale="en-US")
        page.goto(day.console + "/rewrites")
        link_to(page, STAYING).click()
        page.get_by_role("link", name="Kill…").click()
        page.get_by_label("Your name").fill(NAME)
        page.get_by_label("Note").fill(NOTE)
        page.get_by_label("To confirm").fill("kill")
        assert day.service.messages("policy") == []
        page.get_by_role("button", name="Kill it").click()
        expect(page.get_by_role("status")).to_contain_text(f"By {NAME}")
        expect(page.get_by_role("status")).to_contain_text(NOTE)
        (given,) = day.service.messages("policy")
        assert table.wait_for("policy", given.partition() or 0, given.offset() or 0, POLL_S)
        assert not table.decide(STAYING.source, "step", "somebody", tenant="demo", locale="en-US")
    order = decode_avro(Policy, bytes_of(given))
    assert (order.action, order.rewrite_id, order.issued_by, order.note) == ("kill", live.rewrite_id, NAME, NOTE)
    assert day.counted("reprise_console_orders_total")["kill"] == 1.0
    (line,) = day.worker.said("console.ordered")
    assert (line["action"], line["rewrite_id"], line["issued_by"]) == ("kill", live.rewrite_id, NAME)
    logged = day.worker.log.read_text()
    assert [word for word in (*STAYING, *FALLING, NOTE, "somebody") if word in logged] == []
    assert is_clean(visit, day)


def test_every_page_of_a_worker_is_sound(day: Day, visit: Visit) -> None:
    """All that links lead to, by day and by night, on a desk and in a hand: no error, nothing foreign or hidden."""
    page = visit.page
    ahead = ["/", f"/explain?source={FALLING.source}"]
    seen = set(ahead)
    while ahead:
        path = ahead.pop(0)
        page.goto(day.console + path)
        assert (path, looked_at(page)) == (path, [])
        found = page.content()
        assert (path, [text for text in (*HIDDEN, "somebody-") if text in found]) == (path, [])
        links = page.evaluate("[...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))")
        new = {kind(link): link for link in links if link.startswith("/") and kind(link) not in seen}
        ahead += new.values()
        seen |= new.keys()
    assert {"/", "/rewrites", "/candidates", "/decisions", "/explain", "/rejected", "/orders"} <= seen
    assert is_clean(visit, day)


def kind(link: str) -> str:
    """Return what two pages share that look the same: all questions about an order of one action are alike."""
    return re.sub(r".*(action=\w+).*", r"/orders/new?\1", link) if link.startswith("/orders/new") else link


def looked_at(page: Page) -> list[str]:
    """Return what is wrong with a page in a wide and in a narrow window, by day and by night."""
    found: list[str] = []
    for window in (WIDE, NARROW):
        page.set_viewport_size(window)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += faults(page)
        if width(page) > window["width"]:
            found.append(f"{width(page)} wide")
    return found
