"""Alerts about workers, partitions, Kafka and disks. Knows nothing of what is learned."""

from typing import Final

from infra.prometheus.alert import Alert, Group

JOB: Final = 'job=~"reprise.*"'
"""Which jobs of Prometheus are workers, where a metric's name does not say it."""

WORKERS: Final = Group(
    "reprise-workers",
    (
        Alert(
            "RepriseNoWorker",
            "page",
            f"max by (job) (up{{{JOB}}}) or (absent(up{{{JOB}}}) - 1)",
            "<",
            1,
            "<2m>",
            "No worker answers, so that nothing is detected or learned; programs go on serving what they have.",
            "The newest state of any worker is {{ $value }}; 1 is up.",
            "Service health",
        ),
        Alert(
            "RepriseWorkerDown",
            "ticket",
            f"up{{{JOB}}}",
            "<",
            1,
            "<5m>",
            "Worker {{ $labels.instance }} does not answer; the others share its partitions.",
            "Its state is {{ $value }}; 1 is up.",
            "Service health",
        ),
        Alert(
            "RepriseCrashLoop",
            "page",
            f"changes(process_start_time_seconds{{{JOB}}}[<15m, at least 60s>])",
            ">",
            2,
            "<0s>",
            "Worker {{ $labels.instance }} ends and starts again and again.",
            "It started {{ $value }} times anew within 15 minutes.",
            "Service health",
        ),
        Alert(
            "RepriseNotReady",
            "ticket",
            "max by (job, instance) (reprise_ready)",
            "<",
            1,
            "<15m>",
            "Worker {{ $labels.instance }} lives and does not become ready.",
            "Its readiness is {{ $value }}; 1 is ready.",
            "Service health",
        ),
        Alert(
            "RepriseModelRefused",
            "ticket",
            "sum by (job, instance) (increase(reprise_model_refused_total[<6h>]))",
            ">",
            0,
            "<0s>",
            "Worker {{ $labels.instance }} refused a changed model file and goes on with the model it had.",
            'It refused {{ $value | printf "%.0f" }} within 6 hours.',
            "Service health",
        ),
    ),
)

PARTITIONS: Final = Group(
    "reprise-partitions",
    (
        Alert(
            "ReprisePartitionUnowned",
            "page",
            """\
max_over_time(reprise:open_partitions[<1d>])
- (reprise:open_partitions or 0 * max_over_time(reprise:open_partitions[<1d>]))""",
            ">",
            0,
            "<5m>",
            "Partitions of {{ $labels.stage }} are open at no worker: what arrives in them waits.",
            "{{ $value }} of them were open within the last day and are not now.",
            "Kafka and state",
        ),
        Alert(
            "ReprisePartitionStalled",
            "page",
            # The age begins anew when a partition is opened, so that one that is opened again and again is told by the
            # fence itself.
            """\
reprise:lag_records
and (
  reprise:fence_age_seconds > <2m in seconds, at least 5s>
  or reprise:fence_offset == (reprise:fence_offset offset <5m, at least 5s>)
)""",
            ">",
            0,
            "<2m>",
            "Partition {{ $labels.partition }} of {{ $labels.stage }} has records and does not move.",
            "{{ $value }} records wait.",
            "Kafka and state",
        ),
        Alert(
            "RepriseLagGrowing",
            "page",
            # Catching up after an outage is no alarm, as long as it gets on by a second in a hundred.
            "reprise:lag_seconds and deriv(reprise:lag_seconds[<10m>]) > -0.01",
            ">",
            "<1m in seconds, at least 3s>",
            "<10m>",
            "Partition {{ $labels.partition }} of {{ $labels.stage }} falls behind: learning comes later and later.",
            "Its oldest record has waited {{ $value | humanizeDuration }}.",
            "Kafka and state",
        ),
        Alert(
            "RepriseRestoreStuck",
            "page",
            """\
max by (job, stage, partition) (
  reprise_restoring == 1
  and on (job, instance, stage, partition)
  reprise_restore_rows_done == (reprise_restore_rows_done offset <3m>)
)""",
            ">",
            0,
            "<2m>",
            "The restore of partition {{ $labels.partition }} of {{ $labels.stage }} gets no further.",
            "{{ $value }}: it restores, and no row came within 3 minutes.",
            "Kafka and state",
        ),
        Alert(
            "RepriseTransactionsFailing",
            "ticket",
            # Fenced ones are how a partition moves.
            'sum by (job, stage) (increase(reprise_transaction_failures_total{kind="failed"}[<10m>]))',
            ">",
            2,
            "<0s>",
            "Kafka refuses transactions of {{ $labels.stage }}; nothing is lost, and each is tried again.",
            '{{ $value | printf "%.0f" }} failed within 10 minutes.',
            "Kafka and state",
        ),
    ),
)

SURROUNDINGS: Final = Group(
    "reprise-surroundings",
    (
        Alert(
            "RepriseBrokerUnreachable",
            "page",
            # Before the first answer there is none, and the worker's start stands for it.
            f"""\
time() - max by (job, instance) (
  reprise_kafka_answered_seconds
  or
  (process_start_time_seconds{{{JOB}}} unless on (job, instance) reprise_kafka_answered_seconds)
)""",
            ">",
            "<1m in seconds, at least 10s>",
            "<1m>",
            "Worker {{ $labels.instance }} does not reach Kafka.",
            "The last answer came {{ $value | humanizeDuration }} ago.",
            "Kafka and state",
        ),
        Alert(
            "RepriseRegistryUnreachable",
            "ticket",
            "time() - max by (job, instance) (reprise_registry_answered_seconds)",
            ">",
            "<5m in seconds, at least 45s>",
            "<5m>",
            "Worker {{ $labels.instance }} does not reach the Schema Registry: known schemas go on, new ones wait.",
            "The last answer came {{ $value | humanizeDuration }} ago.",
            "Kafka and state",
        ),
        Alert(
            "RepriseDiskFull",
            "page",
            """\
min by (job, instance) (
  label_replace(reprise:disk_free_ratio, "when", "now", "", "")
  or
  clamp_min(predict_linear(reprise:disk_free_ratio[<1h>], <4h in seconds>), 0) and reprise:disk_free_ratio < 0.3
)""",
            "<",
            0.03,
            "<5m>",
            "The disk with the stores of worker {{ $labels.instance }} is as good as full; a full one stops it.",
            "{{ $value | humanizePercentage }} of it is free, now or in four hours as it goes.",
            "Kafka and state",
        ),
        Alert(
            "RepriseDiskFilling",
            "ticket",
            """\
min by (job, instance) (
  label_replace(reprise:disk_free_ratio, "when", "now", "", "")
  or
  clamp_min(predict_linear(reprise:disk_free_ratio[<6h>], <3d in seconds>), 0) and reprise:disk_free_ratio < 0.5
)""",
            "<",
            0.1,
            "<30m>",
            "The disk with the stores of worker {{ $labels.instance }} fills up.",
            "{{ $value | humanizePercentage }} of it is free, now or in three days as it goes.",
            "Kafka and state",
        ),
    ),
)

GROUPS: Final = (WORKERS, PARTITIONS, SURROUNDINGS)
"""In the order in which they stand in the files."""
