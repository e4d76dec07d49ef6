"""What was measured, and what was chosen, as two frozen values. Computes nothing."""

from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).parent / "measured.json"
"""Written by the command that stands in it."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it was measured."""

    cores: int
    memory_gib: int
    system: str
    python: str
    kafka: str


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured. Names end in their units; ``us`` are microseconds of processor time, sizes in bytes.

    A turn and a transaction are told apart by runs with few and with many transactions: what a stage costs is so much a
    turn and so much a transaction. Topics are as they lie in Kafka, compressed, in small transactions.
    """

    detect_turn_us: float
    detect_transaction_us: float
    learn_turn_us: float
    learn_transaction_us: float
    learn_tick_us: float
    broker_ingest_turn_us: float
    broker_detect_turn_us: float
    broker_detect_transaction_us: float
    broker_learn_turn_us: float
    broker_learn_transaction_us: float
    turns_bytes: float
    feedback_bytes: float
    trails_bytes: float
    detect_state_bytes: float
    learn_state_bytes: float
    decisions_bytes: float
    rewrites_bytes: float
    turn_held_bytes: float
    turn_held_seconds: float
    known_text_bytes: float
    known_text_rows: float
    new_text_bytes: float
    new_text_rows: float
    row_memory_bytes: float
    worker_bytes: float
    partition_bytes: float
    restore_row_us: float
    start_s: float


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured, where, and by which command."""

    command: str
    machine: Machine
    figures: Figures


class Choices(msgspec.Struct, frozen=True):
    """What nobody can measure: how much is kept in reserve, and what Kafka is set to. Change them as you like.

    Attributes:
        busy_share: how busy a core is at the traffic given; what is left catches up after a restart.
        partition_share: the same for the one partition that is hottest, as a partition has one core at most.
        flush_every_ms: the setting of the same name: least time between two transactions of a partition.
        tick_every_ms: the setting of the same name.
        replication: copies of each topic.
        turns_days: how long Kafka keeps turns, feedback and trails.
        decisions_days: how long it keeps decisions.
        state_overhead: how much more a compacted topic takes than what is alive in it, and a store than its rows.
        cached_rows: the setting ``cache_rows_max``: decoded rows in memory, per partition.
        buffers_bytes: RocksDB's block cache and two write buffers, per partition, as the settings have them.
    """

    busy_share: float = 0.5
    partition_share: float = 0.5
    flush_every_ms: int = 50
    tick_every_ms: int = 1_000
    replication: int = 3
    turns_days: int = 28
    decisions_days: int = 365
    state_overhead: float = 2.0
    cached_rows: int = 100_000
    buffers_bytes: int = 32 * 2**20


def measured(file: Path = FILE) -> Measured:
    """Read what was measured.

    Raises:
        msgspec.ValidationError: a figure is missing or unknown; the message names it.
    """
    return msgspec.json.decode(file.read_bytes(), type=Measured)
