"""One service on one broker, fed and watched, to which a scenario may do anything. Knows no scenario.

Workers are processes that run the product's own program; what they wrote is counted by the recount.
"""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaException, Producer

from infra.kafka.broker import Broker
from schemas.codec import encode_avro
from schemas.records import Tick, TurnEvent
from streams.kafka import provisioning
from streams.settings import WorkerSettings
from tests.chaos import ledger
from tests.chaos.feeder import FeederProcess
from tests.chaos.findings import Findings
from tests.chaos.processes import Line, ProgramError, WorkerProcess
from tests.chaos.progress import Progress, generations
from tests.chaos.recount import recount
from tests.chaos.rules import Rules
from tests.chaos.server import ServerProcess
from tests.chaos.serving import Serving
from tests.chaos.taking import take
from tests.chaos.talk import Talk, TalkProcess

TURNS_PARTITIONS: Final = 4
TRAILS_PARTITIONS: Final = 2
PARTITIONS: Final = {"detect": TURNS_PARTITIONS, "learn": TRAILS_PARTITIONS}
PARTS: Final = sorted(f"{stage}-{number}" for stage, count in PARTITIONS.items() for number in range(count))
"""The partitions of all stages, as workers name them."""

SETTINGS: Final[dict[str, Any]] = {
    "session_timeout_ms": 6_000,
    "heartbeat_ms": 1_000,
    "replication": 1,
    "turns_partitions": TURNS_PARTITIONS,
    "trails_partitions": TRAILS_PARTITIONS,
    "release": "floor",
    "users_min": 3,
}
"""Workers whose death is noticed as soon as is allowed, and who learn from few people."""

SERVED_SETTINGS: Final[dict[str, Any]] = {
    **SETTINGS,
    "alpha": 0.3,
    "win_loss_min": 1.0,
    "watch_alpha": 0.09,
    "watch_share": 0.95,
    "cool_off_ms": 3_600_000,
    "repairs_min": 2,
}
"""Workers who also try, promote and take back much, and not always for good reason."""

OPEN_S: Final = 90.0
CATCH_UP_S: Final = 120.0
POLL_S: Final = 0.1
SETTLE_MS: Final = 120_000
"""How far event time is moved at the end: beyond the end of every trail, and the lateness that is allowed."""


