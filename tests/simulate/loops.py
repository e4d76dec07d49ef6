"""Made-up results of closed-loop runs: a full one, and one in which nothing happened. Knows no test and no page."""

import math
import random
from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.records import Stage
from streams.learn.evidence import win_share_lower, win_share_upper
from streams.simulate.loop_result import (
    Attribution,
    Day,
    Effect,
    LoopResult,
    Mistake,
    Point,
    Step,
    Story,
    Window,
    Withdrawal,
)

START_MS: Final = 1_700_000_000_000
DAY_MS: Final = 86_400_000
DAYS: Final = 90
DOMAINS: Final = ("alarms", "lights", "music", "transport", "weather and sun")
WORDS: Final = ("play", "stop", "weather", "morning", "kitchen", "light", "train", "seven", "next", "radio")
DRIFTS: Final = (("fixed", "source_works_now"), ("broken", "target_fails_now"), ("flipped", "meaning_changed"))


def empty() -> LoopResult:
    """Return a run in which nobody said anything."""
    return LoopResult(
        command="reprise simulate --closed-loop", seed=0, turns=0, users=0, locale="en-US", starts_ms=START_MS,
        randomised_by="pair", settings={}, days=(), stories=(), effects=(), windows=(), withdrawals=(), attribution=(),
        found_hours=(), learnable=0, found=0,
    )  # fmt: skip


