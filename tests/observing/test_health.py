"""When a worker is alive and when it is ready, as verdicts on what was seen of it."""

from typing import Any

import pytest

from streams.observing.health import Health, Vitals, judge

STUCK_AFTER_S = 30.0

WELL: dict[str, Any] = {
    "now_s": 100_000.0,
    "turned_s": 99_999.9,
    "polled_s": 99_999.5,
    "flowing": True,
    "joined": True,
    "policy_read": True,
    "answered_s": 99_998.0,
}


def judged(**seen: Any) -> Health:
    """Return the verdict on a worker that is well but for this."""
    return judge(Vitals(**{**WELL, **seen}), STUCK_AFTER_S)


def test_a_worker_that_is_well_is_alive_and_ready() -> None:
    """And nothing is said about it."""
    health = judged()
    assert health.live
    assert health.ready
    assert health.concerns == ()


def test_a_worker_without_a_partition_is_ready() -> None:
    """There may be fewer partitions than workers; the group has assigned nothing to it, and that is its share."""
    assert judged(joined=True, opening=()).ready


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"turned_s": 99_960.0}, "event loop has not come back for 40 s"),
        ({"polled_s": 99_900.0}, "no records were asked for in 100 s"),
    ],
    ids=["loop", "poll"],
)
def test_a_worker_that_is_stuck_is_neither_alive_nor_ready(seen: dict[str, Any], words: str) -> None:
    """A restart would help, and the sentence says what stands still and which setting drew the line."""
    health = judged(**seen)
    assert not health.live
    assert not health.ready
    assert words in health.stuck[0]
    assert "`stuck_after_ms`" in health.stuck[0]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"joined": False, "flowing": False, "polled_s": None}, "group has not assigned"),
        ({"opening": ("detect-0", "learn-1")}, "opened and restored: detect-0, learn-1"),
        ({"policy_read": False}, "orders in force have not been read"),
        ({"answered_s": None}, "Kafka has not answered yet: check `bootstrap`"),
        ({"answered_s": 99_900.0}, "Kafka has not answered for 100 s"),
        ({"stopping": True}, "asked to end"),
    ],
    ids=["unassigned", "restoring", "orders", "unreached", "silent", "stopping"],
)
def test_a_worker_that_waits_is_alive_and_not_ready(seen: dict[str, Any], words: str) -> None:
    """A restart would not help, and the sentence says what it waits for."""
    health = judged(**seen)
    assert health.live
    assert not health.ready
    (reason,) = health.waiting
    assert words in reason


def test_a_worker_that_restores_or_rebalances_for_long_is_not_stuck() -> None:
    """While it should not ask for records, it is no fault that it does not."""
    assert judged(flowing=False, polled_s=0.0).live
    assert judged(flowing=False, polled_s=0.0, opening=("learn-0",)).live


def test_a_worker_that_ends_is_alive_until_it_has_ended() -> None:
    """It asks for no more records, on purpose."""
    health = judged(stopping=True, polled_s=0.0)
    assert health.live
    assert not health.ready
