"""Alerts about what comes in, what is learned from it, and what that is worth. Knows nothing of machines."""

from typing import Final

from infra.prometheus.alert import Alert, Group

INTAKE: Final = Group(
    "reprise-intake",
    (
        Alert(
            "RepriseRejectedRatio",
            "ticket",
            # A handful of bad records among few is a person trying something out.
            "reprise:rejected / reprise:sent and reprise:rejected > 20",
            ">",
            0.05,
            "<5m>",
            "Stage {{ $labels.stage }} rejects much of what it is sent; a larger share stops the worker.",
            "{{ $value | humanizePercentage }} of what was sent in 10 minutes was rejected.",
            "Rewrites and feedback",
        ),
        Alert(
            "RepriseClockSkew",
            "ticket",
            """\
sum by (job, stage) (increase(reprise_rejected_total{reason=~"clock_ahead|late"}[<10m>])) / reprise:sent
and
sum by (job, stage) (increase(reprise_rejected_total{reason=~"clock_ahead|late"}[<10m>])) > 20""",
            ">",
            0.01,
            "<10m>",
            "Turns are rejected for their time: a producer's clock is wrong, or it sends long after the fact.",
            "{{ $value | humanizePercentage }} of what was sent in 10 minutes was too late or from the future.",
            "Rewrites and feedback",
        ),
        Alert(
            "RepriseHoldOutMissing",
            "ticket",
            # Pairs on trial or promoted have a hold-out, pinned ones have none. Somebody must have had the time to say
            # what is served: the rewrites were there before the turns that are looked at.
            """\
label_replace(
  reprise:served_treated > 200
  and on (job) reprise:measured > 0
  unless on (job) reprise:served_held_out > 0,
  "missing", "held-out turns", "", ""
)
or
label_replace(
  sum by (job) (increase(reprise_turns_total[<6h>])) > 5000
  and on (job) reprise:measured > 0
  and on (job) (reprise:measured offset <6h>) > 0
  unless on (job) (reprise:served_treated > 0)
  unless on (job) (reprise:served_held_out > 0),
  "missing", "served turns", "", ""
)""",
            ">",
            0,
            "<15m>",
            "Programs that serve do not report {{ $labels.missing }}, so that no rewrite can be judged or taken back.",
            '{{ $value | printf "%.0f" }} turns came within 6 hours, and not one of these.',
            "Rewrites and feedback",
        ),
    ),
)

LEARNING: Final = Group(
    "reprise-learning",
    (
        Alert(
            "RepriseNothingLearned",
            "ticket",
            """\
reprise:waiting_pairs
and on (job) (reprise:waiting_pairs offset <3d>) >= 10
and on (job) sum by (job) (increase(reprise_trails_booked_total[<3d>])) > 1000
unless on (job) sum by (job) (increase(reprise_rewrites_published_total[<3d>])) > 0""",
            ">",
            9,
            "<1h>",
            "Many pairs wait and people go on talking, yet nothing has been published for three days.",
            "{{ $value }} pairs wait.",
            "Learning",
        ),
        Alert(
            "RepriseWithdrawalsSurge",
            "ticket",
            # Both: five of thousands is a day's work, and one of two is no surge.
            "reprise:withdrawn / (reprise:live + reprise:withdrawn) and reprise:withdrawn > 4",
            ">",
            0.2,
            "<0s>",
            "Many rewrites were taken back at once: what they rely on has broken, or somebody forbade them.",
            "{{ $value | humanizePercentage }} of what was live went within an hour.",
            "Rewrites and feedback",
        ),
        Alert(
            "RepriseWinLossBelowFloor",
            "ticket",
            "reprise:win_loss_upper / on (job) group_left () reprise:win_loss_floor",
            "<",
            1,
            "<10m>",
            "Served rewrites do not win as often as they must, beyond doubt (evidence: {{ $labels.evidence }}).",
            "Wins for each loss are at most {{ $value | humanizePercentage }} of the floor.",
            "Rewrites and feedback",
        ),
        Alert(
            "RepriseRewritesHarm",
            "page",
            "reprise:win_loss_upper",
            "<",
            1,
            "<5m>",
            "Served rewrites harm more often than they help, beyond doubt (evidence: {{ $labels.evidence }}).",
            'There are at most {{ $value | printf "%.2f" }} wins for each loss.',
            "Rewrites and feedback",
        ),
    ),
)

GROUPS: Final = (INTAKE, LEARNING)
"""In the order in which they stand in the files."""
