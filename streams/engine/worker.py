"""A worker: the stages of the topology on Faust, from its settings to its end. Knows no stage's rules.

Faust gives the life cycle, the consumer group and the agents; `partitions` does the rest.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import faust
import structlog
from faust.app.base import BootStrategy
from faust.serializers.schemas import Schema

from schemas.records import Policy
from streams import topology
from streams.detect.scorer import Scorer
from streams.engine.asking import until_answered
from streams.engine.errors import EngineError, InterruptedOpeningError
from streams.engine.folder import Folder
from streams.engine.owner import Shared
from streams.engine.partitions import Partitions
from streams.engine.policy import PolicyReader
from streams.engine.reading import Answer, NotHereError, ReadRows, Standing
from streams.engine.restore import changelog_identity, marks_have_checksums
from streams.engine.seeing import Seeing
from streams.engine.ticker import TurnTicker
from streams.engine.topics import partition_counts
from streams.engine.transport import Consumer, Transport
from streams.kafka.schema_registry import schema_table
from streams.observing.endpoints import machine_app
from streams.observing.health import Health
from streams.observing.recorder import Metrics
from streams.observing.tracing import tracer_of
from streams.observing.web import Site, SiteError, Sites
from streams.rephrasing.choosing import ChosenModels, Fixed, Models
from streams.settings import WorkerSettings

log = structlog.get_logger(__name__)

REBALANCE_S = 60.0
POLL_INTERVAL_S = 6 * 3600.0
"""A worker reads nothing while it restores; a large state may take long, and heartbeats tell whether it lives."""

FETCH_BYTES = 1024 * 1024


class WithoutProducer(BootStrategy):
    """What Faust starts: no producer and no web server, as owners send their own transactions."""

    enable_kafka_producer = False
    enable_web = False


class App(faust.App):
    """A Faust app that starts only what is needed here."""

    BootStrategy = WithoutProducer


class AsItIs(Schema[Any, Any]):
    """Hands a batch on as it is."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """Return nothing: a batch has no key of its own."""

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ARG002 - Faust's signature
        """Return the batch."""
        return message.value


class Worker:
    """The stages on Kafka, until stopped.

    Attributes:
        sites: what else is offered for as long as it runs; to be set before ``run``.
    """

    def __init__(self, settings: WorkerSettings, scorer: Scorer | None = None, metrics: Metrics | None = None) -> None:
        """Prepare a worker.

        Args:
            settings: how to reach Kafka, how to run, and what the stages decide by.
            scorer: rephrase model; what the settings name when None.
            metrics: where to count.

        Raises:
            SettingsError: a model that the settings name cannot be read.
        """
        self.settings = settings
        self.models: Models = ChosenModels(settings) if scorer is None else Fixed(scorer)
        if isinstance(self.models, ChosenModels) and topology.DETECT.name in settings.stages:
            self.models.ready()
        self.metrics = Metrics() if metrics is None else metrics
        self.partitions: Partitions | None = None
        self.sites: tuple[Site, ...] = ()
        self._seeing = Seeing(settings, self.metrics, lambda: self._stopping)
        self._stopping = False
        self._overdue: threading.Timer | None = None
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._problem: BaseException | None = None

    def stop(self) -> None:
        """Ask the worker to end, from any thread; one that has ended stays so."""
        if self._loop is not None and not self._loop.is_closed():
            self._stopping = True
            self._loop.call_soon_threadsafe(self._stop.set)

    # -- what is known of it; from any thread ------------------------------------------------------------------------

    def read(self, stage: str, partition: int, ask: Callable[[ReadRows], Answer]) -> Answer:
        """Ask something of a partition's rows as they were committed last, without making any batch wait.

        Args:
            stage: name of the stage.
            partition: number of the partition.
            ask: gets the rows, which it can only look at, and only until it returns. If the partition has to be closed
                meanwhile, its next look at a row ends it.

        Raises:
            NotHereError: the partition is not open here, or is closed meanwhile.
        """
        if self.partitions is None:
            message = f"{stage}-{partition} is not open in this worker: it has just been started"
            raise NotHereError(message)
        return self.partitions.owner(stage, partition).read(ask)

    def open_partitions(self) -> dict[str, tuple[int, ...]]:
        """Return the open partitions of each stage that runs here, in order."""
        found: dict[str, list[int]] = {stage: [] for stage in self.settings.stages}
        for standing in self.standing():
            found[standing.stage].append(standing.partition)
        return {stage: tuple(partitions) for stage, partitions in found.items()}

    def standing(self) -> tuple[Standing, ...]:
        """Return how far each open partition is, by stage and number."""
        return self._seeing.standing()

    @property
    def turned_s(self) -> float:
        """When the event loop last came back, in monotonic seconds."""
        return self._seeing.heartbeat.turned_s

    def show(self) -> None:
        """Bring those metrics up to date that speak of the moment; whoever scrapes does so. One caller at a time."""
        self._seeing.show()

    def health(self) -> Health:
        """Return whether it is alive and ready, and if not, why."""
        return self._seeing.health()

    def policies(self) -> Mapping[str, Policy]:
        """Return the orders in force by scope, as far as they were read."""
        return {} if self.partitions is None else self.partitions.shared.policy.in_force().policies

    # -- its life ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run until stopped.

        Raises:
            EngineError: the worker could not go on; the message says what to do.
        """
        self._loop = asyncio.get_running_loop()
        beating = asyncio.create_task(self._seeing.heartbeat.beat())
        self._seeing.start()
        try:
            with self._offered(), Folder(self.settings):
                await self._run_in_folder()
        finally:
            self._seeing.stop()
            beating.cancel()
            if self._overdue is not None:
                self._overdue.cancel()
        if self._problem is not None:
            raise self._problem

    def _offered(self) -> AbstractContextManager[object]:
        """Offer what is seen of the worker, from the start to the end.

        Raises:
            EngineError: an address cannot be used.
        """
        settings, sites = self.settings, list(self.sites)
        if settings.metrics_port:
            app = machine_app(self.metrics.registry, self.show, self.health)
            sites.append(Site(settings.metrics_host, settings.metrics_port, app))
        if not sites:
            return nullcontext()
        try:
            return ending(Sites(sites).start())
        except SiteError as problem:
            raise EngineError(str(problem)) from problem

    async def _run_in_folder(self) -> None:
        try:
            shared = await asyncio.to_thread(self._shared)
        except InterruptedOpeningError:
            return
        await self._serve(shared)

    async def _serve(self, shared: Shared) -> None:
        ticker = TurnTicker(self.settings.client(), self.settings.topic(topology.DETECT.source), shared.table)
        stages = {
            self.settings.topic(stage.source): stage for stage in topology.STAGES if stage.name in self.settings.stages
        }
        self.partitions = Partitions(shared, stages, ticker, self._fatal)
        app = application(self.settings, self.partitions)
        try:
            await self._run(app, self.partitions)
        finally:
            shared.policy.stop()
            if shared.tracer is not None:
                await asyncio.to_thread(shared.tracer.stop)
            ticker.close()

    async def _run(self, app: faust.App, partitions: Partitions) -> None:
        consumer = app.consumer
        if not isinstance(consumer, Consumer):
            message = "the app does not use the engine's transport"
            raise TypeError(message)
        partitions.start(consumer)
        self._seeing.has(partitions, consumer)
        log.info("worker.started", member=self.settings.member, group=app.conf.id, stages=list(self.settings.stages))
        life = asyncio.create_task(self._live(app))
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({life, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if life.done() and self._problem is None:
            self._problem = life.exception()
        await self._end(app, partitions)
        for task in (life, stopped):
            task.cancel()

    async def _live(self, app: faust.App) -> None:
        """Start Faust, and return when it has ended."""
        await app.start()
        await app.wait_until_stopped()
        if app.crash_reason is not None:
            raise app.crash_reason

    async def _end(self, app: faust.App, partitions: Partitions) -> None:
        """Finish what is in flight, within the deadline."""
        self._stopping = True
        self._watch_ending()
        await partitions.stop()
        await app.stop()
        log.info("worker.stopped")

    def _watch_ending(self) -> None:
        """See to it that the worker is gone by the deadline, whatever hangs, be it the event loop."""
        self._overdue = threading.Timer(self.settings.shutdown_ms / 1000, _leave, [self.settings.shutdown_ms])
        self._overdue.daemon = True
        self._overdue.start()

    def _fatal(self, problem: BaseException) -> None:
        if self._problem is None:
            self._problem = problem
        self._stop.set()

    def _shared(self) -> Shared:
        """Ask Kafka what the owners must know."""
        settings = self.settings
        table = schema_table(settings)
        counts = until_answered(lambda: partition_counts(settings), self._stop.is_set)
        identities = {
            stage.name: changelog_identity(settings.client(), settings.topic(f"{stage.name}.state"), self._stop.is_set)
            for stage in topology.STAGES
        }
        endpoint = settings.otlp_endpoint
        tracer = tracer_of(endpoint, settings.member, self.metrics) if endpoint else None
        policy = PolicyReader(settings.reader("policy"), settings.topic("policy"), table).start()
        return Shared(settings, table, self.models, counts, identities, policy, self.metrics, tracer)


@contextmanager
def ending(sites: Sites) -> Iterator[None]:
    """Offer sites that were started until the block ends."""
    try:
        yield
    finally:
        sites.stop()


def application(settings: WorkerSettings, partitions: Partitions) -> faust.App:
    """Return the Faust app: one agent a stage, each of which hands its batches to the partitions."""
    app = App(
        f"{settings.prefix}reprise",
        env={},
        autodiscover=False,
        broker=[f"kafka://{address}" for address in settings.bootstrap.split(",")],
        broker_client_id=f"reprise-{settings.member}",
        broker_session_timeout=settings.session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.heartbeat_ms / 1000,
        broker_request_timeout=max(40.0, settings.session_timeout_ms / 1000 + 5),
        broker_rebalance_timeout=REBALANCE_S,
        broker_max_poll_interval=POLL_INTERVAL_S,
        consumer_group_instance_id=settings.member,
        consumer_max_fetch_size=FETCH_BYTES,
        datadir=settings.member_dir / "faust",
        store="memory://",
        stream_buffer_maxsize=64,
        stream_recovery_delay=0.0,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    app.finalize()
    has_checksums = all(map(marks_have_checksums, partitions.shared.identities.values()))
    arguments = {**settings.aiokafka_arguments(), "check_crcs": has_checksums}
    app.transport = Transport(app.conf.broker_consumer, app, intake=partitions, arguments=arguments)

    async def hand_over(stream: Any) -> None:
        async for batch in stream.noack():
            partitions.take(batch)

    for stage in topology.STAGES:
        if stage.name in settings.stages:
            source = app.topic(settings.topic(stage.source), schema=AsItIs(), acks=False)
            app.agent(source, name=stage.name)(hand_over)

    async def open_assigned(*_: Any, **__: Any) -> None:
        await partitions.open_assigned()

    app.on_rebalance_complete.connect(open_assigned)
    return app


def _leave(shutdown_ms: int) -> None:
    """End at once: what is in flight is committed or not, and the next owner will see which."""
    log.error("worker.overdue", shutdown_ms=shutdown_ms)
    os._exit(1)
