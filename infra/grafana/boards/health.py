"""Service health: is it fine, and if not, which worker and since when. Knows what is asked, not how it is drawn."""

from typing import Final

from infra.grafana.board import Board, Row
from infra.grafana.panels import Query, figure, heat, high_is_good, lines, low_is_good, rows
from infra.grafana.queries import (
    SHOWN,
    buckets,
    greatest,
    grown,
    least,
    or_zero,
    quantile,
    rate,
    ratio,
    series,
    since,
    total,
)

STAGES: Final = ("detect", "learn")
CLOCKS: Final = ("event", "processing")
ALERTS: Final = 'ALERTS{alertname=~"Reprise.*"}'
FIRING: Final = 'ALERTS{alertname=~"Reprise.*", alertstate="firing"}'

FINE: Final = Row(
    "Is it fine?",
    (
        figure(
            "Workers that do not answer",
            "Workers that Prometheus could not scrape the last time. Any is a reason to look: either the worker has "
            "ended, or its web thread cannot be reached.",
            or_zero(f"count({series('up')} == 0)"),
            unit="short",
            steps=low_is_good(1, 2),
        ),
        figure(
            "All workers ready",
            "Whether every worker has all its partitions open and its tables fresh. A worker that starts or restores "
            "is not ready; worry when that lasts longer than the usual restore.",
            least("reprise_ready"),
            unit="short",
            steps=high_is_good(1),
            meanings={"0": "no", "1": "yes"},
        ),
        figure(
            "Turns per second",
            "Turns taken in by all workers; rejected ones and duplicates are not among them. Worry when it falls to 0 "
            "while people are talking.",
            rate("reprise_turns_total"),
            unit="short",
        ),
        figure(
            "Rejected share",
            "Records rejected for each record taken in by detect. A few are normal; a share that stays above 1 % "
            "means that a producer sends something wrong.",
            or_zero(
                ratio(rate("reprise_rejected_total", stage="detect"), rate("reprise_records_total", stage="detect"))
            ),
            unit="percentunit",
            steps=low_is_good(0.01, 0.05),
            decimals=1,
        ),
        figure(
            "Longest lag",
            "How long the oldest record that is not committed yet has been in Kafka, in the worst partition. Worry "
            "when it grows without an end; a peak after a restart is normal.",
            greatest("reprise_lag_seconds"),
            unit="s",
            steps=low_is_good(60, 300),
            decimals=1,
        ),
        figure(
            "Event loop delay",
            "How late the event loop of the slowest worker last came back. Long steps hold it up; above a second, "
            "heartbeats to Kafka are in danger.",
            greatest("reprise_loop_delay_seconds"),
            unit="s",
            steps=low_is_good(1, 5),
        ),
        figure(
            "Detection delay, 99 %",
            "In 99 of 100 cases feedback is noticed within this time after the turn that it is about, by the times in "
            "the records. It holds the time that people take to react; worry when it jumps.",
            quantile(0.99, "reprise_detection_delay_seconds", window=SHOWN, clock="event"),
            unit="s",
        ),
        figure(
            "Alerts firing",
            "Alerts of Reprise that are firing now, of all workers. The table below names them; each links to what "
            "to do first.",
            or_zero(f"count({FIRING})"),
            unit="short",
            steps=low_is_good(1),
        ),
    ),
)

TRAFFIC: Final = Row(
    "Traffic",
    (
        lines(
            "Taken in per second",
            "What detect takes in. Signals are late facts about turns; ticks only move time. Worry when turns stop "
            "and ticks do not: producers are silent.",
            Query(rate("reprise_turns_total"), "turns"),
            Query(rate("reprise_signals_total"), "signals"),
            Query(rate("reprise_ticks_total"), "ticks"),
            unit="short",
        ),
        lines(
            "Turns per second by worker",
            "How the turns spread over the workers. Partitions are shared out evenly; worry when one worker has none "
            "of them for long.",
            Query(rate("reprise_turns_total", "instance"), "{{instance}}"),
            unit="short",
            stacked=True,
        ),
        lines(
            "Rejected share by stage",
            "Records rejected for each record taken in. The reasons stand in the dashboard about Kafka and state.",
            *(
                Query(
                    or_zero(
                        ratio(rate("reprise_rejected_total", stage=stage), rate("reprise_records_total", stage=stage))
                    ),
                    stage,
                )
                for stage in STAGES
            ),
            unit="percentunit",
        ),
        lines(
            "Came twice, or in the wrong order, per second",
            "Turns and signals that came again were dropped; turns that came after a later one of the same person "
            "were sorted in. Both are harmless. Worry when their share of turns jumps: a producer repeats itself.",
            Query(rate("reprise_duplicates_total"), "came again"),
            Query(rate("reprise_out_of_order_total"), "out of order"),
            Query(rate("reprise_late_signals_total"), "signals after the trail had left"),
            unit="short",
        ),
    ),
)

