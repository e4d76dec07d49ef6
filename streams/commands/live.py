"""What people see while a worker learns: figures that move, and each rewrite as it comes and goes.

Knows words and the terminal, not where the figures come from. Shows texts from decisions only: these carry a text only
once the release rule has let it out.
"""

import time
from collections import deque
from datetime import UTC, datetime
from statistics import median
from types import TracebackType
from typing import Final, NamedTuple, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from schemas.records import Decision
from streams.commands.run import Counts
from streams.tables import table
from streams.wording import FEEDBACK, at_state, people, quoted, reason_words, short

REDRAW_S: Final = 0.25
LINE_EVERY_S: Final = 5.0
"""Between two lines about progress where nothing can be redrawn."""

RATE_OVER_S: Final = 3.0
"""A rate is taken over so long, so that it follows what happens without jumping."""

LIVE: Final = frozenset({"trial", "promoted", "pinned"})
"""Stages in which a rewrite is published."""


class Progress(NamedTuple):
    """How far a run is. ``done`` and ``total`` are bytes of the files, ``taken`` events the worker has taken in."""

    done: int
    total: int
    taken: int
    counts: Counts


class LiveView:
    """Shows one run for as long as the block it is given to.

    On a terminal figures are redrawn below what has happened; elsewhere a line tells them now and then.

    Attributes:
        published: rewrites published so far.
        taken_back: rewrites withdrawn so far.
        delays_s: seconds from the turn that let a change be decided to the change being readable.
    """

    def __init__(self, console: Console) -> None:
        self.published = self.taken_back = 0
        self.delays_s: list[float] = []
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._shown_at_s = time.monotonic()
        self._seen: deque[tuple[float, int]] = deque()

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    # -- news --------------------------------------------------------------------------------------------------------

    def at(self, progress: Progress) -> None:
        """Learn how far it is; called many times a second."""
        now_s = time.monotonic()
        self._seen.append((now_s, progress.taken))
        while self._seen[0][0] < now_s - RATE_OVER_S:
            self._seen.popleft()
        if now_s - self._shown_at_s < (LINE_EVERY_S if self._live is None else REDRAW_S):
            return
        self._shown_at_s = now_s
        if self._live is None:
            self._console.print(Text(self._line(progress)), soft_wrap=True)
        else:
            self._live.update(self._figures(progress), refresh=True)

    def happened(self, decision: Decision, delay_s: float | None) -> None:
        """Learn of a publication or withdrawal, and how long after the turn that led to it it could be read."""
        when = datetime.fromtimestamp(decision.decided_at / 1000, UTC).strftime("%Y-%m-%d")
        rewrite = f"{at_state(decision.state)}, hear {quoted(decision.source)} as {quoted(decision.target)}"
        if delay_s is not None:
            self.delays_s.append(delay_s)
        if decision.to_stage in LIVE:
            self.published += 1
            line = Text(f"{when}  published   {rewrite} ({people(decision.evidence.users)} said it)", style="green")
        else:
            self.taken_back += 1
            line = Text(f"{when}  taken back  {rewrite}: {reason_words(decision.reason)}", style="yellow")
        self._console.print(line, soft_wrap=True)

    # -- figures -----------------------------------------------------------------------------------------------------

    @property
    def delay(self) -> str:
        """The median delay in words."""
        return f"{short(median(self.delays_s))} s" if self.delays_s else "no rewrite yet"

    def _rate(self) -> int:
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return round((last - first) / (last_s - first_s)) if last_s > first_s else 0

    def _line(self, progress: Progress) -> str:
        counts = progress.counts
        return (
            f"{progress.taken:,} turns taken in ({self._rate():,} a second), {counts.feedback.total():,} reactions, "
            f"{counts.trails:,} trails, {counts.decisions['candidate']:,} candidates; rewrites published: "
            f"{self.published}, taken back: {self.taken_back}"
        )

    def _figures(self, progress: Progress) -> RenderableType:
        if not progress.taken:
            return Text("The worker starts.")
        learned = (
            ("turns taken in", progress.taken),
            ("turns a second", self._rate()),
            ("trails (attempts at one goal)", progress.counts.trails),
            ("candidates", progress.counts.decisions["candidate"]),
            ("rewrites published", self.published),
            ("rewrites taken back", self.taken_back),
        )
        noticed = [(FEEDBACK.get(kind, kind), times) for kind, times in progress.counts.feedback.most_common()]
        figures = Table.grid(padding=(0, 3))
        figures.add_row(
            table("Learned so far", ("what", "how many"), learned), table("Noticed so far", ("what", "times"), noticed)
        )
        bar = ProgressBar(total=max(1, progress.total), completed=progress.done)
        return Group(bar, figures, Text(f"From turn to rewrite: {self.delay} (median)"))
