"""What a worker's log says of its partitions: one function an event, so that all name the same things. Knows no rules.

The events are listed in ``streams.observing.events``.
"""

from collections.abc import Iterable
from typing import Protocol

import structlog

from streams.engine.fence import Fence
from streams.stage import Rejected
from streams.topology import Stage

log = structlog.get_logger(__name__)


class Numbered(Protocol):
    """A partition of a stage."""

    @property
    def stage(self) -> Stage:
        """The stage."""

    @property
    def partition(self) -> int:
        """The number."""


class Placed(Protocol):
    """An owner, as far as its place goes."""

    source: str
    fence: Fence

    @property
    def part(self) -> Numbered:
        """Its partition."""


def opened(owner: Placed) -> None:
    """Say that a partition is open."""
    part = owner.part
    log.info(
        "partition.opened",
        stage=part.stage.name,
        topic=owner.source,
        partition=part.partition,
        offset=owner.fence.next,
    )


def closed(owner: Placed) -> None:
    """Say that a partition was let go."""
    part = owner.part
    log.info(
        "partition.closed",
        stage=part.stage.name,
        topic=owner.source,
        partition=part.partition,
        offset=owner.fence.next,
    )


def opening_failed(owner: Placed, failure: Exception) -> None:
    """Say that a partition could not be opened this time."""
    part = owner.part
    log.warning(
        "partition.opening_failed",
        stage=part.stage.name,
        topic=owner.source,
        partition=part.partition,
        offset=owner.fence.next,
        error=str(failure),
    )


def reopening(owner: Placed, kind: str, failure: Exception) -> None:
    """Say that a transaction did not come through."""
    part = owner.part
    log.warning(
        "partition.reopening",
        stage=part.stage.name,
        topic=owner.source,
        partition=part.partition,
        offset=owner.fence.next,
        kind=kind,
        error=str(failure),
    )


def rejected(owner: Placed, refused: Iterable[Rejected]) -> None:
    """Say which records of a committed batch were rejected: one line a reason."""
    by_reason: dict[str, list[int]] = {}
    for one in refused:
        by_reason.setdefault(one.reason, []).append(one.offset)
    part = owner.part
    for reason, offsets in by_reason.items():
        log.warning(
            "records.rejected",
            stage=part.stage.name,
            topic=owner.source,
            partition=part.partition,
            reason=reason,
            count=len(offsets),
            first_offset=min(offsets),
            last_offset=max(offsets),
        )
