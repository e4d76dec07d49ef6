"""What the console shows of a worker, over its rows and with topics that are read already."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import pytest
from structlog.testing import capture_logs

from schemas.records import DecidedBy, Policy
from streams.console.following import DECISIONS_MAX, REWRITES_MAX, TRIM_AT, Follower, Published, Told
from streams.console.knowledge import ElsewhereError, Knowledge, OrderRefusedError, UnavailableError, UnknownError
from streams.console.owners import NOBODY, Owner
from streams.console.views import OrderDraft, RejectedView
from streams.console.worker_knowledge import WorkerKnowledge
from streams.engine.reading import NotHereError, Standing
from streams.kafka.partitions import KafkaUnusableError
from streams.kafka.progress import Place
from streams.memory import MemoryRows
from streams.settings import WorkerSettings
from streams.stage import Row, Rows
from tests.building import START_MS
from tests.contracts.knowledge import FLOOR, HIDDEN, KnowledgeContract, Lived, as_it_is, lived

NOW_MS = START_MS + 3_600_000

Answer = TypeVar("Answer")

SETTINGS = WorkerSettings(**FLOOR.model_dump(), bootstrap="nowhere:9092", instance="one")


class Verdict(NamedTuple):
    """A worker's health."""

    ready: bool
    concerns: tuple[str, ...]


class Unsearched(MemoryRows):
    """Rows that nobody may look for pairs in."""

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows, but no pairs."""
        assert not prefix.startswith("pair|")
        return super().scan(prefix, until)


class Asked:
    """A worker with one partition of learn, whose rows are those of a driver."""

    def __init__(self, lived: Lived) -> None:
        self.rows = lived.driver.rows["learn"]
        self.orders = dict(lived.driver.policy)
        self.open: dict[str, tuple[int, ...]] = {"detect": (0,), "learn": (0,)}
        self.verdict = Verdict(ready=True, concerns=())

    def read(self, stage: str, partition: int, ask: Callable[[Rows], Answer]) -> Answer:
        """Ask something of the rows."""
        if partition not in self.open.get(stage, ()):
            message = f"{stage}-{partition} is not open here"
            raise NotHereError(message)
        return ask(self.rows)

    def open_partitions(self) -> Mapping[str, tuple[int, ...]]:
        """Return what is open."""
        return self.open

    def standing(self) -> tuple[Standing, ...]:
        """Return how far it is."""
        return tuple(Standing(stage, number, 7, 0.5) for stage, numbers in self.open.items() for number in numbers)

    def policies(self) -> Mapping[str, Policy]:
        """Return the orders in force."""
        return self.orders

    def health(self) -> Verdict:
        """Return how it is."""
        return self.verdict


class Written:
    """What a service wrote, and who has which partition."""

    def __init__(self, lived: Lived, worker: Asked) -> None:
        self.held: Published | None = Published()
        self.worker = worker
        self.known: dict[Place, Owner] = {}
        self.records: list[RejectedView] | None = []
        for key, rewrite in lived.driver.live.items():
            self.held.take_rewrite(key, rewrite)
        for offset, decision in enumerate(lived.results.decisions):
            self.held.take_decision(Told(decision, DecidedBy("decisions", 0, offset), "00-a-b-01"))

    def published(self, timeout_s: float) -> Published | None:  # noqa: ARG002 - the interface of a service
        """Return what is published."""
        return self.held

    def owners(self) -> Mapping[Place, Owner]:
        """Return who has what."""
        return self.known

    def rejected(self, most: int) -> list[RejectedView]:  # noqa: ARG002 - the interface of a service
        """Return rejected records."""
        if self.records is None:
            message = "Kafka does not answer"
            raise KafkaUnusableError(message)
        return list(self.records)

    def order(self, policy: Policy, in_force: Callable[[], Mapping[str, Policy]]) -> Policy:  # noqa: ARG002
        """Put an order in force."""
        given: Policy = msgspec.structs.replace(policy, issued_at=9)
        self.worker.orders[policy.scope] = given
        return given


class Scene:
    """A worker's knowledge with what it is made of."""

    def __init__(self, lived: Lived) -> None:
        self.worker = Asked(lived)
        self.service = Written(lived, self.worker)
        self.counted: list[str] = []
        self.knowledge = WorkerKnowledge(self.worker, self.service, SETTINGS, self.counted.append, lambda: NOW_MS)


@pytest.fixture
def scene() -> Scene:
    """Give a worker's knowledge."""
    return Scene(lived())


