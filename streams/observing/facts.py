"""Where each fact, observation and level of a stage is shown: metric and labels, as tables. Knows no value.

A stage counts by names of its own. All names there can be are here, so that the values of every label are known before
the first record comes, and start at zero.
"""

from typing import Final, NamedTuple, get_args

from schemas.records import Arm, ClosedBy, FeedbackKind, Outcome
from streams.learn.detectors import REASON as DETECTOR_CHANGED
from streams.learn.stages import CHANGES, RELEASE_HOLDS
from streams.rephrasing import telling


class Route(NamedTuple):
    """A metric by name, the values of its labels, and what to multiply by."""

    metric: str
    labels: tuple[str, ...] = ()
    scale: float = 1.0


FAILURES: Final = ("fenced", "failed")
"""Why a transaction does not come through."""

REJECTIONS: Final = {
    "detect": ("undecodable", "clock_ahead", "late", "too_many_turns"),
    "learn": ("undecodable",),
}
"""Why a stage does not take a record in."""

LIMITS: Final = {
    "edges_cut": "edges",
    "component_edges_cut": "component_edges",
    "meanings_cut": "meanings",
    "wordings_cut": "wordings",
    "pairs_cut": "pairs",
    "waiting_cut": "waiting",
}
"""Facts of bounds that were reached, and what the label calls them."""

BOOKED: Final = ("success", "failure")
"""Outcomes that are booked; an unknown one says nothing."""

RESULTS: Final = ("won", "lost")

DECISIONS: Final = tuple(
    dict.fromkeys(
        [(change.to_stage, reason) for change in CHANGES for reason in change.reasons] + [("none", DETECTOR_CHANGED)]
    )
)
"""Stages that a pair can come to, each with its reasons."""


def _rejections(stage: str) -> dict[str, Route]:
    return {f"rejected.{reason}": Route("reprise_rejected", (stage, reason)) for reason in REJECTIONS[stage]}


_DETECT: Final[dict[str, Route | None]] = {
    "turns": Route("reprise_turns"),
    "signals": Route("reprise_signals"),
    "ticks": Route("reprise_ticks"),
    "duplicates": Route("reprise_duplicates"),
    "out_of_order": Route("reprise_out_of_order"),
    "late_signals": Route("reprise_late_signals"),
    "turns_erased": Route("reprise_turns_erased"),
    "traceparents_malformed": Route("reprise_traceparents_malformed"),
    **_rejections("detect"),
    **{f"feedback.{kind}": Route("reprise_feedback", (kind,)) for kind in get_args(FeedbackKind)},
    "trails": None,  # the sum of what follows
    **{
        f"ended.{outcome}.{closed_by}": Route("reprise_trails", (outcome, closed_by))
        for outcome in get_args(Outcome)
        for closed_by in get_args(ClosedBy)
    },
    "corrections": Route("reprise_corrections", ("detect",)),
    "pairs_scored": None,  # shown with its time by what the models tell
    telling.REFUSED: Route("reprise_model_refused"),
    telling.SHADOW_BOTH: Route("reprise_shadow_pairs", ("both",)),
    telling.SHADOW_NEITHER: Route("reprise_shadow_pairs", ("neither",)),
    telling.SHADOW_ONLY_ACTING: Route("reprise_shadow_pairs", ("only_acting",)),
    telling.SHADOW_ONLY_SHADOW: Route("reprise_shadow_pairs", ("only_shadow",)),
    telling.SHADOW_DIFFERENCE: Route("reprise_shadow_difference"),
    telling.SHADOW_FAILED: Route("reprise_shadow_failures"),
    telling.OPINION_PAIRS: Route("reprise_second_opinion_pairs"),
    telling.OPINION_ASKED: Route("reprise_second_opinion_asked"),
}

_LEARN: Final[dict[str, Route | None]] = {
    "trails_booked": Route("reprise_trails_booked"),
    "traceparents_malformed": Route("reprise_traceparents_malformed"),
    "corrections": Route("reprise_corrections", ("learn",)),
    **_rejections("learn"),
    **{f"decisions.{to}.{reason}": Route("reprise_decisions", (to, reason)) for to, reason in DECISIONS},
    "published": Route("reprise_rewrites_published"),
    "withdrawn": Route("reprise_rewrites_withdrawn"),
    **{f"served.{arm}": Route("reprise_served_turns", (arm,)) for arm in get_args(Arm)},
    **{
        f"served_outcomes.{arm}.{outcome}": Route("reprise_served_outcomes", (arm, outcome))
        for arm in get_args(Arm)
        for outcome in BOOKED
    },
    **{f"served_decided.{result}": Route("reprise_served_decided", (result,)) for result in RESULTS},
    "released": Route("reprise_texts_released"),
    **{f"release_refused.{reason}": Route("reprise_release_refusals", (reason,)) for reason in RELEASE_HOLDS},
    **{fact: Route("reprise_limits_reached", (limit,)) for fact, limit in LIMITS.items()},
    "epochs": Route("reprise_epochs"),
    "rows_forgotten": Route("reprise_rows_forgotten"),
    "rows_erased": Route("reprise_rows_erased"),
}

FACTS: Final[dict[tuple[str, str], Route | None]] = {
    (stage, fact): route for stage, routes in (("detect", _DETECT), ("learn", _LEARN)) for fact, route in routes.items()
}
"""Every fact that a stage counts, by stage and name. None: other metrics say the same, and say more."""

SECONDS_OF_MS: Final = 0.001

OBSERVATIONS: Final = {
    "detection_delay_ms": Route("reprise_detection_delay_seconds", ("event",), SECONDS_OF_MS),
    "decision_delay_ms": Route("reprise_decision_delay_seconds", ("event",), SECONDS_OF_MS),
    "component_nodes": Route("reprise_component_nodes"),
}
"""Every value that a stage observes."""

CAUSED: Final = {
    "detection": Route("reprise_detection_delay_seconds", ("processing",), SECONDS_OF_MS),
    "decision": Route("reprise_decision_delay_seconds", ("processing",), SECONDS_OF_MS),
}
"""What a stage says a record was the cause of: how long it took from the record's time in Kafka to the commit."""

PAIR_STAGES: Final = tuple(dict.fromkeys(to for to, _ in DECISIONS if to != "none"))

LEVELS: Final = {
    **{f"pairs.{stage}": Route("reprise_pairs", (stage,)) for stage in PAIR_STAGES},
    "live_rewrites": Route("reprise_live_rewrites"),
    **{f"live_decided.{result}": Route("reprise_live_decided", (result,)) for result in RESULTS},
    **{
        f"live_outcomes.{arm}.{outcome}": Route("reprise_live_outcomes", (arm, outcome))
        for arm in get_args(Arm)
        for outcome in BOOKED
    },
}
"""Every level of a partition's state; its labels come after the partition."""

FIRST_ZEROS: Final = (
    *(Route("reprise_transaction_failures", (stage, kind)) for stage in ("detect", "learn") for kind in FAILURES),
    *(Route("reprise_console_orders", (action,)) for action in ("pin", "block", "kill", "allow")),
    *(Route("reprise_spans", (result,)) for result in ("sent", "dropped")),
)
"""What no stage counts and is shown as zero from the start: a first step up from nothing would be no increase."""
