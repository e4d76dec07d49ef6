"""Learning: what was decided, how fast, and what holds the rest back. Knows what is asked, not how it is drawn."""

from typing import Final, get_args

from infra.grafana.board import Board, Row
from infra.grafana.panels import Query, bars, figure, heat, lines, low_is_good, ranking, rows
from infra.grafana.queries import SHOWN, STEP, buckets, grown, quantile, rate, total
from schemas.records import Stage

CLOCKS: Final = ("event", "processing")
PAIR_STAGES: Final[tuple[str, ...]] = tuple(stage for stage in get_args(Stage) if stage != "none")
"""In the order of a pair's life, so that its colours are the same everywhere."""

FINE: Final = Row(
    "Is it fine?",
    (
        figure(
            "Live rewrites",
            "Rewrites that are published now: in trial, promoted or pinned. Worry when it falls fast.",
            total("reprise_live_rewrites"),
            unit="short",
        ),
        figure(
            "Published",
            "Versions of rewrites published in the time shown. None for days, though candidates wait, is worth a look.",
            grown("reprise_rewrites_published_total"),
            unit="short",
            decimals=0,
        ),
        figure(
            "Withdrawn",
            "Rewrites taken back in the time shown. Single ones are the service at work; worry when many go at once.",
            grown("reprise_rewrites_withdrawn_total"),
            unit="short",
            steps=low_is_good(10, 50),
            decimals=0,
        ),
        figure(
            "Candidates",
            "Pairs that are looked at and not published: candidates, and those in shadow, which something holds back.",
            total("reprise_pairs", pair_stage="candidate|shadow"),
            unit="short",
        ),
        figure(
            "Trails learned from per second",
            "Finished attempts that were booked. Worry when it is 0 while turns flow: learning stands still.",
            rate("reprise_trails_booked_total"),
            unit="short",
        ),
        figure(
            "Decision delay, 50 %",
            "Half of the decisions fall within this time after the end of the attempt that tipped them, by the times "
            "in the records. Some of it is the gap that ends an attempt; worry when it jumps.",
            quantile(0.5, "reprise_decision_delay_seconds", window=SHOWN, clock="event"),
            unit="s",
        ),
        figure(
            "Held back by the release rule",
            "Judgements in the time shown in which a pair was proven and its texts were not released yet. Normal "
            "where few people say a text; nothing is wrong.",
            grown("reprise_release_refusals_total"),
            unit="short",
            decimals=0,
        ),
        figure(
            "Limits reached",
            "How often something was left out in the time shown because a bounded row was full. A little is normal "
            "under attack or with robots; worry when it goes on.",
            grown("reprise_limits_reached_total"),
            unit="short",
            steps=low_is_good(100, 10_000),
            decimals=0,
        ),
    ),
)

DECISIONS: Final = Row(
    "Decisions",
    (
        bars(
            "Published against withdrawn",
            "Versions that were published and rewrites that were taken back. Worry when more go than come for hours: "
            "something in the assistant has changed.",
            Query(grown("reprise_rewrites_published_total", window=STEP), "published"),
            Query(grown("reprise_rewrites_withdrawn_total", window=STEP), "withdrawn"),
        ),
        lines(
            "Pairs by stage",
            "How many pairs are in which stage. Candidates come and go; worry when blocked or demoted ones grow at "
            "the cost of promoted ones.",
            Query(total("reprise_pairs", "pair_stage"), "{{pair_stage}}", PAIR_STAGES),
            unit="short",
        ),
        bars(
            "Decisions by the stage they led to",
            "Each change of a pair's stage. A high bar of demoted is the event to follow up in the console.",
            Query(grown("reprise_decisions_total", "to_stage", window=STEP), "{{to_stage}}", PAIR_STAGES),
        ),
        ranking(
            "Decisions by reason",
            "What decided, in the time shown. Reasons that begin with lost, losing or target fails take rewrites back.",
            Query(grown("reprise_decisions_total", "reason"), "{{reason}}"),
            width=12,
        ),
        rows(
            "Decisions by stage and reason",
            "The same as a table, to sort and to filter. The console shows each single decision with its evidence.",
            [Query(grown("reprise_decisions_total", "to_stage", "reason"), "decisions")],
            names={"to_stage": "to", "reason": "reason"},
        ),
    ),
)

PACE: Final = Row(
    "Pace",
    (
        lines(
            "Decision delay",
            "From the end of the attempt that tipped a decision to the decision. By event time it holds the gap that "
            "ends an attempt; by processing time it is how long Reprise takes from Kafka to its commit.",
            *(
                Query(quantile(share, "reprise_decision_delay_seconds", clock=clock), f"{clock}, {share:.0%}")
                for clock in CLOCKS
                for share in (0.5, 0.99)
            ),
            unit="s",
        ),
        heat(
            "Decision delay, event time",
            "How these delays spread. A band far above the usual one shows partitions that wait for a quiet one.",
            buckets("reprise_decision_delay_seconds", clock="event"),
            unit="s",
        ),
        heat(
            "Size of the chain's parts",
            "Texts in the part of the chain that a question was asked of. Parts are small; worry when most of them "
            "reach the upper end, since solving them takes the time of a flush.",
            buckets("reprise_component_nodes"),
            unit="short",
        ),
        lines(
            "Trails per second",
            "Trails that detect handed over, and trails that learn has booked. The two follow each other within "
            "seconds; worry when they part.",
            Query(rate("reprise_trails_total"), "handed over"),
            Query(rate("reprise_trails_booked_total"), "booked"),
            unit="short",
        ),
    ),
)

HELD: Final = Row(
    "What is held back, bounded and let go",
    (
        ranking(
            "Release refusals by reason",
            "Judgements of proven pairs in the time shown that the release rule held back: too few people help the "
            "text out, or the private gate has not opened.",
            Query(grown("reprise_release_refusals_total", "reason"), "{{reason}}"),
        ),
        ranking(
            "Limits reached by limit",
            "Which bound was reached in the time shown. What stands beyond it is left out, so that rows stay small.",
            Query(grown("reprise_limits_reached_total", "limit"), "{{limit}}"),
        ),
        bars(
            "Texts that broke, and texts that were released",
            "A text that mostly worked and now fails begins anew, and its rewrites with it; worry when many break at "
            "once. Released texts are those that enough people have said.",
            Query(grown("reprise_epochs_total", window=STEP), "broke"),
            Query(grown("reprise_texts_released_total", window=STEP), "released"),
            width=8,
        ),
        bars(
            "Rows let go",
            "Rows that nothing had touched for long, and rows and turns that went because a person was erased.",
            Query(grown("reprise_rows_forgotten_total", window=STEP), "rows forgotten"),
            Query(grown("reprise_rows_erased_total", window=STEP), "rows erased"),
            Query(grown("reprise_turns_erased_total", window=STEP), "turns erased"),
            width=24,
        ),
    ),
)

BOARD: Final = Board(
    "reprise-learning",
    "Reprise: learning",
    "What was decided, how fast, and what holds the rest back.",
    (FINE, DECISIONS, PACE, HELD),
)
