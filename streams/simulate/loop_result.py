"""What one closed-loop run showed, day by day and pair by pair. Knows no simulator and no page that draws it.

Counts are of simulated truth where it says so; everything else is what the learner itself could observe. Shares are
None where there was nothing to divide by.
"""

import msgspec

from schemas.records import Stage


class Day(msgspec.Struct, frozen=True):
    """One simulated day.

    Attributes:
        day: running number, from 0.
        turns: turns said.
        defects: of those, how many did not do what was meant (truth).
        without: how many would not have, had nothing been rewritten: the expectation from the world (truth).
        treated, treated_defects: turns run as rewritten, and how many of them were defects (truth).
        held_out, held_out_defects: turns whose rewrite was held back, and how many of them were defects (truth).
        live, promoted: rewrites published at the end of the day, and those of them past their trial.
        right, wrong: of the promoted, how many were right and wrong at the end of the day (truth).
        trial_right, trial_wrong: the same of those in trial.
        needless: of the wrong promoted ones, those that are wrong only because their source works by itself: they do
            no harm, and no good.
    """

    day: int
    turns: int
    defects: int
    without: float
    treated: int
    treated_defects: int
    held_out: int
    held_out_defects: int
    live: int
    promoted: int
    right: int
    wrong: int
    trial_right: int
    trial_wrong: int
    needless: int = 0


class Step(msgspec.Struct, frozen=True):
    """One change of a pair's stage, as its decision says."""

    at_ms: int
    from_stage: Stage
    to_stage: Stage
    reason: str


class Point(msgspec.Struct, frozen=True):
    """Served evidence of a live version at the end of a day: decisive pairs so far, and the share of wins among them.

    ``lower`` and ``upper`` are the ends of a confidence sequence of that share: right on all days at once.
    """

    day: int
    version: int
    wins: float
    losses: float
    lower: float
    upper: float


class Story(msgspec.Struct, frozen=True):
    """What happened to one pair.

    Attributes:
        faults: why it was wrong when it was first published, or would have been (truth); empty: right.
        trap: the trap that its source is, "" none (truth).
        drift: how source or target changes on the way, "" not: fixed, broken, flipped, preferred (truth).
        wrong_from_ms: when drift made it wrong, None: never (truth).
        steps: changes of stage, in order; empty for a pair that never became a candidate.
        curve: served evidence by day.
        example: whether its texts may be shown under the release rule.
    """

    rewrite_id: str
    state: str
    source: str
    target: str
    domain: str
    faults: tuple[str, ...]
    trap: str
    drift: str
    wrong_from_ms: int | None
    steps: tuple[Step, ...]
    curve: tuple[Point, ...]
    example: bool = True


class Effect(msgspec.Struct, frozen=True):
    """Defects of treated turns against held-out ones, as the learner observes them, in one domain ("" all domains).

    ``reduction`` is 1 - treated share / held-out share; ``lower`` and ``upper`` are always-valid ends of it.
    ``true_reduction`` is the same for all turns that were rewritten, from the world's chances (truth).
    """

    domain: str
    treated: float
    treated_defects: float
    held_out: float
    held_out_defects: float
    reduction: float | None
    lower: float | None
    upper: float | None
    true_reduction: float | None = None


class Window(msgspec.Struct, frozen=True):
    """Promotions in a span of days: how many were right and wrong when they were promoted, and on every day live.

    Attributes:
        valid, invalid: promotions judged at their moment (truth).
        right_days, wrong_days: promoted pairs judged at the end of each day (truth).
        needless, needless_days: of the wrong ones, those that are wrong only because their source works by itself.
    """

    from_day: int
    to_day: int
    valid: int
    invalid: int
    right_days: int
    wrong_days: int
    needless: int = 0
    needless_days: int = 0


class Withdrawal(msgspec.Struct, frozen=True):
    """How long a published pair stayed live after drift had made it wrong.

    ``outcomes`` are served outcomes booked from then on; ``at_ms`` is None when it was still live at the end.
    ``stage`` is the one it had when it became wrong.
    """

    rewrite_id: str
    drift: str
    wrong_from_ms: int
    at_ms: int | None
    outcomes: int
    reason: str
    stage: Stage = "promoted"


class Mistake(msgspec.Struct, frozen=True):
    """A decision about a rewrite that was wrong when it was made (truth).

    Attributes:
        kind: "promoted", a wrong rewrite; "withdrawn", a right one that had been promoted.
        at_ms: when.
        faults: what was wrong with the rewrite then; empty for a right one.
        trap: the trap that its source is, "" none.
        reason: of the decision.
    """

    kind: str
    rewrite_id: str
    state: str
    source: str
    target: str
    at_ms: int
    faults: tuple[str, ...]
    trap: str
    reason: str


class Attribution(msgspec.Struct, frozen=True):
    """How well the learner's belief in served rewrites ranks right before wrong ones at the end of a day.

    Area under the precision-recall curve, for a learner that knows which turns were rewritten and for one that does
    not, over the same events; None when all were right or all wrong. ``aware_wrong`` and ``unaware_wrong`` are the same
    for ranking wrong before right ones, which are fewer. ``right_kept`` and ``wrong_kept`` count the right and the
    wrong ones that the aware and the unaware learner, each by its own books, would serve now.
    """

    day: int
    aware: float | None
    unaware: float | None
    pairs: int
    wrong: int
    aware_wrong: float | None = None
    unaware_wrong: float | None = None
    right_kept: tuple[int, int] = (0, 0)
    wrong_kept: tuple[int, int] = (0, 0)


class LoopResult(msgspec.Struct, frozen=True):
    """One closed-loop run.

    Attributes:
        command: what reproduces it.
        randomised_by: "pair" (arm by rewrite, user and day) or "source" (arm by source text and day, for all users).
        found_hours: for each right rewrite, hours from enough repairs to its first publication (truth).
        learnable: texts that enough people repaired and that could rightly be rewritten (truth).
        found: how many of them got a right rewrite at some time.
        found_promoted: how many of them got one that was promoted.
        promoted_hours: for each promotion, hours since the publication.
        healthy_withdrawn: promoted rewrites that were demoted while they were right (truth).
        healthy_outcomes: served outcomes of promoted rewrites while they were right: what those are to be divided by.
        mistakes: both kinds of wrong decisions, one by one.
    """

    command: str
    seed: int
    turns: int
    users: int
    locale: str
    starts_ms: int
    randomised_by: str
    settings: dict[str, str]
    days: tuple[Day, ...]
    stories: tuple[Story, ...]
    effects: tuple[Effect, ...]
    windows: tuple[Window, ...]
    withdrawals: tuple[Withdrawal, ...]
    attribution: tuple[Attribution, ...]
    found_hours: tuple[float, ...]
    learnable: int
    found: int
    found_promoted: int = 0
    promoted_hours: tuple[float, ...] = ()
    healthy_withdrawn: int = 0
    healthy_outcomes: int = 0
    mistakes: tuple[Mistake, ...] = ()