DELAYS: Final = Row(
    "Delays",
    (
        lines(
            "Detection delay",
            "From a turn to the feedback about it. By event time it is how long people take to react; by processing "
            "time it is how long Reprise takes from Kafka to its commit, and worth worrying about when it grows.",
            *(
                Query(quantile(share, "reprise_detection_delay_seconds", clock=clock), f"{clock}, {share:.0%}")
                for clock in CLOCKS
                for share in (0.5, 0.99)
            ),
            unit="s",
        ),
        heat(
            "Detection delay, processing time",
            "How the delays from Kafka to the commit spread. A second band above the usual one shows that a partition "
            "or a worker is slow.",
            buckets("reprise_detection_delay_seconds", clock="processing"),
            unit="s",
        ),
        lines(
            "Event loop delay by worker",
            "How late each worker's event loop last came back. Worry above a second; at the setting stuck_after_ms "
            "the worker tells its liveness probe that it is stuck.",
            Query(greatest("reprise_loop_delay_seconds", "instance"), "{{instance}}"),
            unit="s",
        ),
        lines(
            "Since Kafka and the registry last answered",
            "How long ago, for the worker that waits longest. Worry above half a minute. Without a Schema Registry "
            "its line stays at 0.",
            Query(since("reprise_kafka_answered_seconds"), "Kafka"),
            Query(or_zero(since("reprise_registry_answered_seconds")), "Schema Registry"),
            unit="s",
        ),
    ),
)

MODELS: Final = Row(
    "Rephrase models",
    (
        lines(
            "Scoring of one batch",
            "How long the model takes for the pairs of one batch. It is part of every flush of detect; worry when it "
            "grows without more pairs.",
            Query(quantile(0.5, "reprise_rephrase_seconds"), "50 %"),
            Query(quantile(0.99, "reprise_rephrase_seconds"), "99 %"),
            unit="s",
        ),
        lines(
            "Pairs scored per second",
            "Pairs of turns that the acting model scored, and those that a teacher was asked about. The teacher is "
            "slow; worry when its share grows.",
            Query(rate("reprise_rephrase_pairs_total"), "acting"),
            Query(rate("reprise_second_opinion_pairs_total"), "a teacher stood by"),
            Query(rate("reprise_second_opinion_asked_total"), "the teacher was asked"),
            unit="short",
        ),
        heat(
            "Pairs scored at once",
            "How many pairs of turns one batch has. Large batches cost less for each pair; they come under load.",
            buckets("reprise_rephrase_batch_pairs"),
            unit="short",
        ),
        lines(
            "Pairs by who calls them a rephrase, per second",
            "What the model that looks on says beside the acting one; empty lines at 0 without one. Worry before a "
            "change of models when they differ in more than a few of a hundred.",
            *(
                Query(or_zero(rate("reprise_shadow_pairs_total", called_by=who)), who)
                for who in ("both", "neither", "only_acting", "only_shadow")
            ),
            unit="short",
        ),
        figure(
            "Model files refused",
            "Changed model files that were refused in the time shown; the model before goes on. Any is a reason to "
            "look into the log.",
            grown("reprise_model_refused_total"),
            unit="short",
            steps=low_is_good(1),
            decimals=0,
        ),
        figure(
            "Shadow failures",
            "Batches that the model which looks on could not score, in the time shown. They change nothing that is "
            "learned; the log says why.",
            grown("reprise_shadow_failures_total"),
            unit="short",
            steps=low_is_good(1, 10),
            decimals=0,
        ),
        figure(
            "Shadow difference",
            "Mean difference of both models' probabilities, in the time shown. Near 0 the two say the same; 0 also "
            "where no model looks on.",
            or_zero(ratio(grown("reprise_shadow_difference_total"), grown("reprise_shadow_pairs_total"))),
            unit="short",
            decimals=3,
        ),
        rows(
            "Models in use",
            "Which model has which role in each worker. During a rolling upgrade two names act side by side; worry "
            "when that does not end.",
            [Query(total("reprise_model_info", "instance", "role", "name"), "in use")],
            names={"instance": "worker", "role": "role", "name": "model"},
            width=15,
        ),
    ),
)

WORKERS: Final = Row(
    "Workers and alerts",
    (
        rows(
            "Workers",
            "Each worker with its version, for how long it runs, and what it uses. Different versions are normal only "
            "during an upgrade; a short time again and again is a crash loop.",
            [
                Query(total("reprise_info", "instance", "version"), "known"),
                Query(total("reprise_ready", "instance"), "ready"),
                Query(f"time() - {greatest('process_start_time_seconds', 'instance')}", "runs for"),
                Query(total("process_resident_memory_bytes", "instance"), "memory"),
                Query(rate("process_cpu_seconds_total", "instance"), "cores"),
                Query(total("reprise_open", "instance"), "partitions"),
            ],
            names={"instance": "worker", "version": "version"},
            units={"runs for": "s", "memory": "bytes"},
        ),
        rows(
            "Alerts",
            "Alerts of Reprise that are pending or firing, of all workers. Empty is good.",
            [Query(f"sum by (alertname, alertstate, severity) ({ALERTS})", "how many")],
            names={"alertname": "alert", "alertstate": "state", "severity": "severity"},
            width=12,
        ),
        lines(
            "Starts in an hour",
            "How often each worker was started within the hour before. One is a deployment; worry at three.",
            Query(f"changes({series('process_start_time_seconds')}[1h])", "{{instance}}"),
            unit="short",
        ),
    ),
)

BOARD: Final = Board(
    "reprise-health",
    "Reprise: service health",
    "Is the service fine, and if not, which worker and since when.",
    (FINE, TRAFFIC, DELAYS, MODELS, WORKERS),
)