class TestWorkerKnowledge(KnowledgeContract):
    """A worker tells what a folder would, and takes orders."""

    def knowing(self, lived: Lived, folder: Path) -> AbstractContextManager[Knowledge]:  # noqa: ARG002 - the suite's
        """Return knowledge of a worker."""
        return as_it_is(Scene(lived).knowledge)


# -- orders ----------------------------------------------------------------------------------------------------------


def test_an_order_by_id_works_for_a_pair_whose_texts_are_hidden(scene: Scene) -> None:
    """It is given, counted, and logged with who gave it, without any text."""
    hidden = next(item for item in scene.knowledge.candidates().items if item.source is None)
    with capture_logs() as logged:
        view = scene.knowledge.order(OrderDraft("kill", "alice", rewrite_id=hidden.rewrite_id, note="strange"))
    assert (view.action, view.rewrite_id, view.issued_by, view.note) == ("kill", hidden.rewrite_id, "alice", "strange")
    assert scene.counted == ["kill"]
    (event,) = logged
    assert (event["event"], event["action"], event["issued_by"]) == ("console.ordered", "kill", "alice")
    assert event["rewrite_id"] == hidden.rewrite_id
    assert not any(text in str(logged) for text in HIDDEN)


def test_a_pin_is_logged_without_its_texts(scene: Scene) -> None:
    """The audit in the topic has them; a log goes further."""
    draft = OrderDraft("pin", "alice", tenant="demo", locale="en-US", state="step", source="Go on", target="continue")
    with capture_logs() as logged:
        view = scene.knowledge.order(draft)
    assert (view.source, view.target) == ("go on", "continue")
    assert "go on" not in str(logged)