def full() -> LoopResult:
    """Return a run of 90 days with promotions, mistakes, traps, and drift."""
    chance = random.Random("loops")  # noqa: S311 - a made-up result
    stories = tuple(_stories(chance))
    return LoopResult(
        command="reprise simulate --closed-loop --turns 400000 --users 5000 --days 90 --seed 7 --report report.html",
        seed=7,
        turns=400_000,
        users=5_000,
        locale="en-US",
        starts_ms=START_MS,
        randomised_by="pair",
        settings={"alpha": "0.05", "win_loss_min": "3.0", "promoted_share": "0.9", "release": "floor"},
        days=tuple(_days(chance)),
        stories=stories,
        effects=tuple(_effects(chance)),
        windows=(Window(0, 29, 17, 0, 240, 1), Window(30, 59, 14, 1, 830, 12), Window(60, 89, 9, 0, 1_010, 7)),
        withdrawals=tuple(_withdrawals(stories, chance)),
        attribution=tuple(
            Attribution(day, min(1.0, 0.72 + day / 400), 0.66 - day / 900, 10 + day, 3 + day // 10)
            for day in range(5, DAYS, 5)
        ),
        found_hours=tuple(round(chance.lognormvariate(4.2, 0.7), 2) for _ in range(38)),
        learnable=47,
        found=38,
        found_promoted=31,
        healthy_withdrawn=1,
        healthy_outcomes=23_000,
        mistakes=tuple(_mistakes(stories)),
    )


def with_text(result: LoopResult, text: str) -> LoopResult:
    """Return the same run with a text in every place that holds free text."""
    stories = tuple(
        msgspec.structs.replace(story, state=text, source=text, target=text, domain=text) for story in result.stories
    )
    return msgspec.structs.replace(
        result,
        command=text,
        locale=text,
        settings={text: text},
        stories=stories,
        effects=tuple(
            msgspec.structs.replace(effect, domain=effect.domain and f"{text} {effect.domain}")
            for effect in result.effects
        ),
    )


def _days(chance: random.Random) -> Iterator[Day]:
    for day in range(DAYS):
        turns = 4_400 + chance.randint(-300, 300)
        live = round(42 * (1 - math.exp(-day / 18)))
        promoted = max(0, round(38 * (1 - math.exp(-(day - 6) / 20))))
        without = turns * (0.19 + 0.01 * math.sin(day / 6))
        treated = live * 9
        held_out = live * 3
        wrong = 0 if day < 40 else 1 if day < 52 or day > 70 else 2
        treated_defects, held_out_defects = round(treated * chance.uniform(0.2, 0.3)), round(held_out * 0.8)
        yield Day(
            day=day,
            turns=turns,
            defects=round(without - 0.55 * treated + chance.randint(-40, 40)),
            without=without,
            treated=treated,
            treated_defects=treated_defects,
            held_out=held_out,
            held_out_defects=held_out_defects,
            live=live,
            promoted=promoted,
            right=max(0, promoted - wrong),
            wrong=min(promoted, wrong),
            trial_right=max(0, live - promoted),
            trial_wrong=day % 3 // 2,
        )


def _stories(chance: random.Random) -> Iterator[Story]:
    for place in range(30):
        yield _served(chance, place)
    for place, (trap, fault) in enumerate((("mixed", "mixed_meaning"), ("number", "number_changed"), ("", "")) * 8):
        steps = (_step(4 + place, "none", "candidate", "repaired_by_enough_users"),) if place % 2 else ()
        held = (_step(9 + place, "candidate", "shadow", "users_source"),) if place % 4 == 1 else ()
        faults = (fault,) if fault else ()
        yield _story(chance, 100 + place, steps=(*steps, *held), trap=trap, faults=faults)


def _served(chance: random.Random, place: int) -> Story:
    """Return a story that was served; every third one drifts, and every fifth was never more than on trial."""
    began = 2 + place
    drift, reason = DRIFTS[place % 3] if place % 4 == 1 else ("", "")
    steps = [
        _step(began, "none", "candidate", "repaired_by_enough_users"),
        _step(began + 3, "candidate", "trial", "evidence_passed"),
    ]
    if place % 5 != 4:
        steps.append(_step(began + 9, "trial", "promoted", "beat_hold_out"))
    ends = DAYS
    if drift and steps[-1].to_stage == "promoted":
        ends = 55 + place
        steps.append(_step(ends, "promoted", "demoted", reason))
    faults = ("wrong_meaning",) if place == 7 else ()
    curve = tuple(_curve(chance, began + 3, ends))
    wrong_from = START_MS + 50 * DAY_MS if drift else None
    return _story(chance, place, steps=tuple(steps), faults=faults, drift=drift, wrong_from_ms=wrong_from, curve=curve)


def _curve(chance: random.Random, first_day: int, last_day: int) -> Iterator[Point]:
    wins, losses = 0.0, 0.0
    for day in range(first_day, min(last_day, DAYS)):
        wins += chance.randint(0, 3)
        losses += chance.random() < 0.1
        yield Point(day, 1, wins, losses, win_share_lower(wins, losses, 0.05), win_share_upper(wins, losses, 0.05))


def _story(
    chance: random.Random,
    place: int,
    *,
    steps: tuple[Step, ...],
    faults: tuple[str, ...] = (),
    trap: str = "",
    drift: str = "",
    wrong_from_ms: int | None = None,
    curve: tuple[Point, ...] = (),
) -> Story:
    return Story(
        rewrite_id=f"{place:04x}{chance.getrandbits(64):016x}",
        state="place" if place % 6 == 5 else "",
        source=" ".join(chance.choices(WORDS, k=3)),
        target=" ".join(chance.choices(WORDS, k=3)),
        domain=DOMAINS[place % len(DOMAINS)],
        faults=faults,
        trap=trap,
        drift=drift,
        wrong_from_ms=wrong_from_ms,
        steps=steps,
        curve=curve,
        example=place % 10 != 3,
    )


def _step(day: float, from_stage: Stage, to_stage: Stage, reason: str) -> Step:
    return Step(START_MS + round(day * DAY_MS), from_stage, to_stage, reason)


def _effects(chance: random.Random) -> Iterator[Effect]:
    yield Effect("", 21_000, 5_250, 6_800, 5_440, 0.688, 0.61, 0.74, 0.67)
    for place, domain in enumerate(DOMAINS):
        reduction = chance.uniform(0.3, 0.8)
        lower = None if place == 0 else reduction - 0.2 - 0.9 * (place == 1)
        upper = None if lower is None else min(0.95, reduction + 0.1)
        yield Effect(domain, 4_000 - 900 * place, 1_000, 1_300, 1_000, reduction, lower, upper, reduction - 0.04)
    yield Effect("jokes", 3, 1, 0, 0, None, None, None)


def _mistakes(stories: tuple[Story, ...]) -> Iterator[Mistake]:
    for story in stories:
        if story.faults and story.curve:
            words = (story.rewrite_id, story.state, story.source, story.target)
            yield Mistake("promoted", *words, story.steps[-1].at_ms, story.faults, story.trap, "beat_hold_out")


def _withdrawals(stories: tuple[Story, ...], chance: random.Random) -> Iterator[Withdrawal]:
    for place, story in enumerate(story for story in stories if story.wrong_from_ms is not None):
        assert story.wrong_from_ms is not None
        last = story.steps[-1]
        ended = last.to_stage == "demoted"
        outcomes = chance.randint(12, 44) + 5 * place
        yield Withdrawal(
            story.rewrite_id,
            story.drift,
            story.wrong_from_ms,
            last.at_ms if ended else None,
            outcomes,
            last.reason if ended else "",
            "trial" if place % 4 == 1 else "promoted",
        )
