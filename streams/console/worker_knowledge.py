"""What the console shows of a worker and of the whole service: its own state, and what all workers wrote.

Knows a worker only by what can be asked of it. What is in the state of other workers they tell themselves.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol, Self, TypeVar

import structlog

from schemas.records import Decision, Policy, Rewrite
from streams import topology
from streams.console.explaining import told_explanations, unknown
from streams.console.following import Follower, Published
from streams.console.knowledge import PAGE_MAX, ElsewhereError, UnavailableError, UnknownError
from streams.console.listing import CANDIDATES_MAX, Facts, earlier, looked_at, matching, overall, part
from streams.console.masking import (
    candidate_view,
    decision_view,
    forbidden_by,
    order_view,
    rejected_view,
    rewrite_view,
)
from streams.console.ordering import clock_ms, drafted, given
from streams.console.owners import NOBODY, Owner, Owners
from streams.console.remembering import Remembered
from streams.console.views import (
    CandidateView,
    DecisionView,
    ExplanationView,
    Listing,
    OrderDraft,
    OrderView,
    Overview,
    PartitionView,
    RejectedView,
    RewriteView,
)
from streams.engine.reading import NotHereError, Standing
from streams.kafka.partitions import KafkaUnusableError
from streams.kafka.progress import Place
from streams.kafka.rejections import described
from streams.kafka.scanning import tail
from streams.learn import inventory
from streams.learn.explain import Candidate
from streams.learn.trial import Standing as Tested
from streams.orders import Orders
from streams.settings import WorkerSettings
from streams.stage import Rows

Answer = TypeVar("Answer")

CATCH_UP_S: Final = 3.0
"""How long a page waits for what is published to be read for the first time."""

SAME_FOR_S: Final = 5.0
"""Looking at many rows costs seconds where there are many; pages that ask again within this get the same answer."""

LEARN: Final = topology.LEARN.name

log = structlog.get_logger(__name__)


class Health(Protocol):
    """Whether a worker is ready, and what is not as it should be."""

    @property
    def ready(self) -> bool:
        """Whether it is."""

    @property
    def concerns(self) -> tuple[str, ...]:
        """Sentences about what is not."""


class StateReader(Protocol):
    """What is asked of a worker; from any thread."""

    def read(self, stage: str, partition: int, ask: Callable[[Rows], Answer]) -> Answer:
        """Ask something of a partition's committed rows; raises NotHereError."""

    def open_partitions(self) -> Mapping[str, tuple[int, ...]]:
        """Return the open partitions of each stage."""

    def standing(self) -> tuple[Standing, ...]:
        """Return how far each open partition is."""

    def policies(self) -> Mapping[str, Policy]:
        """Return the orders in force."""

    def health(self) -> Health:
        """Return whether it is ready."""


class Service(Protocol):
    """What all workers wrote, and who they are."""

    def published(self, timeout_s: float) -> Published | None:
        """Return what is published and was decided, None before it was read."""

    def owners(self) -> Mapping[Place, Owner]:
        """Return who has each partition, ``NOBODY`` where nobody has."""

    def rejected(self, most: int) -> list[RejectedView]:
        """Return the latest rejected records; raises KafkaUnusableError."""

    def order(self, policy: Policy, in_force: Callable[[], Mapping[str, Policy]]) -> Policy:
        """Give an order and return it as it is in force; raises UnavailableError."""


