"""Rewrites and feedback: what serving earns, against the hold-out. Knows what is asked, not how it is drawn."""

from typing import Final, get_args

from infra.grafana.board import Board, Row
from infra.grafana.panels import Query, bars, figure, high_is_good, lines, low_is_good, ranking, rows
from infra.grafana.queries import STEP, Share, greatest, grown, or_zero, rate, ratio, total
from schemas.records import FeedbackKind

ARMS: Final = ("treated", "held_out")
OUTCOMES: Final = ("success", "failure", "unknown")
KINDS: Final[tuple[str, ...]] = get_args(FeedbackKind)


def live(arm: str, outcome: str) -> str:
    """Return how many outcomes of what is live there are."""
    return f"({or_zero(total('reprise_live_outcomes', arm=arm, outcome=outcome))})"


def booked(arm: str, outcome: str) -> str:
    """Return how many outcomes of served turns were booked in the time shown."""
    return f"({or_zero(grown('reprise_served_outcomes_total', arm=arm, outcome=outcome))})"


WON: Final = Share(
    *(f"({or_zero(total('reprise_live_decided', result=result))})" for result in ("won", "lost")),
)
"""Wins among the decisive pairs of what is live."""

LATELY: Final = Share(
    *(f"({or_zero(grown('reprise_served_decided_total', window='1h', result=result))})" for result in ("won", "lost")),
)
"""Wins among the decisive pairs that were booked within an hour."""

DEFECTS: Final = {arm: Share(live(arm, "failure"), live(arm, "success")) for arm in ARMS}
"""Failures among the outcomes of what is live that are known."""

FLOOR: Final = greatest("reprise_win_loss_floor")
FLOOR_SHARE: Final = f"{FLOOR} / (1 + {FLOOR})"

FINE: Final = Row(
    "Is it fine?",
    (
        figure(
            "Live rewrites",
            "Rewrites that are published now. Worry when it falls fast.",
            total("reprise_live_rewrites"),
            unit="short",
        ),
        figure(
            "Win/loss",
            "Decisive pairs that rewrites won for each that they lost, of all that is live. A pair is decisive where "
            "the treated and the held-out person fared differently.",
            WON.odds,
            unit="short",
            decimals=2,
        ),
        figure(
            "Win/loss, lower bound",
            "The win/loss that is shown with 95 % confidence. Worry when it stays below the floor although there are "
            "many pairs; with few it is low by itself.",
            WON.odds_lower,
            unit="short",
            decimals=2,
        ),
        figure(
            "Floor of win/loss",
            "What a rewrite must beat to stay: the setting win_loss_min.",
            FLOOR,
            unit="short",
            decimals=2,
        ),
        figure(
            "Defects, treated",
            "Share of failures where the rewrite was run, of outcomes that are known. It should stay well below the "
            "held-out share beside it.",
            DEFECTS["treated"].value,
            unit="percentunit",
            steps=low_is_good(0.3, 0.5),
            decimals=1,
        ),
        figure(
            "Defects, held out",
            "Share of failures where the rewrite was not run, to compare: what people would have met without it.",
            DEFECTS["held_out"].value,
            unit="percentunit",
            decimals=1,
        ),
        figure(
            "Held-out share",
            "Turns served without their rewrite, to compare, of all served turns in the time shown. Without any, no "
            "rewrite can be judged: programs that serve must report both arms.",
            ratio(grown("reprise_served_turns_total", arm="held_out"), grown("reprise_served_turns_total")),
            unit="percentunit",
            steps=high_is_good(0.01, 0.05),
            decimals=1,
        ),
        figure(
            "Corrections",
            "Complaints about served rewrites in the time shown that came after their trail had left. Each counts as "
            "a loss; worry when they are more than a few of a hundred served turns.",
            grown("reprise_corrections_total", stage="learn"),
            unit="short",
            decimals=0,
        ),
    ),
)