class Stand:
    """A service under attack.

    Args:
        name: of the scenario; the prefix of all topics follows from it.
        broker: a running Kafka.
        folder: for stores and logs.
        said: what to feed, a file made by `load.prepare`; or what people say who are served.
        rate: records a second.
        seed: of all chance.

    Attributes:
        counts: what was really done, and what was seen.
        chance: where scenarios take their chance from.
        feeder: what feeds.
        serving: what serves and orders, None where nobody does.
    """

    def __init__(self, name: str, broker: Broker, folder: Path, said: Path | Talk, *, rate: float, seed: int) -> None:
        self.broker, self.folder = broker, folder
        self.prefix = f"{name}."
        self.counts: Counter[str] = Counter()
        self.chance = random.Random(f"{name} {seed}")  # noqa: S311 - a test
        self.workers: dict[str, WorkerProcess] = {}
        self.memory_kib = 0
        self._wanted: set[str] = set()
        settings = WorkerSettings(bootstrap=broker.bootstrap, prefix=self.prefix, **SETTINGS)
        provisioning.create(settings, settings)
        self.progress = Progress(broker.bootstrap, self.prefix, PARTITIONS)
        self.feeder: FeederProcess | TalkProcess
        self.serving: Serving | None = None
        if isinstance(said, Path):
            self.feeder = FeederProcess(said, broker.bootstrap, f"{self.prefix}turns", folder, rate=rate)
        else:
            self.serving = Serving(said, broker.bootstrap, self.prefix, folder, rate=rate, servers=said.servers)
            self.feeder = self.serving.talk

    def feed(self) -> None:
        """Begin to feed; where people are served, the servers and whoever orders begin first."""
        if self.serving is not None:
            self.serving.start()
        self.feeder.start()

    # -- workers -----------------------------------------------------------------------------------------------------

    def worker(self, name: str, **settings: Any) -> WorkerProcess:
        """Return the worker of a name, which may not have been started yet."""
        if name not in self.workers:
            given = {**(SETTINGS if self.serving is None else SERVED_SETTINGS), **settings}
            self.workers[name] = WorkerProcess(self.broker.bootstrap, self.prefix, name, self.folder, settings=given)
        return self.workers[name]

    def note(self, what: str) -> None:
        """Write what is done into ``played.log``, so that it can be held against the logs of workers."""
        with (self.folder / "played.log").open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S.%f} {what}\n")

    def start(self, name: str) -> WorkerProcess:
        """Start a worker that does not run."""
        self.note(f"start {name}")
        self._wanted.add(name)
        return self.worker(name).start()

    def kill(self, name: str) -> None:
        """End a worker by SIGKILL."""
        self.note(f"kill {name}")
        self._weigh(name)
        self.workers[name].kill()
        self._wanted.discard(name)
        self.counts["kills"] += 1
        self.counts["kills while opening"] += not self.workers[name].said("partitions.open")

    def stop(self, name: str) -> None:
        """End a worker by SIGTERM; it must end well.

        Raises:
            ProgramError: it did not.
        """
        self.note(f"stop {name}")
        self._weigh(name)
        code = self.workers[name].stop()
        self._wanted.discard(name)
        self.counts["clean stops"] += 1
        # Until it has said that it started it has done nothing, and ends as any program does.
        expected = {0} if self.workers[name].said("worker.started") else {0, -signal.SIGTERM}
        if code not in expected:
            message = f"worker {name} ended with {code} when asked to stop:\n{self.workers[name].log_tail()}"
            raise ProgramError(message)

    def gone(self, name: str) -> None:
        """Learn that a worker was meant to end by itself."""
        self._wanted.discard(name)

    def running(self) -> list[str]:
        """Return the workers that should run, in order.

        Raises:
            ProgramError: one of them has ended by itself, or whoever orders has.
        """
        for name in sorted(self._wanted):
            if not self.workers[name].running:
                tail = self.workers[name].log_tail()
                message = f"worker {name} ended by itself with {self.workers[name].exit_code}:\n{tail}"
                raise ProgramError(message)
        if self.serving is not None:
            self.serving.look()
        return sorted(self._wanted)

    def wait_until(self, holds: Callable[[], bool], what: str, timeout_s: float = OPEN_S) -> None:
        """Wait until something holds while no worker ends by itself.

        Raises:
            ProgramError: it did not in time, or a worker ended.
        """
        deadline = time.monotonic() + timeout_s
        while not holds():
            self.running()
            if time.monotonic() > deadline:
                message = f"not within {timeout_s:g} s: {what}"
                raise ProgramError(message)
            time.sleep(POLL_S)

    def wait_open(self, *besides: str) -> None:
        """Wait until the running workers, but for some, have all partitions open between them."""
        names = [name for name in self.running() if name not in besides]

        def are_open() -> bool:
            return sorted(part for name in names for part in self.workers[name].parts()) == PARTS

        self.wait_until(are_open, f"all partitions open at {', '.join(names)}")

    def wait_moving(self) -> None:
        """Wait until something new is committed."""
        before = self._committed()
        self.wait_until(lambda: self._committed() > before, "anything committed", CATCH_UP_S)

    @property
    def servers(self) -> dict[str, ServerProcess]:
        """The serving programs by name; none where nobody is served."""
        return {} if self.serving is None else self.serving.servers

    def wait_orders(self, amount: int) -> None:
        """Wait until so many further orders have arrived."""
        serving = self.serving
        if serving is not None:
            before = serving.ordered()
            self.wait_until(lambda: serving.ordered() >= before + amount, f"{amount} orders arrived")

    def pass_time(self, least_s: float, most_s: float) -> None:
        """Do nothing for a time left to chance."""
        time.sleep(self.chance.uniform(least_s, most_s))

    def lose_stores(self, name: str) -> None:
        """Delete the local stores of a worker that does not run."""
        self.note(f"lose the stores of {name}")
        shutil.rmtree(self.folder / "stores" / name, ignore_errors=True)
        self.counts["stores deleted"] += 1

    def said(self, event: str) -> list[Line]:
        """Return what workers said about an event in all their runs."""
        return [line for worker in self.workers.values() for line in worker.said_ever(event)]

    def _committed(self) -> int:
        self.progress.look()
        return self.progress.total()

    def _weigh(self, name: str) -> None:
        """Note the most memory that a worker ever had."""
        status = Path(f"/proc/{self.workers[name].pid}/status")
        if status.exists():
            peaks = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
            self.memory_kib = max([self.memory_kib, *map(int, peaks)])

    # -- the end -----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Feed no more, let the workers come to the end, move time so that all trails settle, and stop them.

        Raises:
            ProgramError: they did not come to the end in time, or one did not end well.
        """
        self.note("settle")
        if self.feeder.running:
            self.feeder.stop(CATCH_UP_S)
        if self.feeder.exit_code:
            message = f"the feeder ended with {self.feeder.exit_code}:\n{self.feeder.log_tail()}"
            raise ProgramError(message)
        if self.serving is not None:
            self.serving.stop_ordering(CATCH_UP_S)
        self.wait_open()
        self._reach("detect", "turns")
        self._move_time()
        self._reach("detect", "turns")
        self._reach("learn", "trails")
        self._obey()
        for name in self.running():
            self.stop(name)
        if self.serving is not None:
            self.serving.compare(take(self.broker.bootstrap, self.prefix, ("rewrites", "policy")))

    def _reach(self, stage: str, source: str) -> None:
        ends = self.progress.ends(source, PARTITIONS[stage])
        self.note(f"wait for {stage} to reach {ends}")
        behind = self.progress.wait_for(stage, ends, time.monotonic() + CATCH_UP_S)
        self.running()
        if behind:
            message = f"stuck: {behind}"
            raise ProgramError(message)

    def _obey(self) -> None:
        """Wait until the last order is in force in every partition."""
        (end,) = self.progress.ends("policy", 1).values()
        self.note(f"wait for orders to be in force up to {end}")

        def in_force() -> bool:
            self.progress.look()
            return all(come.policy_next >= end for fences in self.progress.fences.values() for come in fences.values())

        self.wait_until(in_force, "the last order in force everywhere", CATCH_UP_S)

    def _move_time(self) -> None:
        at_ms = max(come.time_ms for come in self.progress.fences["detect"].values()) + SETTLE_MS
        event = encode_avro(TurnEvent("chaos", "und", "clock", "", at_ms, tick=Tick()))
        producer = Producer({"bootstrap.servers": self.broker.bootstrap, "enable.idempotence": True})
        for partition in range(TURNS_PARTITIONS):
            producer.produce(f"{self.prefix}turns", event, partition=partition)
        if producer.flush(CATCH_UP_S):
            message = "the last ticks did not reach Kafka"
            raise KafkaException(message)

    def count(self) -> Findings:
        """Recount everything, and compare what was acknowledged to the feeder with what is there."""
        taken = take(self.broker.bootstrap, self.prefix)
        findings = recount(taken, Rules())
        findings.extend(ledger.check(self.feeder.load(), ledger.read(self.feeder.ledger), taken.of("turns")))
        if self.serving is not None:
            findings.extend(self.serving.check(taken))
        return findings

    def look_back(self) -> None:
        """Count what was seen."""
        self.counts["rebalances"] = generations(self.broker.bootstrap, f"{self.prefix}reprise")
        self.counts["fenced"] = sum(line.get("kind") == "fenced" for line in self.said("partition.reopening"))
        if self.serving is not None:
            self.counts |= Counter(self.serving.seen())
        self.counts["reopened"] = len(self.said("partition.reopening")) - self.counts["fenced"]

    def close(self) -> None:
        """End everything that still runs."""
        if self.serving is not None:
            self.serving.close()
        for program in (self.feeder, *self.workers.values()):
            if program.running:
                program.kill()
        self.progress.close()
