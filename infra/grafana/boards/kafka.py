"""Kafka and state: lag, batches, stores, processes, and what was refused. Knows what is asked, not how it is drawn."""

from typing import Final

from infra.grafana.board import Board, Row
from infra.grafana.panels import (
    GREEN,
    ORANGE,
    Query,
    bars,
    figure,
    heat,
    high_is_good,
    lines,
    low_is_good,
    ranking,
    rows,
)
from infra.grafana.queries import STEP, buckets, greatest, grown, least, or_zero, quantile, rate, ratio, total

STAGES: Final = ("detect", "learn")
FAILURES: Final = ("fenced", "failed")
WORTH_A_LOOK: Final = ((None, GREEN), (1, ORANGE))
"""Colours of a figure that is no fault in itself."""
PLACE: Final = ("instance", "stage", "partition")
FENCE_AGE: Final = greatest("reprise_fence_age_seconds", *PLACE)
LAG_RECORDS: Final = greatest("reprise_lag_records", *PLACE)
DISK_FREE: Final = f"{least('reprise_disk_free_bytes', 'instance')} / {least('reprise_disk_size_bytes', 'instance')}"

FINE: Final = Row(
    "Is it fine?",
    (
        figure(
            "Longest lag",
            "How long the oldest record that is not committed yet has been in Kafka, in the worst partition. Worry "
            "when it grows without an end.",
            greatest("reprise_lag_seconds"),
            unit="s",
            steps=low_is_good(60, 300),
            decimals=1,
        ),
        figure(
            "Records behind",
            "Records in the sources of both stages that are not committed yet. A busy service always has some.",
            total("reprise_lag_records"),
            unit="short",
        ),
        figure(
            "Oldest fence with work waiting",
            "For how long the fence of a partition with lag has stood still. Worry above a minute: the partition is "
            "stalled. Partitions without work are left out.",
            or_zero(f"max({FENCE_AGE} and {LAG_RECORDS} > 0)"),
            unit="s",
            steps=low_is_good(60, 300),
            decimals=1,
        ),
        figure(
            "Partitions open",
            "Partitions of both stages that are open in some worker. It must be those of turns and those of trails "
            "together; fewer means that some wait for an owner.",
            total("reprise_open"),
            unit="short",
        ),
        figure(
            "Partitions restoring",
            "Partitions that are being restored from their changelog. Normal after a start; worry when their "
            "progress below does not move.",
            total("reprise_restoring"),
            unit="short",
            steps=WORTH_A_LOOK,
        ),
        figure(
            "Failed transactions",
            "Transactions in the time shown that did not come through. Fenced ones belong to a takeover; worry when "
            "failed ones go on, since nothing is committed then.",
            or_zero(grown("reprise_transaction_failures_total")),
            unit="short",
            steps=low_is_good(1, 10),
            decimals=0,
        ),
        figure(
            "Least free disk",
            "Free share of the disk where the stores lie, in the worst worker. A store can be thrown away and "
            "restored; a full disk stops its worker.",
            f"min({DISK_FREE})",
            unit="percentunit",
            steps=high_is_good(0.1, 0.2),
            decimals=0,
        ),
        figure(
            "Stores on disk",
            "Size of all stores together. It grows with what was learned, and slowly; worry when it jumps.",
            total("reprise_store_bytes"),
            unit="bytes",
        ),
    ),
)

LAG: Final = Row(
    "How far behind",
    (
        lines(
            "Lag by stage",
            "How long the oldest uncommitted record has been in Kafka, in the worst partition of each stage. Detect "
            "is hungry for cores, learn for the partition of its busiest chain.",
            Query(greatest("reprise_lag_seconds", "stage"), "{{stage}}", STAGES),
            unit="s",
        ),
        lines(
            "Records behind by stage",
            "Records not committed yet, and records fetched that wait in a worker. Worry when both grow: the step is "
            "too slow. If only lag grows, fetching is.",
            *(Query(total("reprise_lag_records", stage=stage), f"{stage}, lag") for stage in STAGES),
            *(Query(total("reprise_waiting_records", stage=stage), f"{stage}, fetched") for stage in STAGES),
            unit="short",
        ),
        lines(
            "Fence age by stage",
            "How long ago the fence of the slowest partition last moved. It also grows where nothing is said; worry "
            "when it grows while there is lag.",
            Query(greatest("reprise_fence_age_seconds", "stage"), "{{stage}}", STAGES),
            unit="s",
        ),
        lines(
            "Event time behind the clock",
            "How far the time in the records is behind the clock, in the worst partition, as last committed. It is "
            "large where a recorded file is played; in live traffic worry above some minutes.",
            Query(greatest("reprise_behind_seconds", "stage"), "{{stage}}", STAGES),
            unit="s",
        ),
    ),
)