EARNED: Final = Row(
    "What rewrites earn",
    (
        lines(
            "Share of wins of what is live",
            "Decisive pairs won, with the bounds that hold with 95 % confidence, against the floor as a share. Worry "
            "when the upper bound falls below the floor: then it is shown that what is live does not pay.",
            Query(WON.upper, "upper bound"),
            Query(WON.value, "won"),
            Query(WON.lower, "lower bound"),
            Query(FLOOR_SHARE, "floor"),
            unit="percentunit",
            most=1,
        ),
        lines(
            "Share of wins lately",
            "The same for the pairs that were booked within the hour before, also of rewrites that were taken back "
            "since. It moves sooner and has wider bounds.",
            Query(LATELY.upper, "upper bound"),
            Query(LATELY.value, "won"),
            Query(LATELY.lower, "lower bound"),
            Query(FLOOR_SHARE, "floor"),
            unit="percentunit",
            most=1,
        ),
        lines(
            "Defect rate, treated against held out",
            "Failures among known outcomes of what is live, with 95 % bounds. Where the bounds of both arms are "
            "apart, the difference is shown; worry when treated is above held out.",
            *(
                Query(query, f"{arm.replace('_', ' ')}{which}")
                for arm in ARMS
                for query, which in (
                    (DEFECTS[arm].upper, ", upper bound"),
                    (DEFECTS[arm].value, ""),
                    (DEFECTS[arm].lower, ", lower bound"),
                )
            ),
            unit="percentunit",
            most=1,
        ),
        rows(
            "Outcomes by arm",
            "Outcomes of what is live since its versions began, one for each user, arm and day, and those that were "
            "booked in the time shown. Unknown ones decide nothing.",
            [
                Query(total("reprise_live_outcomes", "arm", "outcome"), "of what is live"),
                Query(grown("reprise_served_outcomes_total", "arm", "outcome"), "booked in this time"),
            ],
            names={"arm": "arm", "outcome": "outcome"},
            width=12,
        ),
    ),
)

SERVED: Final = Row(
    "What is served",
    (
        lines(
            "Served turns per second by arm",
            "Turns that programs reported with a rewrite. Worry when one arm is missing while rewrites are live: a "
            "program serves and does not report.",
            *(Query(rate("reprise_served_turns_total", arm=arm), arm) for arm in ARMS),
            unit="short",
            stacked=True,
        ),
        lines(
            "Share of turns with a rewrite",
            "Served turns of all turns: how much of what people say a rewrite helps with, hold-out among it.",
            Query(or_zero(ratio(rate("reprise_served_turns_total"), rate("reprise_turns_total"))), "served"),
            unit="percentunit",
            width=6,
        ),
        bars(
            "Corrections by stage",
            "Late complaints about served rewrites, as detect noticed and as learn booked them.",
            *(Query(or_zero(grown("reprise_corrections_total", window=STEP, stage=stage)), stage)
              for stage in ("detect", "learn")),
            width=6,
        ),
    ),
)  # fmt: skip

REACTIONS: Final = Row(
    "How people react",
    (
        lines(
            "Feedback per second by kind",
            "Reactions that were noticed. Each assistant has a usual mix; worry when one kind doubles, since "
            "something that people notice has changed.",
            Query(rate("reprise_feedback_total", "kind"), "{{kind}}", KINDS),
            unit="short",
            stacked=True,
        ),
        lines(
            "Trails per second by outcome",
            "How attempts ended. Worry when failures grow at the cost of successes: people get less of what they "
            "want, whatever the rewrites do.",
            Query(rate("reprise_trails_total", "outcome"), "{{outcome}}", OUTCOMES),
            unit="short",
            stacked=True,
        ),
        ranking(
            "Feedback in the time shown",
            "The same as numbers, over all that is shown.",
            Query(grown("reprise_feedback_total", "kind"), "{{kind}}"),
        ),
        ranking(
            "What closed the trails",
            "A pause (gap), a bound on length (pushed out), or the end of a session. Worry when most are pushed out: "
            "people go on and on, or several share one name.",
            Query(grown("reprise_trails_total", "closed_by"), "{{closed_by}}"),
        ),
        ranking(
            "Orders given in the console",
            "What operators did in the time shown; the console lists each with who and why.",
            Query(grown("reprise_console_orders_total", "action"), "{{action}}"),
        ),
    ),
)

BOARD: Final = Board(
    "reprise-rewrites",
    "Reprise: rewrites and feedback",
    "What serving earns against the hold-out, and how people react.",
    (FINE, EARNED, SERVED, REACTIONS),
)
