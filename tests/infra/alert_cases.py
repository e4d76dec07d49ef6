"""When each alert fires and when it does not, as series of samples. Knows no query and no program.

``a+bxn`` is a first sample and ``n`` more, each ``b`` larger; ``_`` is a scrape without the series.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

ONE: Final = 'job="reprise",instance="w1:9464"'
TWO: Final = 'job="reprise",instance="w2:9464"'
OTHER: Final = {'up{job="prometheus",instance="p:9090"}': "1+0x99"}
"""What is always there, so that a scene is never empty."""


class Case(NamedTuple):
    """Samples of one scene, and how many alerts fire at a moment.

    Attributes:
        rule: what the scene shows, in words.
        firing: how many.
        at: minutes since the first sample.
        series: samples by series.
        every: minutes from one sample to the next.
    """

    rule: str
    firing: int
    at: float
    series: Mapping[str, str]
    every: float = 1.0


def place(metric: str, partition: int = 0, worker: str = ONE, stage: str = "detect", **labels: str) -> str:
    """Return a series of a partition."""
    return of(metric, worker, stage=stage, partition=str(partition), **labels)


def of(metric: str, worker: str = ONE, **labels: str) -> str:
    """Return a series of a worker."""
    inside = ",".join([worker, *(f'{name}="{text}"' for name, text in labels.items())])
    return f"{metric}{{{inside}}}"


def pairs(stage: str, samples: str) -> dict[str, str]:
    """Return how many pairs a stage has."""
    return {of("reprise_pairs", partition="0", pair_stage=stage): samples}


def decided(won: str = "", lost: str = "") -> dict[str, str]:
    """Return decisive pairs as they are booked; an empty one was never told. The floor is three."""
    told = {of("reprise_served_decided_total", result=name): text for name, text in (("won", won), ("lost", lost))}
    return {of("reprise_win_loss_floor"): "3+0x99", **{name: text for name, text in told.items() if text}}


def live_decided(won: str, lost: str, worker: str = ONE) -> dict[str, str]:
    """Return decisive pairs of what is live."""
    return {
        of("reprise_win_loss_floor"): "3+0x99",
        of("reprise_live_decided", worker, partition="0", result="won"): won,
        of("reprise_live_decided", worker, partition="0", result="lost"): lost,
    }


def intake(records: str, reasons: Mapping[str, str], ticks: str = "0+0x30") -> dict[str, str]:
    """Return records of detect, ticks among them, and rejected ones by reason."""
    rejected = {of("reprise_rejected_total", stage="detect", reason=name): text for name, text in reasons.items()}
    return {of("reprise_records_total", stage="detect"): records, of("reprise_ticks_total"): ticks, **rejected}


def booked(trails: str, rejected: str) -> dict[str, str]:
    """Return trails that learn took in, and records it rejected."""
    lost = of("reprise_rejected_total", stage="learn", reason="undecodable")
    return {of("reprise_trails_booked_total"): trails, lost: rejected}


def disk(free: str) -> dict[str, str]:
    """Return a disk of a thousand bytes."""
    return {of("reprise_disk_free_bytes"): free, of("reprise_disk_size_bytes"): "1000+0x99"}


def withdrawals(live: str, withdrawn: str) -> dict[str, str]:
    """Return what is live, and what was taken back."""
    return {of("reprise_live_rewrites", partition="0"): live, of("reprise_rewrites_withdrawn_total"): withdrawn}


def learning(waiting: str, booked: str, published: str) -> dict[str, str]:
    """Return pairs that wait, trails that were booked, and versions that were published."""
    return {
        **pairs("candidate", waiting),
        of("reprise_trails_booked_total"): booked,
        of("reprise_rewrites_published_total"): published,
    }


TREATED: Final = of("reprise_served_turns_total", arm="treated")
HELD_OUT: Final = of("reprise_served_turns_total", arm="held_out")
TURNS: Final = of("reprise_turns_total")

CASES: Final[dict[str, tuple[Case, ...]]] = {
    "RepriseNoWorker": (
        Case("all are down", 1, 3, {of("up"): "0+0x9", of("up", TWO): "0+0x9"}),
        Case("none was ever known", 1, 3, {}),
        Case("one of two is up", 0, 5, {of("up"): "0+0x9", of("up", TWO): "1+0x9"}),
        Case("not long enough", 0, 1, {of("up"): "0+0x9"}),
    ),
    "RepriseWorkerDown": (
        Case("one of two is down", 1, 6, {of("up"): "0+0x9", of("up", TWO): "1+0x9"}),
        Case("a restart takes four minutes", 0, 9, {of("up"): "0 0 0 0 1+0x9"}),
        Case("a worker was taken out of service", 0, 9, {of("up"): "1 1 stale", of("up", TWO): "1+0x9"}),
    ),
    "RepriseCrashLoop": (
        Case("three starts, seen between", 1, 9, {of("process_start_time_seconds"): "1 _ 80 _ 160 _ 240 240 240 240"}),
        Case("two starts: a rollout and one more", 0, 9, {of("process_start_time_seconds"): "1 1 80 80 80 240+0x9"}),
        Case(
            "two workers, one start each", 0, 9, {of("process_start_time_seconds", w): "1 90+0x9" for w in (ONE, TWO)}
        ),
    ),
    "RepriseNotReady": (
        Case("never ready", 1, 16, {of("reprise_ready"): "0+0x20"}),
        Case("ready after ten minutes of restoring", 0, 16, {of("reprise_ready"): "0+0x10 1+0x9"}),
        Case("gone is not unready", 0, 16, {of("reprise_ready"): "0 0 stale"}),
    ),
    "RepriseModelRefused": (
        Case("one file refused", 1, 9, {of("reprise_model_refused_total"): "0 0 1+0x9"}),
        Case("a restart is no refusal", 0, 9, {of("reprise_model_refused_total"): "2 2 0+0x9"}),
        Case("none", 0, 9, {of("reprise_model_refused_total"): "0+0x9"}),
    ),
    "ReprisePartitionUnowned": (
        Case(
            "a worker left, and nobody took its partition",
            1,
            9,
            {place("reprise_open"): "1+0x9", place("reprise_open", 1, TWO): "1 1 stale"},
        ),
        Case("the only worker closed all", 1, 9, {place("reprise_open"): "1 1 stale"}),
        Case("open in name only", 1, 9, {place("reprise_open"): "1 1 0+0x9"}),
        Case(
            "it moves, told twice for a moment",
            0,
            12,
            {place("reprise_open"): "_ _ 1+0x12", place("reprise_open", 0, TWO): "1 1 1 stale"},
        ),
        Case(
            "it moves, told by nobody for three minutes",
            0,
            12,
            {place("reprise_open"): "_ _ _ _ _ 1+0x12", place("reprise_open", 0, TWO): "1 1 stale"},
        ),
    ),
    "ReprisePartitionStalled": (
        Case(
            "records wait, and nothing moves",
            1,
            6,
            {
                place("reprise_lag_records"): "0 5+0x9",
                place("reprise_fence_age_seconds"): "0+60x9",
                place("reprise_fence_offset"): "7+0x9",
            },
        ),
        Case(
            "it is opened again and again",
            1,
            8,
            {
                place("reprise_lag_records"): "5+0x9",
                place("reprise_fence_age_seconds"): "0 60 0 60 0 60 0 60 0 60",
                place("reprise_fence_offset"): "7+0x9",
            },
        ),
        Case(
            "a quiet partition",
            0,
            9,
            {
                place("reprise_lag_records"): "0+0x9",
                place("reprise_fence_age_seconds"): "0+60x9",
                place("reprise_fence_offset"): "7+0x9",
            },
        ),
        Case(
            "it lags and moves",
            0,
            9,
            {
                place("reprise_lag_records"): "900+0x9",
                place("reprise_fence_age_seconds"): "1+0x9",
                place("reprise_fence_offset"): "7+5x9",
            },
        ),
        Case(
            "it left",
            0,
            9,
            {place("reprise_lag_records"): "5 5 stale", place("reprise_fence_age_seconds"): "0 60 stale"},
        ),
    ),
    "RepriseLagGrowing": (
        Case("it grows", 1, 20, {place("reprise_lag_seconds"): "0+30x30"}),
        Case("it stays at ninety seconds", 1, 20, {place("reprise_lag_seconds"): "90+0x30"}),
        Case("it catches up after an outage", 0, 20, {place("reprise_lag_seconds"): "3600-30x30"}),
        Case("it stays at the limit", 0, 20, {place("reprise_lag_seconds"): "60+0x30"}),
        Case("it left", 0, 20, {place("reprise_lag_seconds"): "0+30x5 stale"}),
    ),
    "RepriseRestoreStuck": (
        Case(
            "no row comes",
            1,
            9,
            {place("reprise_restoring"): "1+0x9", place("reprise_restore_rows_done"): "100+0x9"},
        ),
        Case("rows come", 0, 9, {place("reprise_restoring"): "1+0x9", place("reprise_restore_rows_done"): "0+10x9"}),
        Case("it is done", 0, 9, {place("reprise_restoring"): "0+0x9", place("reprise_restore_rows_done"): "100+0x9"}),
    ),
    "RepriseTransactionsFailing": (
        Case("one a minute", 1, 9, {of("reprise_transaction_failures_total", stage="detect", kind="failed"): "0+1x9"}),
        Case("two", 0, 9, {of("reprise_transaction_failures_total", stage="detect", kind="failed"): "0 0 1 2+0x9"}),
        Case("fenced", 0, 9, {of("reprise_transaction_failures_total", stage="detect", kind="fenced"): "0+5x9"}),
        Case("a restart", 0, 9, {of("reprise_transaction_failures_total", stage="detect", kind="failed"): "9 9 0+0x9"}),
    ),
    "RepriseBrokerUnreachable": (
        Case(
            "one of two workers has no answer since the first minute",
            1,
            5,
            {
                of("reprise_kafka_answered_seconds"): "60+0x9",
                of("reprise_kafka_answered_seconds", TWO): "0+60x9",
                of("process_start_time_seconds"): "0+0x9",
                of("process_start_time_seconds", TWO): "0+0x9",
            },
        ),
        Case(
            "never an answer",
            1,
            5,
            {of("process_start_time_seconds"): "1+0x9"},
        ),
        Case(
            "started a minute ago",
            0,
            5,
            {of("process_start_time_seconds"): "_ _ _ _ 240+0x9"},
        ),
        Case(
            "answers each minute",
            0,
            9,
            {of("reprise_kafka_answered_seconds"): "0+60x9", of("process_start_time_seconds"): "0+0x9"},
        ),
    ),
    "RepriseRegistryUnreachable": (
        Case("no answer since the first minute", 1, 15, {of("reprise_registry_answered_seconds"): "60+0x20"}),
        Case("answers", 0, 15, {of("reprise_registry_answered_seconds"): "0+60x20"}),
        Case("there is none", 0, 15, {of("reprise_kafka_answered_seconds"): "0+60x20"}),
    ),
    "RepriseDiskFull": (
        Case("two in a hundred are free", 1, 9, disk("20+0x9")),
        Case("a quarter is free, for two hours more", 1, 60, disk("350-2x90")),
        Case("three in a hundred: at the limit", 0, 9, disk("30+0x9")),
        Case("half of it is free and goes fast, as while restoring", 0, 60, disk("900-5x90")),
    ),
    "RepriseDiskFilling": (
        Case("nine in a hundred are free", 1, 40, disk("90+0x60")),
        Case("full in two days", 1, 600, disk("480-1x90"), every=10),
        Case("ten in a hundred: at the limit", 0, 40, disk("100+0x60")),
        Case("it stays", 0, 600, disk("400+0x90"), every=10),
    ),
    "RepriseRejectedRatio": (
        Case("six in a hundred", 1, 20, intake("0+100x30", {"undecodable": "0+4x30", "late": "0+2x30"})),
        Case("one stage of two", 1, 20, intake("0+100x30", {"late": "0+0x30"}) | booked("0+9x30", "0+9x30")),
        Case("half of few turns among many ticks", 1, 20, intake("0+720x30", {"late": "0+5x30"}, "0+710x30")),
        Case("five in a hundred: at the limit", 0, 20, intake("0+160x30", {"undecodable": "0+8x30"})),
        Case("one a minute, and few records at all", 0, 20, intake("0+2x30", {"undecodable": "0+1x30"})),
        Case("a restart", 0, 20, intake("9000+0x12 0+0x20", {"undecodable": "900+0x12 0+0x20"})),
    ),
    "RepriseClockSkew": (
        Case("two in a hundred", 1, 25, intake("0+500x30", {"late": "0+5x30", "clock_ahead": "0+5x30"})),
        Case("one in a hundred: at the limit", 0, 25, intake("0+512x30", {"late": "0+5x30"})),
        Case("rejected for something else", 0, 25, intake("0+100x30", {"undecodable": "0+50x30"})),
        Case("a handful", 0, 25, intake("0+4x30", {"late": "0+1x30"})),
    ),
    "RepriseHoldOutMissing": (
        Case("treated turns alone", 1, 400, pairs("trial", "2+0x60") | {TREATED: "0+10x60"}, every=10),
        Case("nothing reported at all", 1, 500, pairs("promoted", "2+0x60") | {TURNS: "0+500x60"}, every=10),
        Case("both arms", 0, 400, pairs("trial", "2+0x60") | {TREATED: "0+10x60", HELD_OUT: "0+1x60"}, every=10),
        Case("pinned ones have no hold-out", 0, 400, pairs("pinned", "2+0x60") | {TREATED: "0+10x60"}, every=10),
        Case("a young service", 0, 500, pairs("promoted", "0+0x60") | {TURNS: "0+500x60"}, every=10),
        Case(
            "the first was published an hour ago",
            0,
            420,
            pairs("promoted", "0+0x35 2+0x20") | {TURNS: "0+500x60"},
            every=10,
        ),
        Case("nobody speaks", 0, 500, pairs("promoted", "2+0x60") | {TURNS: "9000+0x60"}, every=10),
        Case("few turns were treated", 0, 400, pairs("trial", "2+0x60") | {TREATED: "0+1x60"}, every=10),
    ),
    "RepriseNothingLearned": (
        Case("ten wait and nothing is published", 1, 4_800, learning("10+0x99", "0+50x99", "7+0x99"), every=60),
        Case("nine wait", 0, 4_800, learning("9+0x99", "0+50x99", "7+0x99"), every=60),
        Case("one was published", 0, 4_800, learning("10+0x99", "0+50x99", "7+0x60 8+0x40"), every=60),
        Case("a young service", 0, 4_000, learning("10+0x99", "0+50x99", "0+0x99"), every=60),
        Case("nobody speaks", 0, 4_800, learning("10+0x99", "9+0x99", "7+0x99"), every=60),
        Case("a restart", 0, 4_800, learning("10+0x99", "0+50x99", "7+0x60 0 1+0x99"), every=60),
    ),
    "RepriseWithdrawalsSurge": (
        Case("six of twenty", 1, 9, withdrawals("20 20 14+0x9", "3 3 9+0x9")),
        Case("all of six", 1, 9, withdrawals("6 6 0+0x9", "3 3 9+0x9")),
        Case("six of a hundred", 0, 9, withdrawals("100 100 94+0x9", "3 3 9+0x9")),
        Case("one of one", 0, 9, withdrawals("1 1 0+0x9", "3 3 4+0x9")),
        Case("a restart", 0, 9, withdrawals("6+0x9", "30 30 0+0x9")),
        Case("nothing was ever live", 0, 9, withdrawals("0+0x9", "0+0x9")),
        Case("the partition left", 0, 9, withdrawals("20 20 stale", "3+0x9")),
    ),
    "RepriseWinLossBelowFloor": (
        Case("as many lost as won", 1, 1_440, decided("0+2x50", "0+2x50"), every=30),
        Case("none was ever won", 1, 1_440, decided(lost="0+1x50"), every=30),
        Case(
            "what is live, told by two workers for a moment",
            1,
            30,
            live_decided("60+0x9", "60+0x9") | live_decided("60+0x9", "60+0x9", TWO),
            every=30,
        ),
        Case("exactly the floor", 0, 1_440, decided("0+3x50", "0+1x50"), every=30),
        Case("half of too few", 0, 1_440, decided("0 0 0 6+0x50", "0 0 0 6+0x50"), every=30),
        Case("five lost, none won", 0, 1_440, decided(lost="0 0 0 5+0x50"), every=30),
        Case("the worker was started anew", 0, 1_440, decided("0+9x23 0+9x30", "0+3x23 0+3x30"), every=30),
        Case("a young service", 0, 1_440, decided("0+0x50", "0+0x50") | live_decided("0+0x50", "0+0x50"), every=30),
        Case("never a pair", 0, 1_440, {of("reprise_win_loss_floor"): "3+0x50"}, every=30),
    ),
    "RepriseRewritesHarm": (
        Case("three lost for each that is won", 1, 1_440, decided("0+1x50", "0+3x50"), every=30),
        Case("of what is live", 1, 30, live_decided("20+0x9", "90+0x9"), every=30),
        Case("below the floor, and no harm", 0, 1_440, decided("0+2x50", "0+2x50"), every=30),
        Case("one lost", 0, 1_440, decided("0+0x50", "0 1+0x50"), every=30),
    ),
}
"""Cases by alert."""


def healthy() -> dict[str, str]:
    """Return half an hour of two workers that are well and busy, each with a partition of both stages."""
    return {series: text for worker in (ONE, TWO) for series, text in _of_worker(worker).items()}


def _of_worker(worker: str) -> dict[str, str]:
    still, moving, partition = "+0x30", "+60x30", int(worker == TWO)
    of_worker = {
        "up": f"1{still}",
        "process_start_time_seconds": f"1{still}",
        "reprise_ready": f"1{still}",
        "reprise_loop_delay_seconds": f"0.01{still}",
        "reprise_kafka_answered_seconds": f"0{moving}",
        "reprise_registry_answered_seconds": f"0{moving}",
        "reprise_disk_free_bytes": f"600{still}",
        "reprise_disk_size_bytes": f"1000{still}",
        "reprise_model_refused_total": f"0{still}",
        "reprise_turns_total": f"0{moving}",
        "reprise_ticks_total": f"0{still}",
        "reprise_trails_booked_total": f"0{moving}",
        "reprise_rewrites_published_total": f"0{moving}",
        "reprise_rewrites_withdrawn_total": f"1{still}",
        "reprise_win_loss_floor": f"3{still}",
    }
    by_stage = {
        "reprise_lag_records": f"0{still}",
        "reprise_lag_seconds": f"0.5{still}",
        "reprise_fence_offset": f"0{moving}",
        "reprise_fence_age_seconds": f"0.2{still}",
        "reprise_open": f"1{still}",
        "reprise_restoring": f"0{still}",
        "reprise_restore_rows_done": f"100{still}",
    }
    return {
        **{of(name, worker): text for name, text in of_worker.items()},
        **{
            place(name, partition, worker, stage): text
            for name, text in by_stage.items()
            for stage in ("detect", "learn")
        },
        **{of("reprise_records_total", worker, stage=stage): f"0{moving}" for stage in ("detect", "learn")},
        **{
            of("reprise_rejected_total", worker, stage="detect", reason=reason): f"0{still}"
            for reason in ("late", "clock_ahead", "undecodable")
        },
        **{of("reprise_served_turns_total", worker, arm=arm): f"0{moving}" for arm in ("treated", "held_out")},
        **{
            of("reprise_served_decided_total", worker, result=result): f"0+{step}x30"
            for result, step in (("won", 9), ("lost", 1))
        },
        **{
            of("reprise_live_decided", worker, partition=str(partition), result=result): f"{pairs_seen}{still}"
            for result, pairs_seen in (("won", 900), ("lost", 100))
        },
        **{
            of("reprise_pairs", worker, partition=str(partition), pair_stage=stage): f"20{still}"
            for stage in ("candidate", "shadow", "trial", "promoted", "pinned", "demoted")
        },
        of("reprise_live_rewrites", worker, partition=str(partition)): f"60{still}",
        of("reprise_transaction_failures_total", worker, stage="detect", kind="failed"): f"0{still}",
    }
