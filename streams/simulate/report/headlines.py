"""The figures on top of the report, each with what it means and where it comes from. Knows no page.

What the product could see itself and what only the simulation knows are never mixed in one figure.
"""

from itertools import pairwise
from statistics import median

import msgspec

from streams.pages import readable
from streams.simulate.loop_result import LoopResult
from streams.simulate.report.outcomes import ever, taken_back


class Headline(msgspec.Struct, frozen=True):
    """One figure.

    Attributes:
        key: names it on the page.
        value: as shown; a dash where there is none.
        label: what it counts.
        seen: whether the product itself could see it; otherwise only the simulation knows.
        meaning: what it says, in a sentence.
        origin: where it comes from, in a sentence.
    """

    key: str
    value: str
    label: str
    seen: bool
    meaning: str
    origin: str


def headlines(result: LoopResult) -> tuple[Headline, ...]:
    """Return the figures in their order.

    Raises:
        ValueError: windows overlap, so that a promotion would be counted twice.
    """
    return (
        _promoted(result), _reduction(result), _taken_back(result), _right_to_wrong(result), _all_defects(result),
        _found(result), _delay(result), _withdrawal(result), _healthy(result), _traps(result),
    )  # fmt: skip


def promotions(result: LoopResult) -> tuple[int, int]:
    """Return how many promotions were right and wrong at their moment.

    Raises:
        ValueError: windows overlap, so that a promotion would be counted twice.
    """
    windows = sorted(result.windows, key=lambda window: (window.from_day, window.to_day))
    for before, after in pairwise(windows):
        if after.from_day <= before.to_day:
            message = (
                f"windows: days {before.from_day} to {before.to_day} and {after.from_day} to {after.to_day} overlap; "
                "give windows that follow each other"
            )
            raise ValueError(message)
    return sum(window.valid for window in windows), sum(window.invalid for window in windows)


def _promoted(result: LoopResult) -> Headline:
    count = sum(ever(story, "promoted") for story in result.stories)
    trials = sum(ever(story, "trial") for story in result.stories)
    return Headline(
        key="promoted",
        value=readable.number(count),
        label="rewrites promoted",
        seen=True,
        meaning=f"Different rewrites that won their trial against the hold-out, of {readable.number(trials)} tried.",
        origin="Counted from the decisions that the learner published.",
    )


def _reduction(result: LoopResult) -> Headline:
    effect = next((effect for effect in result.effects if not effect.domain), None)
    reduction = None if effect is None else effect.reduction
    if effect is None or reduction is None:
        value, label, meaning = "–", "defects against the hold-out", "Too little was served to compare it."
    else:
        value = readable.percent(abs(reduction))
        label = f"{'fewer' if reduction >= 0 else 'more'} defects on rewritten turns"
        meaning = "Turns run as rewritten, compared with those whose rewrite was held back by chance."
        if effect.lower is not None and effect.upper is not None:
            ends = f"{readable.percent(effect.lower)} to {readable.percent(effect.upper)}"
            meaning += f" Always-valid interval of the reduction: {ends}."
    return Headline(
        key="reduction",
        value=value,
        label=label,
        seen=True,
        meaning=meaning,
        origin="From the outcomes that the learner itself booked on served and held-out turns.",
    )


def _taken_back(result: LoopResult) -> Headline:
    count = sum(bool(taken_back(story)) for story in result.stories)
    return Headline(
        key="taken_back",
        value=readable.number(count),
        label="rewrites taken back",
        seen=True,
        meaning="Different rewrites that were served for a while and then withdrawn, each with a reason.",
        origin="Counted from the decisions that the learner published.",
    )


def _right_to_wrong(result: LoopResult) -> Headline:
    right, wrong = promotions(result)
    needless = sum(window.needless for window in result.windows)
    meaning = "Promotions that were right when they were made, to those that were a mistake."
    if needless:
        meaning += f" Of the mistakes {readable.number(needless)} did no harm: the source had begun to work by itself."
    return Headline(
        key="right_to_wrong",
        value=readable.ratio(right, wrong) if right or wrong else "–",
        label="right to wrong promotions",
        seen=False,
        meaning=meaning if right or wrong else "Nothing was promoted, so there is nothing to judge.",
        origin="Each promotion is judged by what the simulated people really meant.",
    )


