"""Queries with a name of their own, which alerts and people read. Knows no limit: what is wrong, alerts say.

A service is a ``job`` of Prometheus. What a partition tells is taken once, however many workers tell it for a moment
while it moves; a partition that is between two workers tells nothing, and nothing follows from that but its absence.
"""

from typing import Final

from infra.prometheus.alert import Recording

Z: Final = 4.5
"""Width of the bounds of win shares, in standard deviations.

Two would do for one look. An alert looks all day: over a window that slides, the figure wanders as if it were drawn
afresh again and again, and each drawing may lie far out by chance. The chance that it passes ``z`` within one length of
the window is about ``z`` times the normal density there, which for 4.5 is less than one in ten thousand.
"""

PAIRS_MIN: Final = 20
"""Fewer decisive pairs say nothing: below, the bound is less careful than ``Z`` promises."""

EVIDENCE: Final = """\
label_replace(
  sum by (job) (increase(reprise_served_decided_total{selector}[<1d>])),
  "evidence", "recent", "", ""
)
or
label_replace(
  sum by (job) (max by (job, partition, result) (reprise_live_decided{selector})),
  "evidence", "live", "", ""
)"""
"""Decisive pairs as they were booked of late, of all that was served, and all those of what is live now."""

WON: Final = f"""\
{EVIDENCE.replace("{selector}", '{result="won"}')}
or
0 * reprise:decided"""

UPPER: Final = f"""\
(
  reprise:won + {Z * Z / 2:g}
  + {Z:g} * sqrt(reprise:won * (reprise:decided - reprise:won) / reprise:decided + {Z * Z / 4:g})
)
/ (reprise:decided + {Z * Z:g})
and reprise:decided >= {PAIRS_MIN}"""

SENT: Final = """\
sum by (job, stage) (increase(reprise_records_total{stage="detect"}[<10m>]))
- on (job) group_left () sum by (job) (increase(reprise_ticks_total[<10m>]))
or
label_replace(sum by (job) (increase(reprise_trails_booked_total[<10m>])), "stage", "learn", "", "")
+ reprise:rejected"""
"""Turns and signals for detect, trails for learn. Ticks are left out: where little is said they are nearly all."""

RECORDINGS: Final = (
    Recording(
        "reprise:open_partitions",
        "count by (job, stage) (count by (job, stage, partition) (reprise_open == 1))",
        "Partitions that some worker has open.",
    ),
    Recording(
        "reprise:lag_records",
        "max by (job, stage, partition) (reprise_lag_records)",
        "Records of a partition that wait.",
    ),
    Recording(
        "reprise:lag_seconds",
        "max by (job, stage, partition) (reprise_lag_seconds)",
        "How long the oldest of them has waited.",
    ),
    Recording(
        "reprise:fence_offset",
        "max by (job, stage, partition) (reprise_fence_offset)",
        "How far a partition has come.",
    ),
    Recording(
        "reprise:fence_age_seconds",
        "min by (job, stage, partition) (reprise_fence_age_seconds)",
        "Since it last came further.",
    ),
    Recording(
        "reprise:rejected",
        "sum by (job, stage) (increase(reprise_rejected_total[<10m>]))",
        "Records that were rejected in the latest minutes.",
    ),
    Recording("reprise:sent", SENT, "All that was sent in these minutes, rejected ones included."),
    Recording(
        "reprise:live",
        "sum by (job) (max by (job, partition) (reprise_live_rewrites))",
        "Rewrites that are published now.",
    ),
    Recording(
        "reprise:measured",
        'sum by (job) (max by (job, partition, pair_stage) (reprise_pairs{pair_stage=~"trial|promoted"}))',
        "Those with a hold-out: pinned ones go to everybody.",
    ),
    Recording(
        "reprise:waiting_pairs",
        'sum by (job) (max by (job, partition, pair_stage) (reprise_pairs{pair_stage=~"candidate|shadow"}))',
        "Pairs that enough people repaired, and that are not published.",
    ),
    Recording(
        "reprise:withdrawn",
        "sum by (job) (increase(reprise_rewrites_withdrawn_total[<1h>]))",
        "Rewrites taken back in the latest hour.",
    ),
    Recording(
        "reprise:served_treated",
        'sum by (job) (increase(reprise_served_turns_total{arm="treated"}[<6h>]))',
        "Turns reported as rewritten, in the latest hours.",
    ),
    Recording(
        "reprise:served_held_out",
        'sum by (job) (increase(reprise_served_turns_total{arm="held_out"}[<6h>]))',
        "Turns reported as held out, in the latest hours.",
    ),
    Recording("reprise:decided", EVIDENCE.replace("{selector}", ""), "Decisive pairs, of late and of what is live."),
    Recording("reprise:won", WON, "Those of them that the rewrite won."),
    Recording("reprise:win_share_upper", UPPER, "The largest share of wins that they allow for: Wilson's upper bound."),
    Recording(
        "reprise:win_loss_upper",
        "reprise:win_share_upper / (1 - reprise:win_share_upper)",
        "The same as wins for each loss.",
    ),
    Recording("reprise:win_loss_floor", "max by (job) (reprise_win_loss_floor)", "What a rewrite must beat."),
    Recording(
        "reprise:disk_free_ratio",
        "min by (job, instance) (reprise_disk_free_bytes / reprise_disk_size_bytes)",
        "Free part of the disk with a worker's stores.",
    ),
)
"""In the order in which they are computed: each uses only those above it."""
