"""Turns what a closed loop gave into its result, judged by the truth. Knows no learner's rules and no page."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from schemas.records import Decision, Rewrite
from streams.learn.publishing import rewrite_id
from streams.learn.rows import Pair
from streams.simulate.effects import Arms, effect
from streams.simulate.loop import Outcome, Plan, Run
from streams.simulate.loop_result import Attribution, Day, Effect, LoopResult, Mistake, Step, Story, Window, Withdrawal
from streams.simulate.stretches import Stretch, Texts, drift_of, stretches
from streams.simulate.true_days import DAY_MS, TrueEffect
from streams.simulate.truth import Truth, faults, wrong_from
from streams.text import normalise

HOUR_MS: Final = 3_600_000
WINDOW_DAYS: Final = 30

NEEDLESS: Final = ("source_works",)
"""Faults of a rewrite that does no harm: what was said would work just as well."""


def summed(done: Run, plan: Plan, command: str, attribution: Sequence[Attribution] = ()) -> LoopResult:
    """Return the result of a finished run.

    Args:
        done: the run.
        plan: what was run.
        command: what reproduces it, for people.
        attribution: what a witness found about beliefs.
    """
    truth = done.traffic.truth(plan.settings.users_min)
    lived = stretches(done.changes, done.decisions, truth)
    days = tuple(_days(done, truth))
    wanted = {(each.state, each.source): each.repaired_at_ms for each in truth.learnable}
    first = _first_right(lived)
    promoted_right = {(each.state, each.source) for each in lived if _promoted_right(each)}
    healthy = _healthy(lived, done.outcomes)
    return LoopResult(
        command=command,
        seed=plan.seed,
        turns=plan.turns,
        users=plan.users,
        locale=truth.locale,
        starts_ms=truth.from_ms,
        randomised_by=plan.randomised_by,
        settings={name: str(value) for name, value in plan.settings.public().items()},
        days=days,
        stories=tuple(_stories(done, lived, truth)),
        effects=tuple(_effects(done)),
        windows=tuple(_windows(lived, days, truth.from_ms)),
        withdrawals=tuple(_withdrawals(lived, done.outcomes)),
        attribution=tuple(attribution),
        found_hours=tuple((first[node] - wanted[node]) / HOUR_MS for node in wanted if node in first),
        learnable=len(wanted),
        found=sum(node in first for node in wanted),
        found_promoted=sum(node in promoted_right for node in wanted),
        promoted_hours=tuple((each.promoted_ms - each.from_ms) / HOUR_MS for each in lived if each.promoted_ms),
        healthy_withdrawn=sum(_is_withdrawn_healthy(each) for each in lived),
        healthy_outcomes=healthy,
        mistakes=tuple(_mistakes(lived, truth)),
    )


def _first_right(lived: Sequence[Stretch]) -> dict[tuple[str, str], int]:
    """Return when each source first got a right rewrite."""
    first: dict[tuple[str, str], int] = {}
    for stretch in lived:
        if not stretch.faults:
            first.setdefault((stretch.state, stretch.source), stretch.from_ms)
    return first


def _promoted_right(stretch: Stretch) -> bool:
    return stretch.promoted_ms is not None and not stretch.promoted_faults


# -- days --------------------------------------------------------------------------------------------------------------


def _days(done: Run, truth: Truth) -> Iterator[Day]:
    texts = truth.index()
    for number, live in enumerate(done.live):
        at_ms = min(truth.from_ms + (number + 1) * DAY_MS, truth.until_ms) - 1
        found = [(_group(rewrite), _faults(rewrite, texts, at_ms)) for rewrite in live.values()]
        counts = Counter((group, not wrong) for group, wrong in found)
        day = done.truths.days[number]
        yield Day(
            day=number, turns=day.turns, defects=day.defects, without=day.without,
            treated=day.treated, treated_defects=day.treated_defects,
            held_out=day.held_out, held_out_defects=day.held_out_defects,
            live=len(live), promoted=counts["promoted", True] + counts["promoted", False],
            right=counts["promoted", True], wrong=counts["promoted", False],
            trial_right=counts["trial", True], trial_wrong=counts["trial", False],
            needless=found.count(("promoted", NEEDLESS)),
        )  # fmt: skip


def _group(rewrite: Rewrite) -> str:
    return "trial" if rewrite.stage == "trial" else "promoted"


def _faults(rewrite: Rewrite, texts: Texts, at_ms: int) -> tuple[str, ...]:
    target = normalise(rewrite.target, rewrite.locale)
    source_text, target_text = texts.get((rewrite.state, rewrite.source)), texts.get((rewrite.state, target))
    return faults(source_text, target_text, at_ms, rewrite.locale)


def _windows(lived: Sequence[Stretch], days: Sequence[Day], starts_ms: int) -> Iterator[Window]:
    for first in range(0, len(days), WINDOW_DAYS):
        last = min(first + WINDOW_DAYS, len(days))
        span = range(starts_ms + first * DAY_MS, starts_ms + last * DAY_MS)
        promoted = [each for each in lived if each.promoted_ms is not None and each.promoted_ms in span]
        invalid = sum(bool(each.promoted_faults) for each in promoted)
        inside = days[first:last]
        yield Window(
            first, last - 1, len(promoted) - invalid, invalid,
            sum(day.right for day in inside), sum(day.wrong for day in inside),
            sum(each.promoted_faults == NEEDLESS for each in promoted), sum(day.needless for day in inside),
        )  # fmt: skip


# -- pairs -------------------------------------------------------------------------------------------------------------


def _stories(done: Run, lived: Sequence[Stretch], truth: Truth) -> Iterator[Story]:
    pairs = {rewrite_id(row): row for _, row in done.driver.rows["learn"].scan("pair|")}
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for decision in done.decisions:
        decisions[decision.rewrite_id].append(decision)
    published: dict[str, Stretch] = {}
    for stretch in lived:
        published.setdefault(stretch.rewrite_id, stretch)
    texts = truth.index()
    for name, steps in decisions.items():
        if name in pairs:
            yield _story(done, pairs[name], steps, published.get(name), texts)


def _story(done: Run, pair: Pair, decisions: Sequence[Decision], first: Stretch | None, texts: Texts) -> Story:
    target = first.target if first is not None else pair.target
    at_ms = first.from_ms if first is not None else decisions[-1].decided_at
    before, after = texts.get((pair.state, pair.source)), texts.get((pair.state, target))
    found = faults(before, after, at_ms, pair.locale)
    wrong_ms = drift = None
    if before is not None and after is not None:
        wrong_ms = None if found else wrong_from(before, after, at_ms, pair.locale)
        drift = drift_of(before, after, wrong_ms)
    name = decisions[0].rewrite_id
    return Story(
        rewrite_id=name,
        state=pair.state,
        source=pair.source,
        target=target,
        domain=pair.domain,
        faults=found,
        trap="" if before is None else before.trap,
        drift=drift or "",
        wrong_from_ms=wrong_ms,
        steps=tuple(Step(each.decided_at, each.from_stage, each.to_stage, each.reason) for each in decisions),
        curve=tuple(done.curves.get(name, ())),
        example=bool(decisions[-1].source and decisions[-1].target),
    )


# -- outcomes ----------------------------------------------------------------------------------------------------------


def _by_rewrite(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    grouped: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.rewrite_id].append(outcome)
    return grouped


def _withdrawals(lived: Sequence[Stretch], outcomes: Sequence[Outcome]) -> Iterator[Withdrawal]:
    grouped = _by_rewrite(outcomes)
    for stretch in lived:
        wrong_ms, until_ms = stretch.wrong_ms, stretch.until_ms
        if wrong_ms is None:
            continue
        booked = sum(
            each.at_ms >= wrong_ms and (until_ms is None or each.settled_at <= until_ms)
            for each in grouped[stretch.rewrite_id]
        )
        yield Withdrawal(
            stretch.rewrite_id, stretch.drift, wrong_ms, until_ms, booked, stretch.reason, stretch.stage_at(wrong_ms)
        )


def _is_withdrawn_healthy(stretch: Stretch) -> bool:
    demoted = stretch.until_ms is not None and stretch.reason not in {"unseen", "replaced"}
    return demoted and _promoted_right(stretch) and stretch.wrong_ms is None


def _mistakes(lived: Sequence[Stretch], truth: Truth) -> Iterator[Mistake]:
    traps = {(text.state, text.text): text.trap for text in truth.texts}
    for each in lived:
        words = each.rewrite_id, each.state, each.source, each.target
        trap = traps.get((each.state, each.source), "")
        if each.promoted_ms is not None and each.promoted_faults:
            yield Mistake("promoted", *words, each.promoted_ms, each.promoted_faults, trap, "beat_hold_out")
        if each.until_ms is not None and _is_withdrawn_healthy(each):
            yield Mistake("withdrawn", *words, each.until_ms, (), trap, each.reason)


def _healthy(lived: Sequence[Stretch], outcomes: Sequence[Outcome]) -> int:
    grouped = _by_rewrite(outcomes)
    total = 0
    for stretch in filter(_promoted_right, lived):
        ends = [at_ms for at_ms in (stretch.wrong_ms, stretch.until_ms) if at_ms is not None]
        total += sum(
            (stretch.promoted_ms or 0) <= each.at_ms and (not ends or each.settled_at <= min(ends))
            for each in grouped[stretch.rewrite_id]
        )
    return total


def _effects(done: Run) -> Iterator[Effect]:
    """Yield the effect over all domains, then domain by domain."""
    stages, domains = _versions(done)
    counts: dict[str, dict[str, Counter[tuple[str, bool]]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome in done.outcomes:
        stage = stages[outcome.rewrite_id, outcome.version]
        for domain in ("", domains[outcome.rewrite_id]):
            counts[domain][stage][outcome.arm, outcome.won] += 1
    truths = _true_effects(done.truths.effects, domains)
    for domain in sorted(counts):
        yield effect(domain, [_arms(stratum) for stratum in counts[domain].values()], truths.get(domain))


def _versions(done: Run) -> tuple[dict[tuple[str, int], str], dict[str, str]]:
    published = [change for _, change in done.changes if isinstance(change, Rewrite)]
    stages: dict[tuple[str, int], str] = {(each.rewrite_id, each.version): each.stage for each in published}
    return stages, {each.rewrite_id: each.domain for each in published}


def _arms(counts: Mapping[tuple[str, bool], int]) -> Arms:
    treated, held_out = counts["treated", False], counts["held_out", False]
    return Arms(counts["treated", True] + treated, treated, counts["held_out", True] + held_out, held_out)


def _true_effects(effects: Mapping[str, TrueEffect], domains: Mapping[str, str]) -> dict[str, float]:
    """Return the true reduction of defects among treated turns, by domain and over all ("")."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for name, each in effects.items():
        for domain in ("", domains[name]):
            sums[domain][0] += each.defects
            sums[domain][1] += each.without
    return {domain: 1.0 - defects / without for domain, (defects, without) in sums.items() if without}
