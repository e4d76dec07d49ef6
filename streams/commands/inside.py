"""A real worker in a thread of this process. Knows how to start, ask and end it; neither input nor output."""

import asyncio
import threading
from types import TracebackType
from typing import Final, NamedTuple, Self

from streams import topology
from streams.driver import Driver
from streams.engine.kept import kept_rows
from streams.engine.owner import Part
from streams.engine.worker import Worker
from streams.memory import MemoryRows
from streams.settings import Settings, WorkerSettings

STOP_AGAIN_S: Final = 0.2
"""A worker that has hardly begun does not hear that it should stop; it is told again."""


class Standing(NamedTuple):
    """How far a worker has come.

    Attributes:
        open: the stages that have begun.
        offsets: the next offset of each stage's source.
        facts: what was counted, by stage and name.
    """

    open: set[str]
    offsets: dict[str, int]
    facts: dict[tuple[str, str], float]

    def next(self, stage: str) -> int:
        """Return up to where a stage has taken in its source."""
        return self.offsets.get(stage, 0)

    def counted(self, stage: str, fact: str) -> int:
        """Return how often a stage has counted something, or anything whose name begins so and has a dot behind."""
        return sum(
            int(amount)
            for (where, name), amount in self.facts.items()
            if where == stage and (name == fact or name.startswith(f"{fact}."))
        )


class InsideWorker:
    """A worker with one partition of each stage; it runs as long as the block it is given to."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self._worker = Worker(settings)
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="worker")

    def _run(self) -> None:
        try:
            asyncio.run(self._worker.run())
        except BaseException as problem:  # noqa: BLE001 - whatever it is, whoever waits for the worker hears of it
            self._problem = problem

    def check(self) -> None:
        """Raise what ended the worker, if it has ended.

        Raises:
            EngineError: the worker could not go on.
            RuntimeError: it ended although nobody asked it to.
        """
        if self._thread.is_alive():
            return
        if self._problem is not None:
            raise self._problem
        message = "the worker has ended by itself"
        raise RuntimeError(message)

    def standing(self) -> Standing:
        """Return how far it has come, as committed."""
        metrics = self._worker.metrics
        return Standing(
            open={stage for stage, _ in tuple(metrics.open)},
            offsets={stage: fence for (stage, _), fence in dict(metrics.fences).items()},
            facts=dict(metrics.facts),
        )

    def as_driver(self) -> Driver:
        """Return an in-memory driver with what the worker, which has ended, keeps on disk and has counted."""
        standing = self.standing()
        driver = Driver(Settings(**self.settings.model_dump(include=set(Settings.model_fields))))
        for stage in topology.STAGES:
            driver.rows[stage.name] = MemoryRows(dict(kept_rows(self.settings, Part(stage, 0))))
            driver.offsets[stage.source] = standing.next(stage.name)
        for (_, fact), amount in standing.facts.items():
            driver.facts[fact] = driver.facts.get(fact, 0.0) + amount
        return driver

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it after what is in flight; how it ended is told unless something else went wrong before."""
        while self._thread.is_alive():
            self._worker.stop()
            self._thread.join(STOP_AGAIN_S)
        if self._problem is not None and error is None:
            raise self._problem