BATCHES: Final = Row(
    "Batches and transactions",
    (
        lines(
            "From a batch to its commit",
            "How long one batch takes with its transaction. Most of it is Kafka; worry when it nears the timeout of "
            "transactions.",
            *(
                Query(quantile(share, "reprise_flush_seconds", stage=stage), f"{stage}, {share:.0%}")
                for stage in STAGES
                for share in (0.5, 0.99)
            ),
            unit="s",
        ),
        lines(
            "The step of one batch alone",
            "How long the computation takes, without Kafka and the store. Worry when it grows while batches stay as "
            "large: rows or parts of the chain have grown.",
            *(
                Query(quantile(share, "reprise_compute_seconds", stage=stage), f"{stage}, {share:.0%}")
                for stage in STAGES
                for share in (0.5, 0.99)
            ),
            unit="s",
        ),
        heat(
            "Flushes by duration",
            "How the times to commit spread, of both stages. A second band above shows a slow partition or broker.",
            buckets("reprise_flush_seconds"),
            unit="s",
        ),
        heat(
            "Flushes by records",
            "How large batches are. They grow under load, which is how the service keeps up.",
            buckets("reprise_flush_records"),
            unit="short",
        ),
        lines(
            "Flushes and records per second",
            "Commits, and the records in them, by stage.",
            *(Query(rate("reprise_flush_seconds_count", stage=stage), f"{stage}, flushes") for stage in STAGES),
            *(Query(rate("reprise_records_total", stage=stage), f"{stage}, records") for stage in STAGES),
            unit="short",
            width=8,
        ),
        bars(
            "Transactions that did not come through",
            "Fenced: another worker took the partition over. Failed: Kafka refused. The batch is read again, nothing "
            "is lost; worry when it goes on.",
            *(Query(or_zero(grown("reprise_transaction_failures_total", window=STEP, kind=kind)), kind)
              for kind in FAILURES),
            width=8,
        ),
        bars(
            "Rebalances",
            "How often partitions were shared out anew. Each is a pause; worry when they come without deployments.",
            Query(grown("reprise_rebalances_total", window=STEP), "rebalances"),
            width=8,
        ),
    ),
)  # fmt: skip

STATE: Final = Row(
    "State",
    (
        lines(
            "Restore progress",
            "Rows restored, of the rows to restore, by partition. Worry when a line below 100 % does not move.",
            Query(
                ratio(
                    greatest("reprise_restore_rows_done", *PLACE),
                    greatest("reprise_restore_rows_total", *PLACE),
                ),
                "{{instance}} {{stage}} {{partition}}",
            ),
            unit="percentunit",
            most=1,
            width=8,
        ),
        lines(
            "Stores on disk by stage",
            "Size of all stores of a stage. Detect's holds open turns and recent identifiers and stays level; learn's "
            "grows with what is said.",
            Query(total("reprise_store_bytes", "stage"), "{{stage}}", STAGES),
            unit="bytes",
            stacked=True,
            width=8,
        ),
        lines(
            "Free disk by worker",
            "Free share of the disk where the stores lie. Worry below a fifth.",
            Query(DISK_FREE, "{{instance}}"),
            unit="percentunit",
            most=1,
            width=8,
        ),
        rows(
            "Partitions",
            "Every partition, its worker, and how it is. Sort by lag to find the one that is stalled.",
            [
                Query(total("reprise_open", *PLACE), "open"),
                Query(total("reprise_fence_offset", *PLACE), "fence"),
                Query(total("reprise_lag_records", *PLACE), "records behind"),
                Query(total("reprise_lag_seconds", *PLACE), "lag"),
                Query(total("reprise_fence_age_seconds", *PLACE), "fence age"),
                Query(total("reprise_restore_seconds", *PLACE), "last restore"),
                Query(total("reprise_store_bytes", *PLACE), "store"),
            ],
            names={"instance": "worker", "stage": "stage", "partition": "partition"},
            units={"lag": "s", "fence age": "s", "last restore": "s", "store": "bytes"},
        ),
    ),
)

PROCESSES: Final = Row(
    "Processes",
    (
        lines(
            "Memory by worker",
            "Memory that each process holds. It levels off after the stores' caches are warm; worry when it does not.",
            Query(total("process_resident_memory_bytes", "instance"), "{{instance}}"),
            unit="bytes",
            width=8,
        ),
        lines(
            "Cores by worker",
            "Processor time used in each second. A worker computes on one core; near 1 it is full, and another worker "
            "helps.",
            Query(rate("process_cpu_seconds_total", "instance"), "{{instance}}"),
            unit="short",
            width=8,
        ),
        lines(
            "Open files by worker",
            "Share of the files that a process may have open. Stores and connections need them; worry above four "
            "fifths.",
            Query(f"{total('process_open_fds', 'instance')} / {total('process_max_fds', 'instance')}", "{{instance}}"),
            unit="percentunit",
            width=8,
        ),
    ),
)

REFUSED: Final = Row(
    "What was refused",
    (
        ranking(
            "Rejected by reason",
            "Records rejected in the time shown. Late and clock ahead point at producers' clocks, undecodable at "
            "their schema; the console shows each with its place.",
            Query(grown("reprise_rejected_total", "reason"), "{{reason}}"),
        ),
        lines(
            "Rejected per second by reason",
            "The same over time. A step in it is usually a deployment of a producer.",
            Query(rate("reprise_rejected_total", "stage", "reason"), "{{stage}}: {{reason}}"),
            unit="short",
            stacked=True,
            width=8,
        ),
        bars(
            "Trace contexts that were malformed",
            "Turns that came with a trace context which is none. They are taken in all the same; their traces end "
            "here. Worry when it goes on: a producer writes the header wrongly.",
            Query(grown("reprise_traceparents_malformed_total", window=STEP), "malformed"),
            width=8,
        ),
        lines(
            "Spans of sampled traces",
            "Per second, what became of them: sent to the collector, or dropped because it is away or too slow. "
            "Dropped ones cost nothing but the trace.",
            *(Query(or_zero(rate("reprise_spans_total", result=result)), result) for result in ("sent", "dropped")),
            unit="short",
            width=24,
        ),
    ),
)

BOARD: Final = Board(
    "reprise-kafka",
    "Reprise: Kafka and state",
    "How far behind, how large and how slow; partition by partition.",
    (FINE, LAG, BATCHES, STATE, PROCESSES, REFUSED),
)