class KafkaService:
    """A service on Kafka."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._follower = Follower(settings)
        self._owners = Owners(settings)

    def start(self) -> Self:
        """Begin to follow what is published."""
        self._follower.start()
        return self

    def stop(self) -> None:
        """Follow no more."""
        self._follower.stop()

    def published(self, timeout_s: float) -> Published | None:
        """Return what is published and was decided, None before it was read."""
        return self._follower.published(timeout_s)

    def owners(self) -> Mapping[Place, Owner]:
        """Return who has each partition, as far as Kafka told."""
        return self._owners.known()

    def rejected(self, most: int) -> list[RejectedView]:
        """Return the latest rejected records of both stages, unordered; raises KafkaUnusableError."""
        names = [f"{stage.source}.rejected" for stage in topology.STAGES]
        return [
            rejected_view(described(self._settings.topic(name), message))
            for name in names
            for message in tail(self._settings, name, most)
        ]

    def order(self, policy: Policy, in_force: Callable[[], Mapping[str, Policy]]) -> Policy:
        """Give an order and return it as it is in force; raises UnavailableError."""
        return given(self._settings, policy, in_force)


class WorkerKnowledge:
    """Answers from a worker's own state, and from the topics for the whole service."""

    def __init__(
        self,
        worker: StateReader,
        service: Service,
        settings: WorkerSettings,
        count: Callable[[str], None],
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        """Answer for one worker.

        Args:
            worker: whose state it is.
            service: what all workers wrote.
            settings: what the worker runs with.
            count: called with the action of each order given here.
            now_ms: the time, epoch milliseconds.
        """
        self._worker = worker
        self._service = service
        self._settings = settings
        self._count = count
        self._now_ms = now_ms
        self._nearest = Remembered(self._find_nearest, SAME_FOR_S)
        self._standings = Remembered(self._find_standings, SAME_FOR_S)

    # -- the whole service -----------------------------------------------------------------------------------------

    def overview(self) -> Overview:
        """Return what to see first."""
        health, published, partitions = self._worker.health(), self._published(), self._partitions()
        by_stage = self._ask_all(lambda rows: inventory.by_stage(rows, self._settings))
        facts = Facts(
            title=self._settings.prefix.rstrip(".-_") or "reprise",
            now_ms=self._now_ms(),
            rewrites=published.rewrites(),
            standings=self._standings.get(),
            candidates=sum((Counter(stages) for stages in by_stage), Counter[str]()),
            decisions=[told.decision for told in published.decisions()],
            alpha=self._settings.alpha,
            concerns=(*health.concerns, *_unowned(partitions)),
            healthy=health.ready,
            partitions=partitions,
            can_order=True,
        )
        return overall(facts)

    def rewrites(self, *, start: int = 0, size: int = PAGE_MAX, search: str = "") -> Listing[RewriteView]:
        """Return published rewrites, newest decision first."""
        published = self._published()
        orders = Orders(self._worker.policies().values())
        views = [rewrite_view(rewrite, forbidden_by(orders, rewrite)) for rewrite in published.rewrites()]
        note = (
            f"Only the newest {len(views):,} are here; `reprise rewrites list` shows all." if published.left_out else ""
        )
        return part(matching(views, search), start, size, note)

    def decisions(
        self, *, before_ms: int | None = None, size: int = PAGE_MAX, rewrite_id: str = ""
    ) -> Listing[DecisionView]:
        """Return the latest decisions, newest first."""
        told = self._published().decisions()
        views = [decision_view(item.decision, item.place, item.traceparent) for item in told]
        return earlier(views, before_ms, size, rewrite_id, f"The latest {len(views):,}; the topic has them for a year.")

    def orders(self) -> Listing[OrderView]:
        """Return the orders in force, newest first."""
        orders = sorted(self._worker.policies().values(), key=lambda policy: (-policy.issued_at, policy.scope))
        views = tuple(order_view(policy, self._may_show) for policy in orders[:PAGE_MAX])
        note = f"The newest {PAGE_MAX} of {len(orders):,}." if len(orders) > PAGE_MAX else ""
        return Listing(views, len(orders), None, note)

    def rejected(self, *, size: int = PAGE_MAX) -> Listing[RejectedView]:
        """Return the latest rejected records, newest first."""
        most = max(1, min(size, PAGE_MAX))
        try:
            found = self._service.rejected(most)
        except KafkaUnusableError as error:
            raise UnavailableError(str(error)) from None
        found.sort(key=lambda item: (item.at_ms, item.topic, item.partition, item.offset), reverse=True)
        return Listing(tuple(found[:most]), len(found), None, "")

    # -- what this worker has --------------------------------------------------------------------------------------

    def candidates(self, *, start: int = 0, size: int = PAGE_MAX) -> Listing[CandidateView]:
        """Return pairs that are not published, those that lack least first."""
        found = self._nearest.get()
        notes = (looked_at(found.total), self._others("candidates"))
        return part(list(map(candidate_view, found.candidates)), start, size, " ".join(note for note in notes if note))

    def pair(self, rewrite_id: str) -> CandidateView:
        """Return a pair by its id; raises UnknownError, ElsewhereError or UnavailableError."""
        hint = self._hint(rewrite_id)
        asked = self._ask_all(lambda rows: inventory.find(rows, self._settings, rewrite_id, hint))
        found = next((candidate for candidate in asked if candidate is not None), None)
        if found is not None:
            return candidate_view(found)
        message = "no decision was ever made about a pair with this id"
        raise self._not_found(UnknownError(message))

    def explain(
        self, source: str, *, state: str | None = None, tenant: str | None = None, locale: str | None = None
    ) -> tuple[ExplanationView, ...]:
        """Explain a text as it was heard; raises UnknownError, ElsewhereError or UnavailableError."""

        def ask(rows: Rows) -> tuple[ExplanationView, ...]:
            return told_explanations(rows, self._settings, source, state=state, tenant=tenant, locale=locale)

        found = tuple(view for views in self._ask_all(ask) for view in views)
        if not found:
            raise self._not_found(unknown(source, state))
        return found

    # -- orders ----------------------------------------------------------------------------------------------------

    def order(self, draft: OrderDraft) -> OrderView:
        """Give an order, and return it as it is in force; raises OrderRefusedError or UnavailableError."""
        policy = self._service.order(drafted(draft), self._worker.policies)
        view = order_view(policy, self._may_show)
        log.info(
            "console.ordered",
            action=policy.action,
            scope=view.scope,
            rewrite_id=policy.rewrite_id,
            issued_by=policy.issued_by,
        )
        self._count(policy.action)
        return view

    # -- asking ----------------------------------------------------------------------------------------------------

    def _published(self) -> Published:
        published = self._service.published(CATCH_UP_S)
        if published is None:
            message = "what is published is still being read from Kafka; ask again in a few seconds"
            raise UnavailableError(message)
        return published

    def _ask_all(self, ask: Callable[[Rows], Answer]) -> list[Answer]:
        """Ask every partition of learn that is open here; one that closes meanwhile has no answer."""
        answers = []
        for partition in self._worker.open_partitions().get(LEARN, ()):
            try:
                answers.append(self._worker.read(LEARN, partition, ask))
            except NotHereError:
                continue
        return answers

    def _find_standings(self) -> dict[str, Tested]:
        found = self._ask_all(lambda rows: inventory.live_standings(rows, self._settings))
        return {name: standing for part in found for name, standing in part.items()}

    def _find_nearest(self) -> inventory.Nearest:
        found = self._ask_all(lambda rows: inventory.nearest(rows, self._settings, CANDIDATES_MAX))
        return inventory.merged(found, CANDIDATES_MAX)

    def _hint(self, rewrite_id: str) -> inventory.Hint | None:
        """Return what is known of a pair that was just listed, so that nobody has to look at all pairs for it."""
        nearest, published = self._nearest.latest(), self._service.published(0)
        listed: list[Rewrite | Candidate | Decision] = [] if nearest is None else [*nearest.candidates]
        if published is not None:
            listed += [*published.rewrites(), *(told.decision for told in published.decisions())]
        found = next((one for one in listed if one.rewrite_id == rewrite_id and one.meaning), None)
        if found is None:
            return None
        return inventory.Hint(found.tenant, found.locale, found.state, found.source, found.meaning)

    def _may_show(self, tenant: str, locale: str, said: str) -> bool:
        return any(self._ask_all(lambda rows: inventory.is_released(rows, self._settings, tenant, locale, said)))

    # -- who has what ----------------------------------------------------------------------------------------------

    def _not_found(self, error: UnknownError) -> Exception:
        """Return what to say when this worker has no answer: another one may, or none is open anywhere yet.

        What is said depends on partitions alone, so that nobody learns from it whether a text was ever said.
        """
        if not self._worker.open_partitions().get(LEARN):
            others = self._others("answers")
            if not others:
                return UnavailableError("no partition of learn is open here yet; ask again in a few seconds")
            return ElsewhereError(others)
        others = self._others("answers")
        return ElsewhereError(f"{error}, as far as this worker knows. {others}") if others else error

    def _others(self, what: str) -> str:
        """Say which workers have partitions of learn that are not open here, "" when there are none."""
        here = set(self._worker.open_partitions().get(LEARN, ()))
        topic = self._settings.topic(topology.LEARN.source)
        others: dict[str, list[int]] = {}
        for place, owner in sorted(self._service.owners().items()):
            if place.topic == topic and place.partition not in here and owner != NOBODY:
                others.setdefault(f"{owner.name} ({owner.host})", []).append(place.partition)
        if not others:
            return ""
        named = "; ".join(
            f"{name} has partition{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
            for name, numbers in others.items()
        )
        return f"Other workers have more {what} of learn: {named}."

    def _partitions(self) -> tuple[PartitionView, ...]:
        here = {(item.stage, item.partition): item for item in self._worker.standing()}
        owners = self._service.owners()
        found = []
        for stage in topology.STAGES:
            topic = self._settings.topic(stage.source)
            numbers = {place.partition for place in owners if place.topic == topic}
            numbers |= {partition for name, partition in here if name == stage.name}
            found += [self._partition(stage, number, here, owners) for number in sorted(numbers)]
        return tuple(found)

    def _partition(
        self,
        stage: topology.Stage,
        number: int,
        here: Mapping[tuple[str, int], Standing],
        owners: Mapping[Place, Owner],
    ) -> PartitionView:
        at = here.get((stage.name, number))
        owner = owners.get(Place(self._settings.topic(stage.source), number))
        if at is not None:
            return PartitionView(stage.name, number, self._settings.member, here=True, fence=at.fence, lag_s=at.lag_s)
        return PartitionView(stage.name, number, "" if owner is None else owner.name, here=False, fence=-1)


def _unowned(partitions: tuple[PartitionView, ...]) -> tuple[str, ...]:
    """Say which stages have partitions that no worker has."""
    missing = Counter(view.stage for view in partitions if not view.owner)
    return tuple(
        f"{number} partition{'s' if number > 1 else ''} of {stage} {'have' if number > 1 else 'has'} no worker"
        for stage, number in missing.items()
    )
