"""What an operator may change about running the stages on Kafka, with ranges and reasons. Imports no engine part."""

import socket
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SECOND_MS = 1_000
HOUR_MS = 3_600 * SECOND_MS
KIB = 1_024
MIB = 1_024 * KIB

STATE_DELETE_RETENTION_MS = 24 * HOUR_MS
"""How long a state topic keeps the marks of deleted rows: a store that sleeps longer could bring such rows back."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Addresses that only programs of the same machine reach."""

HEARTBEATS_PER_SESSION_MIN = 3
"""One lost heartbeat, or two, must not cost a worker its partitions."""


class EngineSettings(BaseModel):
    """Settings of a worker, apart from what the stages decide. Durations in milliseconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: tuple[Literal["detect", "learn"], ...] = Field(
        ("detect", "learn"), min_length=1, description="Which stages this worker runs."
    )
    data_dir: Path = Field(
        Path("reprise-data"), description="Folder of the local stores; losing it costs a restore only."
    )
    instance: str = Field(
        "",
        max_length=200,
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$",
        description="This worker's lasting name, so that a restart moves no partitions; empty: the host's name. "
        "Workers of one prefix need different ones.",
        json_schema_extra={"takes": "up to 200 letters, digits, dots, underscores and hyphens, no dot in front"},
    )
    release_secret_file: Path | None = Field(
        None, description="File that holds `release_secret`, which then need not be given."
    )
    user_salt_file: Path | None = Field(None, description="File that holds `user_salt`, which then need not be given.")
    session_timeout_ms: int = Field(
        10_000, ge=6_000, le=300_000, description="A worker silent this long loses its partitions."
    )
    heartbeat_ms: int = Field(3_000, ge=100, le=100_000, description="How often a worker says that it lives.")
    flush_records_max: int = Field(
        4_096, ge=1, le=65_536, description="Records of one transaction; more wait for the next."
    )
    flush_bytes_max: int = Field(
        8 * MIB, ge=64 * KIB, le=256 * MIB, description="Bytes of source records in one transaction."
    )
    flush_every_ms: int = Field(
        50,
        ge=0,
        le=10_000,
        description="Least time between two transactions of a partition: each costs the same, however small; "
        "what arrives after a longer quiet goes at once.",
    )
    tick_every_ms: int = Field(
        1_000,
        ge=100,
        le=60_000,
        description="How often detect tells its time to learn, and a quiet partition is moved.",
    )
    quiet_after_ms: int = Field(
        1_000, ge=100, le=600_000, description="A turns partition without a record for this long gets a tick."
    )
    rejected_ratio_max: float = Field(
        0.5, gt=0.0, le=1.0, description="A larger share of rejected records stops the worker; 1 never does."
    )
    rejected_window: int = Field(
        1_000, ge=10, le=1_000_000, description="Latest records of a partition over which that share is taken."
    )
    cache_rows_max: int = Field(
        100_000, ge=1_000, le=10_000_000, description="Decoded rows kept in memory, per partition."
    )
    block_cache_bytes: int = Field(
        16 * MIB, ge=1 * MIB, le=16 * 1_024 * MIB, description="RocksDB's block cache, per partition."
    )
    write_buffer_bytes: int = Field(
        8 * MIB, ge=1 * MIB, le=1_024 * MIB, description="RocksDB's write buffer, per partition; two may be in use."
    )
    transaction_timeout_ms: int = Field(
        60_000,
        ge=10_000,
        le=900_000,
        description="Kafka aborts a transaction left open this long; 15 min is its own limit.",
    )
    commit_timeout_ms: int = Field(
        30_000, ge=1_000, le=900_000, description="How long a commit may take before the worker gives up and stops."
    )
    compression: Literal["none", "lz4", "zstd", "snappy", "gzip"] = Field(
        "lz4", description="Compression of everything a worker writes."
    )
    replication: int = Field(
        3, ge=1, le=9, description="Copies of each topic that `reprise topics create` makes; 1 on a single broker."
    )
    turns_partitions: int = Field(
        12,
        ge=1,
        le=1_024,
        description="Partitions of turns and feedback: the most workers detect can use. Never changes.",
    )
    trails_partitions: int = Field(
        4, ge=1, le=1_024, description="Partitions of trails: the most workers learn can use. Never changes."
    )
    metrics_host: str = Field(
        "127.0.0.1", min_length=1, description="Address at which metrics, `/live` and `/ready` are offered."
    )
    metrics_port: int = Field(
        0, ge=0, le=65_535, description="Port at which metrics, `/live` and `/ready` are offered; 0: none."
    )
    console_host: str = Field(
        "127.0.0.1", min_length=1, description="Address at which the console is offered; others need a token."
    )
    console_port: int = Field(0, ge=0, le=65_535, description="Port at which the console is offered; 0: none.")
    console_token_file: Path | None = Field(
        None, description="File that holds the token which the console asks for; needed beyond loopback."
    )
    stuck_after_ms: int = Field(
        30_000,
        ge=1_000,
        le=600_000,
        description="A worker whose event loop does not come back for this long tells `/live` that it is stuck.",
    )
    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Where spans of sampled traces go by OTLP over HTTP, such as `http://collector:4318/v1/traces`; "
        "empty: none are made. Needs the extra `tracing`.",
        json_schema_extra={"takes": "an address that begins with http:// or https://"},
    )
    log_level: Literal["info", "warning", "error"] = Field(
        "info", description="The least serious events that are logged."
    )
    accept_loss: bool = Field(
        default=False, description="Go on where the log begins although records before it were never processed."
    )
    trust_store_ms: int = Field(
        23 * HOUR_MS,
        ge=0,
        lt=STATE_DELETE_RETENTION_MS,
        description="A local store unused this long is thrown away and restored from Kafka.",
    )
    shutdown_ms: int = Field(
        45_000, ge=1_000, le=900_000, description="How long a stop may wait for what is in flight."
    )

    @property
    def member(self) -> str:
        """This worker's lasting name in its group: ``instance``, or else the host's name."""
        return self.instance or socket.gethostname()

    @property
    def member_dir(self) -> Path:
        """The folder of this worker's stores, so that workers of one host do not meet in it."""
        return self.data_dir / self.member

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse values that are possible each by itself, but not together."""
        if self.heartbeat_ms * HEARTBEATS_PER_SESSION_MIN > self.session_timeout_ms:
            message = (
                f"`heartbeat_ms` ({self.heartbeat_ms}) must be at most a third of "
                f"`session_timeout_ms` ({self.session_timeout_ms})"
            )
            raise ValueError(message)
        if self.commit_timeout_ms > self.transaction_timeout_ms:
            message = (
                f"`commit_timeout_ms` ({self.commit_timeout_ms}) must be at most "
                f"`transaction_timeout_ms` ({self.transaction_timeout_ms})"
            )
            raise ValueError(message)
        if self.shutdown_ms < self.commit_timeout_ms:
            message = (
                f"`shutdown_ms` ({self.shutdown_ms}) must be at least `commit_timeout_ms` "
                f"({self.commit_timeout_ms}): a stop waits for the commit in flight"
            )
            raise ValueError(message)
        if self.console_port and self.console_token_file is None and self.console_host not in LOOPBACK:
            message = (
                f"`console_host` ({self.console_host}) is not loopback, so that `console_token_file` must name a token"
            )
            raise ValueError(message)
        return self
