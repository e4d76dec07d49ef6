"""Closed loops over many seeds, in one process or two, and their sums. Knows no table and no option."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any, TypeVar

import msgspec
import numpy as np

from streams.commands.usage import progress
from streams.learn.evidence import reduction_interval
from streams.settings import settings_from
from streams.simulate.effects import ALPHA
from streams.simulate.loop import Plan, RandomisedBy, run
from streams.simulate.loop_result import Effect, LoopResult, Window, Withdrawal
from streams.simulate.servers import BookServer
from streams.simulate.summing import summed

Given = TypeVar("Given")
Done = TypeVar("Done")


class LoopTask(msgspec.Struct, frozen=True):
    """What to run: the people, and settings as ``NAME=VALUE``."""

    seed: int
    turns: int
    users: int
    days: int
    randomised_by: RandomisedBy
    sets: tuple[str, ...]

    def plan(self) -> Plan:
        """Return it as the loop wants it.

        Raises:
            SettingsError: a setting cannot be used.
        """
        settings = settings_from(self.sets)
        return Plan(self.turns, self.users, self.seed, settings, self.days, randomised_by=self.randomised_by)


def run_loop(task: LoopTask) -> LoopResult:
    """Run one closed loop, served from the core of a consumer's table."""
    plan = task.plan()
    return summed(run(plan, BookServer()), plan, "make evaluate-loop")


def run_each(work: Callable[[Any], Done], tasks: Sequence[Any], jobs: int) -> Iterator[Done]:
    """Do work on each task, in this process or in several; yield what it gives in order, and show how far it is."""
    with progress(f"{len(tasks)} runs", len(tasks)) as show:
        if jobs == 1:
            for number, task in enumerate(tasks, 1):
                yield work(task)
                show(number)
            return
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            for number, done in enumerate(pool.map(work, tasks), 1):
                show(number)
                yield done


class Withdrawn(msgspec.Struct, frozen=True):
    """Served outcomes from the moment a rewrite became wrong until it was taken back, over all seeds.

    Attributes:
        drift: what made it wrong, "" anything.
        stage: its stage then.
        number: how many rewrites.
        still_live: those of them never taken back before the end.
        median: of the others' outcomes.
        p90: nine of ten needed at most so many.
        waiting: most outcomes of one that is still live.
    """

    drift: str
    stage: str
    number: int
    still_live: int
    median: float | None
    p90: float | None
    waiting: int


class Total(msgspec.Struct, frozen=True):
    """All seeds of one way to draw the arms.

    Attributes:
        windows: sums over seeds by window, the last one over all days.
        worst: the seed with the fewest right promotions for each wrong one, with its window over all days.
        effects: sums over seeds by domain, with the interval of the sums.
        true_errors: measured less true reduction of each seed.
        withdrawals: by kind of drift and stage.
        healthy_withdrawn: promoted ones taken back though right, and in how many served outcomes of right ones.
        learnable: texts that could rightly be rewritten; how many got a right rewrite, how many a promoted one.
        found_hours: median of hours from enough repairs to the trial; promoted_hours: from there to promotion.
        defects: by month: turns, defects, and those to be expected had nothing been rewritten.
    """

    randomised_by: str
    seeds: int
    windows: tuple[Window, ...]
    worst: tuple[int, Window]
    effects: tuple[Effect, ...]
    true_errors: tuple[float, ...]
    withdrawals: tuple[Withdrawn, ...]
    healthy_withdrawn: int
    healthy_outcomes: int
    learnable: int
    found: int
    found_promoted: int
    found_hours: float | None
    promoted_hours: float | None
    defects: tuple[tuple[int, int, float], ...]


