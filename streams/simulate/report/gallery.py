"""One card a pair: what it would hear as what, what became of it, and why. Knows stories, no page.

Texts are on a card only where the release rule lets them be shown.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.pages import readable
from streams.simulate.loop_result import LoopResult, Mistake, Story
from streams.simulate.report import words
from streams.simulate.report.outcomes import Outcome, best_evidence, day_of, outcome, went_wrong

CARDS_MAX: Final = 12
"""Cards of one outcome: a run has hundreds of pairs, and nobody reads them all."""

STEPS_MAX: Final = 12
"""Changes of stage on a card, the latest ones."""

OUTCOMES: Final[dict[Outcome, str]] = {
    "promoted": "Promoted",
    "trial": "On trial",
    "withdrawn": "Taken back",
    "refused": "Never published",
}
"""What an outcome is called, in the order of the gallery."""

FILTERS: Final[tuple[tuple[str, str], ...]] = (
    *((str(key), name) for key, name in OUTCOMES.items()), ("trap", "Traps"), ("drift", "Drift"), ("wrong", "Mistakes"),
)  # fmt: skip
"""What the gallery can be narrowed to: a mark on cards, and its name."""


class Event(msgspec.Struct, frozen=True):
    """One change of stage in words."""

    day: str
    stage: str
    reason: str


class Card(msgspec.Struct, frozen=True):
    """A pair as shown.

    Attributes:
        marks: what filters find it by.
        source, target, state: empty where its texts may not be shown.
        name: stands for the texts that may not be shown.
        truths: what only the simulation knows about it, in words.
        left_out: earlier changes of stage that are not among the events.
        well_done: whether it ended as the truth would have it.
    """

    marks: tuple[str, ...]
    status: str
    shown: bool
    name: str
    state: str
    source: str
    target: str
    domain: str
    events: tuple[Event, ...]
    left_out: int
    evidence: str
    well_done: bool
    truths: tuple[str, ...]


class Gallery(msgspec.Struct, frozen=True):
    """Cards, how many pairs there are of each mark, and how many have no card."""

    cards: tuple[Card, ...]
    filters: tuple[tuple[str, str, int], ...]
    left_out: int


def gallery(result: LoopResult, reasons: Mapping[str, str]) -> Gallery:
    """Return cards by outcome, the most telling ones first.

    Args:
        result: the run.
        reasons: reason codes of decisions in plain words; others are shown with their underscores opened up.
    """
    chosen = [story for wanted in OUTCOMES for story in _chosen(result, wanted)]
    cards = tuple(_card(result, story, reasons) for story in chosen)
    counts = {mark: sum(mark in card.marks for card in cards) for mark, _ in FILTERS}
    filters = tuple((mark, name, counts[mark]) for mark, name in FILTERS if counts[mark])
    return Gallery(cards, filters, len(result.stories) - len(cards))


def _chosen(result: LoopResult, wanted: Outcome) -> list[Story]:
    mistaken = {mistake.rewrite_id for mistake in result.mistakes}
    stories = [story for story in result.stories if outcome(story) == wanted]
    return sorted(stories, key=lambda story: (story.rewrite_id not in mistaken, *_telling(story)))[:CARDS_MAX]


def _telling(story: Story) -> tuple[object, ...]:
    """Order what drifted first, then traps, then what has most evidence and most to tell."""
    best = best_evidence(story)
    evidence = 0.0 if best is None else best.wins + best.losses
    return not went_wrong(story), not story.trap, -evidence, -len(story.steps), story.rewrite_id


def _card(result: LoopResult, story: Story, reasons: Mapping[str, str]) -> Card:
    became = outcome(story)
    mistakes = tuple(_mistake_words(result, each) for each in result.mistakes if each.rewrite_id == story.rewrite_id)
    marks = {
        became: True,
        "trap": bool(story.trap),
        "drift": went_wrong(story) or bool(story.drift),
        "wrong": bool(mistakes),
    }
    steps = story.steps[-STEPS_MAX:]
    return Card(
        marks=tuple(mark for mark, is_so in marks.items() if is_so),
        status=OUTCOMES[became],
        shown=story.example,
        name=f"Pair {story.rewrite_id[:8]}",
        state=story.state if story.example else "",
        source=story.source if story.example else "",
        target=story.target if story.example else "",
        domain=story.domain,
        events=tuple(
            Event(f"{day_of(result, step.at_ms):.0f}", words.STAGES[step.to_stage], words.said((step.reason,), reasons))
            for step in steps
        ),
        left_out=len(story.steps) - len(steps),
        evidence=_evidence(story),
        well_done=_well_done(story) and not mistakes,
        truths=(*_truths(result, story), *mistakes),
    )


def _mistake_words(result: LoopResult, mistake: Mistake) -> str:
    day = f"on day {day_of(result, mistake.at_ms):.0f}"
    if mistake.kind == "withdrawn":
        return f"taken back by mistake {day}, for it was right"
    return f"promoted by mistake {day}: {words.said(mistake.faults, words.FAULTS)}"


def _evidence(story: Story) -> str:
    best = best_evidence(story)
    if best is None:
        return ""
    interval = f"{readable.percent(best.lower, 0)} to {readable.percent(best.upper, 0)}"
    losses = f"{readable.number(best.losses)} {'loss' if best.losses == 1 else 'losses'}"
    return f"{readable.many(best.wins, 'win')} and {losses} against the hold-out, a share of {interval}"


def _truths(result: LoopResult, story: Story) -> tuple[str, ...]:
    """Return what only the simulation knows."""
    drift = words.said((story.drift,), words.DRIFTS)
    parts = (
        _judgement(story),
        f"a trap: {words.said((story.trap,), words.TRAPS)}" if story.trap else "",
        f"drift: {drift}" if story.drift and story.wrong_from_ms is None else "",
        f"wrong from day {day_of(result, story.wrong_from_ms):.0f} on: {drift}"
        if story.wrong_from_ms is not None
        else "",
    )
    return tuple(part for part in parts if part)


def _judgement(story: Story) -> str:
    """Say whether serving it was right, or would have been."""
    became, why = outcome(story), words.said(story.faults, words.FAULTS)
    if story.faults:
        verdict = {"refused": "rightly refused", "withdrawn": "wrong, and rightly taken back"}.get(became, "wrong")
        return f"{verdict}: {why}"
    if became == "refused":
        return "would have been right"
    return "right at first" if went_wrong(story) else "right"


def _well_done(story: Story) -> bool:
    """Say whether the learner did with it what somebody who knows the truth would have done in the end."""
    served = outcome(story) in {"promoted", "trial"}
    return served != (bool(story.faults) or went_wrong(story))
