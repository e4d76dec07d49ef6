"""Files of turns through a real worker on the embedded broker, into a folder of results as a replay writes it.

Knows broker, worker, producer and pace; nothing of what is learned.

The broker forgets what nobody read in time. So turns are held back until worker and watcher are near, and at the end
everything is counted again: what was sent, what each stage says it took in, and what was seen of it.
"""

import time
from bisect import bisect_left
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from schemas.records import Decision
from streams import topology
from streams.commands.inside import InsideWorker
from streams.commands.live import LiveView, Progress
from streams.commands.logs import logged_to
from streams.commands.reading import Line, Lines
from streams.commands.replay import Replayed, finished
from streams.commands.run import FILES, TRAILS_FILE
from streams.commands.watching import TakenBack, Watcher
from streams.commands.writing import Results
from streams.driver import decode_turn_line
from streams.engine.errors import EngineError
from streams.kafka.embedded import EmbeddedBroker
from streams.producing import TurnProducer
from streams.settings import Settings, WorkerSettings
from streams.simulate.truth import Truth

LOG_FILE: Final = "worker.log"

AHEAD_TURNS_MAX: Final = 1_500
"""Turns sent before they are taken in, and as many attempts or reactions before they are learned from or seen."""

AHEAD_BYTES_MAX: Final = 2_000_000
"""Bytes of them; the broker keeps 5 MiB of a partition."""

LOOK_EVERY_TURNS: Final = 200
TICK_AGAIN_S: Final = 0.2
TICKS_MAX: Final = 100
WAIT_S: Final = 0.05
STALLED_S: Final = 60.0
"""Without any progress for so long, something is broken."""

QUICK: Final[dict[str, Any]] = {
    "instance": "demo",
    "turns_partitions": 1,
    "trails_partitions": 1,
    "replication": 1,
    "tick_every_ms": 100,
    "session_timeout_ms": 60_000,  # a busy machine must not cost the only worker its partitions
    "quiet_after_ms": 600_000,  # no ticks but the ones sent here, so that every run decides the same
}
"""How the worker of a demo differs from one in service: alone, and for minutes only."""


class LossError(EngineError):
    """The embedded broker has lost something, or the worker stands still; the message says what."""


class Learned(NamedTuple):
    """What a run has given, as a replay would, and the rewrites that were withdrawn."""

    replayed: Replayed
    taken_back: list[TakenBack]


def learn_from(
    files: list[str], out: Path, settings: Settings, view: LiveView, truth: Truth | None = None, *, trails: bool = False
) -> Learned:
    """Send files to a worker, and keep in a folder what it makes of them: results, summary and state.

    Raises:
        UnusableError: a file cannot be read, or the folder not be written.
        EmbeddedBrokerError: there is no broker.
        EngineError: the worker could not go on; a ``LossError`` when something was lost or stands still.
    """
    started_s = time.perf_counter()
    with (
        Results(out, (*FILES, TRAILS_FILE) if trails else FILES) as results,
        logged_to(out / LOG_FILE),
        TemporaryDirectory(prefix="stores-", dir=out) as stores,
        EmbeddedBroker({topic.name: 1 for topic in topology.TOPICS}) as broker,
    ):
        at = worker_settings(settings, broker, Path(stores))
        sent = Sent()

        def happened(decision: Decision) -> None:
            view.happened(decision, sent.since(decision.decided_at))

        with (
            Watcher(at, results, happened, trails=trails) as watcher,
            InsideWorker(at) as worker,
            TurnProducer(at) as turns,
        ):
            run = Run(worker, watcher, turns, view, sent)
            run.begin()
            run.feed(Lines(files))
            run.settle(at.gap_ms + at.lateness_ms)
            run.check()
        driver = worker.as_driver()
        driver.live = watcher.live
    done = finished(driver, watcher.counts, out, time.perf_counter() - started_s, truth)
    return Learned(done, watcher.taken_back)


def worker_settings(settings: Settings, broker: EmbeddedBroker, stores: Path) -> WorkerSettings:
    """Return the settings of a demo's worker: those of the stages, and where it finds broker and stores."""
    return WorkerSettings(**settings.model_dump(), **QUICK, bootstrap=broker.bootstrap, data_dir=stores)


class Sent:
    """When which event time was sent first."""

    def __init__(self) -> None:
        self._times_ms: list[int] = []
        self._sent_at_s: list[float] = []

    def note(self, occurred_at_ms: int) -> None:
        """Note that an event is sent now."""
        if not self._times_ms or occurred_at_ms > self._times_ms[-1]:
            self._times_ms.append(occurred_at_ms)
            self._sent_at_s.append(time.monotonic())

    def since(self, time_ms: int) -> float | None:
        """Return for how many seconds the first event at or after a time is on its way; None if there is none."""
        index = bisect_left(self._times_ms, time_ms)
        return time.monotonic() - self._sent_at_s[index] if index < len(self._times_ms) else None