def test_who_orders_must_say_so(scene: Scene) -> None:
    """An audit without a name is none."""
    with pytest.raises(OrderRefusedError, match="issued_by"):
        scene.knowledge.order(OrderDraft("kill", "  ", rewrite_id="a"))
    assert scene.counted == []


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (OrderDraft("erase", "alice"), "action"),
        (OrderDraft("kill", "alice"), "nothing narrows"),
        (OrderDraft("kill", "alice", rewrite_id="a", source="next"), "rewrite_id"),
        (OrderDraft("pin", "alice", source="next", target="continue"), "tenant"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(scene: Scene, draft: OrderDraft, field: str) -> None:
    """With the field at fault, and nothing is ordered."""
    before = dict(scene.worker.orders)
    with pytest.raises(OrderRefusedError, match=field):
        scene.knowledge.order(draft)
    assert scene.worker.orders == before


def test_a_rewrite_names_the_order_that_forbids_it(scene: Scene) -> None:
    """By the same name as the list of orders."""
    (rewrite,) = scene.knowledge.rewrites().items
    order = scene.knowledge.order(OrderDraft("block", "alice", rewrite_id=rewrite.rewrite_id))
    assert scene.knowledge.rewrites().items[0].forbidden_by == order.scope
    assert order.scope in {item.scope for item in scene.knowledge.orders().items}


def test_a_pair_that_is_listed_is_found_without_looking_at_all_pairs(scene: Scene) -> None:
    """Published ones, and candidates once somebody has seen the list."""
    listed = [one.rewrite_id for one in scene.knowledge.rewrites().items]
    listed += [one.rewrite_id for one in scene.knowledge.candidates().items]
    scene.worker.rows = Unsearched(dict(scene.worker.rows.rows))
    assert [scene.knowledge.pair(name).rewrite_id for name in listed] == listed


# -- who has what ----------------------------------------------------------------------------------------------------


def test_what_another_worker_has_is_said_with_its_name(scene: Scene) -> None:
    """Whether or not a text was ever said: the same sentence for one that is hidden here."""
    scene.service.known = {Place("trails", 0): Owner("one", "h1"), Place("trails", 3): Owner("two", "h2")}
    told = []
    for text in (HIDDEN[0], "abracadabra"):
        with pytest.raises(ElsewhereError, match=r"two \(h2\) has partition 3") as caught:
            scene.knowledge.explain(text)
        told.append(str(caught.value).replace(text, "TEXT"))
    assert told[0] == told[1]
    assert "two (h2)" in scene.knowledge.candidates().note


def test_a_worker_without_learn_sends_people_on(scene: Scene) -> None:
    """To who has it; while nobody has it, to later."""
    scene.worker.open = {"detect": (0,)}
    with pytest.raises(UnavailableError, match="no partition of learn is open"):
        scene.knowledge.explain("next")
    scene.service.known = {Place("trails", 0): Owner("two", "h2")}
    with pytest.raises(ElsewhereError, match="two"):
        scene.knowledge.pair("a")


def test_a_partition_that_closes_meanwhile_is_passed_over(scene: Scene) -> None:
    """Its worker knows by then; nothing breaks."""
    scene.worker.open["learn"] = (0, 5)
    scene.worker.read = _refuse  # type: ignore[method-assign]
    with pytest.raises(UnknownError):
        scene.knowledge.explain("next")


def _refuse(stage: str, partition: int, ask: Callable[[Rows], Answer]) -> Answer:
    message = f"{stage}-{partition} is closed: {ask}"
    raise NotHereError(message)


def test_partitions_are_shown_with_owner_and_lag(scene: Scene) -> None:
    """Those here with their figures, those elsewhere by name, those of nobody as a concern."""
    scene.service.known = {
        Place("trails", 0): Owner("one", "h1"),
        Place("trails", 1): Owner("two", "h2"),
        Place("turns", 0): Owner("one", "h1"),
        Place("turns", 1): NOBODY,
    }
    seen = scene.knowledge.overview()
    assert [(item.stage, item.partition, item.owner, item.here, item.lag_s) for item in seen.partitions] == [
        ("detect", 0, "one", True, 0.5),
        ("detect", 1, "", False, None),
        ("learn", 0, "one", True, 0.5),
        ("learn", 1, "two", False, None),
    ]
    assert seen.concerns == ("1 partition of detect has no worker",)


def test_what_is_wrong_with_the_worker_is_said_first(scene: Scene) -> None:
    """In its own words."""
    scene.worker.verdict = Verdict(ready=False, concerns=("Kafka has not answered for 40 s",))
    seen = scene.knowledge.overview()
    assert (seen.healthy, seen.concerns) == (False, ("Kafka has not answered for 40 s",))


def test_before_the_topics_were_read_nothing_is_claimed(scene: Scene) -> None:
    """An empty list would say that nothing is published."""
    scene.service.held = None
    for ask in (scene.knowledge.overview, scene.knowledge.rewrites, scene.knowledge.decisions):
        with pytest.raises(UnavailableError, match="again in a few seconds"):
            ask()


def test_rejected_records_come_newest_first_and_need_kafka(scene: Scene) -> None:
    """Of both topics together."""
    old = RejectedView("trails.rejected", 0, 1, 5, "learn", "trails", 0, 1, "late", 3, 0)
    scene.service.records = [old, msgspec.structs.replace(old, at_ms=9, topic="turns.rejected")]
    assert [item.at_ms for item in scene.knowledge.rejected().items] == [9, 5]
    scene.service.records = None
    with pytest.raises(UnavailableError, match="does not answer"):
        scene.knowledge.rejected()


# -- what is held ----------------------------------------------------------------------------------------------------


def test_only_the_newest_rewrites_are_held() -> None:
    """So many at most, and that there were more is known."""
    (rewrite,) = lived().driver.live.values()
    held = Published()
    for number in range(TRIM_AT):
        held.take_rewrite(f"key-{number}", msgspec.structs.replace(rewrite, decided_at=number))
    assert len(held.rewrites()) == REWRITES_MAX
    assert min(item.decided_at for item in held.rewrites()) == TRIM_AT - REWRITES_MAX
    assert held.left_out == TRIM_AT - REWRITES_MAX


def test_a_withdrawn_rewrite_is_gone_at_once() -> None:
    """A tombstone of what is not held does nothing."""
    (rewrite,) = lived().driver.live.values()
    held = Published()
    held.take_rewrite("a", rewrite)
    held.take_rewrite("a", None)
    held.take_rewrite("b", None)
    assert held.rewrites() == []


def test_the_latest_decisions_of_all_partitions_are_held() -> None:
    """One busy partition does not push the others out before all are put in order."""
    decision = lived().results.decisions[0]
    held = Published()
    for partition in (0, 1):
        for number in range(DECISIONS_MAX):
            at = msgspec.structs.replace(decision, decided_at=2 * number + partition)
            held.take_decision(Told(at, DecidedBy("decisions", partition, number), ""))
    times = [told.decision.decided_at for told in held.decisions()]
    assert times == list(range(2 * DECISIONS_MAX - 1, DECISIONS_MAX - 1, -1))


def test_a_kafka_that_is_away_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows may be waiting for an answer that never comes."""
    never = threading.Event()
    monkeypatch.setattr(Follower, "_follow", lambda _: never.wait())
    follower = Follower(SETTINGS).start()
    try:
        follower.stop()
    finally:
        never.set()
    assert follower.published(0) is None