def total_of(results: Sequence[LoopResult]) -> Total:
    """Add the seeds up."""
    overall = [(result.seed, sum_windows(result.windows)) for result in results]
    everywhere = [effect for result in results for effect in result.effects if not effect.domain]
    return Total(
        randomised_by=results[0].randomised_by,
        seeds=len(results),
        windows=(*_window_sums(results), sum_windows([window for _, window in overall])),
        worst=min(overall, key=lambda item: (win_loss(item[1].valid, item[1].invalid), item[1].valid)),
        effects=tuple(_effect_sums(results)),
        true_errors=tuple(
            each.reduction - each.true_reduction
            for each in everywhere
            if each.reduction is not None and each.true_reduction is not None
        ),
        withdrawals=tuple(_withdrawal_sums([each for result in results for each in result.withdrawals])),
        healthy_withdrawn=sum(result.healthy_withdrawn for result in results),
        healthy_outcomes=sum(result.healthy_outcomes for result in results),
        learnable=sum(result.learnable for result in results),
        found=sum(result.found for result in results),
        found_promoted=sum(result.found_promoted for result in results),
        found_hours=_middle([hours for result in results for hours in result.found_hours]),
        promoted_hours=_middle([hours for result in results for hours in result.promoted_hours]),
        defects=tuple(_defect_sums(results)),
    )


def win_loss(right: int, wrong: int) -> float:
    """Return how many right ones there are for each wrong one, infinite when none is wrong."""
    return right / wrong if wrong else float("inf")


def sum_windows(windows: Sequence[Window]) -> Window:
    """Return one window over all of some."""
    return Window(
        min(window.from_day for window in windows),
        max(window.to_day for window in windows),
        sum(window.valid for window in windows),
        sum(window.invalid for window in windows),
        sum(window.right_days for window in windows),
        sum(window.wrong_days for window in windows),
        sum(window.needless for window in windows),
        sum(window.needless_days for window in windows),
    )


def _window_sums(results: Sequence[LoopResult]) -> Iterator[Window]:
    groups: dict[int, list[Window]] = defaultdict(list)
    for result in results:
        for window in result.windows:
            groups[window.from_day].append(window)
    yield from (sum_windows(groups[day]) for day in sorted(groups))


def _effect_sums(results: Sequence[LoopResult]) -> Iterator[Effect]:
    """Yield the effects of all seeds together. The true one is weighted by treated outcomes."""
    groups: dict[str, list[Effect]] = defaultdict(list)
    for result in results:
        for effect in result.effects:
            groups[effect.domain].append(effect)
    for domain in sorted(groups):
        yield _effect_sum(domain, groups[domain])


def _effect_sum(domain: str, group: Sequence[Effect]) -> Effect:
    treated, treated_defects = sum(each.treated for each in group), sum(each.treated_defects for each in group)
    held_out, held_out_defects = sum(each.held_out for each in group), sum(each.held_out_defects for each in group)
    known = [(each.true_reduction, each.treated) for each in group if each.true_reduction is not None and each.treated]
    true = sum(share * weight for share, weight in known) / sum(weight for _, weight in known) if known else None
    counts = (domain, treated, treated_defects, held_out, held_out_defects)
    if not treated or not held_out_defects:
        return Effect(*counts, None, None, None, true)
    lower, upper = reduction_interval(treated_defects, treated, held_out_defects, held_out, ALPHA)
    reduction = 1.0 - (treated_defects / treated) / (held_out_defects / held_out)
    return Effect(*counts, reduction, lower, upper, true)


def _withdrawal_sums(withdrawals: Sequence[Withdrawal]) -> Iterator[Withdrawn]:
    groups: dict[tuple[str, str], list[Withdrawal]] = defaultdict(list)
    for each in withdrawals:
        for drift in ("", each.drift):
            groups[each.stage, drift].append(each)
    for (stage, drift), group in sorted(groups.items()):
        ended = [each.outcomes for each in group if each.at_ms is not None]
        waiting = [each.outcomes for each in group if each.at_ms is None]
        yield Withdrawn(
            drift, stage, len(group), len(waiting), _middle(ended),
            float(np.quantile(ended, 0.9)) if ended else None, max(waiting, default=0),
        )  # fmt: skip


def _defect_sums(results: Sequence[LoopResult]) -> Iterator[tuple[int, int, float]]:
    groups: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for result in results:
        for day in result.days:
            groups[day.day // 30].append((day.turns, day.defects, day.without))
    for month in sorted(groups):
        turns, defects, without = zip(*groups[month], strict=True)
        yield sum(turns), sum(defects), sum(without)


def _middle(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None
