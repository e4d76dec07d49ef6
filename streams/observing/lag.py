"""How long what a reader has not reached has been there, told from samples of where the partition ended. Pure.

Whoever samples gives moments and ends; whoever asks gives the moment and the offset that the reader goes on from. The
answer is how long ago the end first passed that offset, on straight lines between samples.
"""

from typing import Final, NamedTuple

SAMPLES_MAX: Final = 512
"""Samples of one partition: a reader that stands still for a day is told its lag to within minutes."""


class Sample(NamedTuple):
    """Where a partition ended at a moment, in seconds of any clock that never runs back."""

    at_s: float
    end: int


class Lag:
    """Samples of one partition's end."""

    def __init__(self) -> None:
        """Begin without any."""
        self._samples: list[Sample] = []

    def __len__(self) -> int:
        """Return how many samples are kept."""
        return len(self._samples)

    @property
    def end(self) -> int | None:
        """Where the partition ended at the last sample, None before the first."""
        return self._samples[-1].end if self._samples else None

    def sampled(self, at_s: float, end: int) -> None:
        """Remember a sample; ends do not shrink, and of equal ones only the first and the last moment matter."""
        samples = self._samples
        end = max(end, self.end or 0)
        if len(samples) > 1 and samples[-2].end == samples[-1].end == end:
            samples.pop()
        samples.append(Sample(at_s, end))
        if len(samples) > SAMPLES_MAX:
            # The older half gets coarser; the newest stays, since the end is known by it.
            half = SAMPLES_MAX // 2
            self._samples = [*samples[:half:2], *samples[half:]]

    def lag_s(self, now_s: float, next_offset: int, since_s: float | None = None) -> float | None:
        """Return how long the record at an offset has been there, 0 when there is none.

        Args:
            now_s: the moment, by the samples' clock.
            next_offset: what the reader goes on from; what is before it is forgotten.
            since_s: when that record came, where this is known; for what was there before the first sample.

        Returns:
            Seconds; at least so many where the record is older than all samples. None before the first sample.
        """
        self._forget(next_offset)
        if not self._samples:
            return None
        first, *later = self._samples
        if first.end > next_offset:
            return max(0.0, now_s - (first.at_s if since_s is None else min(since_s, first.at_s)))
        before = first
        for after in later:
            if after.end > next_offset:
                share = (next_offset + 1 - before.end) / (after.end - before.end)
                return max(0.0, now_s - before.at_s - share * (after.at_s - before.at_s))
            before = after
        return 0.0

    def records(self, next_offset: int) -> int | None:
        """Return how many offsets are from there to the end, None before the first sample."""
        return None if self.end is None else max(0, self.end - next_offset)

    def _forget(self, next_offset: int) -> None:
        """Drop samples that no later question needs: of those the reader has passed, all but the last."""
        passed = sum(1 for sample in self._samples if sample.end <= next_offset)
        if passed > 1:
            del self._samples[: passed - 1]