class Run:
    """One recording on its way: sends, waits, looks."""

    def __init__(self, worker: InsideWorker, watcher: Watcher, turns: TurnProducer, view: LiveView, sent: Sent) -> None:
        self._worker = worker
        self._watcher = watcher
        self._turns = turns
        self._view = view
        self._sent = sent
        self._standing = worker.standing()
        self._last_ms = 0
        self._bytes_on_the_way = 0
        self._done = self._total = 0
        self._was: tuple[int, ...] = ()
        self._moved_at_s = time.monotonic()

    def begin(self) -> None:
        """Wait until the worker has its partitions, so that no time is counted in which nobody works."""
        while len(self._standing.open) < len(topology.STAGES):
            self._look(WAIT_S)

    def feed(self, lines: Lines) -> None:
        """Send every line, no faster than it is taken in."""
        self._total = lines.total_bytes or 0
        for line in lines:
            self._send(line)
            self._done = lines.done_bytes
            if self._watcher.counts.lines % LOOK_EVERY_TURNS == 0 or self._bytes_on_the_way > AHEAD_BYTES_MAX:
                self._look(0.0)
                while self._is_too_far_ahead():
                    self._look(WAIT_S)

    def _send(self, line: Line) -> None:
        event = decode_turn_line(line.value)
        if not self._watcher.counts.lines:
            self._turns.start_at(event.occurred_at)
        self._turns.send(event)
        self._sent.note(event.occurred_at)
        self._watcher.counts.lines += 1
        self._bytes_on_the_way += len(line.value)
        ended_at = event.turn.reply.ended_at if event.turn is not None else None
        self._last_ms = max(self._last_ms, event.occurred_at, ended_at or 0)

    def _is_too_far_ahead(self) -> bool:
        waiting = self._turns.sent - self._standing.next("detect")
        if self._bytes_on_the_way > AHEAD_BYTES_MAX and waiting > 0:
            return True
        if waiting <= 0:
            self._bytes_on_the_way = 0
        return max(waiting, *self._unseen()) > AHEAD_TURNS_MAX

    def _unseen(self) -> tuple[int, int, int]:
        """Return how many attempts are not learned from, how many not seen here, and how many reactions not seen."""
        counted, counts = self._standing.counted, self._watcher.counts
        trails = counted("detect", "trails")
        return (
            trails - counted("learn", "trails_booked"),
            trails - counts.trails,
            counted("detect", "feedback") - counts.feedback.total(),
        )

    def settle(self, horizon_ms: int) -> None:
        """Let time pass at the end, until everything is learned and seen.

        Raises:
            LossError: the worker stands still.
        """
        self._end_time(horizon_ms)
        self._watcher.look_to_the_end()
        while self._standing.next("learn") <= self._watcher.trails_at:
            self._look(WAIT_S)
        self._watcher.look_to_the_end()
        self._watcher.look_at_rejected()

    def _end_time(self, horizon_ms: int) -> None:
        """Tell the time at which all attempts are complete, until detect has told it to learn."""
        end_ms = self._last_ms + horizon_ms + 1
        for _ in range(TICKS_MAX):
            # Again and again, as a worker tells its time only so often.
            self._turns.finish_at(self._last_ms, horizon_ms=horizon_ms)
            while self._standing.next("detect") < self._turns.sent:
                self._look(WAIT_S)
            until_s = time.monotonic() + TICK_AGAIN_S
            while time.monotonic() < until_s:
                self._look(WAIT_S)
                if self._watcher.told_ms >= end_ms:
                    return
        message = f"the end of the turns was not passed on; {LOG_FILE} beside the results may say why"
        raise LossError(message)

    def check(self) -> None:
        """See whether anything was lost, or seen twice, on the way.

        Raises:
            LossError: it was.
        """
        self._turns.flush()
        self._standing = self._worker.standing()  # the last one may hold an offset that is newer than its counts
        figures = {
            "turns on the way": self._turns.delivered - self._standing.next("detect"),
            **dict(
                zip(
                    ("attempts not learned from", "attempts not seen", "reactions not seen"),
                    self._unseen(),
                    strict=True,
                )
            ),
        }
        wrong = ", ".join(f"{name}: {number}" for name, number in figures.items() if number)
        if wrong:
            message = (
                f"the embedded broker has lost records or shows some twice ({wrong}): use a real Kafka (`make kafka`)"
            )
            raise LossError(message)

    def _look(self, wait_s: float) -> None:
        self._watcher.look(wait_s)
        self._worker.check()
        self._standing = self._worker.standing()
        counts, taken = self._watcher.counts, self._standing.next("detect")
        self._view.at(Progress(self._done, self._total, taken, counts))
        now = (taken, self._standing.next("learn"), counts.lines, counts.trails, counts.feedback.total())
        if now != self._was:
            self._was, self._moved_at_s = now, time.monotonic()
        elif time.monotonic() > self._moved_at_s + STALLED_S:
            message = f"the worker stands still; {LOG_FILE} beside the results may say why"
            raise LossError(message)