def _all_defects(result: LoopResult) -> Headline:
    defects, without = sum(day.defects for day in result.days), sum(day.without for day in result.days)
    reduction = None if not without else 1 - defects / without
    more = reduction is not None and reduction < 0
    return Headline(
        key="all_defects",
        value=readable.percent(None if reduction is None else abs(reduction)),
        label=f"{'more' if more else 'fewer'} defects over all turns",
        seen=False,
        meaning=f"{readable.number(defects)} defects happened; {readable.number(round(without))} would have without it."
        if result.days
        else "No day was simulated.",
        origin="The simulation knows what each person meant, and what would have happened otherwise.",
    )


def _found(result: LoopResult) -> Headline:
    return Headline(
        key="found",
        value=readable.percent(readable.share_of(result.found, result.learnable), 0),
        label="of what could be learned was found",
        seen=False,
        meaning=f"{readable.number(result.found)} of {readable.many(result.learnable, 'text')} that enough people "
        f"repaired got a right rewrite, and {readable.number(result.found_promoted)} of these one that was promoted."
        if result.learnable
        else "There was nothing that enough people had repaired.",
        origin="The simulation knows which texts fail and what they should have been heard as.",
    )


def _delay(result: LoopResult) -> Headline:
    hours = result.found_hours
    return Headline(
        key="delay",
        value=readable.duration(median(hours)) if hours else "–",
        label="until a rewrite was found",
        seen=False,
        meaning="Half of the right rewrites were published sooner than this after enough people had repaired the text."
        if hours
        else "No right rewrite was published.",
        origin="Time in the simulated world, from enough repairs to the first publication.",
    )


def _withdrawal(result: LoopResult) -> Headline:
    promoted = [withdrawal for withdrawal in result.withdrawals if withdrawal.stage != "trial"]
    ended = [withdrawal.outcomes for withdrawal in promoted if withdrawal.at_ms is not None]
    left = len(promoted) - len(ended)
    meaning = "No promoted rewrite was made wrong by a change of the world."
    if promoted:
        meaning = f"Of {readable.many(len(promoted), 'promoted rewrite')} that a change of the world made wrong, "
        meaning += f"{readable.number(len(ended))} were taken back, half of them within this many outcomes; "
        meaning += f"{readable.number(left)} {'was' if left == 1 else 'were'} still served at the end."
    return Headline(
        key="withdrawal",
        value=readable.number(median(ended)) if ended else "–",
        label="outcomes until a broken rewrite was withdrawn",
        seen=False,
        meaning=meaning,
        origin="Outcomes that the learner booked after the simulated world had changed.",
    )


def _healthy(result: LoopResult) -> Headline:
    per = result.healthy_outcomes / result.healthy_withdrawn if result.healthy_withdrawn else None
    often = "" if per is None else f", one in {readable.number(round(per))}"
    return Headline(
        key="healthy",
        value=readable.number(result.healthy_withdrawn) if result.healthy_outcomes else "–",
        label="promoted rewrites taken back although right",
        seen=False,
        meaning=f"False alarms in {readable.many(result.healthy_outcomes, 'outcome')} of right promoted ones{often}."
        if result.healthy_outcomes
        else "No right rewrite was promoted and served.",
        origin="A withdrawal is a false alarm if the truth says that the rewrite was right at that moment.",
    )


def _traps(result: LoopResult) -> Headline:
    traps = [story for story in result.stories if story.trap]
    refused = sum(not ever(story, "promoted") for story in traps)
    return Headline(
        key="traps",
        value=f"{readable.number(refused)} of {readable.number(len(traps))}" if traps else "–",
        label="traps not promoted",
        seen=False,
        meaning="Of the pairs looked at, those that people's reactions suggest although they would do harm."
        if traps
        else "No pair of this run is a trap.",
        origin="Traps are written into the simulated world and marked in its truth.",
    )
