"""Codes in plain words."""

from streams.learn.stages import CHANGES
from streams.wording import REASONS, STAGES


def test_every_reason_and_stage_has_words() -> None:
    """Nothing a decision can say reaches people as a code."""
    assert {reason for change in CHANGES for reason in change.reasons} <= set(REASONS)
    assert {change.to_stage for change in CHANGES} <= set(STAGES)
